//! Blobs as streams that survive broken connections.

use bytes::Bytes;
use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Descriptor, Repository};
use reqwest::header::{CONTENT_RANGE, HeaderValue, RANGE};
use reqwest::{Method, StatusCode};

use crate::auth::scope::Access;
use crate::client::{Call, Client};
use crate::failure::{content, refusal, unreachable};
use crate::transport::response::{Broken, Response};

/// How often one blob's body is continued in all, however far it gets in between.
const CONTINUES_MAX: u32 = 100;

/// A blob's body as it arrives. Its size is checked here; its digest is not.
#[derive(Debug)]
pub struct HttpBlob {
    client: Client,
    call: Call,
    what: String,
    size: u64,
    response: Response,
    /// Bytes handed out so far.
    received: u64,
    /// Bytes that come again before the next new one.
    to_skip: u64,
    /// Continuations since the last new byte, and in all.
    fruitless: u32,
    continued: u32,
}

impl Client {
    /// Opens a blob to stream it. A body that breaks off is continued where it broke off: by
    /// `Range` (RFC 9110, section 14.2), or where the registry sends the whole blob again, by
    /// leaving out what was received.
    pub async fn open_blob(
        &self,
        repository: &Repository,
        blob: &Descriptor,
    ) -> Result<HttpBlob, RegistryError> {
        let path = format!("blobs/{}", blob.digest);
        let call = self.call(Method::GET, repository, Access::Pull, &path)?;
        let what = format!("{repository}@{}", blob.digest);
        let response = self.send(&call).await?;
        if response.status() != StatusCode::OK {
            return Err(refusal(self.host(), &what, response).await);
        }
        match response.content_length() {
            Some(sent) if sent != blob.size => Err(wrong_size(what, blob.size, sent)),
            _ => Ok(HttpBlob {
                client: self.clone(),
                call,
                what,
                size: blob.size,
                response,
                received: 0,
                to_skip: 0,
                fruitless: 0,
                continued: 0,
            }),
        }
    }
}

impl HttpBlob {
    /// The next bytes, or `None` after the last. Fewer or more bytes than the blob's size are a
    /// content error.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, RegistryError> {
        loop {
            match self.response.chunk().await {
                Ok(Some(bytes)) => {
                    let new = self.without_received(bytes);
                    if new.is_empty() {
                        continue;
                    }
                    self.fruitless = 0;
                    self.received += new.len() as u64;
                    if self.received > self.size {
                        return Err(self.wrong_size());
                    }
                    return Ok(Some(new));
                }
                Ok(None) if self.received < self.size => return Err(self.wrong_size()),
                Ok(None) => return Ok(None),
                Err(_) if self.received == self.size => return Ok(None),
                Err(error) => self.resume(error).await?,
            }
        }
    }

    /// Leaves out what was handed out before the body broke off.
    fn without_received(&mut self, mut bytes: Bytes) -> Bytes {
        let again = usize::try_from(self.to_skip).map_or(bytes.len(), |n| n.min(bytes.len()));
        self.to_skip -= again as u64;
        bytes.split_off(again)
    }

    /// Asks for the rest, or fails with what broke the body off.
    async fn resume(&mut self, broken: Broken) -> Result<(), RegistryError> {
        let retry = self.client.transport.retry;
        let delay = retry.delay(self.fruitless);
        let Some(delay) = delay.filter(|_| self.continued < CONTINUES_MAX) else {
            return Err(unreachable(self.client.host(), broken));
        };
        self.fruitless += 1;
        self.continued += 1;
        tokio::time::sleep(delay).await;
        let rest = HeaderValue::from_str(&format!("bytes={}-", self.received))
            .map_err(|error| content(&self.what, error.to_string()))?;
        self.call.headers.insert(RANGE, rest);
        let response = self.client.send(&self.call).await?;
        self.to_skip = match response.status() {
            StatusCode::OK => self.received,
            StatusCode::PARTIAL_CONTENT => match first_byte(&response) {
                Some(first) if first <= self.received => self.received - first,
                _ => {
                    let message = "the registry continued it at another place than asked";
                    return Err(content(&self.what, message));
                }
            },
            _ => return Err(refusal(self.client.host(), &self.what, response).await),
        };
        self.response = response;
        Ok(())
    }

    fn wrong_size(&self) -> RegistryError {
        wrong_size(self.what.clone(), self.size, self.received)
    }
}

/// Where a partial body begins: `Content-Range: bytes FIRST-LAST/SIZE`.
fn first_byte(response: &Response) -> Option<u64> {
    let range = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    let range = range.trim().strip_prefix("bytes")?.trim_start();
    range.split_once('-')?.0.trim().parse().ok()
}

fn wrong_size(what: String, expected: u64, sent: u64) -> RegistryError {
    let message = format!("it has {expected} bytes by its descriptor, but {sent} were sent");
    content(what, message)
}
