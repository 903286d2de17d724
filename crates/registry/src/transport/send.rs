//! Sending requests: authorised, redirected, and never blindly repeated.

use futures_util::future::BoxFuture;
use liftlock_engine::ports::RegistryError;
use reqwest::header::{AUTHORIZATION, HeaderValue, LOCATION};
use reqwest::{Body, Method, Request, StatusCode, Url};

use super::response::Response;
use crate::auth::Need;
use crate::client::{Call, Client};
use crate::failure::{refusal, senseless};
use crate::transport::body::read_limited;

/// The most redirects that are followed for one request.
const REDIRECTS_MAX: usize = 5;

impl Client {
    /// Sends a request and returns the answer, whatever its status. Redirects of GET and HEAD
    /// are followed. In a box: what becomes of a request on its way is compiled once, and not in
    /// every future that waits for an answer.
    pub(crate) fn send<'a>(
        &'a self,
        call: &'a Call,
    ) -> BoxFuture<'a, Result<Response, RegistryError>> {
        Box::pin(self.send_following(call))
    }

    async fn send_following(&self, call: &Call) -> Result<Response, RegistryError> {
        let mut url = call.url.clone();
        for _ in 0..=REDIRECTS_MAX {
            let response = self.send_authorised(call, &url).await?;
            let follows = call.method == Method::GET || call.method == Method::HEAD;
            if !follows || !is_redirect(response.status()) {
                return Ok(response);
            }
            url = self.location(&response, &url)?;
        }
        let message = format!("more than {REDIRECTS_MAX} redirects");
        Err(senseless(self.host(), message))
    }

    /// Reads the body of an answer to `call` as a whole, at most `limit` bytes. Where it breaks
    /// off, the call is sent again.
    pub(crate) async fn read_whole(
        &self,
        call: &Call,
        response: Response,
        what: &str,
        limit: usize,
    ) -> Result<Vec<u8>, RegistryError> {
        let mut result = read_limited(self.host(), what, response, limit).await;
        for attempt in 0.. {
            let delay = match &result {
                Err(RegistryError::Unreachable { .. }) => self.transport.retry.delay(attempt),
                _ => None,
            };
            let Some(delay) = delay else {
                break;
            };
            tokio::time::sleep(delay).await;
            let response = self.send(call).await?;
            if response.status() != StatusCode::OK {
                return Err(refusal(self.host(), what, response).await);
            }
            result = read_limited(self.host(), what, response, limit).await;
        }
        result
    }

    /// Sends a request, and once more where what it showed was refused, and there is something
    /// else to show.
    async fn send_authorised(&self, call: &Call, url: &Url) -> Result<Response, RegistryError> {
        let first = self.authorization(call, url, Need::Request).await?;
        let response = self.send_showing(call, url, first.as_ref()).await?;
        if !self.is_refused(url, &response, first.as_ref()).await {
            return Ok(response);
        }
        let second = self.authorization(call, url, Need::Request).await?;
        // The same password would be refused again; a token may have the same text and be new.
        match second {
            Some(basic) if is_basic(&basic) && first.as_ref() == Some(&basic) => Ok(response),
            second => self.send_showing(call, url, second.as_ref()).await,
        }
    }

    /// Sends a request without Authorization, and takes note of what the registry wants to be
    /// shown where it answers 401.
    pub(crate) async fn send_unshown(&self, call: &Call) -> Result<Response, RegistryError> {
        let response = self.send_showing(call, &call.url, None).await?;
        self.is_refused(&call.url, &response, None).await;
        Ok(response)
    }

    async fn send_showing(
        &self,
        call: &Call,
        url: &Url,
        authorization: Option<&HeaderValue>,
    ) -> Result<Response, RegistryError> {
        let mut request = self.request(call, url, authorization);
        if call.method == Method::POST || call.method == Method::PUT {
            *request.body_mut() = Some(call.body.clone().into());
        }
        let transport = &self.transport;
        transport.send_retrying(&request, call.idempotent).await
    }

    /// Authorization goes to the registry itself and to nowhere it redirects to.
    async fn authorization(
        &self,
        call: &Call,
        url: &Url,
        need: Need,
    ) -> Result<Option<HeaderValue>, RegistryError> {
        match self.transport.endpoint.is_home(url) {
            true => self.auth.header(&self.transport, &call.scope, need).await,
            false => Ok(None),
        }
    }

    /// Whether the registry wants something else to be shown than `sent`.
    async fn is_refused(&self, url: &Url, response: &Response, sent: Option<&HeaderValue>) -> bool {
        response.status() == StatusCode::UNAUTHORIZED
            && self.transport.endpoint.is_home(url)
            && self.auth.challenged(response, sent).await
    }

    /// Sends a request with this body of `length` bytes, once: a stream cannot be sent twice.
    /// Whatever becomes of it, the caller begins anew, and a token that was refused is not used
    /// again.
    pub(crate) async fn send_once(
        &self,
        call: &Call,
        body: Body,
        length: u64,
    ) -> Result<Response, RegistryError> {
        let shown = self.authorization(call, &call.url, Need::Upload).await?;
        let request = self.request(call, &call.url, shown.as_ref());
        let response = self.transport.send_once(request, body, length).await?;
        self.is_refused(&call.url, &response, shown.as_ref()).await;
        Ok(response)
    }

    fn request(&self, call: &Call, url: &Url, authorization: Option<&HeaderValue>) -> Request {
        let mut request = Request::new(call.method.clone(), url.clone());
        *request.headers_mut() = call.headers.clone();
        if let Some(value) = authorization {
            request.headers_mut().insert(AUTHORIZATION, value.clone());
        }
        request
    }

    /// The answer's `Location`, resolved against the request's address.
    pub(crate) fn location(&self, response: &Response, from: &Url) -> Result<Url, RegistryError> {
        let status = response.status().as_u16();
        let Some(target) = response.headers().get(LOCATION) else {
            let message = format!("it answered {status} without the Location header it must send");
            return Err(senseless(self.host(), message));
        };
        let url = target
            .to_str()
            .ok()
            .and_then(|target| self.transport.endpoint.resolve(from, target));
        url.ok_or_else(|| {
            let message = format!("it answered {status} with a Location that may not be followed");
            senseless(self.host(), message)
        })
    }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn is_basic(authorization: &HeaderValue) -> bool {
    authorization.as_bytes().starts_with(b"Basic ")
}
