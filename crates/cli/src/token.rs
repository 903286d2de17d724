//! What shows a server who is asking.

pub(crate) mod kept;

use std::fmt;
use std::fs::File;
use std::io::Read;

use liftlock_verbs::Failure;
use reqwest::Url;
use zeroize::Zeroizing;

/// The most bytes of a token.
const BYTES_MAX: u64 = 16 * 1024;

/// A token. It is never shown.
pub(crate) struct Token(Zeroizing<String>);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

impl Token {
    /// The token for a server: `LIFTLOCK_TOKEN`, or in the file that `LIFTLOCK_TOKEN_FILE` names,
    /// or what `liftlock login` left. None is found where there is none of them: the server says whether it needs one.
    pub(crate) fn find(server: &Url) -> Result<Option<Self>, Failure> {
        if let Ok(token) = std::env::var("LIFTLOCK_TOKEN") {
            return Self::new(Zeroizing::new(token)).map(Some);
        }
        let Some(path) = std::env::var_os("LIFTLOCK_TOKEN_FILE") else {
            return kept::find(server)?.map(Self::new).transpose();
        };
        let name = path.display().to_string();
        let mut text = Zeroizing::new(String::new());
        File::open(&path)
            .and_then(|file| file.take(BYTES_MAX).read_to_string(&mut text))
            .map_err(|error| {
                Failure::usage(format!("the token in {name} cannot be read: {error}"))
            })?;
        Self::new(text).map(Some)
    }

    fn new(text: Zeroizing<String>) -> Result<Self, Failure> {
        let token = text.trim();
        if token.is_empty() || !token.chars().all(|c| c.is_ascii_graphic()) {
            return Err(Failure::usage(
                "the token is none: it is empty, or has spaces in it",
            ));
        }
        Ok(Self(Zeroizing::new(token.to_owned())))
    }

    /// The token as a text of its own, for who sends it elsewhere in this program.
    pub(crate) fn into_text(self) -> Zeroizing<String> {
        self.0
    }

    /// The token itself, to be sent.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}
