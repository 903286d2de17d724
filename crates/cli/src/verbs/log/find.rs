//! Where in the log a promotion's entry is.

use std::collections::BTreeSet;

use liftlock_core::{Entry, EnvironmentName, Event, PipelineName, PromotionId, ReleaseName};
use liftlock_store::{DatabaseStore, ENTRIES_PAGE_MAX};
use liftlock_verbs::Failure;

/// What is looked for: one promotion, or the last of a release to an environment.
pub(super) struct Sought {
    pub(super) pipeline: PipelineName,
    pub(super) promotion: Option<PromotionId>,
    pub(super) release: Option<(ReleaseName, EnvironmentName)>,
    pub(super) end: bool,
}

/// Reads a pipeline's entries in order, for the last that is sought.
pub(super) struct Finding<'s> {
    sought: &'s Sought,
    wanted: BTreeSet<PromotionId>,
    found: Option<u64>,
}

/// The place of the last entry of a state that is sought.
pub(super) async fn entry(store: &DatabaseStore, sought: &Sought) -> Result<u64, Failure> {
    let (mut finding, mut next) = (Finding::of(sought), 0);
    loop {
        let page = store.entries(next, ENTRIES_PAGE_MAX).await?;
        let Some(last) = page.last() else { break };
        next = last.seq + 1;
        let own = page
            .iter()
            .filter(|entry| entry.stream == sought.pipeline.as_str());
        for kept in own {
            finding.take(kept.seq, &kept.bytes)?;
        }
    }
    finding.finish()
}

impl<'s> Finding<'s> {
    /// Nothing read yet.
    pub(super) fn of(sought: &'s Sought) -> Self {
        Self {
            sought,
            wanted: sought.promotion.into_iter().collect(),
            found: None,
        }
    }

    /// The pipeline's next entry, which is at the place `seq`.
    pub(super) fn take(&mut self, seq: u64, bytes: &[u8]) -> Result<(), Failure> {
        let entry = Entry::read(bytes)
            .map_err(|error| Failure::failed("entry", format!("entry {seq}: {error}")))?;
        self.sought.follow(&entry.event, &mut self.wanted);
        if self.sought.is(&entry.event, &self.wanted) {
            self.found = Some(seq);
        }
        Ok(())
    }

    /// The place of the last that was sought.
    pub(super) fn finish(self) -> Result<u64, Failure> {
        let sought = self.sought;
        self.found.ok_or_else(|| {
            let what = match (&sought.promotion, &sought.release) {
                (Some(id), _) => format!("promotion {id}"),
                (_, Some((release, to))) => format!("promotion of {release} to {to}"),
                _ => "such entry".to_owned(),
            };
            let did = if sought.end { "ended" } else { "was committed" };
            Failure::usage(format!("no {what} {did}"))
                .hint("`liftlock history` lists the promotions there were")
        })
    }
}

impl Sought {
    /// Notes a promotion of the release that is sought when it is asked for.
    fn follow(&self, event: &Event, wanted: &mut BTreeSet<PromotionId>) {
        let (Event::PromotionRequested(request), Some((release, to))) = (event, &self.release)
        else {
            return;
        };
        if request.release == *release && request.environment == *to {
            wanted.insert(request.id);
        }
    }

    fn is(&self, event: &Event, wanted: &BTreeSet<PromotionId>) -> bool {
        match event {
            Event::PromotionCommitted { promotion, .. } => !self.end && wanted.contains(promotion),
            Event::PromotionEnded { promotion, .. } => self.end && wanted.contains(promotion),
            _ => false,
        }
    }
}
