//! A server that gives out bearer tokens, as large registries have one beside them.
//!
//! Protocol: "Token Authentication Specification" and "Token Authentication Implementation" of
//! CNCF Distribution.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::folder::{Folder, write};
use super::program::Program;
use super::trouble::Trouble;

/// Who the tokens are from.
pub(crate) const ISSUER: &str = "liftlock-interop";
/// Who they are for.
pub(crate) const SERVICE: &str = "registry";

const READ_WITHIN: Duration = Duration::from_secs(5);
/// The most of a request that is read, in bytes.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Longer than anything here runs, in seconds.
const VALID_SECONDS: u64 = 24 * 3600;
/// Clocks of one machine, but in whole seconds.
const SLACK_SECONDS: u64 = 60;

/// A running server. Every token lets its bearer pull from and push to the repositories it was
/// started for, whatever was asked: clients cannot tell, and what they ask for is what is counted.
#[derive(Debug)]
pub(crate) struct Tokens {
    /// Where clients ask.
    pub(crate) realm: String,
    /// What a registry checks the tokens with.
    pub(crate) certificate: PathBuf,
    port: u16,
    asked: Arc<AtomicUsize>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Tokens {
    /// Starts one for these repositories.
    pub(crate) fn start(folder: &Folder, repositories: &[String]) -> Result<Self, Trouble> {
        let place = folder.sub("tokens")?;
        let certificate = place.join("certificate.pem");
        let token = token(&place, repositories)?;
        let network = || Trouble::network("the token server");
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(network())?;
        let port = listener.local_addr().map_err(network())?.port();
        let (asked, ends) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let (counted, ended) = (Arc::clone(&asked), Arc::clone(&ends));
        let thread = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                // A client that goes away is that client's trouble.
                if answer(stream, &token).is_ok() {
                    counted.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        Ok(Self {
            // Not by its number: crane asks no private address but the registry itself.
            realm: format!("http://localhost:{port}/token"),
            certificate,
            port,
            asked,
            ends,
            thread: Some(thread),
        })
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Tokens {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        // So that it looks.
        let woken = TcpStream::connect(("127.0.0.1", self.port)).is_ok();
        if let (true, Some(thread)) = (woken, self.thread.take()) {
            thread.join().ok();
        }
    }
}

fn answer(mut stream: TcpStream, token: &str) -> std::io::Result<()> {
    stream.set_read_timeout(Some(READ_WITHIN))?;
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && head.len() < HEAD_BYTES_MAX {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let body = json!({ "token": token, "access_token": token, "expires_in": VALID_SECONDS });
    let body = body.to_string();
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    )
}

/// A JSON web token (RFC 7519), signed with a new key (RS256) whose certificate comes along.
fn token(place: &Path, repositories: &[String]) -> Result<String, Trouble> {
    let openssl = |words: &str| Program::new("openssl", words.split(' ')).dir(place).must();
    openssl(
        "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 2 -subj /CN=interop",
    )?;
    openssl("x509 -in certificate.pem -outform DER -out certificate.der")?;
    let chain = openssl("base64 -A -in certificate.der")?;
    let header = json!({ "typ": "JWT", "alg": "RS256", "x5c": [chain] });
    let claims = claims(repositories)?;
    let encoded = |name: &str, document: &Value| -> Result<String, Trouble> {
        write(&place.join(name), document.to_string())?;
        Ok(url(&openssl(&format!("base64 -A -in {name}"))?))
    };
    let signed = format!(
        "{}.{}",
        encoded("header", &header)?,
        encoded("claims", &claims)?
    );
    write(&place.join("signed"), &signed)?;
    openssl("dgst -sha256 -sign key.pem -out signature signed")?;
    let signature = url(&openssl("base64 -A -in signature")?);
    Ok(format!("{signed}.{signature}"))
}

fn claims(repositories: &[String]) -> Result<Value, Trouble> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now
        .map_err(|e| Trouble::answer("the clock", e.to_string()))?
        .as_secs();
    let access = |name| json!({ "type": "repository", "name": name, "actions": ["pull", "push"] });
    let access: Vec<_> = repositories.iter().map(access).collect();
    Ok(json!({
        "iss": ISSUER, "aud": SERVICE, "sub": "", "jti": "1", "access": access,
        "iat": now, "nbf": now - SLACK_SECONDS, "exp": now + VALID_SECONDS,
    }))
}

/// Base64 as it is in addresses (RFC 4648, section 5), without its end.
fn url(base64: &str) -> String {
    let kept = base64.trim().trim_end_matches('=');
    kept.replace('+', "-").replace('/', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_made_fit_for_addresses() {
        assert_eq!(url("+/+/YQ==\n"), "-_-_YQ");
    }

    #[test]
    fn it_gives_tokens_and_counts_them() {
        let folder = Folder::new().unwrap();
        let tokens = Tokens::start(&folder, &["shop".to_owned()]).unwrap();
        let answer = crate::peers::http::get(tokens.port, "/token?service=registry").unwrap();
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        let parts = body["token"].as_str().unwrap().split('.').count();
        assert_eq!((answer.status, parts), (200, 3));
        assert!(tokens.certificate.is_file());
        // Counted once the answer is sent: the end of the server comes after that.
        let asked = Arc::clone(&tokens.asked);
        drop(tokens);
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }
}
