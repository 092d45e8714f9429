//! Connections: how many at once, how long a head may take to come and an answer to be taken.
//!
//! Memory is bounded by what a connection may hold (the head of a request, an answer that is not taken
//! yet) times how many there are; [`outgoing`] bounds the answers of all together. Who comes when all
//! connections are taken is told so; who is slow is let go. Knows nothing of what is asked.

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::body::{Frame, SizeHint};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep, timeout};

/// What is allowed of connections.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections open at once.
    pub connections: usize,
    /// Longest time until a request's head is there, from the beginning of the connection or the end of
    /// the request before.
    pub head: Duration,
    /// Longest time in which a reader takes none or little ([`LEAST_TAKEN_BYTES`]) of what is sent.
    pub stall: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections: 12_000,
            head: Duration::from_secs(20),
            stall: Duration::from_secs(20),
        }
    }
}

/// A reader that holds an answer up takes at least so much of it in the time of a stall.
const LEAST_TAKEN_BYTES: usize = 16 << 10;
/// Largest head of a request: the longest query of an address, and what stands beside it.
const LARGEST_HEAD_BYTES: usize = 96 << 10;
/// Connections that are told at once that there are too many; others are closed without a word.
const TOLD: usize = 64;
/// What they are told.
const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 67\r\nConnection: close\r\n\r\nToo many connections are open at the moment. Try again in a while.\n";

/// Serves until `shutdown` is done; open requests are finished first.
pub async fn serve(
    router: axum::Router,
    listener: TcpListener,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let (free, told) = (
        Arc::new(Semaphore::new(limits.connections)),
        Arc::new(Semaphore::new(TOLD)),
    );
    let graceful = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // No more files may be open, most likely: others may be closed in a moment.
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = shutdown.as_mut() => break,
        };
        let Ok(place) = free.clone().try_acquire_owned() else {
            if let Ok(turn) = told.clone().try_acquire_owned() {
                tokio::spawn(async move {
                    let _ = timeout(limits.head.min(Duration::from_secs(2)), refuse(stream)).await;
                    drop(turn);
                });
            }
            continue;
        };
        // A page goes out in one piece; waiting for more of it helps nobody.
        let _ = stream.set_nodelay(true);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head)
            .max_buf_size(LARGEST_HEAD_BYTES)
            .serve_connection(
                TokioIo::new(Patient::new(stream, limits.stall)),
                TowerToHyperService::new(router.clone()),
            );
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
    Ok(())
}

/// Tells a connection that there is no room for it, once it has begun to ask.
async fn refuse(stream: TcpStream) {
    let mut some = [0; 4_096];
    let _ = stream.readable().await;
    let _ = stream.try_read(&mut some);
    let _ = stream.try_write(BUSY);
}

/// A connection that waits for a slow reader only so long.
struct Patient {
    stream: TcpStream,
    stall: Duration,
    /// Runs while something is not taken.
    waited: Option<Pin<Box<Sleep>>>,
    /// Taken since it began to run.
    taken: usize,
}

impl Patient {
    fn new(stream: TcpStream, stall: Duration) -> Self {
        Patient {
            stream,
            stall,
            waited: None,
            taken: 0,
        }
    }

    fn after(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(n)) => {
                self.taken += n;
                if self.taken >= LEAST_TAKEN_BYTES {
                    self.waited = None;
                }
                Poll::Ready(Ok(n))
            }
            Poll::Ready(failed) => Poll::Ready(failed),
            Poll::Pending => {
                if self.waited.is_none() {
                    self.taken = 0;
                }
                let until = Instant::now() + self.stall;
                let waited = self
                    .waited
                    .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
                ready!(waited.as_mut().poll(context));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.after(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.after(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Comes when all that was to be written is.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.waited = None;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Bytes of answers that may wait to be taken, of all connections together.
#[derive(Clone)]
pub struct Outgoing {
    free: Arc<Semaphore>,
    /// Of an answer larger than all room, all of it.
    most: u32,
}

/// Of all answers together.
const OUTGOING_BYTES: usize = 256 << 20;
/// Smaller answers go into the buffers of the system anyway.
const SMALL_BYTES: u32 = 16 << 10;

impl Default for Outgoing {
    fn default() -> Self {
        Outgoing::of(OUTGOING_BYTES)
    }
}

impl Outgoing {
    /// Room for so many bytes.
    pub fn of(bytes: usize) -> Self {
        Outgoing {
            free: Arc::new(Semaphore::new(bytes)),
            most: u32::try_from(bytes).unwrap_or(u32::MAX),
        }
    }
}

/// Bytes that hold their room until they are sent.
struct Held(
    Bytes,
    #[expect(dead_code, reason = "what it is for ends with it")] Arc<OwnedSemaphorePermit>,
);

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Lets an answer go where there is room for it; else says so.
pub async fn outgoing(State(room): State<Outgoing>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let size = response.body().size_hint().exact();
    // A stream, of which the size is not known, is not made before it is taken.
    let size = size.map_or(0, |n| u32::try_from(n).unwrap_or(u32::MAX));
    if size < SMALL_BYTES {
        return response;
    }
    let Ok(held) = room.free.try_acquire_many_owned(size.min(room.most)) else {
        let say = "Too many answers are waiting to be taken. Try again in a while.";
        let again = [(header::RETRY_AFTER, "10")];
        return (StatusCode::SERVICE_UNAVAILABLE, again, say).into_response();
    };
    let held = Arc::new(held);
    response.map(|body| Body::new(Waiting(body, held)))
}

/// A body whose bytes hold their room.
struct Waiting(Body, Arc<OwnedSemaphorePermit>);

impl HttpBody for Waiting {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.0).poll_frame(context));
        let held = |part| Bytes::from_owner(Held(part, self.1.clone()));
        Poll::Ready(frame.map(|frame| frame.map(|frame| frame.map_data(held))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}
