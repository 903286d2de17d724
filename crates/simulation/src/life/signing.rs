//! What is signed beside images, and what is said of findings.

use liftlock_core::{ReleaseContent, ReleaseName};

use super::Life;
use crate::generate;
use crate::process::Act;

impl Life {
    pub(super) fn content(&self, release: &ReleaseName) -> Option<ReleaseContent> {
        self.world.with(|world| {
            let made = world.judge.book.releases.get(release);
            made.map(|made| made.content.clone())
        })
    }

    /// A build signs all that any gate may want.
    pub(super) fn sign_well(&mut self, release: &ReleaseName) {
        self.sign_as(release, true);
    }

    /// As it has to be, or nearly so.
    pub(super) fn sign_as(&mut self, release: &ReleaseName, well: bool) {
        let Some((policy, content)) = self.policy().zip(self.content(release)) else {
            return;
        };
        let signed = match well {
            true => generate::signed_well(&mut self.random, &policy, &content),
            false => generate::signed_nearly_well(&mut self.random, &policy, &content),
        };
        self.world.with(|world| {
            world.tell(|| format!("{release} is signed, well: {well}"));
            for (place, one) in signed {
                world.hub.sign(&place, one);
            }
        });
    }

    /// Someone signs something.
    pub(super) fn sign(&mut self) {
        let content = self
            .somewhere()
            .and_then(|(release, _)| self.content(&release));
        let Some(content) = content else { return };
        let signed = generate::signed_by_anyone(&mut self.random, &content);
        self.world.with(|world| {
            for (place, one) in signed {
                world.tell(|| {
                    let (key, what) = (one.found.key.short(), &one.found.predicate);
                    format!("{what} is signed by {key} beside {place}")
                });
                world.hub.sign(&place, one);
            }
            world.statistics.count("nature: something is signed");
        });
    }

    /// The key to sign with cannot be used, or again.
    pub(super) fn lose_key(&mut self) {
        let lost = self.random.chance(500);
        self.world.with(|world| {
            world.hub.keyless = lost;
            world.tell(|| format!("the key cannot be used: {lost}"));
        });
    }

    /// Someone says that findings are harmless, or are not.
    pub(super) fn state_harmless(&mut self) {
        let content = self
            .somewhere()
            .and_then(|(release, _)| self.content(&release));
        let Some(content) = content else { return };
        let stated = generate::statements(&mut self.random, &content);
        let by = if self.random.chance(700) {
            generate::crew().swap_remove(2)
        } else {
            self.anyone()
        };
        let act = stated.map(|new| (by, Act::Submit(Box::new(new))));
        self.start(act.into_iter().collect());
    }
}
