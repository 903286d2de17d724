//! What a failed promotion has to put back: the tags it moved, last first.

use super::Step;
use crate::promotion::Promotion;

/// A step for each tag that the promotion moved or may have moved. A tag that already was where it
/// should go is left alone.
pub(crate) fn reversal(promotion: &Promotion) -> Vec<Step> {
    let Some(plan) = &promotion.plan else {
        return Vec::new();
    };
    let mut steps = Vec::new();
    for (index, step) in plan.steps.iter().enumerate().rev() {
        if let Step::Tag {
            image,
            tag,
            expected,
        } = step
            && promotion.journal.is_started(index as u32)
            && *expected != Some(image.digest)
        {
            steps.push(Step::Restore {
                repository: image.repository.clone(),
                tag: tag.clone(),
                ours: image.digest,
                to: *expected,
            });
        }
    }
    steps
}
