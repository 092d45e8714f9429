//! Lists that are sent: whole ones are kept, what breaks off, is too large or is no list leaves nothing, by the
//! page and by the API.

#![allow(clippy::unwrap_used)]

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode, header};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use stele_registry::Registry;
use stele_registry::account::TokenScope;
use stele_server::router;
use tower::ServiceExt;

/// Largest list of these tests.
const LARGEST_MB: u64 = 1;

struct House {
    folder: tempfile::TempDir,
    router: Router,
    session: String,
    token: String,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let (registry, token) = Registry::create(&data, "Test", "a@test.example", None).unwrap();
        let (account, session) = registry.redeem(token.text(), "a long password").unwrap();
        let (_, token) = registry
            .make_token(&account, "test", TokenScope::Record, 1)
            .unwrap();
        drop(registry);
        let settings = data.join("stele.toml");
        let text = std::fs::read_to_string(&settings).unwrap();
        let limits = format!("{text}\n[limits]\nlist_mb = {LARGEST_MB}\n");
        std::fs::write(&settings, limits).unwrap();
        House {
            router: router(Registry::open(&data, None).unwrap()),
            session: session.text().to_owned(),
            token: token.text().to_owned(),
            folder,
        }
    }

    fn evidence(&self) -> PathBuf {
        self.folder.path().join("data/evidence")
    }

    /// Files kept or half received.
    fn files(&self) -> usize {
        fn count(folder: &Path) -> usize {
            let entries = std::fs::read_dir(folder).unwrap().flatten();
            entries
                .map(|entry| match entry.path() {
                    path if path.is_dir() => count(&path),
                    _ => 1,
                })
                .sum()
        }
        count(&self.evidence())
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, String) {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await;
        (status, String::from_utf8(body.unwrap().to_vec()).unwrap())
    }

    async fn by_page(&self, list: Vec<Piece>, script: bool) -> (StatusCode, String) {
        let before =
            "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"list.csv\"\r\n\r\n";
        let after = "\r\n--x\r\ncontent-disposition: form-data; name=\"party\"\r\n\r\nOffice\r\n--x\r\ncontent-disposition: form-data; name=\"rows_are\"\r\n\r\nsites\r\n--x--\r\n";
        let text = |text: &str| Ok(Bytes::from(text.to_owned()));
        let whole = std::iter::once(text(before))
            .chain(list)
            .chain([text(after)]);
        let mut request = Request::post("/read-list")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
            .header(header::COOKIE, format!("stele_session={}", self.session));
        if script {
            request = request.header(header::ACCEPT, "application/json");
        }
        self.send(
            request
                .body(Body::from_stream(Pieces(whole.collect())))
                .unwrap(),
        )
        .await
    }

    async fn by_api(&self, list: Vec<Piece>) -> (StatusCode, String) {
        let request = Request::post("/api/imports?party=Office&rows_are=sites&name=list.csv")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header("idempotency-key", "the same key")
            .body(Body::from_stream(Pieces(list.into())));
        self.send(request.unwrap()).await
    }
}

type Piece = Result<Bytes, std::io::Error>;

struct Pieces(std::collections::VecDeque<Piece>);

impl futures_core::Stream for Pieces {
    type Item = Piece;
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Piece>> {
        Poll::Ready(self.0.pop_front())
    }
}

fn list(rows: usize) -> Vec<Piece> {
    let mut text = String::from("Name,District\n");
    text.push_str(&"Village library,Jabrayil\n".repeat(rows));
    let bytes = Bytes::from(text);
    let pieces = bytes.chunks(10_000).map(|piece| Ok(bytes.slice_ref(piece)));
    pieces.collect()
}

fn broken_off() -> Vec<Piece> {
    let mut pieces = list(20_000);
    pieces.truncate(30);
    pieces.push(Err(std::io::ErrorKind::ConnectionReset.into()));
    pieces
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_kept_when_it_came_whole_and_can_be_read() {
    let house = House::new();
    let (status, body) = house.by_page(list(1_000), false).await;
    assert_eq!(
        (status, house.files()),
        (StatusCode::SEE_OTHER, 1),
        "{body}"
    );
    let (status, body) = house.by_page(list(1_000), true).await;
    assert_eq!((status, house.files()), (StatusCode::CREATED, 1), "{body}");
    assert!(body.starts_with("{\"at\":\"/read-list/"), "{body}");
    let (status, body) = house.by_api(list(1_000)).await;
    assert_eq!((status, house.files()), (StatusCode::CREATED, 1), "{body}");
    // Under one key one file: sent again it is answered alike, another is refused.
    let (status, again) = house.by_api(list(1_000)).await;
    assert_eq!((status, again), (StatusCode::CREATED, body));
    let (status, body) = house.by_api(list(2_000)).await;
    assert_eq!(
        (status, house.files()),
        (StatusCode::UNPROCESSABLE_ENTITY, 1)
    );
    assert!(body.contains("was used for another request"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_kept_leaves_nothing_and_says_why() {
    let house = House::new();
    let no_list = || vec![Ok(Bytes::from_static(b"\x00\x01\x02\x03"))];
    for (pieces, status, words) in [
        (
            broken_off as fn() -> Vec<Piece>,
            StatusCode::BAD_REQUEST,
            "broke off",
        ),
        (
            || list(50_000),
            StatusCode::PAYLOAD_TOO_LARGE,
            "may have 1 MB (1000000 bytes) at most",
        ),
        (no_list, StatusCode::UNPROCESSABLE_ENTITY, "no list"),
    ] {
        for (found, body) in [
            house.by_page(pieces(), false).await,
            house.by_page(pieces(), true).await,
            house.by_api(pieces()).await,
        ] {
            assert_eq!((found, house.files()), (status, 0), "{words}: {body}");
            assert!(body.contains(words), "{words}: {body}");
        }
    }
    // The form stays as it was filled in.
    let (_, page) = house.by_page(no_list(), false).await;
    assert!(page.contains("value=\"Office\""), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_record_sends_nothing() {
    let house = House::new();
    let request = Request::post("/read-list")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
        .body(Body::from_stream(Pieces(list(50_000).into())));
    let (status, _) = house.send(request.unwrap()).await;
    assert!(status.is_client_error());
    let request = Request::post("/api/imports?party=Office&rows_are=sites");
    let (status, _) = house
        .send(
            request
                .body(Body::from_stream(Pieces(list(50_000).into())))
                .unwrap(),
        )
        .await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(house.files(), 0);
}
