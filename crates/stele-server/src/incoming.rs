//! Files on their way in: a body, or the part of a form, goes piece by piece to a blocking thread that keeps
//! it, so that memory does not grow with the file. One that does not come in whole leaves nothing.

use crate::answer::status_of;
use crate::api::problem::Problem;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use futures_core::Stream;
use std::future::poll_fn;
use std::io::Read;
use std::pin::Pin;
use std::time::Duration;
use stele_registry::Refusal;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Longest pause of who sends.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Pieces on their way between the network and the disk.
const UNDER_WAY: usize = 4;
/// What may stand about a file in the body of a form.
const FORM_BYTES: u64 = 1 << 20;

/// Why a file was not taken in.
#[derive(Debug)]
pub enum Lost {
    /// Who sends it paused for too long.
    Paused,
    /// It broke off.
    BrokenOff,
    /// It is larger than so many bytes.
    TooLarge(u64),
    /// The registry does not want it.
    Refused(Refusal),
    /// The thread that kept it ended badly.
    Failed,
}

impl From<Refusal> for Lost {
    fn from(refusal: Refusal) -> Self {
        Lost::Refused(refusal)
    }
}

impl Lost {
    /// The status it is answered with.
    pub fn status(&self) -> StatusCode {
        match self {
            Lost::Paused => StatusCode::REQUEST_TIMEOUT,
            Lost::BrokenOff => StatusCode::BAD_REQUEST,
            Lost::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Lost::Refused(refusal) => status_of(refusal),
            Lost::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// As a problem for a program.
    pub fn problem(&self) -> Problem {
        let kind = match self {
            Lost::Paused => "took-too-long",
            Lost::BrokenOff => "unreadable",
            Lost::TooLarge(_) => "too-large",
            Lost::Refused(refusal) => return Problem::of(refusal),
            Lost::Failed => "failed",
        };
        Problem::new(self.status(), kind, self.sentence())
    }

    /// What is told.
    pub fn sentence(&self) -> String {
        match self {
            Lost::Paused => format!(
                "Nothing came for {} seconds; nothing was kept.",
                LONGEST_PAUSE.as_secs()
            ),
            Lost::BrokenOff => "The file broke off; nothing was kept.".to_owned(),
            Lost::TooLarge(largest) => format!(
                "A file may have {} ({largest} bytes) at most; nothing was kept.",
                in_words(*largest)
            ),
            Lost::Refused(refusal) => crate::answer::told(refusal),
            Lost::Failed => {
                "The file could not be kept; it was noted in the log of the server.".to_owned()
            }
        }
    }
}

/// A size as people say it.
pub fn in_words(bytes: u64) -> String {
    let (unit, name) = match bytes {
        1_000_000_000.. => (1e9, "GB"),
        1_000_000.. => (1e6, "MB"),
        1_000.. => (1e3, "kB"),
        _ => return format!("{bytes} bytes"),
    };
    let tenths = (bytes as f64 / unit * 10.0).round() / 10.0;
    format!("{tenths} {name}")
}

enum Piece {
    Bytes(Bytes),
    End,
}

/// A file as a blocking thread reads it. One that ends before its end was told is broken off, not short.
pub struct Incoming {
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

/// Takes in a file of at most so many bytes: `keep` reads it on a blocking thread.
///
/// What is too large is let go of at once, and as much again is heard out, so that who sends it is still there
/// to be told.
pub async fn take_in<T: Send + 'static, E>(
    headers: &HeaderMap,
    largest: u64,
    mut pieces: impl Stream<Item = Result<Bytes, E>> + Unpin,
    keep: impl FnOnce(Incoming) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Lost> {
    let declared = headers.get(header::CONTENT_LENGTH);
    let declared: Option<u64> = declared.and_then(|v| v.to_str().ok()?.parse().ok());
    if declared.is_some_and(|bytes| bytes > largest.saturating_add(FORM_BYTES)) {
        hear_out(&mut pieces, largest.saturating_mul(2)).await;
        return Err(Lost::TooLarge(largest));
    }
    let (sender, receiver) = channel(UNDER_WAY);
    let kept = tokio::task::spawn_blocking(move || {
        keep(Incoming {
            pieces: receiver,
            rest: Bytes::new(),
            ended: false,
        })
    });
    let sent = feed(&mut pieces, largest, sender).await;
    let kept = kept.await;
    match (sent, kept) {
        (Err(lost), _) => {
            if let Lost::TooLarge(_) = lost {
                hear_out(&mut pieces, largest).await;
            }
            Err(lost)
        }
        (Ok(()), Ok(kept)) => Ok(kept?),
        (Ok(()), Err(error)) => {
            tracing::error!(%error, "an upload ended badly");
            Err(Lost::Failed)
        }
    }
}

async fn next<E>(
    pieces: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
) -> Result<Option<Bytes>, Lost> {
    let next = poll_fn(|context| Pin::new(&mut *pieces).poll_next(context));
    match tokio::time::timeout(LONGEST_PAUSE, next).await {
        Err(_) => Err(Lost::Paused),
        Ok(Some(Err(_))) => Err(Lost::BrokenOff),
        Ok(Some(Ok(bytes))) => Ok(Some(bytes)),
        Ok(None) => Ok(None),
    }
}

/// Hands pieces on and tells their end. Dropping the sender before tells that they broke off.
async fn feed<E>(
    pieces: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
    largest: u64,
    to: Sender<Piece>,
) -> Result<(), Lost> {
    let mut size = 0u64;
    while let Some(bytes) = next(pieces).await? {
        size += bytes.len() as u64;
        if size > largest {
            return Err(Lost::TooLarge(largest));
        }
        if to.send(Piece::Bytes(bytes)).await.is_err() {
            // Who keeps it has given up and says why.
            return Ok(());
        }
    }
    let _ = to.send(Piece::End).await;
    Ok(())
}

async fn hear_out<E>(pieces: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin), most: u64) {
    let mut size = 0u64;
    while let Ok(Some(bytes)) = next(pieces).await {
        size = size.saturating_add(bytes.len() as u64);
        if size > most {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_as_people_say_them() {
        let said: Vec<String> = [7, 1_500, 60_000_000, 1 << 30, 2_000_000_000]
            .into_iter()
            .map(in_words)
            .collect();
        assert_eq!(said, ["7 bytes", "1.5 kB", "60 MB", "1.1 GB", "2 GB"]);
    }
}
