//! Real servers for one bare repository: OpenSSH's, and git's own program for HTTP behind lighttpd
//! with TLS and a password.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::background::Background;
use super::environment::variables;
use super::folder::{Folder, write};
use super::packages;
use super::ports;
use super::program::Program;
use super::trouble::Trouble;

/// How long a server may take until it listens.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// Who may push over HTTPS.
pub(crate) const USER: &str = "publisher";
/// Their password. It must be in no output.
pub(crate) const PASSWORD: &str = "pale-blue-dot";

/// Both servers, over the folder `hub` that repositories are in.
pub(crate) struct GitServers {
    hub: PathBuf,
    place: PathBuf,
    ssh_port: u16,
    https_port: u16,
    _ssh: Background,
    _https: Background,
}

impl GitServers {
    /// Starts both.
    pub(crate) fn start(folder: &Folder, name: &str) -> Result<Self, Trouble> {
        let place = folder.sub(name)?;
        let hub = folder.sub(&format!("{name}/hub"))?;
        let [ssh_port, https_port] = ports::free()?;
        let variables = variables(folder)?;
        let ssh = ssh(&place, ssh_port, &variables)?;
        let https = https(&place, &hub, https_port, &variables)?;
        Ok(Self {
            hub,
            place,
            ssh_port,
            https_port,
            _ssh: ssh,
            _https: https,
        })
    }

    /// A new bare repository, which takes what is pushed.
    pub(crate) fn repository(&self, name: &str) -> Result<PathBuf, Trouble> {
        let path = self.hub.join(name);
        let shown = path.display().to_string();
        Program::new("git", ["init", "--quiet", "--bare", &shown]).must()?;
        let words = ["-C", &shown, "config", "http.receivepack", "true"];
        Program::new("git", words).must()?;
        Ok(path)
    }

    /// Its address for ssh.
    pub(crate) fn ssh(&self, name: &str) -> String {
        let (port, hub) = (self.ssh_port, self.hub.display());
        format!("ssh://root@127.0.0.1:{port}{hub}/{name}")
    }

    /// Its address for HTTPS.
    pub(crate) fn https(&self, name: &str) -> String {
        format!("https://localhost:{}/{name}", self.https_port)
    }

    /// How ssh is told of a key and of the host: both are in files of this run.
    pub(crate) fn ssh_command(&self, key: &str) -> String {
        let place = self.place.display();
        format!(
            "ssh -F none -o BatchMode=yes -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes \
             -o UserKnownHostsFile={place}/known_hosts -i {place}/{key}"
        )
    }

    /// What signs the certificate of the server for HTTPS.
    pub(crate) fn authority(&self) -> PathBuf {
        self.place.join("tls.crt")
    }

    /// Git's configuration of somebody who can log in over HTTPS, with a helper that has the
    /// password.
    pub(crate) fn with_password(&self) -> Result<PathBuf, Trouble> {
        let kept = self.place.join("credentials");
        let port = self.https_port;
        write(
            &kept,
            format!("https://{USER}:{PASSWORD}@localhost:{port}\n"),
        )?;
        let configuration = self.place.join("gitconfig");
        let helper = format!("[credential]\n\thelper = store --file={}\n", kept.display());
        write(&configuration, helper)?;
        Ok(configuration)
    }
}

fn ssh(place: &Path, port: u16, variables: &[(String, String)]) -> Result<Background, Trouble> {
    let path = |name: &str| place.join(name).display().to_string();
    for name in ["host", "known", "unknown"] {
        let words = "-q -t ed25519 -N".split(' ');
        Program::new("ssh-keygen", words.chain(["", "-f", &path(name)])).must()?;
    }
    let read = |name: &str| fs::read_to_string(path(name)).map_err(Trouble::file(place));
    let host = read("host.pub")?;
    write(
        &place.join("known_hosts"),
        format!("[127.0.0.1]:{port} {host}"),
    )?;
    write(&place.join("authorized"), read("known.pub")?)?;
    let configuration = format!(
        "ListenAddress 127.0.0.1\nPort {port}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\n\
         StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
         PermitRootLogin prohibit-password\nAllowUsers root\n",
        path("host"),
        path("authorized"),
    );
    write(&place.join("sshd_config"), configuration)?;
    // Where it separates privileges; its package leaves making it to the system's start.
    let separation = Path::new("/run/sshd");
    fs::create_dir_all(separation).map_err(Trouble::file(separation))?;
    let sshd = packages::find("sshd").ok_or(Trouble::Missing("sshd"))?;
    let (sshd, configuration) = (sshd.display().to_string(), path("sshd_config"));
    let words = [sshd.as_str(), "-D", "-e", "-f", &configuration];
    let mut server = Background::start(&words, place, variables, &place.join("sshd.log"))?;
    server.until(READY_WITHIN, |log| {
        log.contains("listening on").then_some(())
    })?;
    Ok(server)
}

fn https(
    place: &Path,
    hub: &Path,
    port: u16,
    variables: &[(String, String)],
) -> Result<Background, Trouble> {
    let path = |name: &str| place.join(name).display().to_string();
    let words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
         -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout"
        .split_whitespace();
    let (key, certificate) = (path("tls.key"), path("tls.crt"));
    Program::new("openssl", words.chain([key.as_str(), "-out", &certificate])).must()?;
    write(&place.join("users"), format!("{USER}:{PASSWORD}\n"))?;
    let programs = Program::new("git", ["--exec-path"]).must()?;
    let configuration = format!(
        "server.modules = (\"mod_openssl\", \"mod_auth\", \"mod_authn_file\", \"mod_setenv\", \
         \"mod_alias\", \"mod_cgi\")\n\
         server.bind = \"127.0.0.1\"\nserver.port = {port}\nserver.document-root = \"{hub}\"\n\
         ssl.engine = \"enable\"\nssl.pemfile = \"{certificate}\"\nssl.privkey = \"{key}\"\n\
         auth.backend = \"plain\"\nauth.backend.plain.userfile = \"{users}\"\n\
         auth.require = (\"/\" => (\"method\" => \"basic\", \"realm\" => \"git\", \
         \"require\" => \"valid-user\"))\n\
         setenv.set-environment = (\"GIT_PROJECT_ROOT\" => \"{hub}\", \
         \"GIT_HTTP_EXPORT_ALL\" => \"1\")\n\
         alias.url = (\"/\" => \"{programs}/git-http-backend/\")\n\
         cgi.assign = (\"\" => \"\")\n",
        hub = hub.display(),
        users = path("users"),
        programs = programs.trim(),
    );
    write(&place.join("lighttpd.conf"), configuration)?;
    let lighttpd = packages::find("lighttpd").ok_or(Trouble::Missing("lighttpd"))?;
    let (lighttpd, configuration) = (lighttpd.display().to_string(), path("lighttpd.conf"));
    let words = [lighttpd.as_str(), "-D", "-f", &configuration];
    let mut server = Background::start(&words, place, variables, &place.join("lighttpd.log"))?;
    server.until(READY_WITHIN, |log| {
        log.contains("server started").then_some(())
    })?;
    Ok(server)
}
