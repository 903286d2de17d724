//! Credentials from docker's config.json: entries, helpers, stores, identity tokens.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use docker_credential::{CredentialRetrievalError, DockerCredential};

use super::secret::Secret;

/// The largest config.json that is read, in bytes.
const CONFIG_MAX: u64 = 1024 * 1024;

/// How long a credential helper may take.
const HELPER_TIMEOUT: Duration = Duration::from_secs(30);

/// What a registry or its token service is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credential {
    /// None are configured.
    Anonymous,
    /// User name and password.
    Basic(String, Secret),
    /// An OAuth2 refresh token for the token service.
    IdentityToken(Secret),
}

/// Looks up the credentials kept under `key`. The error is a sentence without secrets.
pub(crate) async fn find(config: Option<&PathBuf>, key: &str) -> Result<Credential, String> {
    let Some(path) = config.cloned() else {
        return Ok(Credential::Anonymous);
    };
    let key = key.to_owned();
    // A helper is a program that may ask its user or hang. It gets a thread of its own, which
    // the runtime does not wait for when it ends.
    let (sender, found) = tokio::sync::oneshot::channel();
    let look = move || {
        // Nobody is left to tell when it took too long.
        let _ = sender.send(read(&path, &key));
    };
    std::thread::Builder::new()
        .spawn(look)
        .map_err(|error| format!("the credential lookup cannot be started: {error}"))?;
    match tokio::time::timeout(HELPER_TIMEOUT, found).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err("the credential lookup failed".to_owned()),
        Err(_) => Err(format!(
            "the credential helper took longer than {} s",
            HELPER_TIMEOUT.as_secs()
        )),
    }
}

fn read(path: &Path, key: &str) -> Result<Credential, String> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Credential::Anonymous);
        }
        Err(error) => return Err(format!("{} cannot be read: {error}", path.display())),
    };
    match docker_credential::get_credential_from_reader(file.take(CONFIG_MAX), key) {
        Ok(DockerCredential::UsernamePassword(user, password)) => {
            Ok(Credential::Basic(user, Secret::new(password)))
        }
        Ok(DockerCredential::IdentityToken(token)) => {
            Ok(Credential::IdentityToken(Secret::new(token)))
        }
        Err(error) => explain(path, error),
    }
}

fn explain(path: &Path, error: CredentialRetrievalError) -> Result<Credential, String> {
    let path = path.display();
    match error {
        CredentialRetrievalError::NoCredentialConfigured => Ok(Credential::Anonymous),
        // Docker's helpers say so when they know nothing about a registry.
        CredentialRetrievalError::HelperFailure { stdout, stderr, .. }
            if format!("{stdout}{stderr}").contains("credentials not found") =>
        {
            Ok(Credential::Anonymous)
        }
        // What a helper printed may hold a secret: only its name is passed on.
        CredentialRetrievalError::HelperFailure { helper, .. } => Err(format!(
            "the credential helper {helper} failed; run it by hand to see why"
        )),
        CredentialRetrievalError::HelperCommunicationError => Err(format!(
            "the credential helper that {path} names cannot be asked; is it on the PATH, and does it \
             run by hand?"
        )),
        CredentialRetrievalError::ConfigReadError => {
            Err(format!("{path} is not docker's config.json"))
        }
        other => Err(format!("{path}: {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str, key: &str) -> Result<Credential, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        std::fs::write(&path, text).unwrap();
        read(&path, key)
    }

    #[test]
    fn entries_tokens_and_nothing() {
        let text = r#"{"auths":{"r.example.com":{"auth":"dXNlcjpwYXNz"},
            "https://index.docker.io/v1/":{"identitytoken":"abc"}}}"#;
        let basic = read_text(text, "r.example.com").unwrap();
        assert!(
            matches!(&basic, Credential::Basic(user, pass) if user == "user" && pass.reveal() == "pass")
        );
        assert!(!format!("{basic:?}").contains("pass"));
        let token = read_text(text, "https://index.docker.io/v1/").unwrap();
        assert!(matches!(token, Credential::IdentityToken(t) if t.reveal() == "abc"));
        let none = read_text(text, "other.example.com").unwrap();
        assert!(matches!(none, Credential::Anonymous));
    }

    #[test]
    fn a_broken_config_is_named_and_a_missing_one_is_no_error() {
        let error = read_text("{", "r.example.com").unwrap_err();
        assert!(error.contains("config.json"), "{error}");
        let missing = read(Path::new("/nonexistent/config.json"), "r.example.com").unwrap();
        assert!(matches!(missing, Credential::Anonymous));
    }
}
