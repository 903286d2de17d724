//! What cosign said about an image is still true where it was copied to.

use super::super::cosign::{By, Cosign};
use super::super::place::Place;
use super::super::report::Report;
use super::super::samples::{Sample, TAG};
use super::super::world::World;
use crate::peers::registry::Registry;
use crate::peers::skopeo;
use crate::peers::trouble::Trouble;

/// An image that is signed in one of several places.
struct Signed<'a> {
    world: &'a World,
    cosign: &'a Cosign,
    sample: &'a Sample,
    by: By,
    /// Its repository.
    name: &'static str,
    /// Where it was signed.
    origin: &'a Place,
}

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let cosign = Cosign::new(world, report)?;
    let places = Place::all(world, "signed", report)?;
    let sample = Sample::multi(&world.folder)?;
    for (by, name) in [(By::Tag, "signed"), (By::Referrer, "referred")] {
        for origin in &places {
            let Some(registry) = origin.registry() else {
                continue;
            };
            let signed = Signed {
                world,
                cosign: &cosign,
                sample: &sample,
                by,
                name,
                origin,
            };
            signed.sign(registry)?;
            let source = origin.image(name, TAG);
            signed.brought(report, &source, "", &places)?;
            for over in places.iter().filter(|place| place.registry().is_none()) {
                let kept = over.image(&format!("{name}-{}", origin.name()), TAG);
                signed.copied(report, &source, &kept)?;
                let route = format!("-over-{}", over.name());
                signed.brought(report, &kept, &route, &places)?;
            }
        }
    }
    Ok(())
}

impl Signed<'_> {
    fn sign(&self, registry: &Registry) -> Result<(), Trouble> {
        self.sample.push(&self.origin.image(self.name, TAG))?;
        let pinned = format!("{}/{}@{}", registry.host, self.name, self.sample.digest);
        self.cosign.sign(&pinned, self.by)?;
        match self.by {
            By::Tag => self.cosign.attest(&pinned),
            By::Referrer => Ok(()),
        }
    }

    fn copied(&self, report: &mut Report<'_>, from: &str, to: &str) -> Result<(), Trouble> {
        let outcome = self.world.liftlock(&["image", "copy", from, to])?.run()?;
        report.ended(
            &format!("{from} -> {to}"),
            &outcome,
            0,
            &[&self.sample.digest],
        );
        Ok(())
    }

    /// Copies it to every registry but where it is from, and asks cosign there.
    fn brought(
        &self,
        report: &mut Report<'_>,
        from: &str,
        route: &str,
        places: &[Place],
    ) -> Result<(), Trouble> {
        let origin = self.origin.name();
        let name = format!("{}-from-{origin}{route}", self.name);
        report.note(&format!("-- {name}"));
        for to in places.iter().filter(|to| to.name() != origin) {
            let Some(registry) = to.registry() else {
                continue;
            };
            let target = to.image(&name, "copy");
            self.copied(report, from, &target)?;
            self.verified(report, &target, &self.sample.digest)?;
            for platform in &self.sample.platforms {
                let pinned = format!("{}/{name}@{platform}", registry.host);
                self.verified(report, &pinned, platform)?;
            }
            if self.by == By::Tag {
                self.attested(report, to, &name)?;
            }
        }
        Ok(())
    }

    fn verified(&self, report: &mut Report<'_>, image: &str, digest: &str) -> Result<(), Trouble> {
        let outcome = self.cosign.verify(image, self.by)?;
        report.ended(&format!("cosign verify {image}"), &outcome, 0, &[digest]);
        Ok(())
    }

    /// The attestation can be verified, and the list of parts is the same.
    fn attested(&self, report: &mut Report<'_>, to: &Place, name: &str) -> Result<(), Trouble> {
        let image = to.image(name, "copy");
        let outcome = self.cosign.verify_attestation(&image)?;
        report.ended(
            &format!("cosign verify-attestation {image}"),
            &outcome,
            0,
            &[],
        );
        let tag = self.sample.digest.replace(':', "-") + ".sbom";
        let expected = skopeo::digest_of(&self.origin.to_skopeo(self.name, &tag))?;
        let found = skopeo::digest_of(&to.to_skopeo(name, &tag))?;
        report.equal(&format!("{tag} came along"), expected, found);
        Ok(())
    }
}
