//! What the server takes at most.

use std::time::Duration;

/// Limits of everything that comes from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of a request's line and headers; more are answered with 431.
    pub header_bytes: usize,
    /// The most bytes of a request's body where its route does not say otherwise (with
    /// `axum::extract::DefaultBodyLimit`); more are answered with 413.
    pub body_bytes: usize,
    /// How long a connection may go without the headers of a request, idle or in their midst.
    pub headers_time: Duration,
    /// How long the next bytes of a request's body may take; answered with 408.
    pub body_idle: Duration,
    /// How long a request's body may take as a whole; answered with 408.
    pub body_time: Duration,
    /// How long an answer may take until its headers; longer is answered with 503. A long poll
    /// stays under it.
    pub handler_time: Duration,
    /// How long a client may take nothing of its answer before the connection is closed.
    pub answer_idle: Duration,
    /// How many connections are open at once; the next waits until one is closed.
    pub connections: usize,
    /// How many of them come from one address, trusted proxies aside; one more is closed at once.
    pub connections_per_address: usize,
    /// How many requests of one HTTP/2 connection are at work at once.
    pub streams_per_connection: u32,
    /// How many requests are at work at once until their answer begins; one more is answered with
    /// 503.
    pub requests: usize,
    /// Requests a second from one address, on average and at once; more are answered with 429.
    pub rate_per_address: Rate,
    /// The same of one actor, from whatever addresses.
    pub rate_per_actor: Rate,
    /// How many streams of events are open at once; one more is answered with 503.
    pub event_streams: usize,
    /// How long one of them lives, so that who follows is asked again who they are.
    pub event_stream_time: Duration,
    /// How long requests and tasks that have begun may go on once the server ends.
    pub shutdown_time: Duration,
}

/// How often something may happen: a bucket of `burst` that is filled with `per_second`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many a second, on average.
    pub per_second: u32,
    /// How many at once.
    pub burst: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_bytes: 32 * 1024,
            body_bytes: 1024 * 1024,
            headers_time: Duration::from_secs(30),
            body_idle: Duration::from_secs(15),
            body_time: Duration::from_secs(120),
            handler_time: Duration::from_secs(90),
            answer_idle: Duration::from_secs(30),
            connections: 1024,
            connections_per_address: 128,
            streams_per_connection: 64,
            requests: 512,
            rate_per_address: Rate {
                per_second: 100,
                burst: 400,
            },
            rate_per_actor: Rate {
                per_second: 100,
                burst: 400,
            },
            event_streams: 256,
            event_stream_time: Duration::from_secs(15 * 60),
            shutdown_time: Duration::from_secs(30),
        }
    }
}
