//! A login with a browser on this machine: it comes back to a port that is waited on (RFC 8252).

use std::time::Duration;

use liftlock_verbs::Failure;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::context::Context;
use crate::remote::Server;

/// The longest that is waited; the server ends a login then too.
const WITHIN: Duration = Duration::from_secs(600);
/// The longest that a browser may take with its request.
const REQUEST_WITHIN: Duration = Duration::from_secs(10);
/// The most bytes of a request's head.
const HEAD_BYTES_MAX: usize = 16 * 1024;

pub(super) async fn log_in(server: &Server, context: &Context) -> Result<Value, Failure> {
    let cannot = |error: std::io::Error| {
        Failure::failed(
            "login",
            format!("no port of this machine can be waited on: {error}"),
        )
        .hint("--device needs none")
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(cannot)?;
    let port = listener.local_addr().map_err(cannot)?.port();
    let asked = json!({ "redirect_uri": format!("http://127.0.0.1:{port}/callback") });
    let begun = server.call(Method::POST, &["login"], Some(&asked)).await?;
    let url = server.text(&begun, "url")?;
    context.ui.note(&format!(
        "open this in a browser on this machine to log in:\n{url}"
    ));
    let over = || Failure::failed("login-over", "no browser came back within ten minutes");
    let query = timeout(WITHIN, come_back(&listener))
        .await
        .map_err(|_| over())?;
    let query = query.map_err(cannot)?;
    let asked = json!({ "login": begun["login"], "query": query });
    server
        .call(Method::POST, &["login", "finish"], Some(&asked))
        .await
}

/// The query that a browser comes back with. What asks for anything else is told that it is not
/// there, and waited on no longer.
async fn come_back(listener: &TcpListener) -> std::io::Result<String> {
    loop {
        let (mut browser, _) = listener.accept().await?;
        let head = timeout(REQUEST_WITHIN, head(&mut browser)).await;
        let query = head.ok().and_then(Result::ok).and_then(|head| query(&head));
        let (status, text) = match query {
            Some(_) => (
                "200 OK",
                "This window can be closed: the command line says how it went.\n",
            ),
            None => ("404 Not Found", "There is nothing here.\n"),
        };
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\
             Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{text}",
            text.len()
        );
        // A browser that is gone does not need it.
        let _ = browser.write_all(answer.as_bytes()).await;
        let _ = browser.shutdown().await;
        if let Some(query) = query {
            return Ok(query);
        }
    }
}

async fn head(browser: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    let mut piece = [0; 2048];
    while head.len() < HEAD_BYTES_MAX && !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match browser.read(&mut piece).await? {
            0 => break,
            count => head.extend_from_slice(&piece[..count]),
        }
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// What is after the question mark of `GET /callback?...`, where it is an answer to a login.
fn query(head: &str) -> Option<String> {
    let line = head.lines().next()?;
    let target = line.strip_prefix("GET /callback?")?;
    let (query, _) = target.split_once(" HTTP/1.")?;
    query.contains("state=").then(|| query.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_to_a_login_is_taken() {
        let good = "GET /callback?code=a&state=b HTTP/1.1\r\nHost: x\r\n\r\n";
        assert_eq!(query(good).as_deref(), Some("code=a&state=b"));
        for bad in [
            "",
            "GET / HTTP/1.1\r\n\r\n",
            "GET /favicon.ico HTTP/1.1\r\n\r\n",
            "GET /callback HTTP/1.1\r\n\r\n",
            "GET /callback?code=a HTTP/1.1\r\n\r\n",
            "POST /callback?code=a&state=b HTTP/1.1\r\n\r\n",
            "GET /callback/x?code=a&state=b HTTP/1.1\r\n\r\n",
            "GET /callback?code=a&state=b",
        ] {
            assert_eq!(query(bad), None, "{bad}");
        }
    }
}
