//! Files of evidence: sent in as a stream, kept under their SHA-256, handed out as a stream. A file
//! becomes evidence once a record of it is recorded.

use super::ById;
use super::operation::{
    BUSY, Call, Download, Method, Nothing, Operation, Told, Who, json, refused,
};
use crate::App;
use crate::guard::Reader;
use crate::incoming;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use schemars::JsonSchema;
use serde::Serialize;
use std::io::Read;
use std::pin::Pin;
use std::task::{Context, Poll};
use stele_registry::Refusal;
use tokio::sync::mpsc::{Receiver, channel};

/// Address of the upload.
const UPLOAD: &str = "/api/files";
/// Largest file, in bytes.
const LARGEST_FILE_BYTES: u64 = 1 << 30;
/// Pieces on their way between the disk and the network.
const UNDER_WAY: usize = 4;
/// Bytes handed out at once.
const PIECE_BYTES: usize = 1 << 16;

/// What is told.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::own::<Nothing, Received>(
            Method::Post,
            UPLOAD,
            Who::Recorder,
            StatusCode::CREATED,
            Told {
                id: "send_file",
                of: "Evidence",
                summary: "Send a file, up to 1 GiB, as the body",
                about: "It is kept under its SHA-256. Then record it: a draft of the type `evidence` with that hash and size. Sending the same file again changes nothing.",
                example: "-H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/octet-stream' --data-binary @README.md \"$STELE/api/files\"",
            },
            post(upload),
        ),
        Operation::download(
            "/api/evidence/{id}/file",
            "application/octet-stream",
            Who::Anyone,
            Told {
                id: "evidence_file",
                of: "Evidence",
                summary: "The file of a record of evidence, for who may open it",
                about: "",
                example: "--output /dev/null \"$STELE/api/evidence/$EVIDENCE/file\"",
            },
            file,
        ),
    ]
}

/// A file that was kept.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReceivedFile")]
struct Received {
    /// SHA-256 of its bytes.
    sha256: String,
    /// Its size.
    size_bytes: u64,
    /// Whether it was here before.
    known: bool,
}

async fn upload(
    State(app): State<App>,
    Extension(reader): Extension<Reader>,
    request: Request,
) -> Response {
    let account = match reader.viewer.account().cloned() {
        Some(account) if account.records() => account,
        Some(_) => {
            return refused(Refusal::NotAllowed(
                "the account, or the token, may read, not record".into(),
            ));
        }
        None => return refused(Refusal::SignIn),
    };
    let Ok(_place) = app.running.uploads.clone().try_acquire_owned() else {
        return refused(Refusal::TooMany(BUSY.into()));
    };
    let registry = app.registry.clone();
    let (parts, body) = request.into_parts();
    let kept = incoming::take_in(
        &parts.headers,
        LARGEST_FILE_BYTES,
        body.into_data_stream(),
        move |file| registry.receive_file(&account, file),
    );
    let kept = match kept.await {
        Ok(kept) => kept,
        Err(lost) => return lost.problem().into_response(),
    };
    let received = Received {
        sha256: kept.sha256,
        size_bytes: kept.size_bytes,
        known: kept.known,
    };
    json(StatusCode::CREATED, &received).unwrap_or_else(refused)
}

/// A file on its way out.
struct Outgoing(Receiver<std::io::Result<Bytes>>);

impl futures_core::Stream for Outgoing {
    type Item = std::io::Result<Bytes>;
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}

fn file(call: &Call, path: ById) -> Result<Download, Refusal> {
    let (evidence, mut file) = call.registry.evidence_stream(&call.viewer, path.id)?;
    let (sender, receiver) = channel(UNDER_WAY);
    tokio::runtime::Handle::current().spawn_blocking(move || {
        loop {
            let mut piece = vec![0u8; PIECE_BYTES];
            let read = file.read(&mut piece).map(|n| {
                piece.truncate(n);
                Bytes::from(piece)
            });
            let last = !matches!(&read, Ok(bytes) if !bytes.is_empty());
            let empty = matches!(&read, Ok(bytes) if bytes.is_empty());
            // Who asked may have gone.
            if !empty && sender.blocking_send(read).is_err() || last {
                break;
            }
        }
    });
    Ok(Download {
        // Never what the sender called it: a browser must not be made to run it.
        media_type: "application/octet-stream".into(),
        name: Some(evidence.original_name),
        body: Body::from_stream(Outgoing(receiver)),
    })
}
