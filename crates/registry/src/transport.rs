//! Requests on their way: connections, limits, retries.

pub(crate) mod body;
pub(crate) mod endpoint;
pub(crate) mod limiter;
pub(crate) mod link;
pub(crate) mod proxies;
pub(crate) mod response;
pub(crate) mod retry;
mod send;
pub(crate) mod tls;
pub(crate) mod told;
mod watched_body;

use std::fmt;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use liftlock_engine::ports::RegistryError;
use reqwest::{Body, Client, Method, Proxy, Request, Url, redirect};

use crate::failure::{senseless, unreachable};
use crate::options::{Options, Retry};
use crate::transport::endpoint::Endpoint;
use limiter::Limiters;
use response::{Broken, Response};
use tls::Tls;
use told::Attempt;

const USER_AGENT: &str = concat!("liftlock/", env!("CARGO_PKG_VERSION"));

/// How much of one body an HTTP/2 peer may send before it is read, in bytes. It bounds what one
/// stream brings in a round trip, and the memory that is held for it.
const STREAM_WINDOW: u32 = 1024 * 1024;

/// The same for all bodies of one HTTP/2 connection.
const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;

/// How often an HTTP/2 connection that waits is asked whether it is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// The connections to one registry, and to where it sends its clients.
pub(crate) struct Transport {
    pub(crate) endpoint: Endpoint,
    pub(crate) retry: Retry,
    limiters: Limiters,
    tls: Tls,
    proxies: Vec<Proxy>,
    options: Options,
    over_tls: OnceLock<Client>,
    plain: OnceLock<Client>,
}

impl Transport {
    /// Reads the certificates for the host; connects to nothing yet.
    pub(crate) fn new(host: &str, options: &Options) -> Result<Self, RegistryError> {
        let tls = Tls::read(&options.certs_folders, host)?;
        Ok(Self {
            endpoint: Endpoint::new(host, &options.plain_http, tls.is_some())?,
            tls: tls.unwrap_or_default(),
            proxies: options.proxies.read()?,
            retry: options.retry,
            limiters: Limiters::default(),
            options: options.clone(),
            over_tls: OnceLock::new(),
            plain: OnceLock::new(),
        })
    }

    /// Sends a request, again where it may be: after a failed connection or 429 always, after a
    /// broken connection or 408, 500, 502, 503, 504 where the request is idempotent. The last answer
    /// is returned, whatever its status.
    pub(crate) async fn send_retrying(
        &self,
        request: &Request,
        idempotent: bool,
    ) -> Result<Response, RegistryError> {
        let limiter = self.limiters.of(request.url());
        let mut attempt = 0;
        loop {
            let request = request.try_clone().ok_or_else(|| {
                senseless(&self.endpoint.host, "the request cannot be sent twice")
            })?;
            let place = limiter.enter().await;
            let result = self.execute(request).await;
            let delay = match &result {
                Ok(response) => self.after(response, place, idempotent, attempt),
                Err(broken) if retry::may_follow_failure(broken, idempotent) => {
                    drop(place);
                    self.retry.delay(attempt)
                }
                Err(_) => None,
            };
            match delay {
                Some(delay) => tokio::time::sleep(delay).await,
                None => return result.map_err(|broken| unreachable(&self.endpoint.host, broken)),
            }
            attempt += 1;
        }
    }

    /// Sends a request with a body that can be sent once, and of which `length` bytes are to come.
    pub(crate) async fn send_once(
        &self,
        mut request: Request,
        body: Body,
        length: u64,
    ) -> Result<Response, RegistryError> {
        let host = &self.endpoint.host;
        let limiter = self.limiters.of(request.url());
        let (body, watch) = watched_body::watch(body, length);
        *request.body_mut() = Some(Body::wrap(body));
        let place = limiter.pass().await;
        let silence_max = self.options.read_timeout;
        let client = self.client(request.url());
        let client = client.map_err(|broken| unreachable(host, broken))?;
        let (method, begun) = (request.method().clone(), Instant::now());
        let sent = tokio::select! {
            sent = client.execute(request) => sent.map_err(Broken::from),
            silence = watch.stalled(silence_max) => Err(Broken::Silent(silence)),
        };
        self.tell((&method, begun), sent.as_ref().ok());
        let response = sent.map_err(|broken| unreachable(host, broken))?;
        let response = Response::new(response, silence_max);
        // What the host asks for holds for the requests that follow.
        self.after(&response, place, false, 0);
        Ok(response)
    }

    async fn execute(&self, request: Request) -> Result<Response, Broken> {
        let silence_max = self.options.read_timeout;
        let client = self.client(request.url())?;
        let (method, begun) = (request.method().clone(), Instant::now());
        let sent = tokio::time::timeout(silence_max, client.execute(request)).await;
        let answer = sent.as_ref().ok().and_then(|sent| sent.as_ref().ok());
        self.tell((&method, begun), answer);
        match sent {
            Ok(sent) => Ok(Response::new(sent?, silence_max)),
            Err(_) => Err(Broken::Silent(silence_max)),
        }
    }

    fn tell(&self, (method, begun): (&Method, Instant), answer: Option<&reqwest::Response>) {
        self.options.telling.tell(&Attempt {
            host: &self.endpoint.host,
            method,
            status: answer.map(reqwest::Response::status),
            took: begun.elapsed(),
        });
    }

    /// Tells the limiter of an answer, and says when the request may be sent again: a host that
    /// names a time is waited for in the limiter, by all.
    fn after(
        &self,
        response: &Response,
        place: limiter::Place<'_>,
        idempotent: bool,
        attempt: u32,
    ) -> Option<Duration> {
        let status = response.status();
        let asked = retry::retry_after(response.headers());
        let pause = asked.and_then(|asked| self.retry.pause(asked));
        if retry::is_too_much(status) {
            place.too_much(pause);
        } else {
            place.went_well();
        }
        let delay = self.retry.delay(attempt)?;
        match retry::may_follow(status, idempotent) {
            false => None,
            true if asked.is_some() && pause.is_none() => None,
            true if retry::is_too_much(status) && pause.is_some() => Some(Duration::ZERO),
            true => Some(pause.unwrap_or(delay)),
        }
    }

    /// The connections for `url`: those without TLS need no certificates.
    fn client(&self, url: &Url) -> Result<&Client, Broken> {
        let is_tls = url.scheme() == "https";
        let kept = if is_tls { &self.over_tls } else { &self.plain };
        if let Some(client) = kept.get() {
            return Ok(client);
        }
        let client = if is_tls {
            self.tls.build(self.builder())?
        } else {
            self.builder().tls_certs_only([]).build()?
        };
        Ok(kept.get_or_init(|| client))
    }

    fn builder(&self) -> reqwest::ClientBuilder {
        let builder = Client::builder().no_proxy();
        let proxies = self.proxies.iter().cloned();
        proxies
            .fold(builder, reqwest::ClientBuilder::proxy)
            .user_agent(USER_AGENT)
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(self.options.connect_timeout)
            .http2_initial_stream_window_size(STREAM_WINDOW)
            .http2_initial_connection_window_size(CONNECTION_WINDOW)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .http2_keep_alive_timeout(self.options.connect_timeout)
    }
}

// The addresses of proxies may hold passwords, and reqwest's clients print them.
impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("endpoint", &self.endpoint)
            .field("limiters", &self.limiters)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
