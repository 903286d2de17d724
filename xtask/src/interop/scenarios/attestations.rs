//! What the product signs is verified by others, and what they sign by the product: the table in
//! `docs/attestations.md`, cell by cell.

use std::env;
use std::thread::{self, ScopedJoinHandle};
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

/// What nothing states.
const OTHER_TYPE: &str = "https://example.com/other/v1";

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
    let bench = Bench::new(world, "attestations", report)?;
    write(&bench.folder.join("summary.json"), SUMMARY)?;
    let sample = Sample::multi(&world.folder)?;
    let in_toto = InToto::get(&mut |text| report.note(text))?;
    let sigstore = SigstoreJs::get(&mut |text| report.note(text))?;
    if sigstore.is_none() {
        report.skip("@sigstore/verify", "there is no npm on this machine");
    }
    let places = Place::all(world, "attested", report)?;
    for place in &places {
        let Some(registry) = place.registry() else {
            continue;
        };
        report.note(&format!("-- {}", place.name()));
        let at = At {
            bench: &bench,
            in_toto: &in_toto,
            sigstore: sigstore.as_ref(),
            sample: &sample,
            place,
            registry,
        };
        at.cosign_reads(report)?;
        at.we_read(report)?;
        at.side_by_side(report)?;
        at.fifty_tasks(report)?;
        at.fifty_processes(report)?;
    }
    Ok(())
}

/// One registry.
struct At<'a> {
    bench: &'a Bench<'a>,
    in_toto: &'a InToto,
    sigstore: Option<&'a SigstoreJs>,
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
                let name = format!("{form}-{key}");
                let image = self.image(&name)?;
                self.bench
                    .attest(&image, key, form, (TYPE, "predicate.json"))?;
                for (cosign, accepts) in Cosign::ALL.into_iter().zip(accepted) {
                    let outcome = self.bench.cosign_verifies(cosign, &image, key, TYPE)?;
                    let reads = if accepts { "reads" } else { "does not read" };
                    let what = format!("{} {reads} {image} with the key {key}", cosign.name());
                    let found = outcome.code == Some(0);
                    report.that(&what, found == accepts, accepts, outcome.said());
                }
                self.libraries_read(report, (&name, key, form))?;
            }
        }
        // A key or a type that is not the one.
        let image = self.place.image("both-ours", TAG);
        for cosign in [Cosign::TwoWithBundles, Cosign::Three] {
            for (key, kind) in [("theirs", TYPE), ("ours", OTHER_TYPE)] {
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

    /// Cosign adds to the tag that the product wrote, and the other way round.
    fn side_by_side(&self, report: &mut Report<'_>) -> Result<(), Trouble> {
        let image = self.image("side-by-side")?;
        let ours = [
            (SUMMARY_TYPE, "summary.json"),
            (OTHER_TYPE, "predicate.json"),
        ];
        self.bench.attest(&image, "ours", "tag", ours[0])?;
        let pinned = self.pinned("side-by-side");
        self.bench.cosign_writes(Cosign::Two, &pinned, "ours")?;
        self.bench.attest(&image, "ours", "tag", ours[1])?;
        for kind in [SUMMARY_TYPE, TYPE, OTHER_TYPE] {
            let outcome = self
                .bench
                .cosign_verifies(Cosign::Two, &image, "ours", kind)?;
            report.ended(
                &format!("cosign 2 reads {kind} beside others"),
                &outcome,
                0,
                &[],
            );
        }
        let outcome = self.bench.found(&image, "ours")?;
        let found = document(&outcome.stdout);
        let found = found["result"]["attestations"].as_array().cloned();
        let good = found.unwrap_or_default();
        let good = good
            .iter()
            .filter(|one| one["signed_by"].is_string())
            .count();
        // Three attestations, and a signature.
        report.equal("liftlock reads what both wrote", 4, good);
        Ok(())
    }

    /// What is beside an image in one form, by the product itself, and its statement and bundle by
    /// others' libraries.
    fn libraries_read(
        &self,
        report: &mut Report<'_>,
        (name, key, form): (&str, &str, &str),
    ) -> Result<(), Trouble> {
        let image = self.place.image(name, TAG);
        let summary = (SUMMARY_TYPE, "summary.json");
        self.bench.attest(&image, key, form, summary)?;
        let outcome = self.bench.found(&image, key)?;
        let found = document(&outcome.stdout);
        let found = found["result"]["attestations"].as_array().cloned();
        let found = found.unwrap_or_default();
        let good = found.iter().filter(|one| one["signed_by"].is_string());
        // Two statements, in one form or in two.
        let expected = if form == "both" { 4 } else { 2 };
        let what = format!("liftlock reads {image} with the key {key}");
        report.equal(&what, (expected, expected), (found.len(), good.count()));
        for one in found {
            let said = self.in_toto.read(&one["signed"].to_string())?;
            let states = one["states"].as_str().unwrap_or_default();
            report.ended(
                &format!("in-toto's library reads {states}"),
                &said,
                0,
                &["valid"],
            );
            if one["beside"] == "referrer" {
                self.sigstore_reads(report, name, key, one["digest"].as_str())?;
            }
        }
        Ok(())
    }

    fn sigstore_reads(
        &self,
        report: &mut Report<'_>,
        name: &str,
        key: &str,
        bundle: Option<&str>,
    ) -> Result<(), Trouble> {
        let Some(sigstore) = self.sigstore else {
            return Ok(());
        };
        let digest = bundle.unwrap_or_default();
        let bundle = crane::blob(&format!("{}/{name}@{digest}", self.registry.host))?;
        let path = self.bench.folder.join("bundle.json");
        write(&path, &bundle)?;
        let other = if key == "ours" { "theirs" } else { "ours" };
        for (key, code) in [(key, 0), (other, 1)] {
            let key_file = self.bench.folder.join(format!("{key}.pub"));
            let outcome = sigstore.verify(&path, &key_file)?;
            report.ended(
                &format!("@sigstore/verify with {key}: {code}"),
                &outcome,
                code,
                &[],
            );
        }
        Ok(())
    }

    /// Fifty at the same time, none lost: a test of the product that takes this registry.
    fn fifty_tasks(&self, report: &mut Report<'_>) -> Result<(), Trouble> {
        let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let words = "test --locked --quiet --package liftlock-registry --test attestations -- \
            --ignored --exact fifty_at_the_same_time_at_a_registry_that_is_given";
        let outcome = Program::new(&cargo, words.split_whitespace())
            .env("LIFTLOCK_TEST_REGISTRY", &self.registry.host)
            .within(TESTED_WITHIN)
            .run()?;
        report.ended(
            "fifty tasks at the same time lose none",
            &outcome,
            0,
            &["1 passed"],
        );
        Ok(())
    }
}

impl At<'_> {
    /// Fifty processes, as jobs of one runner are.
    fn fifty_processes(&self, report: &mut Report<'_>) -> Result<(), Trouble> {
        let image = self.image("fifty-processes")?;
        let write_predicate = |n: u32| {
            let name = format!("predicate-{n}.json");
            write(&self.bench.folder.join(&name), format!("{{\"n\":{n}}}")).map(|()| name)
        };
        let predicates = (0..50).map(write_predicate);
        let predicates = predicates.collect::<Result<Vec<String>, _>>()?;
        let attest = |predicate: &String| {
            let stated = (TYPE, predicate.as_str());
            self.bench.attest(&image, "ours", "both", stated)
        };
        let failed = thread::scope(|scope| {
            let running: Vec<_> = predicates
                .iter()
                .map(|predicate| scope.spawn(move || attest(predicate)))
                .collect();
            let ended = running.into_iter().map(ScopedJoinHandle::join);
            ended.filter(|end| !matches!(end, Ok(Ok(())))).count()
        });
        let outcome = self.bench.found(&image, "ours")?;
        let found = document(&outcome.stdout);
        let found = found["result"]["attestations"]
            .as_array()
            .map_or(0, Vec::len);
        report.equal(
            "fifty processes at the same time lose none",
            (0, 100),
            (failed, found),
        );
        Ok(())
    }
}

fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}
