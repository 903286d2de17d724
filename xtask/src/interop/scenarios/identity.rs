//! A server that knows who is asking: the first start, tokens, and people who log in at a real
//! OpenID Connect provider, by a browser on this machine, on another screen, and at the server.

use std::path::PathBuf;
use std::time::Duration;

use super::super::report::Report;
use super::super::world::World;
use crate::peers::background::Background;
use crate::peers::environment::variables;
use crate::peers::folder::write;
use crate::peers::oidc_provider::OidcProvider;
use crate::peers::ports;
use crate::peers::program::{Outcome, Program};
use crate::peers::trouble::Trouble;

/// Longer than any of its commands takes.
const SOON: Duration = Duration::from_secs(60);

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let provider = OidcProvider::get(&mut |text| report.note(text))?;
    let Some(provider) = provider else {
        report.skip("identity", "neither npm nor node is on this machine");
        return Ok(());
    };
    let scene = Scene::start(world, provider)?;
    let root = scene.first_start(report)?;
    scene.tokens(report, &root)?;
    scene.by_browser(report)?;
    scene.on_another_screen(report)?;
    scene.at_the_server(report)
}

struct Scene<'a> {
    world: &'a World,
    provider: OidcProvider,
    /// The server's address.
    url: String,
    folder: PathBuf,
    setup: String,
    _running: [Background; 2],
}

impl<'a> Scene<'a> {
    fn start(world: &'a World, provider: OidcProvider) -> Result<Self, Trouble> {
        let folder = world.folder.sub("identity")?;
        let [port, issuer] = ports::free()?;
        let url = format!("http://127.0.0.1:{port}");
        let secret = "a client's secret: +/%";
        let log = folder.join("provider.log");
        let issuing = provider.start((issuer, &url, secret), &log)?;
        let config = format!(
            "{{\"people\": {{\"issuer\": \"http://127.0.0.1:{issuer}\", \"client_id\": \"liftlock\", \
             \"client_secret\": {{\"file\": \"secret\"}}}}}}"
        );
        write(&folder.join("secret"), secret)?;
        write(&folder.join("identity.json"), &config)?;
        let program = world.liftlock.display().to_string();
        let listen = format!("127.0.0.1:{port}");
        let words = [
            &program,
            "serve",
            "--state",
            "state.db",
            "--listen",
            &listen,
            "--identity",
            "identity.json",
        ];
        let log = folder.join("server.log");
        let mut server = Background::start(&words, &folder, &variables(&world.folder)?, &log)?;
        server.until(SOON, |said| said.contains("serving at").then_some(()))?;
        let setup = server.until(SOON, |said| word_after(said, "LIFTLOCK_SETUP_TOKEN="))?;
        let running = [server, issuing];
        Ok(Self {
            world,
            provider,
            url,
            folder,
            setup,
            _running: running,
        })
    }

    fn types(&self, words: &[&str]) -> Result<Program, Trouble> {
        Ok(Program::new(&self.world.liftlock, words)
            .dir(&self.folder)
            .environment(&variables(&self.world.folder)?)
            .env("LIFTLOCK_STATE", &self.url))
    }

    fn first_start(&self, report: &mut Report<'_>) -> Result<String, Trouble> {
        let words = ["setup", "--token", "root"];
        let named = self
            .types(&words)?
            .env("LIFTLOCK_SETUP_TOKEN", &self.setup)
            .run()?;
        report.ended(
            "a setup token names the first administrator",
            &named,
            0,
            &["llk_t_"],
        );
        let again = self
            .types(&words)?
            .env("LIFTLOCK_SETUP_TOKEN", &self.setup)
            .run()?;
        report.that(
            "and is void then",
            again.code != Some(0),
            "a refusal",
            again.said(),
        );
        Ok(named.stdout.trim().to_owned())
    }

    fn tokens(&self, report: &mut Report<'_>, root: &str) -> Result<(), Trouble> {
        let by = |words: &[&str], token: &str| -> Result<Outcome, Trouble> {
            self.types(words)?.env("LIFTLOCK_TOKEN", token).run()
        };
        let made = by(&["token", "create", "ci", "--pipeline", "shop"], root)?;
        report.ended("a token is made", &made, 0, &["llk_t_", "token:ci until"]);
        let ci = made.stdout.trim().to_owned();
        let listed = by(&["token", "list"], root)?;
        report.ended("and listed", &listed, 0, &["ci", "shop", "token:root"]);
        let shown = listed.said().contains(&ci[6..30]);
        report.that("without its secret", !shown, "no secret", "the secret");
        let refused = by(&["token", "list"], &ci)?;
        report.ended(
            "it reaches its pipeline alone",
            &refused,
            3,
            &["shop alone"],
        );
        let revoked = by(&["token", "revoke", "ci"], root)?;
        report.ended("it is revoked", &revoked, 0, &["revoked token:ci"]);
        let gone = by(&["status"], &ci)?;
        report.ended("and is nobody then", &gone, 3, &["has been revoked"]);
        Ok(())
    }

    /// `liftlock login` in the background, until it has said what `wanted` is after.
    fn begun(&self, words: &[&str], wanted: &str) -> Result<(Background, String), Trouble> {
        let program = self.world.liftlock.display().to_string();
        let words: Vec<&str> = [&[program.as_str()], words].concat();
        let variables = variables(&self.world.folder)?;
        let log = self.folder.join("login.log");
        let mut login = Background::start(&words, &self.folder, &variables, &log)?;
        let said = login.until(SOON, |said| word_after(said, wanted))?;
        Ok((login, said))
    }

    fn by_browser(&self, report: &mut Report<'_>) -> Result<(), Trouble> {
        let words = ["login", &self.url];
        let (mut login, url) = self.begun(&words, "to log in:\n")?;
        let seen = self.provider.visit(&url, ("alice", ""), None)?;
        report.ended(
            "a browser comes back to the command line",
            &seen,
            0,
            &["/callback 200"],
        );
        let ended = login.end(SOON)?;
        let said = login.log()?;
        let holds = ended == Some(0) && said.contains("Person alice (oidc:alice)");
        report.that("and a person has logged in", holds, "oidc:alice", said);
        self.logged_in(report, "by a browser")?;
        let out = self.types(&["logout"])?.run()?;
        report.ended("who logs out", &out, 0, &["logged out at"]);
        let gone = self.types(&["token", "list"])?.run()?;
        report.ended("is nobody", &gone, 3, &["does not know who is asking"]);
        Ok(())
    }

    fn on_another_screen(&self, report: &mut Report<'_>) -> Result<(), Trouble> {
        let words = ["login", &self.url, "--device"];
        let (mut login, code) = self.begun(&words, "and type ")?;
        let place = word_after(&login.log()?, "open ").unwrap_or_default();
        let seen = self.provider.visit(&place, ("bob", &code), None)?;
        report.ended("a code is typed on another screen", &seen, 0, &["200"]);
        let ended = login.end(SOON)?;
        let said = login.log()?;
        let holds = ended == Some(0) && said.contains("oidc:bob");
        report.that("and a person has logged in by it", holds, "oidc:bob", said);
        self.logged_in(report, "on another screen")
    }

    /// A person who is no administrator is known, and told so.
    fn logged_in(&self, report: &mut Report<'_>, how: &str) -> Result<(), Trouble> {
        let listed = self.types(&["token", "list"])?.run()?;
        let what = format!("who logged in {how} is known, and no administrator");
        report.ended(&what, &listed, 3, &["is no administrator of this server"]);
        Ok(())
    }

    fn at_the_server(&self, report: &mut Report<'_>) -> Result<(), Trouble> {
        let login = format!("{}/login", self.url);
        let seen = self
            .provider
            .visit(&login, ("carol", ""), Some(&self.url))?;
        report.ended(
            "a browser logs in at the server, and other sites' pages do nothing with that",
            &seen,
            0,
            &[
                "the server says oidc:carol, Person carol, ops,qa",
                "a logout without anything: 403",
                "a logout of another site: 403",
                "a logout without the token: 403",
                "a logout of its own page: 204",
                "a logout once more: 401",
            ],
        );
        Ok(())
    }
}

/// The word that comes right after `before`, once it is there as a whole.
fn word_after(said: &str, before: &str) -> Option<String> {
    let rest = said.split_once(before)?.1;
    let end = rest.find(char::is_whitespace)?;
    Some(rest[..end].to_owned())
}
