//! Archives that somebody has changed: each is refused with its reason, and nothing of it is used.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::archive_file::ArchiveFile;
use crate::bundles::{carry, here, there};
use crate::keys::PASS;
use crate::scenario::{LIFTLOCK, Scenario};

const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const EMPTY: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
const APPROVAL: &str = "https://liftlock.dev/attestation/approval/v1";
const DEPLOYMENT: &str = "https://liftlock.dev/attestation/deployment/v1";
const KEYS: [&str; 4] = ["--log-key", "log-key.txt", "--key", "production.pub"];

/// A site, an archive that was carried there, and where changed ones are written.
struct Carried {
    t: Scenario,
    good: ArchiveFile,
    path: PathBuf,
}

fn carried(here: &Scenario) -> Carried {
    here.quietly(&["bundle", "export", "r1", "bad.tar", "--again"]);
    let t = there(here);
    let path = carry(here, &t, "bad.tar");
    Carried {
        good: ArchiveFile::read(&path),
        path,
        t,
    }
}

impl Carried {
    /// The changed archive is refused like this, and nothing is there afterwards.
    fn refused(&mut self, what: &str, code: i32, change: impl FnOnce(&mut ArchiveFile)) {
        let mut archive = self.good.clone();
        change(&mut archive);
        archive.write(&self.path);
        self.refused_as_it_is(what, code);
    }

    fn refused_as_it_is(&mut self, what: &str, code: i32) {
        self.t.heading(what);
        self.t.refused(
            code,
            &[&["bundle", "import", "bad.tar", "-q"][..], &KEYS].concat(),
        );
        let folder = self.t.world.folder();
        assert!(
            !folder.join(".liftlock").exists(),
            "{what}: a state was made"
        );
        assert!(
            !folder.join("../registry/shop").exists(),
            "{what}: something was copied"
        );
    }

    fn image(&self) -> String {
        self.good.tagged("app")
    }

    /// A bundle beside the image that states this, with the digest of its referrer.
    fn bundle(&self, states: &str) -> (String, Value) {
        let mut listed = self.good.listed().into_iter();
        let is = |manifest: &Value| {
            manifest["annotations"]["dev.sigstore.bundle.predicateType"] == states
        };
        listed.find(|(_, manifest)| is(manifest)).expect("a bundle")
    }
}

/// A referrer of `image` with one bundle.
fn referrer(image: &Value, bundle: &Value, states: &str) -> Value {
    json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": BUNDLE,
        "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": EMPTY, "size": 2 },
        "layers": [bundle],
        "subject": image,
        "annotations": { "dev.sigstore.bundle.predicateType": states },
    })
}

#[test]
fn an_archive_that_is_no_export_is_refused() {
    let here = here();
    let mut c = carried(&here);
    let image = c.image();
    let layer = {
        let index = c.good.json(&image);
        let child = index["manifests"][0]["digest"]
            .as_str()
            .expect("a child")
            .to_owned();
        let child = c.good.json(&child);
        child["layers"][0]["digest"]
            .as_str()
            .expect("a layer")
            .to_owned()
    };
    c.refused("An altered layer", 5, |a| a.damage(&layer));
    c.refused("A layer that is missing", 5, |a| a.remove(&layer));
    c.refused("An altered manifest", 5, |a| a.damage(&image));
    c.refused("More than belongs to it", 5, |a| {
        a.put("x", b"smuggled");
    });
    for (what, name, kind) in [
        ("A path that leads out", "../../evil", b'0'),
        ("A path from the root", "/etc/cron.d/evil", b'0'),
        ("A symbolic link", "blobs/link", b'2'),
        ("A hard link", "blobs/hard", b'1'),
        ("A device", "blobs/null", b'3'),
        ("A file more", "README", b'0'),
        ("The index once more", "index.json", b'0'),
    ] {
        c.refused(what, 5, |a| *a = a.with(name, kind, b""));
    }
    c.refused("A blob twice", 5, |a| {
        let name = format!("blobs/sha256/{}", &layer["sha256:".len()..]);
        *a = a.with(&name, b'0', b"other");
    });
    c.refused("A layer that is a link", 5, |a| {
        a.remove(&layer);
        let name = format!("blobs/sha256/{}", &layer["sha256:".len()..]);
        *a = a.with(&name, b'2', b"");
    });
    c.good.write(&c.path);
    let whole = std::fs::read(&c.path).expect("an archive");
    std::fs::write(&c.path, &whole[..whole.len() / 2]).expect("written");
    c.refused_as_it_is("Cut off", 5);
    std::fs::write(&c.path, b"\x1f\x8b\x08 something that is compressed").expect("written");
    c.refused_as_it_is("Compressed", 5);
    c.refused("Images without a release", 1, |a| {
        a.change_index(|entries| {
            entries.retain(|e| {
                e["annotations"]["org.opencontainers.image.ref.name"] != "liftlock.release"
            });
        });
    });
    c.t.end("bundle_archives");
}

#[test]
fn a_release_that_the_ledger_does_not_know_is_refused() {
    let here = here();
    let mut c = carried(&here);
    let artifact = c.good.tagged("liftlock.release");
    let rewritten = |c: &Carried, change: &dyn Fn(&mut Value)| {
        let (artifact, change) = (
            artifact.clone(),
            c.good.json(&artifact)["layers"][0]["digest"]
                .as_str()
                .map(|digest| {
                    let mut document = c.good.json(digest);
                    change(&mut document);
                    (digest.to_owned(), document)
                })
                .expect("a document"),
        );
        move |a: &mut ArchiveFile| {
            let (old, document) = change;
            let layer = a.put_json("application/vnd.liftlock.release.v1+json", &document);
            let mut manifest = a.json(&artifact);
            manifest["layers"][0] = layer;
            a.replace(&artifact, &manifest);
            a.remove(&old);
        }
    };
    let change = rewritten(&c, &|d| d["release"] = json!("r2"));
    c.refused("Another name", 5, change);
    let change = rewritten(&c, &|d| d["pipeline"] = json!("other"));
    c.refused("Another pipeline", 5, change);
    let change = rewritten(&c, &|d| d["about"]["author"] = json!("eve"));
    c.refused("Another author", 5, change);
    let change = rewritten(&c, &|d| d["version"] = json!(2));
    c.refused("A newer document", 1, change);
    let change = rewritten(&c, &|d| d["more"] = json!(true));
    c.refused("A document with more in it", 5, change);
    let other = c.good.json(&c.image())["manifests"][0]["digest"].clone();
    let change = rewritten(&c, &|d| d["images"]["app"]["digest"] = other.clone());
    c.refused("Another digest", 5, change);
    let proof = {
        let layers = c.good.json(&artifact)["layers"].clone();
        let layers = layers.as_array().expect("layers").clone();
        layers
            .into_iter()
            .find(|l| l["mediaType"] == "application/vnd.liftlock.tlog-proof.v1")
            .expect("a proof")
    };
    let old = proof["digest"].as_str().expect("a digest").to_owned();
    let text = String::from_utf8(c.good.blob(&old).to_vec()).expect("a proof");
    let with_proof = |text: String| {
        let (artifact, old) = (artifact.clone(), old.clone());
        move |a: &mut ArchiveFile| {
            let layer = a.put("application/vnd.liftlock.tlog-proof.v1", text.as_bytes());
            let mut manifest = a.json(&artifact);
            for place in manifest["layers"].as_array_mut().expect("layers") {
                if place["digest"] == old.as_str() {
                    *place = layer.clone();
                }
            }
            a.replace(&artifact, &manifest);
            a.remove(&old);
        }
    };
    let change = with_proof(text.replacen("\nindex ", "\nindex 1", 1));
    c.refused("A proof of another place", 5, change);
    let change = with_proof("c2sp.org/tlog-proof@v1\n".to_owned());
    c.refused("No proof at all", 5, change);
    // The release's own entry goes: nothing proves that there was such a release.
    let is_creation = |digest: &str| {
        let text = String::from_utf8_lossy(c.good.blob(digest)).into_owned();
        let entry = text.lines().nth(1).expect("an entry")["extra ".len()..].to_owned();
        let sample = base64_of("\"type\":\"release-created\"");
        sample.iter().any(|part| entry.contains(part.as_str()))
    };
    let gone: Vec<String> = {
        let layers = c.good.json(&artifact)["layers"].clone();
        let layers = layers.as_array().expect("layers").clone();
        layers
            .iter()
            .filter(|l| l["mediaType"] == "application/vnd.liftlock.tlog-proof.v1")
            .map(|l| l["digest"].as_str().expect("a digest").to_owned())
            .filter(|digest| is_creation(digest))
            .collect()
    };
    assert_eq!(gone.len(), 1);
    let artifact_digest = artifact.clone();
    c.refused("Nothing about its making", 5, move |a| {
        let mut manifest = a.json(&artifact_digest);
        let layers = manifest["layers"].as_array_mut().expect("layers");
        layers.retain(|l| !gone.contains(&l["digest"].as_str().expect("a digest").to_owned()));
        a.replace(&artifact_digest, &manifest);
        a.remove(&gone[0]);
    });
    c.t.end("bundle_ledgers");
}

/// What a text becomes in base64 wherever it stands, without its ends.
fn base64_of(text: &str) -> Vec<String> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let encode = |bytes: &[u8]| -> String {
        let chunks = bytes.chunks_exact(3);
        chunks
            .flat_map(|c| {
                let n = u32::from(c[0]) << 16 | u32::from(c[1]) << 8 | u32::from(c[2]);
                [18, 12, 6, 0].map(|shift| char::from(DIGITS[(n >> shift & 63) as usize]))
            })
            .collect()
    };
    (0..3).map(|at| encode(&text.as_bytes()[at..])).collect()
}

#[test]
fn what_is_signed_has_to_be_about_the_image_and_by_a_key_that_was_given() {
    let mut here = here();
    here.quietly(&[&["key", "generate", "other", "--out", "."][..], &PASS].concat());
    here.push("shop/api", "r2", "r2");
    here.quietly(&[
        "promote",
        &here.world.reference("shop/api", "r2"),
        "--to",
        "production",
    ]);
    here.quietly(&["bundle", "export", "r2", "r2.tar"]);
    let second = ArchiveFile::read(&here.world.folder().join("r2.tar"));
    let mut c = carried(&here);
    let (deployment, manifest) = c.bundle(DEPLOYMENT);
    let image = manifest["subject"].clone();
    let bundle = manifest["layers"][0]["digest"]
        .as_str()
        .expect("a bundle")
        .to_owned();
    c.refused("An altered bundle", 5, |a| {
        let mut altered = a.json(&bundle);
        let payload = altered["dsseEnvelope"]["payload"]
            .as_str()
            .expect("a payload");
        altered["dsseEnvelope"]["payload"] = json!(payload.replacen('A', "B", 1));
        let layer = a.put_json(BUNDLE, &altered);
        a.replace(&deployment, &referrer(&image, &layer, DEPLOYMENT));
        a.remove(&bundle);
    });
    c.refused("About another image", 5, |a| {
        let mut listed = second.listed().into_iter();
        let is = |m: &Value| m["annotations"]["dev.sigstore.bundle.predicateType"] == DEPLOYMENT;
        let (_, other) = listed.find(|(_, m)| is(m)).expect("a bundle");
        let other = other["layers"][0]["digest"]
            .as_str()
            .expect("a digest")
            .to_owned();
        let layer = a.put(BUNDLE, second.blob(&other));
        a.list(&referrer(&image, &layer, DEPLOYMENT));
    });
    c.refused("Listed as what it does not state", 5, |a| {
        let mut manifest = a.json(&deployment);
        let states = "https://slsa.dev/provenance/v1";
        manifest["annotations"]["dev.sigstore.bundle.predicateType"] = json!(states);
        a.replace(&deployment, &manifest);
    });
    c.refused("1001 attestations", 5, |a| {
        let hex = image["digest"].as_str().expect("a digest")["sha256:".len()..].to_owned();
        let tag = a.tagged(&format!("sha256-{hex}.att"));
        let mut manifest = a.json(&tag);
        let layers = manifest["layers"].as_array_mut().expect("layers");
        let layer = layers[0].clone();
        layers.resize(1001, layer);
        a.replace(&tag, &manifest);
    });
    c.t.end("bundle_statements");
    let mut c = carried(&here);
    only_with(
        &mut c,
        &here,
        "By another key alone",
        "other.key",
        DEPLOYMENT,
        r#"{}"#,
    );
    let approval = format!(
        r#"{{"resourceUri":"oci://r.example.com/shop?pipeline=shop&environment=production","release":"r1","releaseDigest":{{"sha256":"{0}"}},"promotion":"p1","policy":{{}},"gates":[],"approver":{{"identity":"user:ann","authenticated":false}},"approvedOn":"2026-01-31T09:00:00Z","expiresOn":"2026-02-01T09:00:00Z"}}"#,
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    );
    only_with(&mut c, &here, "Expired", "cosign.key", APPROVAL, &approval);
    let current = approval.replace(r#","expiresOn":"2026-02-01T09:00:00Z""#, "");
    let attested = attested_alone(&c, &here, "cosign.key", APPROVAL, &current);
    c.refused(
        "About a release of this name with other images",
        5,
        attested,
    );
    let attested = attested_alone(&c, &here, "cosign.key", APPROVAL, &approval);
    c.refused("Unsigned", 3, move |a| {
        attested(a);
        let listed = a.listed();
        let bundled = listed.iter().find(|(_, m)| m["artifactType"] == BUNDLE);
        let (digest, manifest) = bundled.expect("a bundle").clone();
        let old = manifest["layers"][0]["digest"]
            .as_str()
            .expect("a digest")
            .to_owned();
        let mut bundle = a.json(&old);
        bundle["dsseEnvelope"]["signatures"] = json!([]);
        bundle["verificationMaterial"]["publicKey"] = json!({ "rawBytes": "AAAA" });
        let layer = a.put_json(BUNDLE, &bundle);
        a.replace(&digest, &referrer(&manifest["subject"], &layer, APPROVAL));
        a.remove(&old);
    });
    c.t.end("bundle_trust");
}

/// Nothing is beside the image but this, by that key; and it does not count.
fn only_with(
    c: &mut Carried,
    here: &Scenario,
    what: &str,
    key: &str,
    states: &str,
    predicate: &str,
) {
    let change = attested_alone(c, here, key, states, predicate);
    c.refused(what, 3, change);
}

fn attested_alone(
    c: &Carried,
    here: &Scenario,
    key: &str,
    states: &str,
    predicate: &str,
) -> impl Fn(&mut ArchiveFile) + use<> {
    here.world.write("predicate.json", predicate);
    let folder = here.world.folder();
    let layout = folder.join("attested");
    let _ = std::fs::remove_dir_all(&layout);
    let image = here.world.reference("shop/api", "r1");
    here.quietly(&["image", "copy", &image, "oci:attested", "--no-referrers"]);
    let words = [
        "image",
        "attest",
        "oci:attested:r1",
        "--form",
        "referrer",
        "--key",
        key,
    ];
    let more = ["--type", states, "--predicate", "predicate.json"];
    let output = here
        .world
        .run(LIFTLOCK, &[&words[..], &more, &PASS].concat());
    assert_eq!(output.code, 0, "{output:?}");
    let index: Value =
        serde_json::from_slice(&std::fs::read(layout.join("index.json")).expect("an index"))
            .expect("JSON");
    let read = |digest: &str| {
        let name = format!("blobs/sha256/{}", &digest["sha256:".len()..]);
        std::fs::read(layout.join(name)).expect("a blob")
    };
    let entries = index["manifests"].as_array().expect("a list").clone();
    let mut manifests = entries.iter().map(|e| {
        let bytes = read(e["digest"].as_str().expect("a digest"));
        serde_json::from_slice::<Value>(&bytes).expect("JSON")
    });
    let manifest = manifests
        .find(|m| m["artifactType"] == BUNDLE)
        .expect("a bundle");
    let bundle = read(manifest["layers"][0]["digest"].as_str().expect("a digest"));
    let listed = c.good.listed();
    move |a: &mut ArchiveFile| {
        let mut gone = Vec::new();
        for (digest, manifest) in &listed {
            let is_bundle = manifest["artifactType"] == BUNDLE;
            let is_att =
                manifest["layers"][0]["mediaType"] == "application/vnd.dsse.envelope.v1+json";
            if is_bundle || is_att {
                gone.push(digest.clone());
                let parts = manifest["layers"].as_array().expect("layers").iter();
                gone.extend(parts.map(|l| l["digest"].as_str().expect("a digest").to_owned()));
                if is_att {
                    gone.push(
                        manifest["config"]["digest"]
                            .as_str()
                            .expect("a digest")
                            .to_owned(),
                    );
                }
            }
        }
        a.change_index(|entries| {
            entries.retain(|e| !gone.iter().any(|digest| e["digest"] == digest.as_str()));
        });
        gone.iter().for_each(|digest| a.remove(digest));
        let layer = a.put(BUNDLE, &bundle);
        let states = manifest["annotations"]["dev.sigstore.bundle.predicateType"]
            .as_str()
            .expect("a type");
        a.list(&referrer(&manifest["subject"], &layer, states));
    }
}
