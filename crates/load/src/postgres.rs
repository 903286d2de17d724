//! A server of PostgreSQL with a data folder of its own, on loopback, with what Debian sets:
//! `fsync` and `synchronous_commit` are on.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::trouble::Trouble;

/// Where Debian puts the server's programs, below its version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The one user and its password, on a server that only this machine reaches.
const USER: &str = "liftlock";
const PASSWORD: &str = "only-for-load";

/// `$1` the programs' folder, `$2` the cluster's, `$3` the user, `$4` the password.
const MAKE: &str = r#"
set -e
printf %s "$4" >"$2/password"
"$1/initdb" -D "$2/data" -U "$3" --pwfile="$2/password" -E UTF8 --locale=C.UTF-8 \
    --auth-local=trust --auth-host=scram-sha-256 >"$2/initdb.log" 2>&1 || { cat "$2/initdb.log"; exit 1; }
"#;

/// Runs it until its standard input ends, as it does with this process, however that ends. `$3` is
/// the port, `$4` the user.
const RUN: &str = r#"
set -e
"$1/postgres" -D "$2/data" -k "$2" -p "$3" -c listen_addresses=127.0.0.1 \
    -c max_connections=200 >"$2/log" 2>&1 </dev/null &
server=$!
for _ in $(seq 600); do
    "$1/pg_isready" -q -h "$2" -p "$3" -U "$4" && break
    kill -0 $server 2>/dev/null || { cat "$2/log"; exit 1; }
    sleep 0.1
done
"$1/createdb" -h "$2" -p "$3" -U "$4" liftlock 2>/dev/null || true
echo ready
cat >/dev/null || true
kill -INT $server
wait $server || true
"#;

/// A running server.
pub(crate) struct Cluster {
    folder: PathBuf,
    port: u16,
    server: Child,
    held: Option<ChildStdin>,
}

impl Cluster {
    /// Makes an empty one in a folder.
    ///
    /// # Errors
    /// What is missing, or what `initdb` says.
    pub(crate) fn make(folder: &Path) -> Result<(), Trouble> {
        give_away(folder)?;
        let made = shell(MAKE, folder)?.args([USER, PASSWORD]).output();
        let made = made.map_err(starting("initdb"))?;
        if made.status.success() {
            return Ok(());
        }
        Err(failed("initdb", &String::from_utf8_lossy(&made.stdout)))
    }

    /// Starts the one in a folder.
    ///
    /// # Errors
    /// What the server says.
    pub(crate) fn start(folder: &Path) -> Result<Self, Trouble> {
        let port = free_port().map_err(Trouble::file(Path::new("a port")))?;
        let mut server = shell(RUN, folder)?
            .args([&port.to_string(), USER])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(starting("postgres"))?;
        let held = server.stdin.take();
        let said = server.stdout.take();
        let mut all = String::new();
        for line in said
            .into_iter()
            .flat_map(|said| BufReader::new(said).lines())
        {
            let line = line.map_err(Trouble::file(folder))?;
            if line == "ready" {
                return Ok(Self {
                    folder: folder.to_owned(),
                    port,
                    server,
                    held,
                });
            }
            all.push_str(&line);
            all.push('\n');
        }
        Err(failed("postgres", &all))
    }

    /// Its address over TCP, with the password.
    pub(crate) fn address(&self) -> String {
        format!(
            "postgres://{USER}:{PASSWORD}@127.0.0.1:{}/liftlock",
            self.port
        )
    }

    /// The process that all others of it are children of.
    pub(crate) fn process(&self) -> Option<u32> {
        let file = fs::read_to_string(self.folder.join("data").join("postmaster.pid")).ok()?;
        file.lines().next()?.trim().parse().ok()
    }

    /// Ends it, with all in its files.
    ///
    /// # Errors
    /// Where it cannot be waited for.
    pub(crate) fn end(mut self) -> Result<(), Trouble> {
        drop(self.held.take());
        self.server.wait().map(drop).map_err(starting("postgres"))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.held.take());
        self.server.wait().ok();
    }
}

/// A shell as the user that may run the server: it does not run as root.
fn shell(script: &str, folder: &Path) -> Result<Command, Trouble> {
    let programs = programs().ok_or_else(|| {
        let missing = "PostgreSQL is not installed: apt-get install postgresql";
        Trouble::Options(missing.to_owned())
    })?;
    let mut command = match is_root() {
        true => {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
            command.args(["/bin/sh", "-c", script, "sh"]);
            command
        }
        false => {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", script, "sh"]);
            command
        }
    };
    command
        .arg(programs)
        .arg(folder)
        .current_dir("/")
        .env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    Ok(command)
}

fn give_away(folder: &Path) -> Result<(), Trouble> {
    if !is_root() {
        return Ok(());
    }
    let given = Command::new("chown").arg("postgres").arg(folder).status();
    match given.map_err(starting("chown"))?.success() {
        true => Ok(()),
        false => Err(failed("chown", "there is no user postgres")),
    }
}

/// The newest that Debian installed, or one in `PATH`.
fn programs() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(DEBIAN)
        .into_iter()
        .flatten()
        .filter_map(|item| {
            let path = item.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            Some((version, path.join("bin")))
        })
        .collect();
    found.sort();
    let debian = found.into_iter().rev().map(|(_, folder)| folder);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let has_all = |folder: &Path| {
        let all = ["initdb", "postgres", "pg_isready", "createdb"];
        all.iter().all(|name| folder.join(name).is_file())
    };
    debian.chain(path).find(|folder| has_all(folder))
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn starting(program: &str) -> impl FnOnce(std::io::Error) -> Trouble {
    let program = program.to_owned();
    move |source| Trouble::Start { program, source }
}

fn failed(program: &str, said: &str) -> Trouble {
    Trouble::Failed {
        program: program.to_owned(),
        status: "an error".to_owned(),
        said: said.to_owned(),
    }
}
