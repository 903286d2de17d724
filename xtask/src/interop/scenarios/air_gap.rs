//! A release in one archive: written beside one registry, read by stock tools, and brought in beside
//! another, where what was signed lets it in.

use std::fs;

use super::super::attestations::{Bench, Cosign};
use super::super::report::Report;
use super::super::samples::{Sample, TAG};
use super::super::world::World;
use crate::peers::crane;
use crate::peers::folder::write;
use crate::peers::program::{Outcome, Program};
use crate::peers::registry::Registry;
use crate::peers::skopeo;
use crate::peers::software::{Access, Software};
use crate::peers::trouble::Trouble;

const DEPLOYMENT_TYPE: &str = "https://liftlock.dev/attestation/deployment/v1";

/// The archive, in the folder with the keys.
const ARCHIVE: &str = "carried.tar";

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let bench = Bench::new(world, "air-gap", report)?;
    let sample = Sample::multi(&world.folder)?;
    let here = Site {
        bench: &bench,
        name: "here",
        repository: format!("{}/carried", world.registry.host),
    };
    here.promotes_and_exports(&sample, report)?;
    read(&bench, world, &sample, report)?;
    let software = Software::zot().unwrap_or(Software::Embedded(world.liftlock.clone()));
    report.note(&format!("-- the other site has {}", software.name()));
    let registry = Registry::start(&world.folder, "air-gap-there", &software, Access::Everybody)?;
    let there = Site {
        bench: &bench,
        name: "there",
        repository: format!("{}/island", registry.host),
    };
    there.imports(&here, &sample, report)
}

/// Stock tools find the images in the archive.
fn read(
    bench: &Bench<'_>,
    world: &World,
    sample: &Sample,
    report: &mut Report<'_>,
) -> Result<(), Trouble> {
    let path = bench.folder.join(ARCHIVE);
    let image = format!("oci-archive:{}:app", path.display());
    let found = skopeo::digest_of(&image)?;
    report.equal(
        "skopeo inspects the image in the archive",
        sample.digest.clone(),
        found,
    );
    let copied = bench.folder.join("by-skopeo");
    skopeo::copy(&image, &format!("dir:{}", copied.display()))?;
    report.that(
        "skopeo copies it, with every byte",
        copied.exists(),
        "a folder".to_owned(),
        "none".to_owned(),
    );
    let layout = bench.folder.join("unpacked");
    fs::create_dir_all(&layout).map_err(Trouble::file(&layout))?;
    let words = [
        "-xf",
        &path.display().to_string(),
        "-C",
        &layout.display().to_string(),
    ];
    Program::new("tar", words).must()?;
    let all = format!("{}/by-crane:all", world.registry.host);
    crane::push_all(&layout, &all)?;
    let found = skopeo::digest(&format!(
        "{}/by-crane@{}",
        world.registry.host, sample.digest
    ))?;
    report.equal(
        "crane pushes the layout as it is",
        sample.digest.clone(),
        found,
    );
    Ok(())
}

/// A pipeline with a state of its own.
struct Site<'a> {
    bench: &'a Bench<'a>,
    name: &'a str,
    repository: String,
}

impl Site<'_> {
    fn types(&self, words: &[&str]) -> Result<Outcome, Trouble> {
        let (file, state) = (
            format!("{}.yaml", self.name),
            format!("{}/state.db", self.name),
        );
        let place = ["--file", &file, "--state", &state];
        self.bench.liftlock(&[&place[..], words].concat())?.run()
    }

    fn write(&self, environments: &str) -> Result<(), Trouble> {
        let Self {
            name, repository, ..
        } = self;
        let file = format!(
            "version: 1\npipeline: {name}\nidentity: claimed\nimage: {repository}\n\
             keys: {{ theirs: theirs.pub, ours: ours.pub }}\nenvironments:\n{environments}"
        );
        write(&self.bench.folder.join(format!("{name}.yaml")), file)
    }

    /// What cosign signed goes to production, which signs in turn, and into an archive.
    fn promotes_and_exports(
        &self,
        sample: &Sample,
        report: &mut Report<'_>,
    ) -> Result<(), Trouble> {
        self.write(
            "  production:
    tags: [production]
    sign: ours
    gates:
      signed: { signature: image, key: theirs }
    checks:
      smoke: { command: [\"true\"] }
",
        )?;
        let ours = self.bench.folder.join("ours.key");
        let key = fs::read_to_string(&ours).map_err(Trouble::file(&ours))?;
        let keys = self.bench.folder.join(self.name).join("keys");
        fs::create_dir_all(&keys).map_err(Trouble::file(&keys))?;
        write(&keys.join("ours.key"), key)?;
        let image = format!("{}:{TAG}", self.repository);
        sample.push(&image)?;
        let pinned = format!("{}@{}", self.repository, sample.digest);
        self.bench.cosign_writes(Cosign::Two, &pinned, "theirs")?;
        let promoted = self.types(&["promote", &image, "--to", "production"])?;
        report.ended(
            "what cosign signed is promoted",
            &promoted,
            0,
            &["is in production"],
        );
        let exported = self.types(&["bundle", "export", TAG, ARCHIVE])?;
        report.ended("and exported", &exported, 0, &["wrote", "proven as of"]);
        Ok(())
    }

    /// The other site gets the keys by another way, and lets in what they signed.
    fn imports(
        &self,
        from: &Site<'_>,
        sample: &Sample,
        report: &mut Report<'_>,
    ) -> Result<(), Trouble> {
        self.write(&format!(
            "  live:
    tags: [live]
    gates:
      signed: {{ signature: image, key: theirs }}
      verified: {{ signature: \"{DEPLOYMENT_TYPE}\", key: ours }}
"
        ))?;
        let key = from.types(&["log", "key"])?;
        report.ended("the log has a key", &key, 0, &[]);
        write(&self.bench.folder.join("log-key.txt"), key.stdout.clone())?;
        let import = [
            "bundle",
            "import",
            ARCHIVE,
            "--log-key",
            "log-key.txt",
            "--key",
            "ours.pub",
            "--key",
            "theirs.pub",
        ];
        let imported = self.types(&import)?;
        let said = ["proven by its key", "nothing else is in it", "created"];
        report.ended("the archive is checked and brought in", &imported, 0, &said);
        let again = self.types(&import)?;
        report.ended(
            "once more changes nothing",
            &again,
            0,
            &["exists with these digests"],
        );
        let pinned = format!("{}@{}", self.repository, sample.digest);
        let signed = self.bench.cosign_verifies_image(&pinned, "theirs")?;
        report.ended(
            "cosign 3 verifies cosign 2's signature there",
            &signed,
            0,
            &[],
        );
        for cosign in [Cosign::TwoWithBundles, Cosign::Three] {
            let read = self
                .bench
                .cosign_verifies(cosign, &pinned, "ours", DEPLOYMENT_TYPE)?;
            let what = format!("{} verifies the deployment statement there", cosign.name());
            report.ended(&what, &read, 0, &[]);
        }
        let verify = [
            "verify",
            &pinned,
            "--environment",
            "production",
            "--key",
            "ours.pub",
        ];
        let verified = self.bench.liftlock(&verify)?.run()?;
        report.ended("and so do we", &verified, 0, &["verified in production"]);
        let promoted = self.types(&["promote", TAG, "--to", "live"])?;
        report.ended("what was signed lets it in", &promoted, 0, &["is in live"]);
        let replayed = self.types(&["log", "verify"])?;
        report.ended("the record there replays", &replayed, 0, &["decided again"]);
        Ok(())
    }
}
