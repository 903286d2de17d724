//! Generated pipelines and histories.

use liftlock_core::policy::{
    ApprovalRule, EvidenceKind, EvidenceRule, Exclude, GateRule, SoakRule,
};
use liftlock_core::{Policy, Span};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};

use crate::build::{
    Env, approval, approval_rule, claimed, env, evidence, excepting_scan, is, policy, scan, signed,
    span, tests, window, with_keys, with_web,
};

/// The environments of generated pipelines, in order.
pub(crate) const ENVIRONMENTS: [&str; 4] = ["dev", "staging", "canary", "production"];

/// What a pipeline looks like.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) claimed: bool,
    pub(crate) two_images: bool,
    pub(crate) environments: Vec<EnvShape>,
}

/// What an environment looks like.
#[derive(Debug, Clone)]
pub(crate) struct EnvShape {
    upstream: u8,
    evidence: u8,
    approval: u8,
    places: u8,
    times: u8,
    soaks: bool,
    deploys: bool,
    checked: bool,
    never_rolls_back: bool,
    write_once: bool,
    excepts: bool,
    returns: bool,
}

pub(crate) fn shape() -> impl Strategy<Value = Shape> {
    let environment = (0..3u8, 0..4u8, 0..8u8, (0..8u8, 0..4u8), any::<[bool; 7]>()).prop_map(
        |(upstream, evidence, approval, (places, times), flags)| EnvShape {
            upstream,
            evidence,
            approval,
            places,
            times,
            soaks: flags[0],
            deploys: flags[1],
            checked: flags[2],
            never_rolls_back: flags[3],
            write_once: flags[4],
            excepts: flags[5],
            returns: flags[6],
        },
    );
    (any::<[bool; 2]>(), vec(environment, 1..=4)).prop_map(|(flags, environments)| Shape {
        claimed: flags[0],
        two_images: flags[1],
        environments,
    })
}

impl Shape {
    /// The policy; `variant` changes what approvals are bound to, and how long they count.
    pub(crate) fn policy(&self, variant: u8) -> Policy {
        let environments = self.environments.iter().enumerate();
        let environments = environments.map(|(n, shape)| shape.build(n, self, variant));
        let mut policy = with_keys(policy(environments.collect()));
        if self.two_images {
            policy = with_web(policy);
        }
        if self.claimed {
            policy = claimed(policy);
        }
        policy
    }
}

impl EnvShape {
    /// Repositories of its own: half of the environments have none.
    fn places(&self, n: usize) -> Vec<String> {
        let place = |region: &str| format!("{region}.example.com/{}/{{image}}", ENVIRONMENTS[n]);
        let built = "registry.example.com/app/{image}".to_owned();
        match self.places {
            0..4 => Vec::new(),
            4 => vec![place("eu")],
            5 => vec![place("eu"), place("us")],
            6 => vec![place("eu"), built],
            _ => vec![built, place("eu"), place("us")],
        }
    }

    fn build(&self, n: usize, shape: &Shape, variant: u8) -> Env {
        let mut built = env(ENVIRONMENTS[n]).expires("36h");
        let upstream = match self.upstream {
            _ if n == 0 => None,
            0 => None,
            1 => Some(n - 1),
            _ => Some(0),
        };
        if let Some(upstream) = upstream {
            built = built.after(ENVIRONMENTS[upstream]);
        }
        if self.write_once {
            built = built.tags(&[ENVIRONMENTS[n], &format!("{}-{{version}}", ENVIRONMENTS[n])]);
        }
        let places = self.places(n);
        let places: Vec<&str> = places.iter().map(String::as_str).collect();
        built = built.repositories(&places);
        if self.deploys {
            built = built.deploys();
        }
        if self.checked {
            built = built.checked();
        }
        // Watched, so that only what is looked at soaks.
        if self.checked && self.times != 1 {
            built = built.watched("15m");
        }
        if self.returns && (self.deploys || self.checked) {
            built = built.rolls_back_within("3h");
        }
        if self.deploys && self.never_rolls_back {
            built = built.never_rolls_back();
        }
        built = self.with_gates(built, variant);
        if self.approval.is_multiple_of(2) {
            built = built.overridden_by(&["leads", "qa"], "24h");
        }
        if self.evidence == 1 {
            built = built.auto();
        }
        if self.times >= 2 {
            built = built.signs();
        }
        if self.times == 1 {
            let rule = signed(&[("/builder", &["ci"])]);
            built = built.gate("provenance", GateRule::Signature(rule));
        }
        if self.times == 0 {
            let hours = window("tue-sun 06:00-01:00 Europe/Berlin 2026-03-03");
            built = built.gate("hours", GateRule::Window(hours));
        }
        if let Some(upstream) = upstream.filter(|_| self.soaks) {
            let observed = &shape.environments[upstream];
            let rule = SoakRule {
                time: span("1h"),
                unobserved: !(observed.deploys || observed.checked),
            };
            built = built.gate("soak", GateRule::Soak(rule));
        }
        built
    }

    fn with_gates(&self, mut built: Env, variant: u8) -> Env {
        if self.evidence & 1 != 0 {
            built = built.gate("tests", tests());
        }
        if self.evidence & 2 != 0 {
            let rule = match self.excepts {
                true => GateRule::Evidence(EvidenceRule {
                    fresh: Some(span("24h")),
                    ..excepting_scan()
                }),
                false => scan(),
            };
            built = built.gate("scan", rule);
        }
        let expiring = |rule: ApprovalRule| {
            GateRule::Approval(ApprovalRule {
                expires: Some(Span::from_secs(3600 + i64::from(variant))),
                ..rule
            })
        };
        match self.approval {
            0 | 1 => built,
            2 => built.gate("lead", approval(&["leads"], 1)),
            3 => built.gate("lead", expiring(approval_rule(&["leads", "qa"], 2))),
            4 => built
                .gate("lead", expiring(approval_rule(&["leads"], 1)))
                .gate("qa", approval(&["qa"], 1)),
            5 => built.gate(
                "lead",
                GateRule::Approval(ApprovalRule {
                    exclude: vec![Exclude::Requester, Exclude::Author],
                    ..approval_rule(&["leads"], 1)
                }),
            ),
            6 => {
                let review = ApprovalRule {
                    of: (self.evidence & 1 != 0).then(|| is("tests")),
                    ..approval_rule(&["leads"], 1)
                };
                let shared = ApprovalRule {
                    shared: true,
                    ..approval_rule(&["leads", "qa"], 2)
                };
                built
                    .gate("lead", GateRule::Approval(review))
                    .gate("qa", expiring(shared))
            }
            _ => {
                let manual = EvidenceRule {
                    from: crate::build::who(&["qa"]),
                    ..evidence(EvidenceKind::Manual)
                };
                built.gate("manual", GateRule::Evidence(manual))
            }
        }
    }
}

/// One thing that happens. Numbers are taken modulo what there is.
#[derive(Debug, Clone)]
pub(crate) enum Happening {
    /// A release gets all its evidence, is asked for, approved by everyone, and carried out.
    Push {
        release: u8,
        environment: u8,
        by: u8,
    },
    Release {
        release: u8,
        by: u8,
        authored: bool,
    },
    Evidence {
        release: u8,
        gate: u8,
        by: u8,
        good: bool,
    },
    /// Someone says something of a finding, that a new scan may have found, and may take it back;
    /// then the release is asked for.
    State {
        release: u8,
        environment: u8,
        id: u8,
        status: u8,
        by: u8,
        scanned: bool,
        revoked: bool,
    },
    /// Something signed is found beside the images of a release, and may be revoked.
    Attest {
        release: u8,
        key: u8,
        said: u8,
        revoked: bool,
    },
    Revoke {
        id: u8,
        by: u8,
    },
    Request {
        release: u8,
        environment: u8,
        by: u8,
        older: bool,
        again: bool,
    },
    Approve {
        release: u8,
        environment: u8,
        by: u8,
        only: u8,
    },
    Withdraw {
        release: u8,
        environment: u8,
        by: u8,
    },
    Reject {
        release: u8,
        environment: u8,
        by: u8,
    },
    Cancel {
        release: u8,
        environment: u8,
        by: u8,
    },
    RollBack {
        environment: u8,
        release: Option<u8>,
        by: u8,
    },
    Freeze {
        environment: u8,
        hours: u8,
        by: u8,
    },
    Unfreeze {
        environment: u8,
        by: u8,
    },
    /// Asked for by one, and confirmed by another, or by the same.
    Override {
        release: u8,
        environment: u8,
        gate: u8,
        by: u8,
        confirmed_by: u8,
    },
    Review {
        id: u8,
        by: u8,
    },
    Hold {
        environment: u8,
        by: u8,
        begin: bool,
    },
    Incident {
        environment: u8,
        by: u8,
        open: bool,
    },
    Automatic {
        environment: u8,
    },
    Tick,
    Pass {
        minutes: u16,
    },
    ClockBack {
        seconds: u16,
    },
    Adopt {
        variant: u8,
        by: u8,
    },
    Meddle {
        environment: u8,
    },
    ImageGone {
        release: u8,
        gone: bool,
    },
    /// What is there is looked at, maybe after someone has deployed by hand, or has put that
    /// right; the checks pass, or not.
    Look {
        environment: u8,
        hand: u8,
        well: bool,
        by: u8,
    },
    /// Someone watches: a check ends after each of these minutes, some by a clock that is wrong, and
    /// some not well; then it is summed, or not.
    Watch {
        environment: u8,
        looks: Vec<(u8, i16)>,
        sums: bool,
        by: u8,
    },
    Repair {
        environment: u8,
        by: u8,
    },
    /// A registry cleans up what only a keep-tag holds.
    CleanUp {
        environment: u8,
    },
    Crash,
}

pub(crate) fn happening() -> impl Strategy<Value = Happening> {
    let n = any::<u8>;
    prop_oneof![
        8 => (n(), n(), n()).prop_map(|(release, environment, by)| Happening::Push { release, environment, by }),
        2 => (n(), n(), any::<bool>()).prop_map(|(release, by, authored)| Happening::Release { release, by, authored }),
        3 => (n(), n(), n(), any::<[bool; 2]>()).prop_map(|(release, gate, by, good)| Happening::Evidence { release, gate, by, good: good[0] || good[1] }),
        3 => (n(), n(), n(), n(), n(), any::<[bool; 3]>()).prop_map(|(release, environment, id, status, by, flags)| Happening::State { release, environment, id, status, by, scanned: flags[0], revoked: flags[1] && flags[2] }),
        3 => (n(), n(), n(), any::<[bool; 2]>()).prop_map(|(release, key, said, flags)| Happening::Attest { release, key, said, revoked: flags[0] && flags[1] }),
        1 => (n(), n()).prop_map(|(id, by)| Happening::Revoke { id, by }),
        5 => (n(), n(), n(), any::<[bool; 2]>()).prop_map(|(release, environment, by, flags)| Happening::Request { release, environment, by, older: flags[0], again: flags[1] }),
        4 => (n(), n(), n(), n()).prop_map(|(release, environment, by, only)| Happening::Approve { release, environment, by, only }),
        2 => (n(), n(), n()).prop_map(|(release, environment, by)| Happening::Withdraw { release, environment, by }),
        1 => (n(), n(), n()).prop_map(|(release, environment, by)| Happening::Reject { release, environment, by }),
        2 => (n(), n(), n()).prop_map(|(release, environment, by)| Happening::Cancel { release, environment, by }),
        8 => (n(), proptest::option::weighted(0.3, n()), n()).prop_map(|(environment, release, by)| Happening::RollBack { environment, release, by }),
        2 => (n(), n(), n()).prop_map(|(environment, hours, by)| Happening::Freeze { environment, hours, by }),
        5 => (n(), n()).prop_map(|(environment, by)| Happening::Unfreeze { environment, by }),
        12 => (n(), n(), n(), n(), n()).prop_map(|(release, environment, gate, by, confirmed_by)| Happening::Override { release, environment, gate, by, confirmed_by }),
        3 => (n(), n()).prop_map(|(id, by)| Happening::Review { id, by }),
        4 => (n(), n(), any::<bool>()).prop_map(|(environment, by, begin)| Happening::Hold { environment, by, begin }),
        1 => (n(), n(), any::<bool>()).prop_map(|(environment, by, open)| Happening::Incident { environment, by, open }),
        3 => n().prop_map(|environment| Happening::Automatic { environment }),
        3 => Just(Happening::Tick),
        3 => (0..4000u16).prop_map(|minutes| Happening::Pass { minutes }),
        1 => (0..400u16).prop_map(|seconds| Happening::ClockBack { seconds }),
        1 => (n(), n()).prop_map(|(variant, by)| Happening::Adopt { variant, by }),
        1 => n().prop_map(|environment| Happening::Meddle { environment }),
        8 => (n(), n(), any::<[bool; 2]>(), n()).prop_map(|(environment, hand, well, by)| Happening::Look { environment, hand, well: well[0] || well[1], by }),
        10 => (n(), vec((n(), any::<i16>()), 1..8), any::<[bool; 2]>(), n()).prop_map(|(environment, looks, flags, by)| Happening::Watch { environment, looks, sums: flags[0] || flags[1], by }),
        1 => (n(), n()).prop_map(|(environment, by)| Happening::Repair { environment, by }),
        1 => (n(), any::<bool>()).prop_map(|(release, gone)| Happening::ImageGone { release, gone }),
        1 => n().prop_map(|environment| Happening::CleanUp { environment }),
        1 => Just(Happening::Crash),
    ]
}
