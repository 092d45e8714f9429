//! The router as a test asks it: no socket, and answers that are read to their end.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use stele_registry::Registry;
use stele_server::router;
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// Bytes of an answer at most.
const MOST: usize = 50_000_000;

/// A registry's web, asked by who is no task of its runtime: on PostgreSQL a test that is one could not
/// go to the registry beside it.
pub struct Web {
    router: Router,
    runtime: Runtime,
}

impl Web {
    pub fn of(registry: &Registry) -> Self {
        Web {
            router: router(registry.clone()),
            runtime: Runtime::new().unwrap(),
        }
    }

    pub fn send(&self, request: Request<Body>) -> Response<Vec<u8>> {
        self.runtime.block_on(async {
            let answer = self.router.clone().oneshot(request).await.unwrap();
            let (parts, body) = answer.into_parts();
            let bytes = to_bytes(body, MOST).await.unwrap();
            Response::from_parts(parts, bytes.to_vec())
        })
    }
}
