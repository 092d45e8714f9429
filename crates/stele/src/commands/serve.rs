//! `stele serve`: until it is told to stop; open requests are finished first.

use super::{Done, OK};
use crate::print;
use serde_json::json;
use std::net::SocketAddr;
use stele_registry::{Refusal, Registry};

/// Serves a registry.
pub fn serve(registry: Registry, listen: SocketAddr, as_json: bool) -> Done {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| failed(&e))?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(listen).await.map_err(|e| {
            Refusal::Unreadable(format!(
                "cannot listen at {listen}: {e}; give another address with --listen"
            ))
        })?;
        let address = listener.local_addr().map_err(|e| failed(&e))?;
        match as_json {
            true => print::line(&json!({"listening": format!("http://{address}/")}).to_string()),
            false => print::line(&format!(
                "“{}” is at http://{address}/ (Ctrl-C stops it)",
                registry.name()
            )),
        }
        registry.tidy()?;
        stele_server::nightly::begin(&registry);
        stele_server::serve(registry, listener, stopped())
            .await
            .map_err(|e| failed(&e))
    })?;
    OK
}

fn failed(error: &std::io::Error) -> Refusal {
    Refusal::Unreadable(format!("the server failed: {error}"))
}

async fn stopped() {
    let interrupt = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
