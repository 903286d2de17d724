//! A server of PostgreSQL for the tests of one process, in a temporary folder.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Where Debian puts the server's programs, below its version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The one user, who may do everything.
const USER: &str = "liftlock";

/// Its password, which only connections over TCP are asked for.
const PASSWORD: &str = "only-for-tests";

/// Makes a cluster and runs it until its standard input ends, as it does with the process that
/// holds the other end, however that ends. `$1` is the programs' folder, `$2` the cluster's, `$3`
/// the port, `$4` the user, `$5` the password.
const SERVER: &str = r#"
set -e
printf %s "$5" >"$2/password"
"$1/initdb" -D "$2/data" -U "$4" --pwfile="$2/password" --no-sync -E UTF8 --locale=C.UTF-8 \
    --auth-local=trust --auth-host=scram-sha-256 >"$2/initdb.log" 2>&1 || { cat "$2/initdb.log"; exit 1; }
"$1/postgres" -D "$2/data" -k "$2" -p "$3" -c listen_addresses=127.0.0.1 -c max_connections=200 \
    >"$2/log" 2>&1 </dev/null &
server=$!
for _ in $(seq 300); do
    "$1/pg_isready" -q -h "$2" -p "$3" -U "$4" && break
    kill -0 $server 2>/dev/null || { cat "$2/log"; exit 1; }
    sleep 0.1
done
echo ready
cat >/dev/null || true
kill -INT $server
wait $server || true
rm -rf "$2"
"#;

/// A running server. It ends with the process that started it, however that ends.
pub struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    databases: AtomicU32,
    _server: Child,
    _held: ChildStdin,
}

impl Postgres {
    /// The server that all tests of this process share, each with databases of its own. Where it is
    /// not installed, this says so and ends the test.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| match Self::start() {
            Ok(server) => server,
            Err(why) => panic!("PostgreSQL: {why}"),
        })
    }

    /// Starts one.
    ///
    /// # Errors
    /// What is missing, or what the server said.
    pub fn start() -> Result<Self, String> {
        let programs = programs().ok_or("it is not installed: apt-get install postgresql")?;
        let root = is_root();
        let folder = std::env::temp_dir().join(format!("liftlock-pg-{}", unique()));
        std::fs::create_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        // A server does not run as root, so it is its own user's there.
        let mut command = match root {
            true => {
                let owned = Command::new("chown").arg("postgres").arg(&folder).status();
                if !owned.is_ok_and(|status| status.success()) {
                    return Err(
                        "there is no user postgres, which Debian's package makes".to_owned()
                    );
                }
                let mut command = Command::new("setpriv");
                command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
                command.args(["/bin/sh", "-c", SERVER, "sh"]);
                command
            }
            false => {
                let mut command = Command::new("/bin/sh");
                command.args(["-c", SERVER, "sh"]);
                command
            }
        };
        let port = free_port().map_err(|e| e.to_string())?;
        let mut server = command
            .arg(&programs)
            .arg(&folder)
            .args([&port.to_string(), USER, PASSWORD])
            .current_dir("/")
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| e.to_string())?;
        let held = server.stdin.take().ok_or("no standard input")?;
        let said = server.stdout.take().ok_or("no standard output")?;
        let mut all = String::new();
        for line in BufReader::new(said).lines() {
            let line = line.map_err(|e| e.to_string())?;
            if line == "ready" {
                return Ok(Self {
                    programs,
                    folder,
                    port,
                    databases: AtomicU32::new(0),
                    _server: server,
                    _held: held,
                });
            }
            all.push_str(&line);
            all.push('\n');
        }
        Err(format!("it did not start: {all}"))
    }

    /// A new, empty database, and its address over the server's socket.
    pub fn database(&self) -> String {
        let name = self.make();
        let folder = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://{USER}@{folder}:{}/{name}", self.port)
    }

    /// The same over TCP on loopback, with a password.
    pub fn database_over_tcp(&self) -> String {
        let name = self.make();
        format!(
            "postgres://{USER}:{PASSWORD}@127.0.0.1:{}/{name}",
            self.port
        )
    }

    /// An address that was given here over TCP, by way of another port of loopback.
    pub fn by_way_of(&self, port: u16, address: &str) -> String {
        address.replace(&format!(":{}/", self.port), &format!(":{port}/"))
    }

    /// What a statement says of the database at an address that was given here, as `psql -At`
    /// prints it.
    pub fn ask(&self, address: &str, statement: &str) -> String {
        let psql = Command::new(self.programs.join("psql"))
            .args([
                "-X",
                "-A",
                "-t",
                "-q",
                "-v",
                "ON_ERROR_STOP=1",
                "-c",
                statement,
                address,
            ])
            .output()
            .expect("psql runs");
        let said = String::from_utf8_lossy(&psql.stderr);
        assert!(psql.status.success(), "{statement}: {said}");
        String::from_utf8_lossy(&psql.stdout).trim_end().to_owned()
    }

    /// The port on loopback, which is the socket's name too.
    pub fn port(&self) -> u16 {
        self.port
    }

    fn make(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let made = Command::new(self.programs.join("createdb"))
            .args(["-U", USER, "-p", &self.port.to_string(), "-h"])
            .arg(&self.folder)
            .arg(&name)
            .output()
            .expect("createdb runs");
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "{said}");
        name
    }
}

/// The newest that Debian installed, or one in `PATH`.
fn programs() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir(DEBIAN)
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
        let all = ["initdb", "postgres", "pg_isready", "createdb", "psql"];
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

fn unique() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{}-{count}", std::process::id())
}
