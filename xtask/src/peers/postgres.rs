//! Debian's PostgreSQL, which lets in over TLS and with a password alone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::background::Background;
use super::folder::{Folder, write};
use super::ports;
use super::program::Program;
use super::trouble::Trouble;

/// Where Debian puts the server's programs, below its version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The one user, and the password.
const USER: &str = "liftlock";
pub(crate) const PASSWORD: &str = "s3cret-of-the-database";

const READY_WITHIN: Duration = Duration::from_secs(60);

/// Runs what follows as the server's own user: it does not run as root. It ends with this process.
const AS_POSTGRES: [&str; 8] = [
    "setpriv",
    "--reuid=postgres",
    "--regid=postgres",
    "--clear-groups",
    "setpriv",
    "--pdeathsig",
    "TERM",
    "--",
];

/// A running server.
pub(crate) struct Postgres {
    programs: PathBuf,
    port: u16,
    /// The authority that signed its certificate, which names `localhost` alone.
    pub(crate) authority: PathBuf,
    /// Another, which signed nothing.
    pub(crate) stranger: PathBuf,
    /// A file as `PGPASSFILE` names it.
    pub(crate) passwords: PathBuf,
    server: Background,
    // Dropped last.
    folder: Folder,
}

impl Postgres {
    /// Makes a cluster and starts it.
    pub(crate) fn start() -> Result<Self, Trouble> {
        let programs = programs()?;
        let folder = Folder::new()?;
        let place = folder.path();
        let [port] = ports::free()?;
        certificates(place)?;
        write(&place.join("password"), PASSWORD)?;
        let passwords = place.join("passwords");
        write(&passwords, format!("localhost:*:*:{USER}:{PASSWORD}\n"))?;
        let words = ["-R", "postgres", &place.display().to_string()];
        Program::new("chown", words).must()?;
        Program::new(
            "chmod",
            ["600", &place.join("server.key").display().to_string()],
        )
        .must()?;
        Program::new("chmod", ["600", &passwords.display().to_string()]).must()?;
        let initdb = programs.join("initdb").display().to_string();
        let settings = "-D data -U liftlock --pwfile=password --no-sync -E UTF8 --locale=C.UTF-8 \
                        --auth-local=trust --auth-host=scram-sha-256";
        let words = AS_POSTGRES.into_iter().skip(1).chain([initdb.as_str()]);
        Program::new(
            "setpriv",
            words.chain(settings.split(' ').filter(|word| !word.is_empty())),
        )
        .dir(place)
        .must()?;
        write(
            &place.join("data/pg_hba.conf"),
            "local all all trust\nhostssl all all localhost scram-sha-256\n",
        )?;
        let server = run(&programs, place, port)?;
        // The daemon reads its folder as its own user; who connects reads as root.
        Ok(Self {
            authority: place.join("ca.pem"),
            stranger: place.join("other.pem"),
            passwords,
            programs,
            port,
            server,
            folder,
        })
    }

    /// A new database; its address over TLS, without the password. `host` is what it is called
    /// there, and `authority` who has to have signed its certificate.
    pub(crate) fn database(&self, name: &str) -> Result<(), Trouble> {
        self.psql("postgres", &format!("CREATE DATABASE {name}"))
            .map(drop)
    }

    /// The address of a database over TLS, without the password, by a name of this machine and the
    /// authority that has to have signed the certificate.
    pub(crate) fn address(&self, database: &str, host: &str, authority: &Path) -> String {
        format!(
            "postgres://{USER}@{host}:{}/{database}?sslmode=verify-full&sslrootcert={}",
            self.port,
            authority.display()
        )
    }

    /// What a statement says, over the server's socket.
    pub(crate) fn psql(&self, database: &str, statement: &str) -> Result<String, Trouble> {
        let place = self.folder.path().display().to_string();
        let port = self.port.to_string();
        let words = [
            "-X",
            "-A",
            "-t",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            &place,
            "-p",
            &port,
            "-U",
            USER,
            "-d",
            database,
            "-c",
            statement,
        ];
        let said = Program::new(self.programs.join("psql"), words).must()?;
        Ok(said.trim().to_owned())
    }

    /// Stops it, whoever is connected, and starts it again.
    pub(crate) fn restart(&mut self) -> Result<(), Trouble> {
        let id = self.server.id().to_string();
        Program::new("sh", ["-c", "kill -INT \"$0\"", &id]).must()?;
        self.server.end(READY_WITHIN)?;
        self.server = run(&self.programs, self.folder.path(), self.port)?;
        Ok(())
    }
}

fn run(programs: &Path, place: &Path, port: u16) -> Result<Background, Trouble> {
    let program = programs.join("postgres").display().to_string();
    let (socket, port) = (place.display().to_string(), port.to_string());
    let settings = [
        "-D",
        "data",
        "-k",
        &socket,
        "-p",
        &port,
        "-c",
        "listen_addresses=localhost",
        "-c",
        "ssl=on",
        "-c",
        "ssl_cert_file=../server.pem",
        "-c",
        "ssl_key_file=../server.key",
    ];
    let words: Vec<&str> = AS_POSTGRES
        .into_iter()
        .chain([program.as_str()])
        .chain(settings)
        .collect();
    let path = ("PATH".to_owned(), super::packages::path());
    let mut server = Background::start(&words, place, &[path], &place.join("log"))?;
    server.until(READY_WITHIN, |log| {
        log.contains("ready to accept connections").then_some(())
    })?;
    Ok(server)
}

/// Two authorities, and a certificate by the first.
fn certificates(place: &Path) -> Result<(), Trouble> {
    let openssl = |words: &str| {
        let words = words.split(' ').filter(|word| !word.is_empty());
        Program::new("openssl", words).dir(place).must()
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    for name in ["ca", "other"] {
        openssl(&format!(
            "req -x509 {key} -keyout {name}.key -out {name}.pem -days 2 -subj /CN={name}"
        ))?;
    }
    openssl(&format!(
        "req {key} -keyout server.key -out server.csr -subj /CN=localhost"
    ))?;
    write(&place.join("names"), "subjectAltName=DNS:localhost\n")?;
    openssl(
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
         -extfile names -out server.pem",
    )
    .map(drop)
}

/// The newest that Debian installed.
fn programs() -> Result<PathBuf, Trouble> {
    let folder = Path::new(DEBIAN);
    let items = std::fs::read_dir(folder).map_err(Trouble::file(folder))?;
    let found = items.filter_map(|item| {
        let path = item.ok()?.path();
        let version: u32 = path.file_name()?.to_str()?.parse().ok()?;
        Some((version, path.join("bin")))
    });
    let newest = found.max().ok_or(Trouble::Missing("postgres"))?;
    Ok(newest.1)
}
