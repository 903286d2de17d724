//! A way to a server on loopback that can be cut, and on which nothing may come through.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// How a simple query that ends a transaction reads on the wire (postgresql.org/docs/current,
/// section 54.7, `Query`).
const COMMIT: &[u8] = b"COMMIT\0";

/// Where a connection is cut on which a transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitCut {
    /// Before the server hears of it.
    Before,
    /// The server has ended it, and its answer is lost.
    Unanswered,
    /// In the middle of the answer.
    Half,
}

/// What becomes of connections.
#[derive(Debug, Clone, Copy, Default)]
struct Weather {
    /// Nothing comes through, in either direction; connections are accepted.
    silent: bool,
    /// How often all connections were cut.
    cuts: u64,
    /// How often all connections were lost.
    losses: u64,
    /// What becomes of the next transaction that ends.
    commit: Option<CommitCut>,
}

/// Passes on to a port of loopback what comes in on another, until it is dropped.
pub struct Passage {
    port: u16,
    weather: Arc<watch::Sender<Weather>>,
    commits_cut: Arc<AtomicU64>,
    // It ends with the passage, and every connection with it.
    runtime: Option<Runtime>,
}

impl Passage {
    /// To a port of 127.0.0.1.
    pub fn to(port: u16) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let own = listener.local_addr().expect("a port").port();
        listener.set_nonblocking(true).expect("a listener");
        let weather = Arc::new(watch::Sender::new(Weather::default()));
        let commits_cut = Arc::new(AtomicU64::new(0));
        let way = Way {
            to: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            weather: Arc::clone(&weather),
            commits_cut: Arc::clone(&commits_cut),
        };
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).expect("a listener");
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(way.clone().connect(client));
            }
        });
        Self {
            port: own,
            weather,
            commits_cut,
            runtime: Some(runtime),
        }
    }

    /// Its own port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Cuts every connection, as a reset; new ones are passed on.
    pub fn cut(&self) {
        self.weather.send_modify(|weather| weather.cuts += 1);
    }

    /// Nothing comes through any more on what is connected now, and nobody is told, as where a
    /// firewall forgets it; new connections are passed on.
    pub fn lose(&self) {
        self.weather.send_modify(|weather| weather.losses += 1);
    }

    /// From now on nothing comes through, and nobody is told. What is sent meanwhile is not lost:
    /// it arrives late, unless it is [cut](Self::cut) before.
    pub fn silence(&self) {
        self.weather.send_modify(|weather| weather.silent = true);
    }

    /// Everything comes through again.
    pub fn resume(&self) {
        self.weather.send_modify(|weather| weather.silent = false);
    }

    /// Cuts the connection on which the next transaction of PostgreSQL ends.
    pub fn cut_commit(&self, how: CommitCut) {
        let commit = Some(how);
        self.weather.send_modify(|weather| weather.commit = commit);
    }

    /// How many transactions were cut off so far.
    pub fn commits_cut(&self) -> u64 {
        self.commits_cut.load(Ordering::Relaxed)
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        // Not waited for: a test may hold it within a runtime of its own.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[derive(Clone)]
struct Way {
    to: SocketAddr,
    weather: Arc<watch::Sender<Weather>>,
    commits_cut: Arc<AtomicU64>,
}

impl Way {
    async fn connect(self, mut client: TcpStream) {
        let Ok(mut server) = TcpStream::connect(self.to).await else {
            return;
        };
        let cuts = self.weather.borrow().cuts;
        let mut weather = self.weather.subscribe();
        let cut = weather.wait_for(|weather| weather.cuts > cuts);
        let is_cut = tokio::select! {
            biased;
            _ = cut => true,
            passed = self.pass(&mut client, &mut server) => passed.is_err(),
        };
        if is_cut {
            // Both ends are told at once that it is gone.
            for end in [&client, &server] {
                let _ = end.set_zero_linger();
            }
        }
    }

    /// Passes on until one end closes; an error is a cut.
    async fn pass(&self, client: &mut TcpStream, server: &mut TcpStream) -> io::Result<()> {
        let (mut asked, mut said) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
        let mut weather = self.weather.subscribe();
        let losses = weather.borrow().losses;
        loop {
            let (from_client, read) = tokio::select! {
                read = client.read(&mut asked) => (true, read?),
                read = server.read(&mut said) => (false, read?),
            };
            let passes = weather.wait_for(|now| !now.silent && now.losses == losses);
            passes.await.map_err(|_| io::ErrorKind::NotConnected)?;
            if read == 0 {
                return Ok(());
            }
            if !from_client {
                client.write_all(&said[..read]).await?;
                continue;
            }
            let ends = asked[..read].windows(COMMIT.len()).any(|at| at == COMMIT);
            match self.commit_cut(ends) {
                Some(CommitCut::Before) => return Err(io::ErrorKind::ConnectionReset.into()),
                Some(how) => {
                    server.write_all(&asked[..read]).await?;
                    let read = server.read(&mut said).await?;
                    if how == CommitCut::Half {
                        client.write_all(&said[..read / 2]).await?;
                        // What is on its way when a connection is reset is lost with it.
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                    return Err(io::ErrorKind::ConnectionReset.into());
                }
                None => server.write_all(&asked[..read]).await?,
            }
        }
    }

    /// What becomes of a transaction that ends now.
    fn commit_cut(&self, ends: bool) -> Option<CommitCut> {
        let mut found = None;
        if ends && self.weather.borrow().commit.is_some() {
            self.weather
                .send_modify(|weather| found = weather.commit.take());
            let cut = u64::from(found.is_some());
            self.commits_cut.fetch_add(cut, Ordering::Relaxed);
        }
        found
    }
}
