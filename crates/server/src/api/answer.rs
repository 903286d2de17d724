//! An answer as one document.

use axum::Json;
use axum::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use liftlock_oci::Digest;
use liftlock_store::REQUEST_ANSWER_BYTES_MAX;
use liftlock_verbs::{Done, Exit, Failure};
use serde_json::{Value, json};

use super::errors::status;
use crate::problem::IsProblem;

/// How something that was asked ended.
pub(super) type Ended = Result<Done, Failure>;

/// The document of how it ended.
pub(super) fn document(name: &str, ended: &Ended) -> Value {
    match ended {
        Ok(done) => done.document(name),
        Err(failure) => failure.document(name),
    }
}

/// The answer to what was asked.
pub(super) fn answer(name: &str, ended: &Ended) -> Response {
    let document = Json(document(name, ended));
    match ended {
        Ok(_) => document.into_response(),
        Err(failure) => {
            let mut response = (status(failure), document).into_response();
            response
                .extensions_mut()
                .insert(IsProblem(failure.code.clone()));
            response
        }
    }
}

/// The answer to a question: with the digest of its content, and none where the client has it.
pub(super) fn cached(name: &str, ended: &Ended, headers: &HeaderMap) -> Response {
    if ended.is_err() {
        return answer(name, ended);
    }
    let bytes = document(name, ended).to_string().into_bytes();
    let tag = format!("\"{}\"", Digest::of(&bytes).hex());
    let known = headers.get_all(IF_NONE_MATCH).iter();
    let known = known.filter_map(|value| value.to_str().ok());
    let is_known = known.flat_map(|list| list.split(',')).any(|one| {
        let one = one.trim();
        one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag
    });
    let mut response = match is_known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => {
            let json = HeaderValue::from_static("application/json");
            ([(axum::http::header::CONTENT_TYPE, json)], bytes).into_response()
        }
    };
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

/// How something ended, as it is kept for who sends the same request again. Of what is too large
/// the exit code alone is.
pub(super) fn kept(ended: &Ended) -> String {
    let (document, exit) = match ended {
        Ok(done) => (
            json!({
                "exit": done.exit as u8,
                "text": done.text,
                "result": done.json,
                "one_line": done.one_line,
            }),
            done.exit,
        ),
        Err(failure) => (failure.document(""), failure.exit),
    };
    let text = document.to_string();
    if text.len() <= REQUEST_ANSWER_BYTES_MAX {
        return text;
    }
    json!({ "exit": exit as u8, "large": true }).to_string()
}

/// The same, read again.
pub(super) fn read_kept(text: &str) -> Ended {
    let mut document: Value = serde_json::from_str(text).unwrap_or_default();
    let exit = Exit::of(document["exit"].as_u64().unwrap_or(1));
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if document["error"].is_object() {
        let error = &mut document["error"];
        let code = text(&error["code"]).unwrap_or_default();
        let message = text(&error["message"]).unwrap_or_default();
        let mut failure = Failure::new(exit, code, message);
        failure.hint = text(&error["hint"]);
        failure.details = error["details"].take();
        return Err(failure);
    }
    if !document["text"].is_string() {
        let message = format!(
            "this was carried out before, with exit code {}, and its answer was too large to be kept",
            exit as u8
        );
        return Err(Failure::failed("answer-not-kept", message));
    }
    let said = text(&document["text"]).unwrap_or_default();
    let mut done = Done::new(said, document["result"].take()).exit(exit);
    done.one_line = document["one_line"] == true;
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(ended: &Ended) {
        let again = read_kept(&kept(ended));
        assert_eq!(format!("{again:?}"), format!("{ended:?}"));
    }

    #[test]
    fn what_is_kept_is_read_as_it_was() {
        for exit in 0..=5 {
            let exit = Exit::of(exit);
            let done = Done::new("a\n\u{1b}[1mb", json!({ "a": [1, null], "b": "é" }));
            same(&Ok(done.exit(exit)));
            let mut failure = Failure::new(exit, "code", "message").hint("hint");
            failure.details = json!({ "verdicts": [] });
            same(&Err(failure));
        }
        same(&Ok(Done::new("", Value::Null).in_one_line()));
        same(&Err(Failure::usage("no hint")));
    }

    #[test]
    fn of_what_is_too_large_it_is_known_that_it_was_done() {
        let large = "x".repeat(REQUEST_ANSWER_BYTES_MAX);
        let done = Done::new(large, Value::Null).exit(Exit::Waiting);
        let text = kept(&Ok(done));
        assert!(text.len() < 100);
        let again = read_kept(&text).unwrap_err();
        assert_eq!(again.code, "answer-not-kept");
        assert!(again.message.contains("exit code 4"), "{}", again.message);
    }
}
