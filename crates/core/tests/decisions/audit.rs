//! What must hold around every single event.

use liftlock_core::promotion::{Kind, Outcome, Status};
use liftlock_core::{Entry, EnvironmentName, Event, Release};

use crate::naive;
use crate::world::World;

/// An entry written and read again is the same entry, and the same bytes.
pub(crate) fn entry(entry: &Entry) {
    let written = serde_json::to_string(entry).unwrap();
    let read: Entry = serde_json::from_str(&written).unwrap();
    assert_eq!(read, *entry);
    assert_eq!(serde_json::to_string(&read).unwrap(), written);
}

/// Before an event is applied: nothing is committed that the naive rules refuse.
pub(crate) fn before(world: &World, entry: &Entry) {
    let Event::PromotionCommitted { promotion, plan } = &entry.event else {
        return;
    };
    let promotion = &world.state.promotions[promotion];
    let place = &promotion.request.environment;
    let other = world.state.under_way(place);
    assert!(
        other.is_none_or(|other| other.request.id == promotion.request.id),
        "two at a time in {place}"
    );
    let policy = world.state.policy().unwrap();
    let release = &world.state.releases[&plan.release].content;
    let places = release.pinned_in(policy.environment(place).unwrap());
    assert_eq!(plan.places(), places.unwrap());
    match &promotion.request.kind {
        Kind::Promote => {
            let soaked = world.soaked.at(entry.time);
            let against = naive::against_commit(&world.state, promotion, &soaked, entry.time);
            let id = promotion.request.id;
            assert_eq!(
                against,
                Vec::<String>::new(),
                "{id} is committed all the same"
            );
        }
        Kind::Rollback { cause, .. } => {
            let target = &promotion.request.release;
            assert!(
                naive::stands(&world.state, place, target),
                "{target} was never good in {place}, or is not any more"
            );
            let cause = cause.map(|cause| &world.state.promotions[&cause]);
            assert!(
                cause.is_none_or(|cause| !cause.is_rollback()),
                "a rollback of a rollback"
            );
        }
    }
}

/// After an event was applied.
pub(crate) fn after(world: &World) {
    let Some(last) = world.entries.last() else {
        return;
    };
    let Event::PromotionEnded { promotion, outcome } = &last.event else {
        return;
    };
    let request = &world.state.promotions[promotion].request;
    let arrived = match outcome {
        Outcome::Succeeded => &request.release,
        Outcome::RolledBack { to, .. } => to,
        _ => return,
    };
    let release = &world.state.releases[arrived];
    assert!(
        tags_are_at(world, &request.environment, release),
        "{promotion} says that {arrived} is in {}, and its tags do not",
        request.environment
    );
    let policy = world.state.policy().unwrap();
    let deploys = policy
        .environment(&request.environment)
        .is_some_and(|environment| environment.deploy.is_some());
    if deploys {
        let pinned = release.content.pinned().into_iter();
        let pinned = pinned.map(|(key, image)| (key, image.digest)).collect();
        let running = world.running.get(&request.environment);
        assert_eq!(
            running,
            Some(&pinned),
            "{promotion} left something else running"
        );
    }
}

/// Between commands.
pub(crate) fn settled(world: &World) {
    let promotions = || world.state.promotions.values();
    for promotion in promotions() {
        let (id, request) = (promotion.request.id, &promotion.request);
        let twins = promotions().filter(|other| {
            other.request.environment == request.environment
                && other.is_under_way()
                && promotion.is_under_way()
        });
        assert!(twins.count() <= 1, "two at a time with {id}");
        let open = promotions().filter(|other| {
            other.request.release == request.release
                && other.request.environment == request.environment
                && [other, &promotion]
                    .iter()
                    .all(|p| p.is_open() && !p.is_rollback())
        });
        assert!(open.count() <= 1, "{id} was asked for twice");
        if let Status::RollingBack { by } = &promotion.status {
            let by = &world.state.promotions[by];
            assert!(by.is_under_way(), "{id} waits for a rollback that is over");
        }
        if promotion.is_rollback() {
            let status = &promotion.status;
            assert_ne!(*status, Status::Waiting, "a rollback waits for nothing");
        }
    }
    failed_rollbacks_open_incidents(world);
}

fn failed_rollbacks_open_incidents(world: &World) {
    let Some(last) = world.entries.last() else {
        return;
    };
    let batch = world.entries.iter().rev();
    let batch: Vec<_> = batch.take_while(|entry| entry.time == last.time).collect();
    for entry in &batch {
        if let Event::PromotionEnded {
            promotion,
            outcome: Outcome::Failed { .. },
        } = &entry.event
            && world.state.promotions[promotion].is_rollback()
        {
            let place = &world.state.promotions[promotion].request.environment;
            let opened = batch.iter().any(|entry| {
                matches!(&entry.event, Event::IncidentOpened { environment, .. } if environment == place)
            });
            assert!(
                opened,
                "the rollback {promotion} failed, and nobody is told"
            );
        }
    }
}

/// When nothing is under way: the tags of an environment are all at one release, or all absent,
/// but for those that others have moved; and nothing was deployed twice with different content.
pub(crate) fn quiet(world: &World) {
    let policy = world.state.policy().unwrap();
    for environment in &policy.environments {
        let name = &environment.name;
        assert!(world.state.under_way(name).is_none(), "{name} is not quiet");
        let absent = moving_tags(world, name).all(|(_, tag)| tag.is_none());
        let mut releases = world.state.releases.values();
        assert!(
            absent || releases.any(|release| tags_are_at(world, name, release)),
            "the tags of {name} are torn: {:?}",
            world.tags
        );
        let current = world.state.environment(name).current.as_ref();
        if let Some(current) = current.filter(|_| environment.deploy.is_none()) {
            let release = &world.state.releases[&current.release];
            assert!(
                tags_are_at(world, name, release),
                "{} is current in {name}, and the tags are elsewhere",
                current.release
            );
        }
    }
    for ((repository, tag), digest) in &world.tags {
        let image = repository.pinned(*digest);
        let known = world.gone.contains(&image) || world.foreign.contains(digest);
        assert!(
            known || world.has(&image),
            "{repository}:{tag} holds nothing"
        );
    }
    for (promotion, contents) in &world.deployed {
        assert_eq!(contents.len(), 1, "{promotion} deployed several things");
    }
}

/// Each moving tag of an environment, in each repository that it has for an image, with where it
/// points, without those that others moved.
fn moving_tags<'a>(
    world: &'a World,
    environment: &EnvironmentName,
) -> impl Iterator<Item = (liftlock_core::ImageKey, Option<liftlock_oci::Digest>)> + use<'a> {
    let policy = world.state.policy().unwrap();
    let environment = policy.environment(environment).unwrap();
    let tags = environment.tags.iter();
    let tags: Vec<liftlock_oci::Tag> = tags
        .filter(|tag| !tag.is_write_once())
        .map(|tag| tag.as_str().parse().unwrap())
        .collect();
    let places = policy.images.iter().flat_map(|(key, repository)| {
        let places = environment.places(key, repository).unwrap();
        places.into_iter().map(move |place| (key.clone(), place))
    });
    places
        .flat_map(move |(key, repository)| {
            let tags = tags.clone().into_iter();
            tags.map(move |tag| (key.clone(), repository.clone(), tag))
        })
        .map(|(key, repository, tag)| (key, world.tags.get(&(repository, tag)).copied()))
        .filter(|(_, found)| found.is_none_or(|found| !world.foreign.contains(&found)))
}

fn tags_are_at(world: &World, environment: &EnvironmentName, release: &Release) -> bool {
    // The tags of an image that the pipeline did not have yet stay where they are.
    moving_tags(world, environment).all(|(key, found)| {
        let image = release.content.images.get(&key);
        image.is_none_or(|image| found == Some(image.image.digest))
    })
}

/// How often each kind of event, and each outcome, occurs; for tests that want to have seen them.
pub(crate) fn census(world: &World, seen: &mut std::collections::BTreeMap<String, u32>) {
    for entry in &world.entries {
        let written = serde_json::to_value(&entry.event).unwrap();
        let mut name = written["type"].as_str().unwrap().to_owned();
        if let Some(result) = written["body"]["outcome"]["result"].as_str() {
            name = format!("{name} {result}");
        }
        if let Some(kind) = written["body"]["kind"].as_str() {
            name = format!("{name} {kind}");
        }
        if written["body"]["statements"].is_array() {
            name = format!("{name} statements");
        }
        if written["body"]["attested"].is_object() {
            name = format!("{name} attested");
        }
        let verdicts = written["body"]["plan"]["verdicts"].as_array();
        let excepts = |verdict: &serde_json::Value| {
            verdict["reason"].as_str().unwrap().contains("; without ")
        };
        if verdicts.is_some_and(|verdicts| verdicts.iter().any(excepts)) {
            *seen
                .entry("promotion-committed with exceptions".to_owned())
                .or_default() += 1;
        }
        let signed = |verdict: &serde_json::Value| verdict["kind"] == "signature";
        if verdicts.is_some_and(|verdicts| verdicts.iter().any(signed)) {
            *seen
                .entry("promotion-committed signed".to_owned())
                .or_default() += 1;
        }
        let overridden = |verdict: &serde_json::Value| verdict["overridden"].is_string();
        if verdicts.is_some_and(|verdicts| verdicts.iter().any(overridden)) {
            *seen
                .entry("promotion-committed by override".to_owned())
                .or_default() += 1;
        }
        if written["type"] == "watched" && written["body"]["lost"].is_number() {
            *seen.entry("watched with gaps".to_owned()).or_default() += 1;
        }
        if written["body"]["automatic"] == true {
            *seen
                .entry("promotion-requested automatically".to_owned())
                .or_default() += 1;
        }
        *seen.entry(name).or_default() += 1;
    }
}
