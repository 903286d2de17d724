//! A server that passes questions on to another, and changes what it answers.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// What becomes of the answer to a question.
type Change = dyn Fn(&str, (u16, Vec<u8>)) -> (u16, Vec<u8>) + Send;

/// A server between.
pub(crate) struct Crooked {
    pub(crate) address: String,
    change: Arc<Mutex<Box<Change>>>,
    _runtime: tokio::runtime::Runtime,
}

#[derive(Clone)]
struct Between {
    upstream: String,
    client: reqwest::Client,
    change: Arc<Mutex<Box<Change>>>,
}

impl Crooked {
    /// Stands before the server at `upstream`, honestly so far.
    pub(crate) fn before(upstream: &str) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let honest: Box<Change> = Box::new(|_, answer| answer);
        let change = Arc::new(Mutex::new(honest));
        let between = Between {
            upstream: upstream.to_owned(),
            client: reqwest::Client::new(),
            change: Arc::clone(&change),
        };
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
        let listener = listener.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(pass).with_state(between);
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self {
            address,
            change,
            _runtime: runtime,
        }
    }

    /// From now on answers are what `change` makes of them.
    pub(crate) fn now(
        &self,
        change: impl Fn(&str, (u16, Vec<u8>)) -> (u16, Vec<u8>) + Send + 'static,
    ) {
        *self.change.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(change);
    }
}

async fn pass(State(between): State<Between>, request: Request) -> Response {
    let path = request.uri().path_and_query().expect("a path").to_string();
    let asked = between.client.get(format!("{}{path}", between.upstream));
    let answer = asked.send().await.expect("an answer");
    let status = answer.status().as_u16();
    let bytes = answer.bytes().await.expect("a body").to_vec();
    let change = between
        .change
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let (status, bytes) = change(&path, (status, bytes));
    let status = StatusCode::from_u16(status).expect("a status");
    (status, bytes).into_response()
}
