//! Keys: made, taken over from cosign, shown and replaced.

use std::collections::BTreeSet;

use crate::scenario::{LIFTLOCK, Scenario};

/// Made by `cosign generate-key-pair` of version 2, with the passphrase `correct horse`.
pub(crate) const COSIGN_KEY: &str = include_str!("../../../attest/tests/samples/cosign-2.key");
pub(crate) const COSIGN_PUB: &str = include_str!("../../../attest/tests/samples/cosign-2.pub");

pub(crate) const PASS: [&str; 2] = ["--passphrase-file", "pass.txt"];

/// A folder with cosign's key and its passphrase.
pub(crate) fn with_key() -> Scenario {
    let s = Scenario::new();
    s.world.write("pass.txt", "correct horse\n");
    s.world.write("wrong.txt", "wrong\n");
    s.world.write("cosign.key", COSIGN_KEY);
    s.world.write("cosign.pub", COSIGN_PUB);
    s
}

fn files(s: &Scenario, folder: &str) -> BTreeSet<String> {
    let files = std::fs::read_dir(s.world.folder().join(folder)).expect("the folder");
    let names = files.map(|file| file.expect("a file").file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

#[test]
fn a_key_of_cosign_is_taken_over_and_shown() {
    let mut s = with_key();
    let import = ["key", "import", "production", "cosign.key"];
    s.refused(2, &import);
    s.refused(
        1,
        &[&import[..], &["--passphrase-file", "wrong.txt"]].concat(),
    );
    s.refused(
        1,
        &[&import[..], &["--passphrase-file", "none.txt"]].concat(),
    );
    s.ends(0, &[&import[..], &PASS, &["-n"]].concat());
    assert!(!s.world.folder().join(".liftlock").exists());
    s.ends(0, &[&import[..], &PASS].concat());
    s.refused(2, &[&import[..], &PASS].concat());
    s.ends(0, &["key", "show", "production"]);
    s.json(0, &["key", "show", "production"]);
    s.refused(1, &["key", "show", "staging"]);
    s.refused(2, &["key", "show", "../production"]);
    s.refused(
        1,
        &[&["key", "import", "x", "cosign.pub"][..], &PASS].concat(),
    );
    s.end("key_import");
}

#[test]
fn a_new_key_is_its_owners_and_is_never_overwritten() {
    let s = with_key();
    let generate = ["key", "generate", "production"];
    let generated = [&generate[..], &PASS].concat();
    s.quietly(&[&generate[..], &PASS, &["-n"]].concat());
    let output = s.quietly(&generated);
    assert!(!output.stdout.contains("correct horse"));
    assert_eq!(
        files(&s, ".liftlock/keys"),
        ["production.key", "production.pub"]
            .map(str::to_owned)
            .into()
    );
    let read = |name| std::fs::read_to_string(s.world.folder().join(name)).expect(name);
    let (key, public) = (
        ".liftlock/keys/production.key",
        ".liftlock/keys/production.pub",
    );
    assert!(read(key).starts_with("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |name| {
            let metadata = std::fs::metadata(s.world.folder().join(name));
            metadata.expect(name).permissions().mode() & 0o777
        };
        assert_eq!(mode(key), 0o600);
        assert_eq!(mode(".liftlock/keys"), 0o700);
    }
    let before = (read(key), read(public));
    let again = s.world.run(LIFTLOCK, &generated);
    assert_eq!(again.code, 2, "{again:?}");
    assert!(
        again.stderr.contains("keys are not overwritten"),
        "{again:?}"
    );
    assert_eq!(before, (read(key), read(public)));
    // Another folder, and two keys that differ.
    s.quietly(&[&generate[..], &["--out", "elsewhere"], &PASS].concat());
    assert_ne!(read("elsewhere/production.pub"), before.1);
    let shown = s.quietly(&["key", "show", "production", "--out", "elsewhere"]);
    assert!(shown.stdout.starts_with(&read("elsewhere/production.pub")));
}

#[test]
fn a_key_is_replaced_and_its_public_half_kept() {
    let s = with_key();
    s.quietly(&[&["key", "import", "production", "cosign.key"][..], &PASS].concat());
    let rotate = ["key", "rotate", "production"];
    let wrong = s.world.run(
        LIFTLOCK,
        &[&rotate[..], &["--passphrase-file", "wrong.txt"]].concat(),
    );
    assert_eq!(wrong.code, 1, "{wrong:?}");
    s.quietly(&[&rotate[..], &PASS, &["-n"]].concat());
    let read = |name| std::fs::read_to_string(s.world.folder().join(name)).expect(name);
    assert_eq!(read(".liftlock/keys/production.pub"), COSIGN_PUB);
    let output = s.quietly(&[&rotate[..], &PASS, &["--json"]].concat());
    let result = &output.json()["result"];
    assert!(
        result["before"]
            .as_str()
            .is_some_and(|b| b.starts_with("ed5ab0d7ee16"))
    );
    assert_eq!(
        read(".liftlock/keys/production-ed5ab0d7ee16.pub"),
        COSIGN_PUB
    );
    assert_eq!(
        files(&s, ".liftlock/keys"),
        [
            "production-ed5ab0d7ee16.pub",
            "production.key",
            "production.pub"
        ]
        .map(str::to_owned)
        .into()
    );
    assert_ne!(read(".liftlock/keys/production.pub"), COSIGN_PUB);
    // The new key is whole: it can be replaced itself.
    s.quietly(&[&rotate[..], &PASS].concat());
    assert_eq!(files(&s, ".liftlock/keys").len(), 4);
}

#[test]
fn a_rotation_that_was_interrupted_goes_on_with_the_same_key() {
    let s = with_key();
    s.quietly(&[&["key", "import", "production", "cosign.key"][..], &PASS].concat());
    let folder = s.world.folder().join(".liftlock/keys");
    let path = |name: &str| folder.join(name);
    let read = |name: &str| std::fs::read_to_string(path(name)).expect(name);
    let rotate = [&["key", "rotate", "production"][..], &PASS].concat();
    let begin_anew = || {
        for name in files(&s, ".liftlock/keys") {
            std::fs::remove_file(path(&name)).expect("removed");
        }
        s.quietly(&[&["key", "import", "production", "cosign.key"][..], &PASS].concat());
    };
    let next = || {
        s.quietly(&[&["key", "generate", "next", "--out", "."][..], &PASS].concat());
        let world = s.world.folder();
        ["next.key", "next.pub"].map(|name| {
            let text = std::fs::read_to_string(world.join(name)).expect(name);
            std::fs::remove_file(world.join(name)).expect("removed");
            text
        })
    };
    let ended = |public: &str| {
        assert_eq!(read("production.pub"), public);
        let kept = "production-ed5ab0d7ee16.pub";
        assert_eq!(read(kept), COSIGN_PUB);
        let names = [kept, "production.key", "production.pub"].map(str::to_owned);
        assert_eq!(files(&s, ".liftlock/keys"), names.into());
        // Both halves are of one key: it signs, and can be replaced.
        s.quietly(&[&rotate[..], &["-n"]].concat());
    };
    // Killed while the private half was written: nothing was signed with it.
    std::fs::write(path("production.key.new"), "-----BEGIN ENC").expect("written");
    s.quietly(&rotate);
    ended(&read("production.pub"));
    assert_ne!(read("production.pub"), COSIGN_PUB);
    // Killed before the first rename: what was signed with that key stays good.
    begin_anew();
    let [key, public] = next();
    std::fs::write(path("production.key.new"), &key).expect("written");
    std::fs::write(path("production.pub.new"), &public).expect("written");
    let wrong = [
        "key",
        "rotate",
        "production",
        "--passphrase-file",
        "wrong.txt",
    ];
    assert_eq!(s.world.run(LIFTLOCK, &wrong).code, 1);
    let would = s.quietly(&[&rotate[..], &["-n"]].concat());
    assert!(
        would.stdout.contains("an interrupted rotation left"),
        "{would:?}"
    );
    s.quietly(&rotate);
    ended(&public);
    // Killed between the two renames.
    begin_anew();
    std::fs::write(path("production.key"), &key).expect("written");
    std::fs::write(path("production.pub.new"), &public).expect("written");
    let again = s.quietly(&[&rotate[..], &["--json"]].concat());
    assert_eq!(again.json()["result"]["resumed"], true);
    ended(&public);
    assert_eq!(read("production.key"), key);
}
