//! Where webhooks are kept: in a state at hand, or at a server.

use liftlock_hooks::outbox::{DeadLetter, Outbox as _, OutboxError, Standing};
use liftlock_store::DatabaseStore;
use liftlock_verbs::{Access, Failure};
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::context::Context;
use crate::remote::Server;

/// Where webhooks are kept.
pub(super) enum Place {
    AtHand(DatabaseStore),
    Server(Server),
}

/// What is done with dead letters.
#[derive(Clone, Copy)]
pub(super) enum Doing {
    Resend,
    Drop,
}

impl Place {
    pub(super) async fn open(access: Access, context: &Context) -> Result<Self, Failure> {
        match context.server()? {
            Some(server) => Ok(Self::Server(server)),
            None => Ok(Self::AtHand(context.open_store(access).await?.0)),
        }
    }

    /// How large the ledger is, and how each endpoint stands.
    pub(super) async fn standings(&self) -> Result<(u64, Vec<Standing>), Failure> {
        match self {
            Self::AtHand(store) => {
                let size = store.size().await.map_err(failure)?;
                Ok((size, store.standings().await.map_err(failure)?))
            }
            Self::Server(server) => {
                let mut answer = server.call(Method::GET, &["webhooks"], None).await?;
                let size = read(answer["size"].take())?;
                Ok((size, read(answer["webhooks"].take())?))
            }
        }
    }

    /// A page of an endpoint's dead letters, after the one of an entry.
    pub(super) async fn dead_letters(
        &self,
        endpoint: &str,
        after: Option<u64>,
    ) -> Result<Vec<DeadLetter>, Failure> {
        match self {
            Self::AtHand(store) => {
                let found = store.dead_letters(endpoint, after);
                found.await.map_err(failure)
            }
            Self::Server(server) => {
                let after = after.map(|after| after.to_string());
                let parts = ["webhooks", endpoint, "dead"];
                let mut answer = server.get_with(&parts, ("after", after.as_deref())).await?;
                read(answer["dead"].take())
            }
        }
    }

    /// Does something with a dead letter, or all. How many there were.
    pub(super) async fn settle(
        &self,
        doing: Doing,
        endpoint: &str,
        seq: Option<u64>,
    ) -> Result<u64, Failure> {
        match (self, doing) {
            (Self::AtHand(store), Doing::Resend) => {
                store.resend(endpoint, seq).await.map_err(failure)
            }
            (Self::AtHand(store), Doing::Drop) => {
                store.drop_dead(endpoint, seq).await.map_err(failure)
            }
            (Self::Server(server), doing) => {
                let verb = match doing {
                    Doing::Resend => "resend",
                    Doing::Drop => "drop",
                };
                let which = match seq {
                    Some(seq) => json!({ "seq": seq }),
                    None => json!({ "all": true }),
                };
                let parts = ["webhooks", endpoint, "dead", verb];
                let mut answer = server.call(Method::POST, &parts, Some(&which)).await?;
                read(answer["count"].take())
            }
        }
    }

    /// How many dead letters there are: of one entry, or all.
    pub(super) async fn count(&self, endpoint: &str, seq: Option<u64>) -> Result<u64, Failure> {
        let Some(seq) = seq else {
            let (_, standings) = self.standings().await?;
            let mut own = standings.iter();
            let own = own.find(|standing| standing.endpoint == endpoint);
            return Ok(own.map_or(0, |standing| standing.dead));
        };
        let page = self.dead_letters(endpoint, seq.checked_sub(1)).await?;
        Ok(u64::from(
            page.first().is_some_and(|letter| letter.seq == seq),
        ))
    }
}

fn failure(error: OutboxError) -> Failure {
    Failure::failed("state", error.to_string())
}

fn read<T: DeserializeOwned>(answer: Value) -> Result<T, Failure> {
    serde_json::from_value(answer).map_err(|error| {
        let message = format!("the server's answer cannot be read: {error}");
        Failure::failed("server", message)
    })
}
