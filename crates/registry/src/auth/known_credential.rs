//! The credentials for one registry, looked up once.

use std::path::PathBuf;

use liftlock_engine::ports::RegistryError;
use reqwest::header::HeaderValue;
use tokio::sync::Mutex;

use super::credentials::{self, Credential};
use super::token::basic;
use crate::transport::endpoint::Endpoint;

/// What docker's configuration says about one registry. The lock is held during the look-up: a
/// helper that asks its user asks once.
#[derive(Debug)]
pub(super) struct KnownCredential {
    docker_config: Option<PathBuf>,
    known: Mutex<Option<Credential>>,
}

impl KnownCredential {
    pub(super) fn new(docker_config: Option<PathBuf>) -> Self {
        Self {
            docker_config,
            known: Mutex::default(),
        }
    }

    pub(super) async fn get(&self, endpoint: &Endpoint) -> Result<Credential, RegistryError> {
        let mut known = self.known.lock().await;
        if let Some(credential) = &*known {
            return Ok(credential.clone());
        }
        let found = credentials::find(self.docker_config.as_ref(), endpoint.credential_key());
        let found = found.await.map_err(|message| RegistryError::Denied {
            registry: endpoint.host.clone(),
            what: "its content".to_owned(),
            message,
        })?;
        *known = Some(found.clone());
        Ok(found)
    }

    /// Forgets what was refused: it is looked up again.
    pub(super) async fn forget(&self, refused: &Credential) {
        let mut known = self.known.lock().await;
        if known.as_ref() == Some(refused) {
            *known = None;
        }
    }

    /// Forgets the password that a refused request carried.
    pub(super) async fn refuse(&self, sent: &HeaderValue) {
        let mut known = self.known.lock().await;
        if known.as_ref().and_then(basic).as_ref() == Some(sent) {
            *known = None;
        }
    }
}
