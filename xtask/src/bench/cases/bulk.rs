//! A thousand tags of one repository.

use std::time::Duration;

use crate::peers::Note;
use crate::peers::http;
use crate::peers::layout::MANIFEST;
use crate::peers::registry::Registry;
use crate::peers::trouble::Trouble;

use super::super::client::{Client, Kind};
use super::super::image::{Image, SMALL};
use super::super::load::{self, Answered};
use super::super::measure::Usage;
use super::super::row::{Played, Row, Run, Standing};
use super::super::scene::{Scene, Turn};

/// More would only take longer.
const RUNS_MAX: u32 = 3;

pub(super) fn play(scene: &Scene<'_>, note: &mut Note<'_>) -> Result<Vec<Played>, Trouble> {
    let count = scene.options.size(1000, 10);
    let registry = scene.registry("bulk")?;
    let image = Image::push(scene, &registry, SMALL)?;
    let mut rows = scene.rows();
    let mut floor = Row::new("wrk, the same requests", Standing::Floor);
    for round in 0..scene.options.runs.min(RUNS_MAX) {
        for (client, row) in scene.clients.iter().zip(&mut rows) {
            note(&format!("{} for the {}. time", client.name(), round + 1));
            let tags: Vec<_> = (0..count)
                .map(|number| format!("{}-{round}-{number}", client.name()))
                .collect();
            let from = registry.answered()?;
            let last = tags.iter().rev().take(1);
            let turn = Turn {
                words: words(scene, client, &image, &tags)?,
                registries: &[&registry],
                tokens: None,
                there: last
                    .map(|tag| format!("{}:{tag}", image.repository))
                    .collect(),
                digest: &image.digest,
            };
            scene.turn(row, &turn);
            if let (Kind::Liftlock, Some(run)) = (client.kind, row.runs.last()) {
                floor
                    .runs
                    .push(replay(scene, &registry, from, run.requests)?);
            }
        }
    }
    rows.push(floor);
    Ok(vec![Played {
        title: format!("bulk: {count} tags in one repository"),
        rows,
    }])
}

/// The product has a command for it; the others are called once for each.
fn words(
    scene: &Scene<'_>,
    client: &Client,
    image: &Image,
    tags: &[String],
) -> Result<Vec<String>, Trouble> {
    if client.kind != Kind::Liftlock {
        let retag = |tag: &String| client.retag(&image.repository, image.tag(), tag);
        return scene.in_turn(&tags.iter().map(retag).collect::<Vec<_>>());
    }
    let from = image.reference();
    let pairs: Vec<_> = tags.iter().map(|tag| format!("{from} {tag}")).collect();
    let file = scene.file("pairs", &pairs)?.display().to_string();
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
    let duration = Duration::from_secs(scene.options.size(4, 1));
    let place = scene.folder.sub("load")?;
    let answered = load::replay(&registry.host, &place, &requests, MANIFEST, &body, duration)?;
    run(answered, count)
}

/// The time that this many of the requests took.
fn run(answered: Answered, requests: usize) -> Result<Run, Trouble> {
    if answered.errors > 0 || answered.requests == 0 {
        return Err(Trouble::answer("wrk", format!("{answered:?}")));
    }
    let share =
        f64::from(u32::try_from(requests).unwrap_or(u32::MAX)) / f64::from(answered.requests);
    let usage = Usage {
        wall_s: answered.within_s * share,
        ..Usage::default()
    };
    Ok(Run { usage, requests })
}
