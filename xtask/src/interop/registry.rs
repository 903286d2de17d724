//! Debian's docker-registry: CNCF Distribution 2.8.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::background::Background;
use super::folder::{Folder, write};
use super::ports;
use super::trouble::Trouble;
use super::world::variables;

const READY_WITHIN: Duration = Duration::from_secs(30);

/// Who may use a registry with a login.
pub(super) const USER: &str = "ci";
/// The password of [`USER`].
pub(super) const PASSWORD: &str = "for-interop-only";
/// The bcrypt of [`PASSWORD`], with the least cost there is.
const HTPASSWD: &str = "ci:$2b$04$4s1mC6GP3oUaxkVIIG7KvuIwmFmOsPhXVXwnFwMh2Bxt4czK5ZgXm\n";

/// A running registry.
pub(super) struct Registry {
    /// Its host and port.
    pub(super) host: String,
    process: Background,
}

/// A request, from the access log (Apache's combined log format).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) status: u16,
    /// The client, as it calls itself.
    pub(super) agent: String,
}

impl Registry {
    /// Starts one for everybody.
    pub(super) fn start(folder: &Folder) -> Result<Self, Trouble> {
        Self::launch(folder, "registry", "")
    }

    /// Starts one for [`USER`] alone.
    pub(super) fn start_with_login(folder: &Folder) -> Result<Self, Trouble> {
        let file = folder.sub("registry-with-login")?.join("htpasswd");
        write(&file, HTPASSWD)?;
        let auth = format!(
            "auth: {{htpasswd: {{realm: interop, path: {}}}}}\n",
            file.display()
        );
        Self::launch(folder, "registry-with-login", &auth)
    }

    fn launch(folder: &Folder, name: &str, auth: &str) -> Result<Self, Trouble> {
        let place = folder.sub(name)?;
        let [port] = ports::free()?;
        let host = format!("127.0.0.1:{port}");
        let config: PathBuf = place.join("config.yml");
        let data = place.join("data");
        fs::create_dir_all(&data).map_err(Trouble::file(&data))?;
        write(
            &config,
            format!(
                "version: 0.1\nlog: {{level: info}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\n\
                 http: {{addr: {host:?}, secret: interop}}\n{auth}",
                data.display()
            ),
        )?;
        let config = config.display().to_string();
        let words = ["docker-registry", "serve", &config];
        let mut process =
            Background::start(&words, &place, &variables(folder)?, &place.join("log"))?;
        process.until(READY_WITHIN, |log| {
            log.contains("listening on").then_some(())
        })?;
        Ok(Self { host, process })
    }

    /// How many requests it has answered.
    pub(super) fn answered(&self) -> Result<usize, Trouble> {
        Ok(requests(&self.process.log()?).count())
    }

    /// What a client asked for after the first `from` requests.
    pub(super) fn requests_of(&self, agent: &str, from: usize) -> Result<Vec<Request>, Trouble> {
        let log = self.process.log()?;
        let later = requests(&log).skip(from);
        Ok(later.filter(|r| r.agent.starts_with(agent)).collect())
    }
}

fn requests(log: &str) -> impl Iterator<Item = Request> {
    log.lines().filter_map(parse)
}

/// Lines that are no requests are not in this format.
fn parse(line: &str) -> Option<Request> {
    let mut quoted = line.split('"');
    let (_, request) = (quoted.next()?, quoted.next()?);
    let mut words = request.split(' ');
    let (method, path) = (words.next()?, words.next()?);
    if !words.next()?.starts_with("HTTP/") {
        return None;
    }
    let status = quoted.next()?.trim().split(' ').next()?.parse().ok()?;
    let agent = quoted.nth(2)?.to_owned();
    Some(Request {
        method: method.to_owned(),
        path: path.to_owned(),
        status,
        agent,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_from_the_log() {
        let log = "time=\"2026-01-02T03:04:05Z\" level=info msg=\"listening on 127.0.0.1:1\"\n\
            127.0.0.1 - ci [02/Jan/2026:03:04:05 +0000] \"HEAD /v2/shop/manifests/a HTTP/1.1\" 404 157 \"\" \"liftlock/0.1.0\"\n";
        let found: Vec<_> = requests(log).collect();
        let expected = Request {
            method: "HEAD".to_owned(),
            path: "/v2/shop/manifests/a".to_owned(),
            status: 404,
            agent: "liftlock/0.1.0".to_owned(),
        };
        assert_eq!(found, [expected]);
    }
}
