//! Bytes of a server's ledger.

use std::time::Duration;

use liftlock_verbs::Failure;

use super::Server;

/// How often a request is made again that a server refuses for now.
const TRIES_MAX: u32 = 120;

/// The pause before it is.
const PAUSE: Duration = Duration::from_secs(1);

impl Server {
    /// What is at a path below the server's address, of at most `limit` bytes. Where there were too
    /// many requests it is waited: a ledger is read in as many as it has bundles.
    pub(in crate::remote) async fn fetch(
        &self,
        path: &str,
        limit: usize,
    ) -> Result<Vec<u8>, Failure> {
        let parts: Vec<&str> = path.split('/').collect();
        let url = self.place(&parts)?;
        for _ in 0..TRIES_MAX {
            let asked = self.send(self.client.get(url.clone())).await;
            match asked.map_err(Failure::from) {
                Ok(answer) => return self.bytes(answer, limit).await,
                Err(failure) if is_for_now(&failure) => tokio::time::sleep(PAUSE).await,
                Err(failure) => return Err(failure),
            }
        }
        let message = format!("{self} has too much to do for too long");
        Err(Failure::failed("busy", message))
    }

    async fn bytes(&self, mut answer: reqwest::Response, limit: usize) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.broken(&error))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > limit {
                let message =
                    format!("an answer of {self} has over {limit} bytes, more than it can have");
                return Err(Failure::failed("server", message));
            }
        }
        Ok(bytes)
    }
}

fn is_for_now(failure: &Failure) -> bool {
    ["too-many-requests", "busy"].contains(&&*failure.code)
}
