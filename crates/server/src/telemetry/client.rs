//! The HTTP client that traces are sent with: the exporter calls it from a thread of its own, which
//! has no runtime.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use tokio::runtime::Handle;

/// How long a receiver may take.
const SEND_TIME: Duration = Duration::from_secs(10);

/// The most of a receiver's answer that is read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    runtime: Handle,
    failing: AtomicBool,
}

impl Client {
    /// For the runtime that this is called in.
    pub(super) fn new() -> reqwest::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(SEND_TIME)
            .redirect(reqwest::redirect::Policy::none());
        Ok(Self {
            http: http.build()?,
            runtime: Handle::current(),
            failing: AtomicBool::new(false),
        })
    }

    /// Says it once when sending begins to fail, and when it works again.
    fn note(&self, failed: Option<String>) {
        let is_failing = failed.is_some();
        if self.failing.swap(is_failing, Ordering::Relaxed) == is_failing {
            return;
        }
        match failed {
            Some(error) => tracing::warn!(%error, "traces cannot be sent"),
            None => tracing::info!("traces are sent again"),
        }
    }
}

type Sending<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'a>>;

impl HttpClient for Client {
    fn send_bytes<'life0, 'async_trait>(
        &'life0 self,
        request: Request<Bytes>,
    ) -> Sending<'async_trait>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        let sending = self.runtime.spawn(send(self.http.clone(), request));
        Box::pin(async move {
            let answer = sending.await?;
            self.note(match &answer {
                Ok(answer) if answer.status().is_success() => None,
                Ok(answer) => Some(answer.status().to_string()),
                // Without the address, which can hold a password.
                Err(error) => Some(without_address(error)),
            });
            answer
        })
    }
}

fn without_address(error: &HttpError) -> String {
    match error.downcast_ref::<reqwest::Error>() {
        Some(error) if error.is_connect() => "the receiver cannot be reached".to_owned(),
        Some(error) if error.is_timeout() => "the receiver took too long".to_owned(),
        _ => "the receiver's answer cannot be read".to_owned(),
    }
}

async fn send(
    http: reqwest::Client,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, HttpError> {
    let (parts, body) = request.into_parts();
    let mut answer = http
        .request(parts.method, parts.uri.to_string())
        .headers(parts.headers)
        .body(body)
        .send()
        .await?;
    let mut read = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if read.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err("the receiver's answer is too long".into());
        }
        read.extend_from_slice(&chunk);
    }
    let mut response = Response::new(Bytes::from(read));
    *response.status_mut() = answer.status();
    Ok(response)
}
