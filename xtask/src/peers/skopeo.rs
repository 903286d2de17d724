//! Skopeo: another implementation of everything about images.

use std::path::Path;

use serde::Deserialize;

use super::program::Program;
use super::trouble::Trouble;

/// Copies an image with everything in it, without changing a byte.
pub(crate) fn copy(from: &str, to: &str) -> Result<(), Trouble> {
    copy_with(&[], from, to)
}

/// Copies to a registry with a login, `user:password`.
pub(crate) fn copy_as(credentials: &str, from: &str, to: &str) -> Result<(), Trouble> {
    copy_with(&["--dest-creds", credentials], from, to)
}

fn copy_with(options: &[&str], from: &str, to: &str) -> Result<(), Trouble> {
    let words = [
        "--insecure-policy",
        "copy",
        "--quiet",
        "--all",
        "--preserve-digests",
        "--src-tls-verify=false",
        "--dest-tls-verify=false",
    ];
    let ends = [from, to];
    let words = words.iter().chain(options).chain(&ends);
    Program::new("skopeo", words).must().map(drop)
}

/// The digest of the manifest bytes that a registry has for a reference.
pub(crate) fn digest(reference: &str) -> Result<String, Trouble> {
    digest_of(&format!("docker://{reference}"))
}

/// The same of an image anywhere, as skopeo names it.
pub(crate) fn digest_of(image: &str) -> Result<String, Trouble> {
    let raw = Program::new("skopeo", ["inspect", "--raw", "--tls-verify=false", image]).must()?;
    sha256(Program::new("sha256sum", ["-"]).input(&raw))
}

/// The tags of a repository in a registry.
pub(crate) fn tags(repository: &str) -> Result<Vec<String>, Trouble> {
    /// The part of the answer that is read.
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Listed {
        tags: Vec<String>,
    }
    let image = format!("docker://{repository}");
    let said = Program::new("skopeo", ["list-tags", "--tls-verify=false", &image]).must()?;
    let listed = serde_json::from_str::<Listed>(&said);
    listed
        .map(|listed| listed.tags)
        .map_err(|_| Trouble::answer("skopeo", said))
}

/// The digest of a file.
pub(crate) fn file_digest(path: &Path) -> Result<String, Trouble> {
    sha256(Program::new("sha256sum", ["--".as_ref(), path.as_os_str()]))
}

fn sha256(sum: Program) -> Result<String, Trouble> {
    let said = sum.must()?;
    match said.split(' ').next() {
        Some(hex) if hex.len() == 64 => Ok(format!("sha256:{hex}")),
        _ => Err(Trouble::answer("sha256sum", said)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_that_of_the_bytes() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let sum = Program::new("sha256sum", ["-"]).input("");
        assert_eq!(sha256(sum).unwrap(), empty);
    }
}
