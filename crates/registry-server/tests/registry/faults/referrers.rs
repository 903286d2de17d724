use liftlock_oci::Digest;

use crate::support::{Running, image};

struct Subject {
    registry: Running,
    config: Digest,
    digest: Digest,
}

impl Subject {
    async fn new() -> Self {
        let registry = Running::new().await;
        let config = registry.push_blob("a", "{}").await;
        Self {
            registry,
            config,
            digest: Digest::of(b"subject"),
        }
    }

    /// Pushes a referrer, and returns what the PUT says of its subject.
    async fn refer(&self) -> String {
        let referrer = image(self.config, Some(self.digest));
        let reference = Digest::of(referrer.as_bytes()).to_string();
        let put = self.registry.put_manifest("a", &reference, &referrer).await;
        assert_eq!(put.status, 201);
        put.header("oci-subject").to_owned()
    }

    /// How many are listed, or the status of the refusal.
    async fn list(&self) -> Result<usize, u16> {
        let path = format!("/v2/a/referrers/{}", self.digest);
        let answer = self.registry.send("GET", &path, "").await;
        if answer.status != 200 {
            return Err(answer.status);
        }
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        Ok(body["manifests"].as_array().unwrap().len())
    }
}

#[tokio::test]
async fn there_can_be_no_referrers_api() {
    let subject = Subject::new().await;
    subject.registry.fault("no-referrers");
    assert_eq!(subject.refer().await, "");
    assert_eq!(subject.list().await, Err(404));
    subject.registry.fault("no-referrers=subject");
    assert_eq!(subject.refer().await, subject.digest.to_string());
    assert_eq!(subject.list().await, Err(404));
    subject.registry.faults.clear();
    assert_eq!(subject.list().await, Ok(1));
}

#[tokio::test]
async fn a_subject_can_be_confirmed_and_never_listed() {
    let subject = Subject::new().await;
    subject.registry.fault("false-subject");
    assert_eq!(subject.refer().await, subject.digest.to_string());
    for _ in 0..3 {
        assert_eq!(subject.list().await, Ok(0));
    }
}

#[tokio::test]
async fn a_list_of_referrers_can_be_stale_for_a_while() {
    let subject = Subject::new().await;
    subject.registry.fault("stale-referrers=2");
    assert_eq!(subject.refer().await, subject.digest.to_string());
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(subject.list().await.unwrap());
    }
    assert_eq!(seen, [0, 0, 1, 1]);
}
