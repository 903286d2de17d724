//! A GET request, as a user's browser would send it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::peers::trouble::Trouble;

const WITHIN: Duration = Duration::from_secs(10);
/// The most of an answer that is read, in bytes.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Asks a host on loopback, `ADDRESS:PORT`, for a media type.
pub(crate) fn get_as(host: &str, path: &str, media_type: &str) -> Result<Answer, Trouble> {
    let what = format!("GET http://{host}{path}");
    let text = exchange(host, path, media_type).map_err(Trouble::network(&what))?;
    parse(&text).ok_or_else(|| Trouble::answer(&what, text))
}

/// Asks a port on loopback.
pub(crate) fn get(port: u16, path: &str) -> Result<Answer, Trouble> {
    get_as(&format!("127.0.0.1:{port}"), path, "*/*")
}

fn exchange(host: &str, path: &str, media_type: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(WITHIN))?;
    stream.set_write_timeout(Some(WITHIN))?;
    write!(
        stream,
        "GET {path} HTTP/1.0\r\nHost: {host}\r\nAccept: {media_type}\r\nConnection: close\r\n\r\n"
    )?;
    let mut bytes = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn parse(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = body.to_owned();
    Some(Answer { status, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_its_status_and_its_body() {
        let answer = parse("HTTP/1.1 404 Not Found\r\nA: b\r\n\r\nno\n").unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (404, "no\n"));
        assert_eq!(parse("nothing"), None);
    }
}
