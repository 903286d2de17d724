//! What cosign signed opens a promotion's gates, and what the promotion signs is read by cosign.

use std::fs;

use super::super::attestations::{Bench, Cosign, TYPE};
use super::super::place::Place;
use super::super::report::Report;
use super::super::samples::{Sample, TAG};
use super::super::world::World;
use crate::peers::folder::write;
use crate::peers::program::Outcome;
use crate::peers::trouble::Trouble;

const SUMMARY_TYPE: &str = "https://slsa.dev/verification_summary/v1";
const DEPLOYMENT_TYPE: &str = "https://liftlock.dev/attestation/deployment/v1";

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let bench = Bench::new(world, "admissions", report)?;
    let sample = Sample::multi(&world.folder)?;
    for place in &Place::all(world, "admitted", report)? {
        let Some(registry) = place.registry() else {
            continue;
        };
        report.note(&format!("-- {}", place.name()));
        for (cosign, name) in [(Cosign::Two, "by-two"), (Cosign::Three, "by-three")] {
            let image = place.image(name, TAG);
            sample.push(&image)?;
            let pinned = format!("{}/{name}@{}", registry.host, sample.digest);
            let folder = format!("{}-{name}", registry.host.replace(':', "-"));
            let admission = Admission {
                bench: &bench,
                folder: &folder,
                image: &image,
            };
            admission.prepare(&format!("{}/{name}", registry.host))?;
            admission.waits(report)?;
            bench.cosign_writes(cosign, &pinned, "theirs")?;
            admission.enters(cosign, report)?;
        }
    }
    Ok(())
}

/// One image's way in.
struct Admission<'a> {
    bench: &'a Bench<'a>,
    folder: &'a str,
    image: &'a str,
}

impl Admission<'_> {
    /// A pipeline that wants the image signed and attested by one key, and signs with the other.
    fn prepare(&self, repository: &str) -> Result<(), Trouble> {
        let file = format!(
            "version: 1
pipeline: shop
identity: claimed
image: {repository}
keys: {{ theirs: theirs.pub, ours: ours.pub }}
environments:
  production:
    tags: [production]
    sign: ours
    gates:
      signed: {{ signature: image, key: theirs }}
      tested: {{ signature: \"{TYPE}\", key: theirs, where: {{ /tested: true }} }}
    checks:
      smoke: {{ command: [\"true\"] }}
"
        );
        write(&self.bench.folder.join(self.file()), file)?;
        let ours = self.bench.folder.join("ours.key");
        let key = fs::read_to_string(&ours).map_err(Trouble::file(&ours))?;
        let keys = self.bench.folder.join(self.folder).join("keys");
        fs::create_dir_all(&keys).map_err(Trouble::file(&keys))?;
        write(&keys.join("ours.key"), key)
    }

    fn file(&self) -> String {
        format!("{}.yaml", self.folder)
    }

    fn types(&self, words: &[&str]) -> Result<Outcome, Trouble> {
        let (file, state) = (self.file(), format!("{}/state.db", self.folder));
        let place = ["--file", &file, "--state", &state];
        self.bench.liftlock(&[&place[..], words].concat())?.run()
    }

    fn waits(&self, report: &mut Report<'_>) -> Result<(), Trouble> {
        let outcome = self.types(&["promote", self.image, "--to", "production"])?;
        let waits = ["no signature by theirs yet", "no attestation"];
        report.ended("unsigned, it waits", &outcome, 4, &waits);
        Ok(())
    }

    fn enters(&self, cosign: Cosign, report: &mut Report<'_>) -> Result<(), Trouble> {
        let outcome = self.types(&["promote", self.image, "--to", "production"])?;
        let what = format!("signed by {}, it enters", cosign.name());
        report.ended(&what, &outcome, 0, &["is in production"]);
        for kind in [SUMMARY_TYPE, DEPLOYMENT_TYPE] {
            for cosign in [Cosign::TwoWithBundles, Cosign::Three] {
                let read = self
                    .bench
                    .cosign_verifies(cosign, self.image, "ours", kind)?;
                let what = format!("{} reads {kind}", cosign.name());
                report.ended(&what, &read, 0, &[]);
            }
        }
        let verify = [
            "verify",
            self.image,
            "--environment",
            "production",
            "--key",
            "ours.pub",
        ];
        let outcome = self.bench.liftlock(&verify)?.run()?;
        report.ended(
            "and verified without state",
            &outcome,
            0,
            &["verified in production"],
        );
        let outcome = self.types(&["log", "verify"])?;
        report.ended("the record replays", &outcome, 0, &["decided again"]);
        self.is_audited(cosign, report)
    }

    /// What cosign signed is verified once more from the export alone, and found where it is
    /// altered there.
    fn is_audited(&self, cosign: Cosign, report: &mut Report<'_>) -> Result<(), Trouble> {
        let export = format!("{}-export", self.folder);
        let outcome = self.types(&["log", "export", &export])?;
        report.ended("it is exported", &outcome, 0, &["2 reports"]);
        let audit = ["log", "verify", export.as_str()];
        let outcome = self.bench.liftlock(&audit)?.run()?;
        let what = format!("{}: verified again, offline", cosign.name());
        let again = "2 attestations verified again, and as recorded";
        report.ended(&what, &outcome, 0, &[again]);
        let blobs = self.bench.folder.join(&export).join("blobs/sha256");
        let files = fs::read_dir(&blobs).map_err(Trouble::file(&blobs))?;
        for path in files.filter_map(|file| Some(file.ok()?.path())) {
            let kept = fs::read(&path).map_err(Trouble::file(&path))?;
            let mut altered = kept.clone();
            if let Some(byte) = altered.get_mut(kept.len() / 2) {
                *byte ^= 1;
            }
            write(&path, altered)?;
            let outcome = self.bench.liftlock(&audit)?.run()?;
            let what = format!("{}: an altered copy is found", cosign.name());
            report.ended(&what, &outcome, 5, &["are not what was recorded"]);
            write(&path, kept)?;
        }
        Ok(())
    }
}
