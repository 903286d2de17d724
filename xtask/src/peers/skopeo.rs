//! Skopeo: another implementation of everything about images.

use std::path::Path;

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
    let image = format!("docker://{reference}");
    let raw = Program::new("skopeo", ["inspect", "--raw", "--tls-verify=false", &image]).must()?;
    sha256(Program::new("sha256sum", ["-"]).input(&raw))
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
