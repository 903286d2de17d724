//! Findings that do not count: accepted by the policy up to a day, or stated away by those whom a
//! gate hears, of whom the last word counts.

use liftlock_core::evidence::VulnerabilityStatus;
use liftlock_core::policy::EvidenceRule;
use liftlock_core::{GateName, Time};

use super::book::{Book, Piece};
use super::evidence::Part;
use super::people;

impl Book {
    /// Whether a finding in a part does not count at an instant.
    pub(super) fn is_excused(
        &self,
        (gate, rule): (&GateName, &EvidenceRule),
        id: &str,
        part: &Part,
        at: Time,
    ) -> bool {
        let accepted = rule.accept.iter().any(|accepted| {
            let last = accepted.until.to_string().replace('-', "");
            accepted.id == id && at.day() <= last
        });
        let said = self.last_said((gate, rule), id, part);
        accepted || said.is_some_and(|(harmless, _)| harmless)
    }

    /// When the last finding of a limited severity got back in that a statement could keep out.
    pub(super) fn put_back_at(
        &self,
        (gate, rule): (&GateName, &EvidenceRule),
        piece: &Piece,
        part: &Part,
    ) -> Option<Time> {
        let found = piece.content.findings.iter();
        let limited = found.filter(|found| {
            let mut limits = rule.max.keys();
            limits.any(|figure| figure.as_str() == found.severity.as_str())
        });
        let said = limited.filter_map(|found| self.last_said((gate, rule), &found.id, part));
        let put_back = said.filter(|(harmless, _)| !harmless);
        put_back.map(|(_, at)| at).max()
    }

    /// Whether the last statement on a finding takes it out, and since when it says so.
    fn last_said(
        &self,
        (gate, rule): (&GateName, &EvidenceRule),
        id: &str,
        part: &Part,
    ) -> Option<(bool, Time)> {
        let policy = self.policy.as_ref()?;
        let Part::Manifest { image, manifest } = part else {
            return None;
        };
        if rule.vex.is_empty() {
            return None;
        }
        let heard = people::named(policy, &rule.vex);
        let pieces = self.evidence.iter().rev();
        let mut said = pieces.filter(|piece| {
            piece.content.gate == *gate
                && people::counts(policy, &piece.by)
                && heard.contains(&piece.by.identity)
        });
        said.find_map(|piece| {
            let statements = piece.content.statements.iter().rev();
            let mut about = statements.filter(|statement| {
                let images = &statement.images;
                let here = images.contains(image)
                    || manifest.is_some_and(|manifest| images.contains(&manifest));
                here && (statement.id == id || statement.aliases.iter().any(|name| name == id))
            });
            let last = about.next()?;
            let harmless = matches!(
                last.status,
                VulnerabilityStatus::NotAffected | VulnerabilityStatus::Fixed
            );
            let holds = harmless && !last.partial && piece.revoked.is_none();
            Some((holds, piece.revoked.unwrap_or(piece.at)))
        })
    }
}
