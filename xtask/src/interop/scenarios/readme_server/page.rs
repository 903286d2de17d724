//! What the README says, and what of it is another here.

use std::fs;

use super::Places;
use crate::peers::trouble::Trouble;

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");

const SECTION: &str = "## A server for a team\n";

/// The section's blocks, with what is another here replaced.
pub(super) struct Page {
    /// What is typed, block by block.
    pub(super) shell: Vec<String>,
    /// What is in files, by their names.
    pub(super) files: Vec<(&'static str, String)>,
}

impl Page {
    pub(super) fn read(at: &Places) -> Result<Self, Trouble> {
        let path = std::path::Path::new(README);
        let page = fs::read_to_string(path).map_err(Trouble::file(path))?;
        let section = page.split_once(SECTION).map_or("", |(_, rest)| rest);
        let section = section.split("\n## ").next().unwrap_or_default();
        let (mut shell, mut files) = (Vec::new(), Vec::new());
        for block in section.split("```").skip(1).step_by(2) {
            let (kind, text) = block.split_once('\n').unwrap_or((block, ""));
            let text = here(text, at);
            match kind {
                "sh" => shell.push(text),
                "json" => files.push(("identity.json", text)),
                "yaml" => files.push(("liftlock.yaml", text)),
                _ => {}
            }
        }
        Ok(Self { shell, files })
    }
}

/// Everything that is another here than on the page.
fn here(text: &str, at: &Places) -> String {
    let Places {
        port,
        issuer,
        repository,
        folder,
    } = at;
    let changes = [
        // Names and ports of this machine.
        ("0.0.0.0:8443", format!("127.0.0.1:{port}")),
        ("liftlock.example.com:8443", format!("localhost:{port}")),
        (
            "https://id.example.com",
            format!("http://127.0.0.1:{issuer}"),
        ),
        ("registry.example.com/myapp", repository.clone()),
        ("/var/lib/liftlock", folder.display().to_string()),
        // Whom the provider knows here.
        ("oidc:248289761001", "oidc:alice".to_owned()),
        // Nobody sits here who could be asked.
        (
            "liftlock approve $SHA --to production ",
            "liftlock approve $SHA --to production --yes ".to_owned(),
        ),
    ];
    changes
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}
