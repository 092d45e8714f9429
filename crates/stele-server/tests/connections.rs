//! Many connections that ask nothing, heads that never end and answers that nobody takes: others are
//! served meanwhile, and what a slow one held is given back.

#![allow(clippy::unwrap_used)]

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use std::net::SocketAddr;
use std::time::Duration;
use stele_server::serving::{Limits, Outgoing, outgoing, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// More than the buffers of a connection take.
const LARGE: usize = 32 << 20;
/// Longer than a test runs.
const NEVER: Duration = Duration::from_secs(3_600);
/// As short as it may be.
const SOON: Duration = Duration::from_millis(20);

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    done: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Server {
    async fn start(limits: Limits, room: usize) -> Self {
        let router = Router::new()
            .route("/", get(|| async { "served" }))
            .route("/large", get(|| async { vec![b'a'; LARGE] }))
            .layer(from_fn_with_state(Outgoing::of(room), outgoing));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async {
            let _ = stopped.await;
        };
        let done = tokio::spawn(serve(router, listener, limits, shutdown));
        Server {
            address,
            stop,
            done,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// The whole answer to one question; what came of it where the connection was let go.
    async fn ask(&self, path: &str) -> String {
        let mut connection = self.connect().await;
        let head = format!("GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n");
        let _ = connection.write_all(head.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = connection.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }

    /// Asks until an answer has these words: however long that takes, it comes.
    async fn ask_until(&self, path: &str, words: &str) {
        while !self.ask(path).await.contains(words) {
            tokio::task::yield_now().await;
        }
    }

    /// A connection on which a large answer was begun that nobody takes.
    async fn slow_reader(&self) -> TcpStream {
        let mut connection = self.connect().await;
        let head = b"GET /large HTTP/1.1\r\nhost: here\r\n\r\n";
        connection.write_all(head).await.unwrap();
        connection.readable().await.unwrap();
        connection
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.done.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn others_are_served_beside_idle_connections_and_a_slow_reader() {
    let limits = Limits {
        connections: 500,
        head: NEVER,
        stall: NEVER,
    };
    let server = Server::start(limits, 2 * LARGE).await;
    let mut idle = Vec::new();
    for n in 0..400 {
        let mut connection = server.connect().await;
        if n % 2 == 0 {
            connection.write_all(b"GET / HTT").await.unwrap();
        }
        idle.push(connection);
    }
    let slow = server.slow_reader().await;
    assert!(server.ask("/").await.ends_with("served"));
    assert_eq!(
        server.ask("/large").await.matches("aaaa").count(),
        LARGE / 4
    );
    drop((idle, slow));
    server.stop().await;
}

#[tokio::test]
async fn who_comes_when_all_connections_are_taken_is_told_and_served_when_one_is_free() {
    let limits = Limits {
        connections: 2,
        head: NEVER,
        stall: NEVER,
    };
    let server = Server::start(limits, LARGE).await;
    let idle = [server.connect().await, server.connect().await];
    server.ask_until("/", "HTTP/1.1 503").await;
    drop(idle);
    server.ask_until("/", "served").await;
    server.stop().await;
}

#[tokio::test]
async fn a_head_that_does_not_come_ends_the_connection() {
    let limits = Limits {
        connections: 10,
        head: SOON,
        stall: NEVER,
    };
    let server = Server::start(limits, LARGE).await;
    for begun in ["", "GET / HTTP/1.1\r\nhost: he"] {
        let mut connection = server.connect().await;
        connection.write_all(begun.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        let _ = connection.read_to_end(&mut rest).await;
        assert!(!String::from_utf8_lossy(&rest).contains("served"));
    }
    // One that was served and asks nothing more ends likewise.
    let mut connection = server.connect().await;
    let head = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n";
    connection.write_all(head).await.unwrap();
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer).await;
    assert!(String::from_utf8_lossy(&answer).contains("served"));
    server.stop().await;
}

#[tokio::test]
async fn a_reader_that_takes_nothing_gives_its_place_back() {
    let limits = Limits {
        connections: 1,
        head: NEVER,
        stall: SOON,
    };
    let server = Server::start(limits, LARGE).await;
    let slow = server.slow_reader().await;
    server.ask_until("/", "served").await;
    // And the room of its answer.
    server.ask_until("/large", "aaaa").await;
    drop(slow);
    server.stop().await;
}

#[tokio::test]
async fn answers_that_wait_have_only_so_much_room() {
    let limits = Limits {
        connections: 10,
        head: NEVER,
        stall: NEVER,
    };
    let server = Server::start(limits, LARGE + LARGE / 2).await;
    let slow = server.slow_reader().await;
    let refused = server.ask("/large").await;
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    assert!(refused.contains("retry-after: 10"));
    assert!(server.ask("/").await.ends_with("served"), "small ones go");
    drop(slow);
    server.ask_until("/large", "aaaa").await;
    server.stop().await;
}
