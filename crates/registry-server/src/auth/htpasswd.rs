//! Files of users, as Apache's `htpasswd -B` writes them.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use bcrypt::HashParts;

/// The largest file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// The highest cost of a hash, as the power of two of its rounds: a verification takes seconds
/// with more. `htpasswd` does not write more either.
const COST_MAX: u32 = 17;

/// Users and the hashes of their passwords.
pub(super) struct Htpasswd(HashMap<String, String>);

/// Why a file of users cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HtpasswdError {
    /// Reading it failed.
    #[error("the users' file {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The file is too large.
    #[error("the users' file {path} has more than {FILE_BYTES_MAX} bytes")]
    Size {
        /// The file.
        path: PathBuf,
    },
    /// A line is not a user and a bcrypt hash. No part of the line is shown.
    #[error("the users' file {path}, line {line}: {message}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1 on.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// The file names nobody.
    #[error("the users' file {path} has no users; `htpasswd -B {path} NAME` adds one")]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

impl Htpasswd {
    /// Reads a file: a user, a colon and a hash on each line; lines with `#` are comments.
    pub(super) fn read(path: &Path) -> Result<Self, HtpasswdError> {
        let io = |source| HtpasswdError::Io {
            path: path.to_owned(),
            source,
        };
        let mut text = String::new();
        let file = File::open(path).map_err(io)?;
        file.take(FILE_BYTES_MAX + 1)
            .read_to_string(&mut text)
            .map_err(io)?;
        if text.len() as u64 > FILE_BYTES_MAX {
            let path = path.to_owned();
            return Err(HtpasswdError::Size { path });
        }
        Self::parse(&text).map_err(|problem| match problem {
            Some((line, message)) => HtpasswdError::Line {
                path: path.to_owned(),
                line,
                message,
            },
            None => HtpasswdError::Empty {
                path: path.to_owned(),
            },
        })
    }

    /// `Err(None)` where there is nobody.
    fn parse(text: &str) -> Result<Self, Option<(usize, String)>> {
        let mut users = HashMap::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = |message: String| Some((number + 1, message));
            let (user, hash) = line
                .split_once(':')
                .filter(|(user, _)| !user.is_empty())
                .ok_or_else(|| wrong("it is not a user, a colon and a hash".to_owned()))?;
            check_hash(hash).map_err(wrong)?;
            if users.insert(user.to_owned(), hash.to_owned()).is_some() {
                return Err(wrong("this user was named before".to_owned()));
            }
        }
        if users.is_empty() {
            return Err(None);
        }
        Ok(Self(users))
    }

    /// The hash of a user's password.
    pub(super) fn hash(&self, user: &str) -> Option<&str> {
        self.0.get(user).map(String::as_str)
    }
}

fn check_hash(hash: &str) -> Result<(), String> {
    let known = ["$2y$", "$2b$", "$2a$"];
    if !known.iter().any(|prefix| hash.starts_with(prefix)) {
        let kind = match hash {
            _ if hash.starts_with("$apr1$") => "MD5",
            _ if hash.starts_with("{SHA}") => "SHA-1",
            _ if hash.starts_with("$5$") || hash.starts_with("$6$") => "SHA-crypt",
            _ => "crypt or plain text",
        };
        return Err(format!(
            "this is {kind}, and only bcrypt is taken: `htpasswd -B` writes it"
        ));
    }
    let parts: HashParts = hash
        .parse()
        .map_err(|error| format!("this bcrypt hash cannot be read: {error}"))?;
    let cost = parts.get_cost();
    if !(4..=COST_MAX).contains(&cost) {
        return Err(format!(
            "the hash's cost is {cost}, and not from 4 to {COST_MAX}"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$2y$05$bvIG6Nmid91Mu9RcmmWZfO5HJIMCT8riNW0hEp8f6/FuA2/mHZFpe";

    fn problem(text: &str) -> String {
        match Htpasswd::parse(text) {
            Err(Some((line, message))) => format!("{line}: {message}"),
            Err(None) => "empty".to_owned(),
            Ok(_) => String::new(),
        }
    }

    #[test]
    fn users_with_bcrypt_hashes_are_read() {
        let text = format!(
            "# people\n\nann:{HASH}\n  bob:{}\n",
            HASH.replace("2y", "2b")
        );
        let users = Htpasswd::parse(&text).ok().unwrap();
        assert_eq!(users.hash("ann"), Some(HASH));
        assert!(users.hash("bob").is_some() && users.hash("eve").is_none());
    }

    #[test]
    fn other_hashes_are_refused_with_the_reason() {
        for (line, expected) in [
            ("ann:$apr1$x$y", "2: this is MD5, and only bcrypt"),
            ("ann:{SHA}x", "2: this is SHA-1"),
            ("ann:$6$x$y", "2: this is SHA-crypt"),
            ("ann:secret", "2: this is crypt or plain text"),
            ("ann:$2y$05$short", "2: this bcrypt hash cannot be read"),
            ("ann", "2: it is not a user"),
            (":x", "2: it is not a user"),
        ] {
            let found = problem(&format!("# x\n{line}\n"));
            assert!(found.starts_with(expected), "{line}: {found}");
            assert!(!found.contains("secret"), "{found}");
        }
        let costly = format!("ann:{}", HASH.replace("$05$", "$18$"));
        assert!(problem(&costly).contains("cost is 18"));
        let twice = format!("ann:{HASH}\nann:{HASH}\n");
        assert!(problem(&twice).starts_with("2: this user was named before"));
        assert_eq!(problem("# nobody\n"), "empty");
    }
}
