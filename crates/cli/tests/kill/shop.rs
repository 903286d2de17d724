//! A shop of two images and one environment, and what must hold of it at any time.

use std::collections::BTreeMap;
use std::fmt;

use liftlock_oci::Digest;
use liftlock_testkit::{Deployment, Output, Process, Registry, World};
use serde_json::Value;

use crate::hub;

/// How the environment is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Deployed, checked, tagged.
    Deployed,
    /// Tagged and checked; someone else deploys.
    Tagged,
    /// As deployed, in two repositories of its own, to which it is copied first.
    Copied,
    /// Deployed through a Git repository, with what is admitted and verified signed.
    Committed,
}

impl Kind {
    /// The registries that staging's tags are in; none: the one images are built into.
    fn regions(self) -> &'static [&'static str] {
        match self {
            Self::Deployed | Self::Tagged | Self::Committed => &[],
            Self::Copied => &["EU", "US"],
        }
    }

    /// How the pipeline file has it.
    fn deploy(self) -> &'static str {
        match self {
            Self::Deployed | Self::Copied => DEPLOY,
            Self::Tagged => "",
            Self::Committed => hub::DEPLOY,
        }
    }
}

const FILE: &str = r#"version: 1
pipeline: shop
identity: claimed
images:
  api: REGISTRY/shop/api
  worker: REGISTRY/shop/worker
@KEYS
environments:
  staging:
@PLACES
    tags: [staging, latest, "staging-{release}"]
    gates: @GATES
@DEPLOY
    checks:
      works: { command: [./check.sh], within: 30s }
    rollback: { on: [check] }
"#;
const DEPLOY: &str = "    deploy: { command: [./deploy.sh], within: 30s }";
const PLACES: &str = r#"    repository: ["EU/shop/{image}", "US/shop/{image}"]"#;
const KEYS: &str = "keys: { staging: .liftlock/keys/staging.pub }";
const REPOSITORIES: [&str; 2] = ["shop/api", "shop/worker"];
const MOVING: [&str; 2] = ["staging", "latest"];
/// After how many cases a test goes on in a new shop: a ledger grows, and each command reads it.
pub(crate) const CASES: usize = 8;
const TICKS_MAX: usize = 3;

/// A release that was created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Release {
    pub(crate) name: String,
    /// In the order of [`REPOSITORIES`].
    pub(crate) digests: [Digest; 2],
}

pub(crate) struct Shop {
    pub(crate) world: World,
    pub(crate) kind: Kind,
    releases: Vec<Release>,
}

impl Shop {
    /// With a first release in staging.
    pub(crate) fn new(kind: Kind) -> (Self, Release) {
        let mut shop = Self::empty(kind, "none");
        let first = shop.release();
        shop.must(&["promote", &first.name, "--to", "staging"], &[0]);
        shop.assert_in_staging(&first, &"at first");
        (shop, first)
    }

    /// With nothing in staging yet.
    pub(crate) fn empty(kind: Kind, gates: &str) -> Self {
        let mut world = World::new();
        for region in kind.regions() {
            world.add_registry(region);
        }
        world.write_programs();
        let places = if kind == Kind::Copied { PLACES } else { "" };
        let keys = if kind == Kind::Committed { KEYS } else { "" };
        let file = FILE.replace("@GATES", gates).replace("@PLACES", places);
        let file = file.replace("@KEYS", keys);
        world.write_pipeline(&file.replace("@DEPLOY", kind.deploy()));
        if kind == Kind::Committed {
            hub::make(&mut world);
            world.set("LIFTLOCK_KEY_PASSPHRASE", "correct horse");
        }
        let shop = Self {
            world,
            kind,
            releases: Vec::new(),
        };
        if kind == Kind::Committed {
            shop.must(&["key", "generate", "staging"], &[0]);
        }
        shop
    }

    /// A new release of both images.
    pub(crate) fn release(&mut self) -> Release {
        let name = format!("r{}", self.releases.len() + 1);
        let digests = REPOSITORIES.map(|repository| {
            self.world
                .push(repository, &name, &format!("{repository} {name}"))
        });
        let images = REPOSITORIES.map(|repository| {
            let key = repository.trim_start_matches("shop/");
            format!("{key}={}", self.world.reference(repository, &name))
        });
        let create = ["release", "create", &name, &images[0], &images[1]];
        self.must(&create, &[0]);
        let release = Release { name, digests };
        self.releases.push(release.clone());
        release
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Process {
        self.world.spawn(env!("CARGO_BIN_EXE_liftlock"), arguments)
    }

    /// Runs the binary, which must end with one of these codes.
    pub(crate) fn must(&self, arguments: &[&str], codes: &[i32]) -> Output {
        let output = self.start(arguments).wait();
        assert!(
            codes.contains(&output.code),
            "{arguments:?} ended with {}, not {codes:?}\n{}{}",
            output.code,
            output.stderr,
            output.stdout
        );
        output
    }

    /// Carries on what was left, as often as it may take, until nothing is open.
    pub(crate) fn settle(&self, case: &dyn fmt::Display) {
        for _ in 0..TICKS_MAX {
            // 1 where a promotion failed for a reason of its own.
            self.must(&["tick"], &[0, 1]);
            if self.open().is_empty() {
                return;
            }
        }
        let history = self.must(&["history"], &[0]).stdout;
        panic!(
            "{case}: still open after {TICKS_MAX} ticks: {:?}\n{history}",
            self.open()
        );
    }

    /// What is shown of staging.
    pub(crate) fn status(&self) -> Value {
        let status = self.must(&["status", "--json"], &[0]).json();
        status["result"]["environments"][0].clone()
    }

    fn open(&self) -> Vec<Value> {
        self.status()["open"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    }

    /// How the promotions of a release ended: `succeeded`, `rolled-back` and so on, in order.
    pub(crate) fn outcomes(&self, release: &Release) -> Vec<String> {
        let history = ["history", "--release", &release.name, "--json"];
        let history = self.must(&history, &[0]).json();
        let promotions = history["result"]["promotions"].as_array().cloned();
        let promotions = promotions.expect("promotions").into_iter();
        let own = promotions.filter(|promotion| promotion["request"]["kind"] == "promote");
        own.map(|promotion| {
            let result = promotion["outcome"]["result"].as_str();
            result.unwrap_or("open").to_owned()
        })
        .collect()
    }

    /// Staging holds this release: recorded, tagged and running.
    pub(crate) fn assert_in_staging(&self, release: &Release, case: &dyn fmt::Display) {
        for (repository, digest) in REPOSITORIES.iter().zip(release.digests) {
            let once = format!("staging-{}", release.name);
            for registry in self.places() {
                for tag in MOVING.into_iter().chain([once.as_str()]) {
                    assert_eq!(
                        registry.tag(repository, tag),
                        Some(digest),
                        "{case}: {}/{repository}:{tag} of {release:?}",
                        registry.address()
                    );
                }
            }
        }
        if let Some(running) = self.running() {
            assert_eq!(running, deployed(release), "{case}: what runs");
        }
        let status = self.status();
        assert_eq!(status["current"]["release"], release.name, "{case}");
        assert_eq!(status["current"]["verified"], true, "{case}: {status}");
        assert_eq!(status["known_good"][0], release.name, "{case}");
        if self.kind == Kind::Committed {
            self.assert_verified(release, &[0]);
        }
    }

    /// What is signed beside a release's images, with the record or alone, ends `verify` so.
    pub(crate) fn assert_verified(&self, release: &Release, codes: &[i32]) {
        for (repository, digest) in REPOSITORIES.iter().zip(release.digests) {
            let image = self.world.reference(repository, "x");
            let image = format!("{}@{digest}", image.trim_end_matches(":x"));
            let verify = ["verify", &image, "--environment", "staging"];
            self.must(&verify, codes);
            let key = ["--key", ".liftlock/keys/staging.pub"];
            self.must(&[&verify[..], &key].concat(), codes);
        }
    }

    /// The digests that run, or that the branch names; `None` where somebody else deploys.
    fn running(&self) -> Option<BTreeMap<String, String>> {
        match self.kind {
            Kind::Tagged => None,
            Kind::Committed => Some(hub::named(&self.world)),
            Kind::Deployed | Kind::Copied => {
                let running = self.world.running("staging");
                Some(running.map(|running| running.digests).unwrap_or_default())
            }
        }
    }

    /// What was deployed, in order.
    fn deployments(&self) -> Vec<Deployment> {
        match self.kind {
            Kind::Committed => hub::deployments(&self.world),
            _ => self.world.deployments(),
        }
    }

    /// What must hold whatever happened: nothing is half done or mixed, the ledger is whole, and
    /// looking again changes nothing.
    pub(crate) fn assert_at_rest(&self, case: &dyn fmt::Display) {
        self.assert_deployments_whole(case);
        self.must(&["log", "verify"], &[0]);
        let before = (self.tags(), self.deployments());
        let take = || self.world.registries().map(Registry::take_requests);
        take().for_each(drop);
        let tick = self.must(&["tick"], &[0]);
        assert_eq!(tick.stdout, "nothing to do\n", "{case}");
        // It looks whether all is as recorded, and writes nothing.
        let requests = take().flatten();
        let writes: Vec<_> = requests.filter(|r| r.method != "HEAD").collect();
        assert_eq!(writes, [], "{case}: a tick with nothing to do");
        assert_eq!((self.tags(), self.deployments()), before, "{case}");
    }

    fn assert_deployments_whole(&self, case: &dyn fmt::Display) {
        let mut of_promotion = BTreeMap::new();
        for deployment in self.deployments() {
            let of = self.releases.iter().find(|r| r.name == deployment.release);
            let whole = of.map(deployed);
            assert_eq!(
                Some(&deployment.digests),
                whole.as_ref(),
                "{case}: {deployment:?}"
            );
            let (promotion, digests) = (deployment.promotion, deployment.digests);
            if let Some(first) = of_promotion.insert(promotion, digests.clone()) {
                assert_eq!(first, digests, "{case}: two releases in one promotion");
                assert_ne!(self.kind, Kind::Committed, "{case}: committed twice");
            }
        }
    }

    /// The registries that staging's tags are in.
    fn places(&self) -> Vec<&Registry> {
        let regions = self.kind.regions().iter();
        match regions.len() {
            0 => vec![self.world.registry()],
            _ => regions
                .map(|name| self.world.registry_named(name))
                .collect(),
        }
    }

    pub(crate) fn tags(&self) -> Vec<BTreeMap<String, Digest>> {
        let places = self.places().into_iter();
        let tags = places.flat_map(|registry| REPOSITORIES.map(|name| registry.tags(name)));
        tags.collect()
    }
}

fn deployed(release: &Release) -> BTreeMap<String, String> {
    let keys = ["API", "WORKER"].map(str::to_owned);
    let digests = release.digests.map(|digest| digest.to_string());
    keys.into_iter().zip(digests).collect()
}
