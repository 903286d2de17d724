//! A thousand tags in many repositories.

use std::time::Duration;

use crate::peers::Note;
use crate::peers::http;
use crate::peers::layout::MANIFEST;
use crate::peers::registry::Registry;
use crate::peers::skopeo;
use crate::peers::trouble::Trouble;

use super::super::client::{Client, Kind};
use super::super::image::{Image, SMALL};
use super::super::load::{self, Answered, Load};
use super::super::measure::Usage;
use super::super::row::{Played, Row, Run, Standing};
use super::super::scene::{Scene, Turn};

/// More would only take longer.
const RUNS_MAX: u32 = 3;

pub(super) fn play(scene: &Scene<'_>, note: &mut Note<'_>) -> Result<Vec<Played>, Trouble> {
    let repositories: u32 = scene.options.size(100, 5);
    let each: u32 = scene.options.size(10, 2);
    let registry = scene.registry("bulk")?;
    let image = Image::push(scene, &registry, SMALL)?;
    let names: Vec<_> = (0..repositories)
        .map(|number| format!("{}/bulk-{number}", registry.host))
        .collect();
    for name in &names {
        let to = format!("docker://{name}:{}", image.tag());
        skopeo::copy(&format!("docker://{}", image.reference()), &to)?;
    }
    let mut rows = scene.rows();
    let mut floor = Row::new("wrk, the same requests", Standing::Floor);
    for round in 0..scene.options.runs.min(RUNS_MAX) {
        for (client, row) in scene.clients.iter().zip(&mut rows) {
            note(&format!("{} for the {}. time", client.name(), round + 1));
            // From one repository to the next: a registry with files writes a manifest's link anew
            // for each of its tags, and who reads it meanwhile is told of an error.
            let tags = (0..each).map(|number| format!("{}-{round}-{number}", client.name()));
            let pairs: Vec<_> = tags
                .flat_map(|tag| names.iter().map(move |name| (name.as_str(), tag.clone())))
                .collect();
            let from = registry.answered()?;
            let last = pairs.iter().rev().take(names.len());
            let turn = Turn {
                words: words(scene, client, &image, &pairs)?,
                registries: &[&registry],
                tokens: None,
                there: last.map(|(name, tag)| format!("{name}:{tag}")).collect(),
                digest: &image.digest,
            };
            scene.turn(row, &turn);
            if let (Kind::Liftlock, Some(run)) = (client.kind, row.runs.last()) {
                match replay(scene, &registry, from, run.requests) {
                    Ok(run) => floor.runs.push(run),
                    Err(trouble) => floor.trouble = Some(trouble.to_string()),
                }
            }
        }
    }
    rows.push(floor);
    let count = repositories * each;
    Ok(vec![Played {
        title: format!("bulk: {count} tags, {each} in each of {repositories} repositories"),
        rows,
    }])
}

/// The product has a command for it; the others are called once for each.
fn words(
    scene: &Scene<'_>,
    client: &Client,
    image: &Image,
    pairs: &[(&str, String)],
) -> Result<Vec<String>, Trouble> {
    let built = image.tag();
    if client.kind != Kind::Liftlock {
        let retag = |(name, tag): &(&str, String)| client.retag(name, built, tag);
        return scene.in_turn(&pairs.iter().map(retag).collect::<Vec<_>>());
    }
    let lines = pairs
        .iter()
        .map(|(name, tag)| format!("{name}:{built} {tag}"));
    let lines: Vec<_> = lines.collect();
    let file = scene.file("pairs", &lines)?.display().to_string();
    Ok(client.words(&["image", "tag", "--from-file", &file]))
}

/// The requests of the product's run, as fast as the registry answers them.
fn replay(
    scene: &Scene<'_>,
    registry: &Registry,
    from: usize,
    count: usize,
) -> Result<Run, Trouble> {
    let mut requests = registry.requests(from)?;
    requests.truncate(count);
    // Those that found nothing the first time find it now.
    let body = http::get_as(&registry.host, "/v2/shop/manifests/built", MANIFEST)?.body;
    // Over few repositories, connections would meet at one manifest, and the registry would answer
    // some of them with an error.
    let load = Load {
        connections: scene.options.size(16, 1),
        duration: Duration::from_secs(scene.options.size(4, 1)),
    };
    let place = scene.folder.sub("load")?;
    let answered = load::replay(&registry.host, &place, &requests, (MANIFEST, &body), load)?;
    run(answered, count)
}

/// Of so many requests one may be refused: the registry answers some with an error that meet at one
/// manifest. More would be another load than the product's.
const REFUSED_MAX: u32 = 50;

/// The time that this many of the requests took. Those that were refused count for nothing.
fn run(answered: Answered, requests: usize) -> Result<Run, Trouble> {
    let good = answered.requests.saturating_sub(answered.errors);
    if good == 0 || answered.errors > answered.requests / REFUSED_MAX {
        return Err(Trouble::answer("wrk", format!("{answered:?}")));
    }
    let share = f64::from(u32::try_from(requests).unwrap_or(u32::MAX)) / f64::from(good);
    let usage = Usage {
        wall_s: answered.within_s * share,
        ..Usage::default()
    };
    Ok(Run { usage, requests })
}
