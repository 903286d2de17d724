//! A release carried to a site that has no network: written, looked at, brought in, promoted there.

use std::fs;
use std::path::PathBuf;

use crate::keys::{PASS, with_key};
use crate::scenario::{LIFTLOCK, Scenario};

/// The site that builds and signs.
const HERE: &str = r#"version: 1
pipeline: shop
identity: claimed
image: REGISTRY/shop/api
keys: { production: .liftlock/keys/production.pub }
environments:
  production:
    tags: [production]
    gates: none
    sign: production
    checks:
      smoke: { command: ["true"], within: 30s }
"#;

/// The site without a network: what the other one verified in production lets in.
const THERE: &str = r#"version: 1
pipeline: island
identity: claimed
image: REGISTRY/shop/api
keys: { shop: production.pub }
environments:
  live:
    tags: [live]
    gates:
      verified: { signature: "https://liftlock.dev/attestation/deployment/v1", key: shop, where: { /resourceUri: "oci://*" } }
"#;

/// A release `r1` that is verified in production, and signed.
pub(crate) fn here() -> Scenario {
    let mut s = with_key();
    s.world.set("LIFTLOCK_KEY_PASSPHRASE", "correct horse");
    s.world.write_pipeline(HERE);
    s.push("shop/api", "r1", "r1");
    s.quietly(&[&["key", "import", "production", "cosign.key"][..], &PASS].concat());
    s.quietly(&[
        "promote",
        &s.world.reference("shop/api", "r1"),
        "--to",
        "production",
    ]);
    s
}

/// The other site, which has got the keys by another way; and `here`'s archives as it writes them.
pub(crate) fn there(here: &Scenario) -> Scenario {
    let s = Scenario::new();
    s.world.write_pipeline(THERE);
    s.world
        .write("log-key.txt", &here.quietly(&["log", "key"]).stdout);
    s.world.write("production.pub", crate::keys::COSIGN_PUB);
    s
}

/// Carries a file.
pub(crate) fn carry(from: &Scenario, to: &Scenario, name: &str) -> PathBuf {
    let target = to.world.folder().join(name);
    fs::copy(from.world.folder().join(name), &target).expect("carried");
    target
}

#[test]
fn a_release_is_carried_to_a_site_without_a_network() {
    let mut s = here();
    let export = ["bundle", "export", "r1", "r1.tar", "-q"];
    s.ends(0, &[&export[..], &["-n"]].concat());
    assert!(!s.world.folder().join("r1.tar").exists());
    s.ends(0, &export);
    s.refused(2, &export);
    s.refused(2, &["bundle", "export", "r9", "r9.tar"]);
    let again = s.quietly(&[&export[..], &["--again", "--json"]].concat());
    assert_eq!(again.json()["result"]["entries"], 15);
    let left = fs::read_dir(s.world.folder()).expect("a folder");
    let left = left.filter_map(|e| e.ok()?.file_name().into_string().ok());
    assert_eq!(left.filter(|name| name.contains("partial")).count(), 0);
    let mut t = there(&s);
    carry(&s, &t, "r1.tar");
    t.heading("The other site");
    t.ends(0, &["bundle", "show", "r1.tar", "-q"]);
    let keys = ["--log-key", "log-key.txt", "--key", "production.pub", "-q"];
    t.ends(0, &[&["bundle", "show", "r1.tar"][..], &keys].concat());
    let shown = t.quietly(&[&["bundle", "show", "r1.tar", "--json"][..], &keys].concat());
    let shown = &shown.json()["result"];
    assert_eq!(shown["ledger"]["proven"], true);
    assert_eq!(shown["attestations"].as_array().map(Vec::len), Some(4));
    let import = [&["bundle", "import", "r1.tar", "-q"][..], &keys[..2]].concat();
    t.refused(2, &import[..3]);
    t.ends(0, &[&import[..], &["-n"]].concat());
    assert!(!t.world.folder().join(".liftlock").exists());
    assert!(!t.world.folder().join("../registry/shop").exists());
    let image = t.world.reference("shop/api", "keep-r1");
    t.ends(0, &import);
    t.ends(0, &import);
    let again = t.quietly(&[&import[..], &["--json"]].concat());
    assert_eq!(again.json()["result"]["created"], false);
    t.ends(0, &["release", "show", "r1"]);
    t.ends(0, &["promote", "r1", "--to", "live", "-q"]);
    let key = ["--key", "production.pub"];
    let verify = ["verify", &image, "--environment", "production"];
    t.ends(0, &[&verify[..], &key].concat());
    let beside = t.quietly(&[&["image", "attestations", &image][..], &key].concat());
    assert!(beside.stdout.contains("good, signed by"), "{beside:?}");
    t.heading("Another release of that name");
    t.push("shop/api", "other", "other");
    let other = t.world.reference("shop/api", "other");
    t.quietly(&["release", "create", "r2", &other]);
    s.push("shop/api", "r2", "r2");
    s.quietly(&[
        "promote",
        &s.world.reference("shop/api", "r2"),
        "--to",
        "production",
    ]);
    s.quietly(&["bundle", "export", "r2", "r2.tar"]);
    carry(&s, &t, "r2.tar");
    let import = [&["bundle", "import", "r2.tar"][..], &keys].concat();
    t.refused(3, &import);
    s.end("bundle_export");
    t.end("bundle_import");
}

fn copy_file(from: &Scenario, to: &Scenario, path: &str) {
    let (from, to) = (from.world.folder().join(path), to.world.folder().join(path));
    fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
    if from.is_file() {
        fs::copy(from, to).expect("copied");
    }
}

#[test]
fn a_log_has_to_continue_the_checkpoint_that_is_known() {
    let s = here();
    let mut t = there(&s);
    let keys = [
        "-q",
        "--log-key",
        "log-key.txt",
        "--checkpoint",
        "here.checkpoint",
    ];
    let import = |name: &'static str| [&["bundle", "import", name][..], &keys].concat();
    s.quietly(&["bundle", "export", "r1", "r1.tar"]);
    carry(&s, &t, "r1.tar");
    t.ends(0, &import("r1.tar"));
    // Once more: it is the same checkpoint.
    t.ends(0, &import("r1.tar"));
    // The state is copied, and two pasts begin.
    let fork = Scenario::new();
    for path in ["liftlock.yaml", ".liftlock/keys/production.pub"] {
        copy_file(&s, &fork, path);
    }
    let kept = fs::read_dir(s.world.folder().join(".liftlock")).expect("a state");
    let kept = kept.map(|file| file.expect("a file").file_name());
    let kept: Vec<String> = kept.filter_map(|name| name.into_string().ok()).collect();
    for name in kept
        .iter()
        .filter(|name| *name != "keys" && *name != "programs")
    {
        copy_file(&s, &fork, &format!(".liftlock/{name}"));
    }
    let hold = |s: &Scenario, why: &str| {
        s.quietly(&["hold", "production", "--reason", why]);
        s.quietly(&["resume", "production"]);
    };
    hold(&s, "one past");
    hold(&fork, "another");
    let checkpoint = fork.quietly(&["log", "checkpoint"]).stdout;
    t.world.write("fork.checkpoint", &checkpoint);
    s.world.write("fork.checkpoint", &checkpoint);
    s.quietly(&["bundle", "export", "r1", "same.tar"]);
    carry(&s, &t, "same.tar");
    t.heading("It went on, and nothing in the archive shows how");
    t.refused(3, &import("same.tar"));
    t.heading("It shows how");
    fs::copy(
        t.world.folder().join("here.checkpoint"),
        s.world.folder().join("there.checkpoint"),
    )
    .expect("carried");
    let export = ["bundle", "export", "r1"];
    let from = ["--from", "there.checkpoint"];
    s.quietly(&[&export[..], &["later.tar"], &from].concat());
    carry(&s, &t, "later.tar");
    t.ends(0, &import("later.tar"));
    t.heading("The archive from before");
    t.refused(3, &import("r1.tar"));
    t.heading("A fork, of the same size and of another");
    let known = |name: &'static str| {
        [
            &["bundle", "import", name][..],
            &keys[..4],
            &["fork.checkpoint"],
        ]
        .concat()
    };
    t.refused(5, &known("same.tar"));
    let here = s.quietly(&["log", "checkpoint"]).stdout;
    s.world.write("here.checkpoint", &here);
    hold(&s, "later");
    let forked = s.world.run(
        LIFTLOCK,
        &[&export[..], &["x.tar", "--from", "fork.checkpoint"]].concat(),
    );
    assert_eq!(forked.code, 5, "{forked:?}");
    s.quietly(&[&export[..], &["after.tar", "--from", "here.checkpoint"]].concat());
    carry(&s, &t, "after.tar");
    t.refused(5, &known("after.tar"));
    // Another log, whose name is a key made now.
    let other = Scenario::new();
    let key = ["log", "key", "--name", "example.org/other"];
    let key = other.quietly(&key).stdout;
    let import = ["bundle", "import", "r1.tar", "--log-key", key.trim()];
    let refused = t.world.run(LIFTLOCK, &import);
    assert_eq!(refused.code, 5, "{refused:?}");
    assert!(refused.stderr.contains("is not signed by"), "{refused:?}");
    t.end("bundle_checkpoints");
}
