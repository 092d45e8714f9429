//! Files of evidence: sent in as a stream, kept under their SHA-256, handed out as a stream. A file
//! becomes evidence once a record of it is recorded.

use super::ById;
use super::operation::{
    BUSY, Call, Download, Method, Nothing, Operation, Told, Who, json, refused,
};
use super::problem::Problem;
use crate::App;
use crate::guard::Reader;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http_body_util::BodyExt;
use schemars::JsonSchema;
use serde::Serialize;
use std::io::Read;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use stele_registry::Refusal;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Address of the upload, which may take its time.
pub const UPLOAD: &str = "/api/files";
/// Largest file, in bytes.
const LARGEST_FILE_BYTES: u64 = 1 << 30;
/// Longest pause of who sends.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Pieces on their way between the network and the disk.
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

enum Piece {
    Bytes(Bytes),
    End,
}

/// A body as a blocking thread reads it. One that ends before its end was told is broken off, not short.
struct Incoming {
    pieces: Receiver<Piece>,
    rest: Bytes,
    ended: bool,
}

impl Read for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.rest.is_empty() && !self.ended {
            match self.pieces.blocking_recv() {
                Some(Piece::Bytes(bytes)) => self.rest = bytes,
                Some(Piece::End) => self.ended = true,
                None => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            }
        }
        let n = buffer.len().min(self.rest.len());
        buffer[..n].copy_from_slice(&self.rest.split_to(n));
        Ok(n)
    }
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
    let (sender, pieces) = channel(UNDER_WAY);
    let registry = app.registry.clone();
    let kept = tokio::task::spawn_blocking(move || {
        let incoming = Incoming {
            pieces,
            rest: Bytes::new(),
            ended: false,
        };
        registry.receive_file(&account, incoming)
    });
    let sent = feed(request.into_body(), sender).await;
    let kept = match (sent, kept.await) {
        (Err(problem), _) => return problem.into_response(),
        (Ok(()), Ok(Ok(kept))) => kept,
        (Ok(()), Ok(Err(refusal))) => return refused(refusal),
        (Ok(()), Err(error)) => {
            tracing::error!(%error, "an upload ended badly");
            let detail = "The file could not be kept; it was noted in the log of the server.";
            return Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", detail)
                .into_response();
        }
    };
    let received = Received {
        sha256: kept.sha256,
        size_bytes: kept.size_bytes,
        known: kept.known,
    };
    json(StatusCode::CREATED, &received).unwrap_or_else(refused)
}

/// Hands a body on, piece by piece, and tells its end. Dropping the sender before tells that it broke off.
async fn feed(mut body: Body, to: Sender<Piece>) -> Result<(), Problem> {
    let mut size = 0u64;
    loop {
        let frame = match tokio::time::timeout(LONGEST_PAUSE, body.frame()).await {
            Err(_) => {
                let detail = format!(
                    "Nothing came for {} seconds; nothing was kept.",
                    LONGEST_PAUSE.as_secs()
                );
                return Err(Problem::new(
                    StatusCode::REQUEST_TIMEOUT,
                    "took-too-long",
                    detail,
                ));
            }
            Ok(None) => {
                let _ = to.send(Piece::End).await;
                return Ok(());
            }
            Ok(Some(Err(_))) => {
                let detail = "The file broke off; nothing was kept.";
                return Err(Problem::new(StatusCode::BAD_REQUEST, "unreadable", detail));
            }
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(bytes) = frame.into_data() else {
            continue;
        };
        size += bytes.len() as u64;
        if size > LARGEST_FILE_BYTES {
            let detail =
                format!("A file may have {LARGEST_FILE_BYTES} bytes at most; nothing was kept.");
            return Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-large",
                detail,
            ));
        }
        if to.send(Piece::Bytes(bytes)).await.is_err() {
            // Who keeps it has given up and says why.
            return Ok(());
        }
    }
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
