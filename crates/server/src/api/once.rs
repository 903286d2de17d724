//! What changes something is carried out once for each key that a client gives it, however often it
//! is sent (`Idempotency-Key`, draft-ietf-httpapi-idempotency-key-header-07).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, request};
use liftlock_oci::Digest;
use liftlock_store::{
    Begun, DatabaseStore, OpenRequest, REQUEST_KEY_BYTES_MAX, REQUEST_RENEWAL_MS, RequestKey,
};
use liftlock_verbs::{Exit, Failure, Request, Session};
use serde_json::json;
use tokio::time::sleep;

use super::answer::{Ended, kept, read_kept};
use super::ask::POLICY;
use super::errors::status;
use super::stream::Attended;
use crate::problem::Problem;

/// The header.
pub(super) const HEADER: &str = "idempotency-key";

/// The first pause before it is looked again what has become of a request; each is twice the one
/// before.
const PAUSE: Duration = Duration::from_millis(50);

/// The longest of them.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// The key of a request, and what is asked.
pub(super) struct Once {
    key: String,
    digest: Digest,
}

/// What is to be done about a request that has a key.
pub(super) enum Turn {
    /// It is carried out here.
    Ours(Arc<OpenRequest>),
    /// It was carried out already.
    Ended(Ended),
}

impl Once {
    /// The key that a request has.
    ///
    /// # Errors
    /// 400 where it is none.
    pub(super) fn of(parts: &request::Parts, body: &[u8]) -> Result<Option<Self>, Problem> {
        let Some(key) = key(&parts.headers)? else {
            return Ok(None);
        };
        let policy = parts.headers.get(POLICY);
        let policy = policy.map_or(&[][..], |policy| policy.as_bytes());
        let (method, path) = (parts.method.as_str(), parts.uri.path());
        let mut asked = Vec::with_capacity(body.len() + 256);
        for part in [method.as_bytes(), path.as_bytes(), policy, body] {
            asked.extend_from_slice(&(part.len() as u64).to_be_bytes());
            asked.extend_from_slice(part);
        }
        let digest = Digest::of(&asked);
        Ok(Some(Self { key, digest }))
    }

    /// Whose turn it is. What is carried out already, here or by another replica, is waited for.
    ///
    /// # Errors
    /// Where the key is another request's, or nobody knows what became of it.
    pub(super) async fn turn(
        &self,
        session: &Session,
        request: &Request,
        client: &Attended,
    ) -> Result<Turn, Failure> {
        let store = session.app.store();
        let key = RequestKey {
            owner: session.app.actor().identity.to_string(),
            key: self.key.clone(),
        };
        let mut pause = PAUSE;
        loop {
            match store.begin_request(&key, &self.digest).await? {
                Begun::Here(open) => return Ok(Turn::Ours(open)),
                Begun::Answered(answer) => return Ok(Turn::Ended(read_kept(&answer))),
                Begun::AtWork if client.waits() => {}
                Begun::AtWork => return Err(at_work()),
                Begun::Left(left) if request.may_be_repeated(session).await => {
                    if let Some(open) = store.take_over_request(&left).await? {
                        return Ok(Turn::Ours(open));
                    }
                }
                Begun::Left(left) => return Err(lost(left.recorded)),
                Begun::Other => return Err(reused()),
                Begun::TooMany => return Err(too_many()),
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }
}

/// Carries it out, and says all the while that it is carried out.
pub(super) async fn carried<T>(
    store: &DatabaseStore,
    open: &OpenRequest,
    work: impl Future<Output = T>,
) -> T {
    // Side by side: the work may be what holds the one connection that writes.
    tokio::select! {
        biased;
        done = work => done,
        never = renewed(store, open) => match never {},
    }
}

async fn renewed(store: &DatabaseStore, open: &OpenRequest) -> Infallible {
    loop {
        sleep(Duration::from_millis(REQUEST_RENEWAL_MS)).await;
        match store.renew_request(open).await {
            Ok(true) => {}
            Ok(false) => tracing::warn!(?open, "a request was taken over by another replica"),
            Err(error) => tracing::warn!(?open, %error, "a request cannot be renewed"),
        }
    }
}

/// Keeps how it ended. What the server or the world failed at, with nothing recorded, is forgotten:
/// it may go better the next time.
pub(super) async fn settle(store: &DatabaseStore, open: &OpenRequest, ended: &Ended) {
    let settled = match ended {
        Err(failure) if status(failure).is_server_error() => {
            match store.forget_request(open).await {
                Ok(false) if failure.code != "unknown-outcome" => keep(store, open, ended).await,
                forgotten => forgotten.map(drop),
            }
        }
        ended => keep(store, open, ended).await,
    };
    if let Err(error) = settled {
        tracing::warn!(?open, %error, "how a request ended cannot be kept");
    }
}

async fn keep(
    store: &DatabaseStore,
    open: &OpenRequest,
    ended: &Ended,
) -> Result<(), liftlock_engine::ports::StoreError> {
    store.answer_request(open, &kept(ended)).await.map(drop)
}

/// The key: a string of structured fields (RFC 9651, section 3.3.3), or the same without quotes, as
/// many clients send it.
fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let key = read(value.as_bytes()).filter(|_| values.next().is_none());
    let key = key.filter(|key| (1..=REQUEST_KEY_BYTES_MAX).contains(&key.len()));
    let message = format!(
        "Idempotency-Key is one string of 1 to {REQUEST_KEY_BYTES_MAX} characters in quotes"
    );
    let problem = || Problem::new(StatusCode::BAD_REQUEST, "idempotency-key", message);
    key.map(Some).ok_or_else(problem)
}

fn read(value: &[u8]) -> Option<String> {
    let Some(quoted) = value.strip_prefix(b"\"") else {
        let bare = |b: &u8| b.is_ascii_graphic() && !b"\",;\\".contains(b);
        let text = value.iter().all(bare).then(|| value.to_vec())?;
        return String::from_utf8(text).ok();
    };
    let mut bytes = quoted.strip_suffix(b"\"")?.iter();
    let mut key = String::new();
    while let Some(&byte) = bytes.next() {
        let byte = match byte {
            b'\\' => *bytes.next().filter(|b| b"\"\\".contains(b))?,
            b'"' => return None,
            b' '..=b'~' => byte,
            _ => return None,
        };
        key.push(char::from(byte));
    }
    Some(key)
}

fn at_work() -> Failure {
    let message = "the request of this key is still carried out";
    Failure::new(Exit::Waiting, "at-work", message).hint("ask again")
}

fn reused() -> Failure {
    let message = "this key was given to another request";
    Failure::new(Exit::Usage, "idempotency-key-reused", message)
        .hint("each request that is not a repetition has a key of its own")
}

fn too_many() -> Failure {
    let message = "too many requests with keys of one who asks are carried out at once";
    Failure::failed("too-many-keys", message).hint("wait until some of them have ended")
}

/// Honest: what was recorded is there for good, and nobody knows what was still to come.
fn lost(recorded: u64) -> Failure {
    let message = format!(
        "this was begun by a server that ended over it, and how it ended is not known; entry \
         {recorded} of the ledger is the first that it recorded"
    );
    let mut failure = Failure::failed("answer-lost", message)
        .hint("`liftlock history` and `liftlock status` show what it did; ask anew for what is still wanted");
    failure.details = json!({ "recorded": recorded });
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, expected: Option<&str>) {
        assert_eq!(read(value.as_bytes()).as_deref(), expected, "{value}");
    }

    #[test]
    fn a_key_is_a_string_in_quotes_or_without() {
        check("\"8e03978e-40d5\"", Some("8e03978e-40d5"));
        check("8e03978e-40d5", Some("8e03978e-40d5"));
        check(r#""a \"b\" \\c""#, Some(r#"a "b" \c"#));
        for wrong in [
            "\"",
            "\"a",
            "a\"",
            "\"a\\\"",
            "\"\\n\"",
            "\"a\"b\"",
            "a,b",
            "a b",
            "a;b=1",
            "\"a\";b=1",
            "\"\u{e9}\"",
            "\u{e9}",
            "\"\t\"",
        ] {
            check(wrong, None);
        }
    }

    #[test]
    fn two_keys_and_none_are_told_apart() {
        let headers = |values: &[&str]| {
            let values = values.iter().map(|value| {
                let name = axum::http::HeaderName::from_static(HEADER);
                (name, value.parse().unwrap())
            });
            values.collect::<HeaderMap>()
        };
        assert_eq!(key(&headers(&[])).unwrap(), None);
        assert_eq!(key(&headers(&["a"])).unwrap().as_deref(), Some("a"));
        let long = "x".repeat(REQUEST_KEY_BYTES_MAX + 1);
        for wrong in [&["a", "b"][..], &["\"\""], &[""], &[long.as_str()]] {
            assert_eq!(key(&headers(wrong)).unwrap_err().code, "idempotency-key");
        }
    }
}
