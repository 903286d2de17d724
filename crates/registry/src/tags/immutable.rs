//! Tags that may not be moved: how each registry refuses it, and what can be done.

use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Repository, Tag};
use reqwest::{Method, StatusCode};

use crate::auth::scope::Access;
use crate::client::Client;
use crate::failure::{from_status, senseless};
use crate::oci_error::OciError;
use crate::upload::Begun;

/// Words in the messages of registries that refuse to move a tag.
const WORDS: [&str; 8] = [
    "immutab",
    "overwrit",
    "overrid",
    "already exist",
    "cannot update tag",
    "does not allow updating",
    "is protected",
    "redeploy",
];

/// What can be done where nothing is known about the registry.
const OTHERWISE: &str =
    "write another tag, or ask whoever runs the registry to let this one be moved";

/// What can be done at each registry, by its domain.
const BY_HOST: [(&str, &str); 8] = [
    (
        "amazonaws.com",
        "the ECR repository's tags are immutable; write another tag, or give the repository an \
         exclusion filter that matches this one",
    ),
    (
        "public.ecr.aws",
        "the ECR repository's tags are immutable; write another tag",
    ),
    (
        "azurecr.io",
        "the tag or its repository is locked; `az acr repository update --write-enabled true` \
         unlocks it",
    ),
    (
        "docker.io",
        "the tag is immutable by the repository's settings on Docker Hub, under tag mutability",
    ),
    (
        "pkg.dev",
        "the Artifact Registry repository has immutable tags; `gcloud artifacts repositories \
         update --no-immutable-tags` lets them be moved",
    ),
    (
        "gcr.io",
        "the Artifact Registry repository has immutable tags; `gcloud artifacts repositories \
         update --no-immutable-tags` lets them be moved",
    ),
    (
        "registry.gitlab.com",
        "a rule for protected or immutable tags of the GitLab project matches this tag; change \
         the rule, or use an account with the role that it asks for",
    ),
    (
        "aliyuncs.com",
        "the repository is immutable: only `latest` can be moved there",
    ),
];

/// What can be done, by the words of registries that run under any name.
const BY_WORD: [(&str, &str); 4] = [
    (
        "configured as immutable",
        "a tag immutability rule of the Harbor project matches this tag; change the rule, or \
         write another tag",
    ),
    (
        "does not allow updating",
        "the Nexus repository does not allow redeployment; change its deployment policy, or \
         write another tag",
    ),
    (
        "permissions to",
        "in Artifactory, moving a tag takes the permission to delete and overwrite",
    ),
    (
        "tag \"",
        "a rule for protected or immutable tags of the GitLab project matches this tag; change \
         the rule, or use an account with the role that it asks for",
    ),
];

impl Client {
    /// The error for a refused write of a tag. `moves` says that the tag is somewhere else
    /// already: a refusal without a reason is then about the move, where a new tag could be
    /// written.
    pub(crate) async fn refused_tag(
        &self,
        repository: &Repository,
        tag: &Tag,
        moves: bool,
        status: StatusCode,
        said: OciError,
    ) -> RegistryError {
        let immutable = is_immutable(status, &said);
        let forbidden = status == StatusCode::FORBIDDEN;
        let advice = if immutable {
            advice(self.host(), status, &said)
        } else if moves && forbidden && self.may_push(repository).await {
            "this account may write to the repository, but not move its tags (in zot, that is \
             the action `update` of its access control)"
        } else {
            return from_status(self.host(), &format!("{repository}:{tag}"), status, said);
        };
        let said = said.or(&format!("it answered {}", status.as_u16()));
        RegistryError::Immutable {
            registry: self.host().to_owned(),
            tag: tag.to_string(),
            message: format!("{said}; {advice}"),
        }
    }

    /// Whether an upload can be opened, which is given up at once.
    async fn may_push(&self, repository: &Repository) -> bool {
        let Ok(Begun::Upload(session)) = self.open_upload(repository).await else {
            return false;
        };
        // An upload that cannot be cancelled ends by itself.
        let _ = self.cancel_upload(repository, session).await;
        true
    }

    async fn cancel_upload(
        &self,
        repository: &Repository,
        session: reqwest::Url,
    ) -> Result<(), RegistryError> {
        let mut call = self.call(Method::DELETE, repository, Access::Push, "blobs/uploads/")?;
        call.url = session;
        call.idempotent = false;
        let response = self.send(&call).await?;
        match response.status().is_success() {
            true => Ok(()),
            false => Err(senseless(self.host(), "the upload was not cancelled")),
        }
    }
}

/// Registries have no common answer for a tag that may not be moved: ECR says 400 `TAG_INVALID`,
/// ACR 405, Harbor 412, Docker Hub and GitLab 400, 401 or 403 with a message, others 409.
fn is_immutable(status: StatusCode, said: &OciError) -> bool {
    let message = said.message.to_lowercase();
    let speaks_of_it = || WORDS.iter().any(|word| message.contains(word));
    match status.as_u16() {
        405 | 412 => true,
        400 => said.code == "TAG_INVALID" || speaks_of_it(),
        401 | 403 | 409 => speaks_of_it(),
        _ => false,
    }
}

fn advice(host: &str, status: StatusCode, said: &OciError) -> &'static str {
    let message = said.message.to_lowercase();
    let is_in = |domain: &str| {
        let rest = host.strip_suffix(domain);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let by_host = BY_HOST.iter().find(|(domain, _)| is_in(domain));
    let by_word = BY_WORD.iter().find(|(word, _)| message.contains(word));
    let harbor = (status == StatusCode::PRECONDITION_FAILED).then_some(&BY_WORD[0]);
    let found = by_host.or(by_word).or(harbor);
    found.map_or(OTHERWISE, |(_, advice)| advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, code: &str, message: &str, immutable: bool) {
        let body = serde_json::json!({ "errors": [{ "code": code, "message": message }] });
        let said = OciError::parse(body.to_string().as_bytes());
        let status = StatusCode::from_u16(status).unwrap();
        assert_eq!(is_immutable(status, &said), immutable, "{status} {message}");
    }

    #[test]
    fn answers_about_immutable_tags_are_told_from_other_refusals() {
        check(
            400,
            "TAG_INVALID",
            "The image tag 'v1' cannot be changed",
            true,
        );
        check(
            400,
            "UNKNOWN",
            "tag=v1 cannot be overwritten because r/a is an immutable",
            true,
        );
        check(403, "DENIED", "tag overwrite is not allowed", true);
        check(
            403,
            "DENIED",
            "cannot update tag v1. The repository has enabled tag immutability",
            true,
        );
        check(
            400,
            "UNKNOWN",
            "Repository does not allow updating assets: docker",
            true,
        );
        check(405, "UNSUPPORTED", "The operation is disallowed", true);
        check(412, "PRECONDITION", "", true);
        check(409, "CONFLICT", "the tag already exists", true);
        check(400, "MANIFEST_INVALID", "bad", false);
        check(
            403,
            "DENIED",
            "requested access to the resource is denied",
            false,
        );
        check(404, "", "immutable", false);
        check(500, "", "immutable", false);
    }

    #[test]
    fn a_gitlab_rule_is_in_the_errors_detail() {
        let body =
            br#"{"errors":[{"code":"DENIED","message":"no","detail":"tag \"v1\" is immutable"}]}"#;
        let said = OciError::parse(body);
        assert!(is_immutable(StatusCode::FORBIDDEN, &said));
        let advice = advice("git.example.com:5050", StatusCode::FORBIDDEN, &said);
        assert!(advice.contains("GitLab"), "{advice}");
    }

    #[test]
    fn each_registry_has_its_own_advice() {
        let advice = |host: &str, status: u16, message: &str| {
            let status = StatusCode::from_u16(status).unwrap();
            let message = message.to_owned();
            let code = String::new();
            advice(host, status, &OciError { code, message })
        };
        let ecr = "1.dkr.ecr.eu-west-1.amazonaws.com";
        assert!(advice(ecr, 400, "").contains("ECR"));
        assert!(advice("r.azurecr.io", 405, "").contains("az acr"));
        assert!(advice("docker.io", 400, "").contains("Docker Hub"));
        assert!(advice("europe-docker.pkg.dev", 400, "").contains("gcloud"));
        assert!(advice("harbor.example.com", 412, "").contains("Harbor"));
        let nexus = "Repository does not allow updating assets: docker";
        assert!(advice("nexus.example.com", 400, nexus).contains("Nexus"));
        assert_eq!(advice("r.example.com", 405, ""), OTHERWISE);
    }
}
