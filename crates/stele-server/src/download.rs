//! Downloads that are made while they are sent. One thread writes the file as fast as it goes and is
//! done with the database; another sends what is there, as fast as the reader takes it. A reader that
//! goes away, or takes nothing for a minute, ends both. Nothing is left: the file has no name.

use axum::body::{Body, Bytes};
use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use stele_registry::Refusal;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Files written at once; each holds a connection to the database.
const MADE_AT_ONCE: usize = 4;
/// Files sent at once; each holds a file of the collection's size.
const SENT_AT_ONCE: usize = 64;
/// Bytes of a piece.
const PIECE_BYTES: usize = 64 * 1024;
/// Longest wait for a reader to take a piece.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The downloads under way.
#[derive(Clone)]
pub struct Downloads {
    made: Arc<Semaphore>,
    sent: Arc<Semaphore>,
}

impl Default for Downloads {
    fn default() -> Self {
        Downloads {
            made: Arc::new(Semaphore::new(MADE_AT_ONCE)),
            sent: Arc::new(Semaphore::new(SENT_AT_ONCE)),
        }
    }
}

/// The file and how far it is.
struct Growing {
    state: Mutex<State>,
    grown: Condvar,
    unwanted: AtomicBool,
}

#[derive(Default)]
struct State {
    written_bytes: u64,
    end: Option<Result<(), String>>,
}

impl Growing {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, how: Result<(), String>) {
        self.state().end = Some(how);
        self.grown.notify_all();
    }
}

/// Where the file is written to.
struct Grow {
    file: File,
    growing: Arc<Growing>,
}

impl Write for Grow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.growing.unwanted.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let written = self.file.write(bytes)?;
        self.growing.state().written_bytes += written as u64;
        self.growing.grown.notify_all();
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A body that `make` writes. `make` is given where to write and what to ask whether to go on; `file`
/// is opened twice over, once to write and once to read.
pub fn body(
    downloads: &Downloads,
    file: impl FnOnce() -> Result<File, Refusal> + Send + 'static,
    make: impl FnOnce(Box<dyn Write + Send>, &mut dyn FnMut(u64) -> bool) -> Result<(), Refusal>
    + Send
    + 'static,
) -> Result<Body, Refusal> {
    let busy = |_| {
        Refusal::Busy(
            "as many downloads as can be made at once are under way; try again in a minute, or take the file of the last snapshot".into(),
        )
    };
    let sending = downloads.sent.clone().try_acquire_owned().map_err(busy)?;
    let making = downloads.made.clone().try_acquire_owned().map_err(busy)?;
    let (sender, pieces) = mpsc::channel::<io::Result<Bytes>>(2);
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        let opened = file().and_then(|file| {
            let reading = reopened(&file)?;
            Ok((file, reading))
        });
        match opened {
            Ok((file, reading)) => run(file, reading, make, (sender, runtime), (making, sending)),
            Err(error) => {
                tracing::error!(%error, "a download could not begin");
                let _ = sender.blocking_send(Err(io::Error::other("it could not begin")));
            }
        }
    });
    let stream = futures_util::stream::unfold(pieces, |mut pieces| async {
        pieces.recv().await.map(|piece| (piece, pieces))
    });
    Ok(Body::from_stream(stream))
}

/// The same file at a position of its own: a duplicate would share it.
fn reopened(file: &File) -> Result<At, Refusal> {
    let again = file.try_clone();
    let again = again.map_err(|e| Refusal::Unreadable(format!("a file cannot be read: {e}")))?;
    Ok(At { file: again, at: 0 })
}

/// Reads a file from a position, whatever others do with it.
struct At {
    file: File,
    at: u64,
}

impl Read for At {
    #[cfg(unix)]
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let n = std::os::unix::fs::FileExt::read_at(&self.file, bytes, self.at)?;
        self.at += n as u64;
        Ok(n)
    }

    #[cfg(windows)]
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let n = std::os::windows::fs::FileExt::seek_read(&self.file, bytes, self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}

type Sender = mpsc::Sender<io::Result<Bytes>>;

fn run(
    file: File,
    reading: At,
    make: impl FnOnce(Box<dyn Write + Send>, &mut dyn FnMut(u64) -> bool) -> Result<(), Refusal>
    + Send
    + 'static,
    (sender, runtime): (Sender, Handle),
    (making, sending): (OwnedSemaphorePermit, OwnedSemaphorePermit),
) {
    let growing = Arc::new(Growing {
        state: Mutex::default(),
        grown: Condvar::new(),
        unwanted: AtomicBool::new(false),
    });
    let grown = growing.clone();
    runtime.clone().spawn_blocking(move || {
        send(reading, &grown, &sender, &runtime);
        grown.unwanted.store(true, Ordering::Relaxed);
        drop(sending);
    });
    let out = Box::new(Grow {
        file,
        growing: growing.clone(),
    });
    let unwanted = |_| !growing.unwanted.load(Ordering::Relaxed);
    // A panic in there must not leave the reader waiting for more.
    let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        make(out, &mut { unwanted })
    }));
    drop(making);
    growing.end(match made {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("it ended badly".into()),
    });
}

/// Sends what is written as long as somebody takes it.
fn send(mut reading: At, growing: &Growing, sender: &Sender, runtime: &Handle) {
    let give = |piece: io::Result<Bytes>| {
        let sent = async { tokio::time::timeout(LONGEST_WAIT, sender.send(piece)).await };
        matches!(runtime.block_on(sent), Ok(Ok(())))
    };
    loop {
        let (there, end) = {
            let mut state = growing.state();
            while state.written_bytes == reading.at && state.end.is_none() {
                // Woken from time to time, to notice a reader who went away before anything was there.
                let woken = growing.grown.wait_timeout(state, Duration::from_secs(1));
                state = woken.unwrap_or_else(PoisonError::into_inner).0;
                if sender.is_closed() {
                    return;
                }
            }
            (state.written_bytes - reading.at, state.end.clone())
        };
        if there == 0 {
            if let Some(Err(error)) = end {
                // Without its end the answer is known to be no whole file.
                tracing::warn!(error, "a download ended before it was whole");
                give(Err(io::Error::other("the file could not be finished")));
            }
            return;
        }
        let mut piece = vec![
            0;
            usize::try_from(there)
                .unwrap_or(PIECE_BYTES)
                .min(PIECE_BYTES)
        ];
        let read = reading.read_exact(&mut piece);
        if !give(read.map(|()| piece.into())) {
            return;
        }
    }
}

/// Whether an answer may be compressed on its way: not one that can be gone on with byte by byte.
pub fn may_be_packed(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    !headers.contains_key(header::ACCEPT_RANGES)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use axum::body::{HttpBody, to_bytes};
    use futures_util::future::poll_fn;
    use std::pin::pin;

    fn file() -> Result<File, Refusal> {
        Ok(tempfile::tempfile().unwrap())
    }

    async fn taken(body: Body) -> Result<Bytes, axum::Error> {
        to_bytes(body, usize::MAX).await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_written_is_sent_whole_and_in_order() {
        let wanted: Vec<u8> = (0..1_000_000u32).flat_map(u32::to_be_bytes).collect();
        let given = wanted.clone();
        let body = body(&Downloads::default(), file, move |mut out, go_on| {
            for (n, piece) in given.chunks(10_007).enumerate() {
                assert!(go_on(n as u64));
                out.write_all(piece).unwrap();
            }
            Ok(())
        });
        assert_eq!(taken(body.unwrap()).await.unwrap(), wanted);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_fails_on_the_way_ends_as_a_failure_and_not_as_a_file() {
        for panics in [false, true] {
            let body = body(&Downloads::default(), file, move |mut out, _| {
                out.write_all(&[7; 300_000]).unwrap();
                assert!(!panics, "as a writer might");
                Err(Refusal::Unreadable("the disk is full".into()))
            });
            assert!(taken(body.unwrap()).await.is_err(), "panics: {panics}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_goes_away_stops_the_writing() {
        let (told, stopped) = std::sync::mpsc::channel();
        let body = body(&Downloads::default(), file, move |mut out, go_on| {
            while go_on(0) && out.write_all(&[7; 10_000]).is_ok() {}
            told.send(()).unwrap();
            Ok(())
        });
        {
            let mut body = pin!(body.unwrap());
            poll_fn(|cx| body.as_mut().poll_frame(cx))
                .await
                .unwrap()
                .unwrap();
        }
        tokio::task::spawn_blocking(move || stopped.recv().unwrap())
            .await
            .unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn more_than_can_be_made_at_once_are_put_off() {
        let downloads = Downloads::default();
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let wait = Arc::new(Mutex::new(wait));
        let make = || {
            let wait = wait.clone();
            body(&downloads, file, move |_, _| {
                wait.lock().unwrap().recv().unwrap();
                Ok(())
            })
        };
        let under_way: Vec<Body> = (0..MADE_AT_ONCE).map(|_| make().unwrap()).collect();
        assert!(matches!(make(), Err(Refusal::Busy(_))));
        for _ in 0..MADE_AT_ONCE {
            go.send(()).unwrap();
        }
        for body in under_way {
            assert!(taken(body).await.unwrap().is_empty());
        }
        go.send(()).unwrap();
        assert!(taken(make().unwrap()).await.is_ok(), "there is room again");
    }
}
