//! The style sheet, scripts and fonts, embedded. Addresses carry a hash, so that they can be kept for ever.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/assets.rs"));
}

/// One hash over all of them: changes when any of them does.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = DefaultHasher::new();
    embedded::FILES.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
});

/// The address of a file.
pub fn address(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// Serves a file.
pub async fn serve(Path((_, name)): Path<(String, String)>) -> Response {
    match embedded::FILES.iter().find(|(known, _, _)| *known == name) {
        Some((_, media, bytes)) => {
            let headers = [
                (header::CONTENT_TYPE, *media),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ];
            (headers, *bytes).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
