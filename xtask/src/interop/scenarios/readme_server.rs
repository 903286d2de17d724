//! The section "A server for a team" of the README, typed as it is there: only names that a reader
//! has otherwise, too, are replaced.

mod page;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::super::evidence;
use super::super::report::Report;
use super::super::world::World;
use crate::peers::background::Background;
use crate::peers::environment::variables;
use crate::peers::folder::write;
use crate::peers::oidc_provider::OidcProvider;
use crate::peers::ports;
use crate::peers::program::{Outcome, Program};
use crate::peers::skopeo;
use crate::peers::trouble::Trouble;
use page::Page;

/// Longer than anything here takes by itself.
const SOON: Duration = Duration::from_secs(90);

/// What CI calls its build.
const SHA: &str = "3f2a9c1";

/// The secret that the server has as a client of the provider.
const SECRET: &str = "a client's secret: +/%";

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let provider = OidcProvider::get(&mut |text| report.note(text))?;
    let Some(provider) = provider else {
        report.skip("readme-server", "neither npm nor node is on this machine");
        return Ok(());
    };
    let folder = world.folder.sub("readme-server")?;
    let [port, issuer] = ports::free()?;
    let at = Places {
        port,
        issuer,
        repository: format!("{}/myapp", world.registry.host),
        folder: folder.clone(),
    };
    let page = Page::read(&at)?;
    report.equal("the section's shell blocks", 4, page.shell.len());
    report.equal("the files that it shows", 2, page.files.len());
    let [serve, set_up, job, person] = &page.shell[..] else {
        return Ok(());
    };
    for (name, text) in &page.files {
        write(&folder.join(name), text)?;
    }
    let reader = Reader {
        world,
        folder: &at.folder,
    };
    reader.prepare(&at)?;
    let log = folder.join("provider.log");
    // The provider lets programs on one machine come back over plain HTTP alone.
    let comes_back = format!("http://127.0.0.1:{port}");
    let _issuing = provider.start((issuer, &comes_back, SECRET), &log)?;
    let mut server = reader.begins("serve", serve)?;
    server.until(SOON, |said| said.contains("serving at").then_some(()))?;
    let setup = server.until(SOON, |said| word_after(said, "LIFTLOCK_SETUP_TOKEN="))?;
    let set_up = set_up.replace(
        "LIFTLOCK_SETUP_TOKEN=...",
        &format!("LIFTLOCK_SETUP_TOKEN={setup}"),
    );
    let done = reader.types(&set_up)?;
    report.ended(
        "the administrator sets up",
        &done,
        0,
        &["adopted", "token:ci"],
    );
    // Each terminal of the page goes on with what the first exported.
    let exported: String = set_up
        .lines()
        .filter(|line| line.starts_with("export "))
        .map(|line| format!("{line}\n"))
        .collect();
    let done = reader.types(&format!("{exported}{job}"))?;
    report.ended(
        "CI asks, gives evidence, and asks for production",
        &done,
        0,
        &["waits"],
    );
    let digest = &world.v1_0.digest;
    let staging = skopeo::digest(&format!("{}:staging", at.repository))?;
    report.equal("staging has the image", digest, &staging);
    let mut person = reader.begins("person", &format!("{exported}{person}"))?;
    let login = person.until(SOON, |said| word_after(said, "to log in:\n"))?;
    let seen = provider.visit(&login, ("alice", ""), None)?;
    report.ended("the approver logs in", &seen, 0, &["/callback 200"]);
    let code = person.end(SOON)?;
    let said = person.log()?;
    report.that(
        "and approves",
        code == Some(0) && said.contains("sign-off"),
        "exit 0",
        &said,
    );
    reader.until_verified(&exported, report)?;
    let production = skopeo::digest(&format!("{}:production", at.repository))?;
    report.equal("production has the image", digest, &production);
    let code = server.terminate()?;
    report.equal("the server ends when asked", Some(0), code);
    Ok(())
}

/// Where things are on this machine.
pub(super) struct Places {
    port: u16,
    issuer: u16,
    repository: String,
    folder: PathBuf,
}

/// Who types what the page says.
struct Reader<'a> {
    world: &'a World,
    folder: &'a PathBuf,
}

impl Reader<'_> {
    /// What a reader has: a certificate, a secret of the provider's, a build with its report.
    fn prepare(&self, at: &Places) -> Result<(), Trouble> {
        let words = [
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-keyout",
            "key.pem",
            "-out",
            "cert.pem",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ];
        Program::new("openssl", words).dir(self.folder).must()?;
        write(&self.folder.join("secret"), SECRET)?;
        let junit = evidence::junit(self.folder, "unit-tests")?;
        let to = self.folder.join("junit.xml");
        fs::copy(&junit, &to).map_err(Trouble::file(&junit))?;
        self.world.v1_0.push(&format!("{}:{SHA}", at.repository))
    }

    fn environment(&self) -> Result<Vec<(String, String)>, Trouble> {
        let mut all = variables(&self.world.folder)?;
        let program = self.world.liftlock.parent().unwrap_or(self.folder);
        for (name, value) in &mut all {
            if name == "PATH" {
                *value = format!("{}:{value}", program.display());
            }
        }
        let certificate = self.folder.join("cert.pem").display().to_string();
        let home = self.folder.join("home").display().to_string();
        all.retain(|(name, _)| name != "HOME");
        all.extend([
            ("HOME".to_owned(), home),
            ("SHA".to_owned(), SHA.to_owned()),
            ("SSL_CERT_FILE".to_owned(), certificate),
        ]);
        Ok(all)
    }

    /// Types a block to its end.
    fn types(&self, block: &str) -> Result<Outcome, Trouble> {
        Program::new("sh", ["-e", "-c", block])
            .dir(self.folder)
            .environment(&self.environment()?)
            .within(SOON)
            .run()
    }

    /// Begins to type a block, which waits for somebody.
    fn begins(&self, name: &str, block: &str) -> Result<Background, Trouble> {
        let log = self.folder.join(format!("{name}.log"));
        // A server is to be the process itself, so that it is what is asked to end.
        let block = match name {
            "serve" => format!("exec {}", block.trim_start()),
            _ => block.to_owned(),
        };
        Background::start(
            &["sh", "-e", "-c", &block],
            self.folder,
            &self.environment()?,
            &log,
        )
    }

    fn until_verified(&self, exported: &str, report: &mut Report<'_>) -> Result<(), Trouble> {
        let began = Instant::now();
        let status = format!("{exported}unset LIFTLOCK_TOKEN_FILE\nliftlock status production");
        let board = loop {
            let board = self.types(&status)?;
            if board.stdout.contains("verified") || began.elapsed() > SOON {
                break board;
            }
            std::thread::sleep(Duration::from_millis(250));
        };
        report.ended("and it is promoted", &board, 0, &[SHA, "verified"]);
        Ok(())
    }
}

/// The word that comes right after `before`, once it is there as a whole.
fn word_after(said: &str, before: &str) -> Option<String> {
    let rest = said.split_once(before)?.1;
    let end = rest.find(char::is_whitespace)?;
    Some(rest[..end].to_owned())
}
