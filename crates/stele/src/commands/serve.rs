//! `stele serve`: until it is told to stop; open requests are finished first.

use super::{Done, OK};
use crate::print;
use serde_json::json;
use std::net::SocketAddr;
use stele_registry::{Refusal, Registry};
use stele_server::serving::Limits;

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
        let limits = limits();
        tracing::info!(connections = limits.connections, "connections at most");
        registry.tidy()?;
        stele_server::nightly::begin(&registry);
        stele_server::serve(registry, listener, limits, stopped())
            .await
            .map_err(|e| failed(&e))
    })?;
    OK
}

/// As many connections as the system lets one have files, with some kept for the registry's own.
fn limits() -> Limits {
    let usual = Limits::default();
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        const OWN_FILES: u64 = 256;
        let wanted = usual.connections as u64 + OWN_FILES;
        let files = getrlimit(Resource::Nofile);
        let most = files.maximum.map_or(wanted, |most| most.min(wanted));
        if files.current.is_some_and(|now| now < most) {
            let raised = Rlimit {
                current: Some(most),
                ..files
            };
            if let Err(error) = setrlimit(Resource::Nofile, raised) {
                tracing::warn!(%error, "the number of open files could not be raised");
            }
        }
        let files = getrlimit(Resource::Nofile).current.unwrap_or(wanted);
        let free = files.saturating_sub(OWN_FILES).max(files / 2);
        Limits {
            connections: usual
                .connections
                .min(usize::try_from(free).unwrap_or(usize::MAX)),
            ..usual
        }
    }
    #[cfg(not(unix))]
    usual
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
