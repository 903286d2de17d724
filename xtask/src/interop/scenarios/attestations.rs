//! What the product signs is verified by others, and what they sign by the product: the table in
//! `docs/attestations.md`, cell by cell.

use std::env;
use std::time::Duration;

use serde_json::Value;

use super::super::attestations::{Bench, Cosign, TYPE};
use super::super::place::Place;
use super::super::report::Report;
use super::super::samples::{Sample, TAG};
use super::super::world::World;
use crate::peers::crane;
use crate::peers::folder::write;
use crate::peers::in_toto::InToto;
use crate::peers::program::Program;
use crate::peers::registry::Registry;
use crate::peers::sigstore_js::SigstoreJs;
use crate::peers::trouble::Trouble;

const SUMMARY_TYPE: &str = "https://slsa.dev/verification_summary/v1";

/// As the product states it of an admitted release.
const SUMMARY: &str = r#"{
    "verifier": { "id": "https://liftlock.dev" },
    "timeVerified": "2026-01-31T09:00:00Z",
    "resourceUri": "oci://registry.example.com/shop?pipeline=shop&environment=production",
    "policy": { "digest": { "sha256": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" } },
    "inputAttestations": [
        { "uri": "liftlock:evidence/e1",
          "digest": { "sha256": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" } }
    ],
    "verificationResult": "PASSED",
    "verifiedLevels": ["SLSA_BUILD_LEVEL_UNEVALUATED"],
    "slsaVersion": "1.1"
}"#;

/// The forms, and which of [`Cosign::ALL`] accept each.
const TABLE: [(&str, [bool; 3]); 3] = [
    ("referrer", [false, true, true]),
    ("tag", [true, false, true]),
    ("both", [false, true, true]),
];

/// A test that is built anew takes its time on a small machine.
const TESTED_WITHIN: Duration = Duration::from_secs(1800);

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let bench = Bench::new(world, report)?;
    write(&bench.folder.join("summary.json"), SUMMARY)?;
    let sample = Sample::multi(&world.folder)?;
    let places = Place::all(world, "attested", report)?;
    for place in &places {
        let Some(registry) = place.registry() else {
            continue;
        };
        report.note(&format!("-- {}", place.name()));
        let at = At {
            bench: &bench,
            sample: &sample,
            place,
            registry,
        };
        at.cosign_reads(report)?;
        at.we_read(report)?;
        at.libraries_read(report)?;
        at.fifty_writers(report)?;
    }
    Ok(())
}

/// One registry.
struct At<'a> {
    bench: &'a Bench<'a>,
    sample: &'a Sample,
    place: &'a Place,
    registry: &'a Registry,
}

impl At<'_> {
    /// An image that nothing is said of yet.
    fn image(&self, name: &str) -> Result<String, Trouble> {
        let image = self.place.image(name, TAG);
        self.sample.push(&image)?;
        Ok(image)
    }

    fn pinned(&self, name: &str) -> String {
        format!("{}/{name}@{}", self.registry.host, self.sample.digest)
    }

    /// Each form, by a key of each tool, and each cosign.
    fn cosign_reads(&self, report: &mut Report<'_>) -> Result<(), Trouble> {
        for (form, accepted) in TABLE {
            for key in ["ours", "theirs"] {
                let image = self.image(&format!("{form}-{key}"))?;
                self.bench
                    .attest(&image, key, form, (TYPE, "predicate.json"))?;
                for (cosign, accepts) in Cosign::ALL.into_iter().zip(accepted) {
                    let outcome = self.bench.cosign_verifies(cosign, &image, key, TYPE)?;
                    let reads = if accepts { "reads" } else { "does not read" };
                    let what = format!("{} {reads} {image} with the key {key}", cosign.name());
                    let found = outcome.code == Some(0);
                    report.that(&what, found == accepts, accepts, outcome.said());
                }
            }
        }
        // A key or a type that is not the one.
        let image = self.place.image("both-ours", TAG);
        for cosign in [Cosign::TwoWithBundles, Cosign::Three] {
            for (key, kind) in [("theirs", TYPE), ("ours", SUMMARY_TYPE)] {
                let outcome = self.bench.cosign_verifies(cosign, &image, key, kind)?;
                let what = format!("{} refuses {kind} by {key}", cosign.name());
                report.that(&what, outcome.code != Some(0), "a refusal", outcome.said());
            }
        }
        Ok(())
    }

    /// What cosign signs with a key of each tool.
    fn we_read(&self, report: &mut Report<'_>) -> Result<(), Trouble> {
        for (cosign, name) in [(Cosign::Two, "by-cosign-2"), (Cosign::Three, "by-cosign-3")] {
            for key in ["ours", "theirs"] {
                let name = format!("{name}-{key}");
                let image = self.image(&name)?;
                self.bench.cosign_writes(cosign, &self.pinned(&name), key)?;
                let outcome = self.bench.found(&image, key)?;
                let found = document(&outcome.stdout);
                let all = found["result"]["attestations"].as_array().cloned();
                let all = all.unwrap_or_default();
                let good = all
                    .iter()
                    .filter(|one| one["signed_by"].is_string())
                    .count();
                let what = format!("signature and attestation of {} with {key}", cosign.name());
                report.equal(&what, (2, 2), (all.len(), good));
                let other = if key == "ours" { "theirs" } else { "ours" };
                let outcome = self.bench.found(&image, other)?;
                report.ended(&format!("not with {other}"), &outcome, 5, &["why_not"]);
            }
        }
        Ok(())
    }

    /// The bundle by Sigstore's verifier, the statements by in-toto's library.
    fn libraries_read(&self, report: &mut Report<'_>) -> Result<(), Trouble> {
        let image = self.image("libraries")?;
        self.bench
            .attest(&image, "ours", "referrer", (SUMMARY_TYPE, "summary.json"))?;
        let outcome = self.bench.found(&image, "ours")?;
        let found = &document(&outcome.stdout)["result"]["attestations"][0];
        let in_toto = InToto::get(&mut |text| report.note(text))?;
        let read = in_toto.read(&found["signed"].to_string())?;
        report.ended("in-toto's library reads the summary", &read, 0, &["valid"]);
        let Some(sigstore) = SigstoreJs::get(&mut |text| report.note(text))? else {
            report.skip("@sigstore/verify", "there is no npm on this machine");
            return Ok(());
        };
        let digest = found["digest"].as_str().unwrap_or_default();
        let blob = format!("{}/libraries@{digest}", self.registry.host);
        let path = self.bench.folder.join("bundle.json");
        write(&path, &crane::blob(&blob)?)?;
        for (key, code) in [("ours", 0), ("theirs", 1)] {
            let outcome = sigstore.verify(&path, &self.bench.folder.join(format!("{key}.pub")))?;
            report.ended(&format!("@sigstore/verify with {key}"), &outcome, code, &[]);
        }
        Ok(())
    }

    /// Fifty at the same time, none lost: a test of the product that takes this registry.
    fn fifty_writers(&self, report: &mut Report<'_>) -> Result<(), Trouble> {
        let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let words = "test --locked --quiet --package liftlock-registry --test attestations -- \
            --ignored --exact fifty_at_the_same_time_at_a_registry_that_is_given";
        let outcome = Program::new(&cargo, words.split_whitespace())
            .env("LIFTLOCK_TEST_REGISTRY", &self.registry.host)
            .within(TESTED_WITHIN)
            .run()?;
        report.ended(
            "fifty at the same time lose none",
            &outcome,
            0,
            &["1 passed"],
        );
        Ok(())
    }
}

fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}
