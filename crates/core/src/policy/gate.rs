//! Gates as rules (pipeline file, `gates`).

use std::collections::BTreeMap;
use std::fmt;

use liftlock_oci::Platform;
use serde::{Deserialize, Serialize};

use super::{Acceptance, Figure, IdentityMode, Policy, SignatureRule, Who};
use crate::calendar::{Dates, Days, Hours, ZoneName};
use crate::{Actor, Evidence, GateName, KeyName, Span};

/// The gates of an environment. `none` is said, not forgotten; a list is never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gates {
    /// `gates: none`.
    None,
    /// The gates, in the file's order.
    All(Vec<Gate>),
}

/// A named rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// The name, unique in its environment.
    pub name: GateName,
    /// The rule.
    pub rule: GateRule,
}

/// The kinds of gates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateRule {
    /// Evidence of a kind must be there.
    Evidence(EvidenceRule),
    /// Persons must approve.
    Approval(ApprovalRule),
    /// The release must have been current and verified upstream for a time.
    Soak(SoakRule),
    /// Only at certain times of the week.
    Window(WindowRule),
    /// Something signed must be beside each image.
    Signature(SignatureRule),
}

/// What evidence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceKind {
    /// A test run: JUnit XML, or plain pass and fail.
    Tests,
    /// A scan of an image or of code: Trivy JSON, Grype JSON or SARIF.
    Scan,
    /// A person's own examination.
    Manual,
    /// A load test: the summary of k6.
    Load,
    /// Any of them.
    Any,
}

/// What one piece of evidence covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Per {
    /// One image digest; it counts in every release that holds it.
    Image,
    /// The whole set of a release's digests.
    Release,
}

impl fmt::Display for EvidenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tests => "tests",
            Self::Scan => "scan",
            Self::Manual => "manual",
            Self::Load => "load",
            Self::Any => "any",
        })
    }
}

/// `evidence:`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRule {
    /// The kind.
    pub kind: EvidenceKind,
    /// Who may submit it; empty only where claimed identities count, and then anyone may.
    pub from: Vec<Who>,
    /// The most of some figures that is allowed; needs a report that has them.
    pub max: BTreeMap<Figure, u64>,
    /// The least of some figures that is wanted; needs a report that has them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub min: BTreeMap<Figure, u64>,
    /// How old it may be.
    pub fresh: Option<Span>,
    /// What one piece covers.
    pub per: Per,
    /// The platforms that must be covered, where it is per image; empty: each one there is.
    pub platforms: Vec<Platform>,
    /// Findings that do not count for a time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accept: Vec<Acceptance>,
    /// Whose statements on findings (OpenVEX) count. Nobody's where it is empty: running a scanner
    /// and excusing what it finds are two tasks, so `from` does not imply it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vex: Vec<Who>,
    /// The keys whose signed attestations beside an image count as evidence, as if someone in `from`
    /// had submitted it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeyName>,
}

impl EvidenceRule {
    /// Whether `actor` may submit this evidence. With neither `from` nor keys anyone may where
    /// identities are only claimed, and nobody where they are authenticated.
    pub fn is_from(&self, policy: &Policy, actor: &Actor) -> bool {
        let unsaid = self.from.is_empty() && self.keys.is_empty();
        let anyone = unsaid && policy.identity == IdentityMode::Claimed;
        policy.counts(actor) && (anyone || policy.any_means(&self.from, actor))
    }

    /// Whether this evidence comes from whom the gate trusts: a key it names, where it came signed,
    /// and otherwise whoever submitted it.
    pub fn trusts(&self, policy: &Policy, evidence: &Evidence) -> bool {
        match &evidence.content.attested {
            Some(attested) => policy.fingerprints(&self.keys).contains(&attested.key),
            None => self.is_from(policy, &evidence.by),
        }
    }

    /// Whether `actor`'s statements on findings count.
    pub fn is_vex_from(&self, policy: &Policy, actor: &Actor) -> bool {
        policy.counts(actor) && policy.any_means(&self.vex, actor)
    }

    /// Whether it limits findings by their severity.
    pub fn limits_findings(&self) -> bool {
        self.max.keys().any(|figure| figure.severity().is_some())
    }
}

/// Who cannot approve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exclude {
    /// The person who asked for the promotion.
    Requester,
    /// The release's authors.
    Author,
}

/// `approval:`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalRule {
    /// Whose approval counts.
    pub by: Vec<Who>,
    /// How many persons must approve, at least 1.
    pub count: u32,
    /// Who cannot.
    pub exclude: Vec<Exclude>,
    /// How long an approval counts.
    pub expires: Option<Span>,
    /// The evidence that is reviewed, by its gate's name somewhere in the pipeline: an approval
    /// counts only while no newer evidence came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<GateName>,
    /// Whether a person's approval serves this gate beside another one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shared: bool,
}

/// `override:` of an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverrideRule {
    /// Who may ask for one, and confirm another's.
    pub by: Vec<Who>,
    /// How long one may count at most.
    pub max: Span,
}

/// `soak:`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoakRule {
    /// How long.
    pub time: Span,
    /// Whether an upstream that is neither deployed to nor checked is accepted.
    pub unobserved: bool,
}

/// `window:`. Open at these hours of these days, in this time zone; see
/// [`open_at`](crate::calendar::open_at) for what that means where clocks are put forward or back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowRule {
    /// The days of the week on which it opens; never none.
    pub days: Days,
    /// The hours of such a day; never none. They may overlap.
    pub hours: Vec<Hours>,
    /// The time zone whose clocks are meant.
    pub timezone: ZoneName,
    /// Days of that time zone on which nothing is open, and on which nothing that would be opens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<Dates>,
}

impl Gates {
    /// The gates; none for [`Gates::None`].
    pub fn list(&self) -> &[Gate] {
        match self {
            Self::None => &[],
            Self::All(gates) => gates,
        }
    }
}

impl GateRule {
    /// The word that starts the rule in a pipeline file.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Evidence(_) => "evidence",
            Self::Approval(_) => "approval",
            Self::Soak(_) => "soak",
            Self::Window(_) => "window",
            Self::Signature(_) => "signature",
        }
    }

    /// The keys that it names.
    pub fn keys(&self) -> &[KeyName] {
        match self {
            Self::Evidence(rule) => &rule.keys,
            Self::Signature(rule) => &rule.keys,
            Self::Approval(_) | Self::Soak(_) | Self::Window(_) => &[],
        }
    }
}
