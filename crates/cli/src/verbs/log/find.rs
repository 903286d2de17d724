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

/// The place of the last entry that is sought.
pub(super) async fn entry(store: &DatabaseStore, sought: &Sought) -> Result<u64, Failure> {
    let (mut wanted, mut found, mut next) = (BTreeSet::new(), None, 0);
    wanted.extend(sought.promotion);
    loop {
        let page = store.entries(next, ENTRIES_PAGE_MAX).await?;
        let Some(last) = page.last() else { break };
        next = last.seq + 1;
        let own = page
            .iter()
            .filter(|entry| entry.stream == sought.pipeline.as_str());
        for kept in own {
            let entry = Entry::read(&kept.bytes).map_err(|error| {
                Failure::failed("entry", format!("entry {}: {error}", kept.seq))
            })?;
            sought.follow(&entry.event, &mut wanted);
            if sought.is(&entry.event, &wanted) {
                found = Some(kept.seq);
            }
        }
    }
    found.ok_or_else(|| {
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
