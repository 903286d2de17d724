//! A proxy that forwards a request and loses its answer.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// When a connection is cut, over a request that was forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// As soon as the server answers.
    Begun,
    /// Once the server has answered all of it.
    Ended,
    /// The same, with another answer in its place.
    Replaced,
}

/// What takes the place of an answer.
const UNAVAILABLE: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 0\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// The end of an answer in chunks.
const LAST_CHUNK: &[u8] = b"\r\n0\r\n\r\n";

pub(crate) struct Cutting {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    to: SocketAddr,
    /// What is in the head of requests whose answers are lost.
    at: &'static str,
    /// Those that are still to be lost, the next one last.
    cuts: Vec<Cut>,
    /// How often such a request was forwarded.
    forwarded: usize,
}

impl Cutting {
    /// Before a server, for requests with `at` in their head.
    pub(crate) fn before(to: SocketAddr, at: &'static str, cuts: &[Cut]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a place to listen");
        let address = listener.local_addr().expect("its address");
        let shared = Arc::new(Mutex::new(Shared {
            to,
            at,
            cuts: cuts.iter().rev().copied().collect(),
            forwarded: 0,
        }));
        let all = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&all);
                thread::spawn(move || pass(&client, &shared));
            }
        });
        Self { address, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on before another server.
    pub(crate) fn turn_to(&self, server: SocketAddr) {
        self.shared.lock().expect("the proxy").to = server;
    }

    /// How often it forwarded such a request.
    pub(crate) fn forwarded(&self) -> usize {
        self.shared.lock().expect("the proxy").forwarded
    }

    /// How many answers are still to be lost.
    pub(crate) fn left(&self) -> usize {
        self.shared.lock().expect("the proxy").cuts.len()
    }
}

/// A connection: what the client sends on one thread, what the server answers on this one. Who
/// connects to a server that is gone finds the connection closed.
fn pass(client: &TcpStream, shared: &Arc<Mutex<Shared>>) {
    let to = shared.lock().expect("the proxy").to;
    let Ok(server) = TcpStream::connect(to) else {
        let _ = client.shutdown(Shutdown::Both);
        return;
    };
    let cut = Arc::new(Mutex::new(None));
    let (from, into) = (client.try_clone(), server.try_clone());
    let (Ok(mut from), Ok(mut into)) = (from, into) else {
        return;
    };
    let (requests, armed) = (Arc::clone(shared), Arc::clone(&cut));
    thread::spawn(move || {
        let mut bytes = [0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            let sent = String::from_utf8_lossy(&bytes[..count]).into_owned();
            let mut shared = requests.lock().expect("the proxy");
            if sent.contains(shared.at) {
                shared.forwarded += 1;
                *armed.lock().expect("the cut") = shared.cuts.pop();
            }
            drop(shared);
            if into.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        let _ = into.shutdown(Shutdown::Both);
    });
    answer(client, server, &cut);
    let _ = client.shutdown(Shutdown::Both);
}

fn answer(mut client: &TcpStream, mut server: TcpStream, cut: &Mutex<Option<Cut>>) {
    let (mut bytes, mut lost) = ([0; 64 * 1024], Vec::new());
    while let Ok(count @ 1..) = server.read(&mut bytes) {
        let cut = *cut.lock().expect("the cut");
        match cut {
            None => {
                if client.write_all(&bytes[..count]).is_err() {
                    return;
                }
            }
            Some(Cut::Begun) => return,
            Some(cut) => {
                lost.extend_from_slice(&bytes[..count]);
                if lost.ends_with(LAST_CHUNK) {
                    if cut == Cut::Replaced {
                        let _ = client.write_all(UNAVAILABLE);
                    }
                    return;
                }
            }
        }
    }
}
