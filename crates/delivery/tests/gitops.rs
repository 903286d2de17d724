//! Deployments through a Git repository, with the real git and a bare repository.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use liftlock_core::Span;
use liftlock_core::policy::{Deploy, Gitops, GitopsForm, GitopsPlace};
use liftlock_delivery::{DeliveryOptions, LocalDelivery};
use liftlock_engine::ports::{Delivered, Delivery, DeliveryContext, DeliveryError, DeployRequest};
use liftlock_oci::{Digest, Repository};
use tempfile::TempDir;

const KUSTOMIZATION: &str = "# production\nkind: Kustomization\nresources: [../base]\nimages:\n  - name: r.example.com/shop/api   # ours\n    newTag: \"1.0\"\n";
const VALUES: &str = "web:\n  image: { repository: r.example.com/shop/api, digest: '' } # api\n";

/// A bare repository with a branch `main`, beside a clone of it in which people work.
struct Hub {
    folder: TempDir,
}

impl Hub {
    fn new() -> Self {
        let hub = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        git(
            hub.path(),
            &["init", "-q", "--bare", "-b", "main", "hub.git"],
        );
        git(hub.path(), &["clone", "-q", "hub.git", "work"]);
        git(&hub.work(), &["checkout", "-q", "-b", "main"]);
        hub.commit(&[
            ("apps/shop/production/kustomization.yaml", KUSTOMIZATION),
            ("apps/shop/production/chart/values.yaml", VALUES),
            ("README", "deployments\n"),
        ]);
        hub
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn work(&self) -> std::path::PathBuf {
        self.path().join("work")
    }

    fn commit(&self, files: &[(&str, &str)]) {
        for (file, text) in files {
            let path = self.work().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        self.commit_all();
    }

    fn commit_all(&self) {
        git(&self.work(), &["add", "-A"]);
        git(&self.work(), &["commit", "-q", "-m", "by hand"]);
        git(&self.work(), &["push", "-q", "origin", "main"]);
    }

    fn says(&self, words: &[&str]) -> String {
        git(&self.path().join("hub.git"), words)
    }

    fn count(&self) -> usize {
        self.says(&["rev-list", "--count", "main"])
            .trim()
            .parse()
            .unwrap()
    }

    fn file(&self, path: &str) -> String {
        self.says(&["show", &format!("main:{path}")])
    }

    fn delivery(&self) -> LocalDelivery {
        LocalDelivery::new(self.path().to_owned(), DeliveryOptions::default())
    }

    async fn deploy(&self, request: &DeployRequest) -> Result<Delivered, DeliveryError> {
        self.delivery().deploy(request).await
    }
}

fn git(dir: &Path, words: &[&str]) -> String {
    let output = Command::new("git")
        .args(words)
        .current_dir(dir)
        .env("GIT_AUTHOR_NAME", "Dana")
        .env("GIT_AUTHOR_EMAIL", "dana@example.com")
        .env("GIT_COMMITTER_NAME", "Dana")
        .env("GIT_COMMITTER_EMAIL", "dana@example.com")
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn place(file: &str) -> GitopsPlace {
    let file = file.to_owned();
    match file.ends_with("values.yaml") {
        true => GitopsPlace::Helm {
            file,
            at: "web.image".parse().unwrap(),
        },
        false => GitopsPlace::Kustomize { file, name: None },
    }
}

fn request(release: &str, content: &str, places: Vec<GitopsPlace>) -> DeployRequest {
    let repository: Repository = "r.example.com/shop/api".parse().unwrap();
    let image = repository.pinned(Digest::of(content.as_bytes()));
    DeployRequest {
        context: DeliveryContext {
            pipeline: "shop".parse().unwrap(),
            environment: "production".parse().unwrap(),
            release: release.parse().unwrap(),
            promotion: "p7".to_owned(),
            watched: false,
            images: BTreeMap::from([("api".parse().unwrap(), image)]),
        },
        deploy: Deploy::Gitops(Gitops {
            repository: "hub.git".to_owned(),
            branch: "main".to_owned(),
            path: Some("apps/shop/production".to_owned()),
            images: BTreeMap::from([("api".parse().unwrap(), places)]),
            within: Span::from_secs(120),
        }),
        files: BTreeMap::new(),
    }
}

fn both(release: &str) -> DeployRequest {
    let places = vec![place("kustomization.yaml"), place("chart/values.yaml")];
    request(release, release, places)
}

fn digest(request: &DeployRequest) -> String {
    let key = "api".parse().unwrap();
    request.context.images[&key].digest.to_string()
}

#[tokio::test]
async fn one_commit_names_the_digest_in_place_and_is_read_back() {
    let hub = Hub::new();
    let request = both("1.1.0");
    let delivered = hub.deploy(&request).await.unwrap();
    let digest = digest(&request);
    assert_eq!(hub.count(), 2);
    assert_eq!(
        hub.file("apps/shop/production/kustomization.yaml"),
        format!("{KUSTOMIZATION}    digest: {digest}\n")
    );
    assert_eq!(
        hub.file("apps/shop/production/chart/values.yaml"),
        VALUES.replace("''", &format!("'{digest}'"))
    );
    assert_eq!(hub.file("README"), "deployments\n");
    let message = hub.says(&["log", "-1", "--format=%B", "main"]);
    assert_eq!(
        message.trim(),
        format!(
            "Deploy shop 1.1.0 to production\n\nLiftlock-Pipeline: shop\nLiftlock-Environment: production\n\
             Liftlock-Release: 1.1.0\nLiftlock-Promotion: p7\nLiftlock-Image: api=r.example.com/shop/api@{digest}"
        )
    );
    let summary = delivered.summary.unwrap();
    let id = hub.says(&["rev-parse", "main"]);
    assert_eq!(summary, format!("committed {} to main", &id[..12]));
    let output = String::from_utf8(delivered.output).unwrap();
    assert!(
        output.contains(&format!("+    digest: {digest}")),
        "{output}"
    );
    let running = hub.delivery().running(&request).await.unwrap();
    let named = &running[&"api".parse().unwrap()];
    assert_eq!(
        named.iter().map(Digest::to_string).collect::<Vec<_>>(),
        [digest]
    );
}

#[tokio::test]
async fn the_same_again_is_no_commit_and_the_way_back_is_one() {
    let hub = Hub::new();
    let (new, old) = (both("1.1.0"), both("1.0.0"));
    hub.deploy(&new).await.unwrap();
    let again = hub.deploy(&new).await.unwrap().summary.unwrap();
    assert!(again.contains("names its digests already"), "{again}");
    assert_eq!(hub.count(), 2);
    hub.deploy(&old).await.unwrap();
    assert_eq!(hub.count(), 3);
    assert!(
        hub.file("apps/shop/production/kustomization.yaml")
            .contains(&digest(&old))
    );
}

#[tokio::test]
async fn a_lost_race_is_made_good() {
    let hub = Hub::new();
    // While we push, somebody else commits: the hook of the bare repository is that moment.
    let hook = hub.path().join("hub.git/hooks/pre-receive");
    let script = format!(
        "#!/bin/sh\nset -e\nunset GIT_QUARANTINE_PATH GIT_DIR GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES\n\
         [ \"$(cat {0}/races)\" -gt 0 ] || exit 0\necho $(($(cat {0}/races) - 1)) > {0}/races\n\
         mv hooks/pre-receive hooks/off\ncd {0}/work\ngit pull -q origin main\ndate +%N >> NOTES\ngit add NOTES\n\
         git -c user.name=E -c user.email=e@example.com commit -q -m 'meanwhile'\ngit push -q origin main\n\
         mv {0}/hub.git/hooks/off {0}/hub.git/hooks/pre-receive\n",
        hub.path().display()
    );
    fs::write(hub.path().join("races"), "3\n").unwrap();
    fs::write(&hook, script).unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let request = both("1.1.0");
    let delivered = hub.deploy(&request).await.unwrap();
    let output = String::from_utf8(delivered.output).unwrap();
    assert_eq!(output.matches("a push was refused").count(), 3, "{output}");
    let subjects = hub.says(&["log", "--format=%s", "main"]);
    assert_eq!(
        subjects.lines().collect::<Vec<_>>(),
        [
            "Deploy shop 1.1.0 to production",
            "meanwhile",
            "meanwhile",
            "meanwhile",
            "by hand"
        ]
    );
    assert_eq!(hub.file("NOTES").lines().count(), 3);
}

#[tokio::test]
async fn a_push_that_is_refused_for_good_says_why() {
    let hub = Hub::new();
    let hook = hub.path().join("hub.git/hooks/pre-receive");
    fs::write(&hook, "#!/bin/sh\necho main is protected >&2\nexit 1\n").unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let error = hub.deploy(&both("1.1.0")).await.unwrap_err();
    let DeliveryError::Failed {
        program, output, ..
    } = &error
    else {
        panic!("{error}");
    };
    assert_eq!(program, "git push");
    assert!(String::from_utf8_lossy(output).contains("main is protected"));
    assert!(
        error.to_string().contains(": main is protected; "),
        "{error}"
    );
    assert_eq!(hub.count(), 1);
}

#[tokio::test]
async fn links_and_what_is_no_file_are_refused() {
    let hub = Hub::new();
    let folder = hub.work().join("apps/shop/production");
    symlink("/etc/hostname", folder.join("link.yaml")).unwrap();
    symlink("chart", folder.join("linked")).unwrap();
    hub.commit_all();
    for (file, why) in [
        ("link.yaml", "link.yaml is a link"),
        ("linked/values.yaml", "linked is a link"),
        ("chart", "chart is no file"),
        (
            "missing.yaml",
            "there is no apps/shop/production/missing.yaml",
        ),
        ("kustomization.yaml/x", "kustomization.yaml is no folder"),
    ] {
        let request = request("1", "1", vec![place(file)]);
        for error in [
            hub.deploy(&request).await.unwrap_err(),
            hub.delivery().running(&request).await.unwrap_err(),
        ] {
            assert!(error.to_string().contains(why), "{error}");
        }
    }
    assert_eq!(hub.count(), 2);
}

#[tokio::test]
async fn what_is_not_as_declared_is_said_and_nothing_is_committed() {
    let hub = Hub::new();
    let value = |at: &str| {
        vec![GitopsPlace::Value {
            file: "kustomization.yaml".to_owned(),
            at: at.parse().unwrap(),
            form: GitopsForm::Digest,
        }]
    };
    let mut other = request("1", "1", value("kind"));
    let Deploy::Gitops(gitops) = &mut other.deploy else {
        unreachable!()
    };
    gitops.branch = "gone".to_owned();
    let error = hub.deploy(&other).await.unwrap_err().to_string();
    assert!(error.contains("git fetch failed"), "{error}");
    assert!(error.contains("gone"), "{error}");
    let error = hub
        .deploy(&request("1", "1", value("image.digest")))
        .await
        .unwrap_err();
    let expected = "apps/shop/production/kustomization.yaml in the repository: there is nothing at image.digest";
    assert_eq!(error.to_string(), expected);
    let Deploy::Gitops(gitops) = &mut other.deploy else {
        unreachable!()
    };
    gitops.repository = "ext::sh -c id".to_owned();
    let error = hub.deploy(&other).await.unwrap_err().to_string();
    assert!(error.contains("not allowed"), "{error}");
    assert_eq!(hub.count(), 1);
}

#[tokio::test]
async fn a_place_without_a_digest_is_told_as_nothing() {
    let hub = Hub::new();
    let request = both("1.1.0");
    let key = "api".parse().unwrap();
    assert!(hub.delivery().running(&request).await.unwrap()[&key].is_empty());
    hub.deploy(&request).await.unwrap();
    git(&hub.work(), &["pull", "-q", "origin", "main"]);
    hub.commit(&[("apps/shop/production/chart/values.yaml", VALUES)]);
    assert!(hub.delivery().running(&request).await.unwrap()[&key].is_empty());
}
