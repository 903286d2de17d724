//! Requests of a client that has just started, at registries with bearer tokens: refusals and
//! tokens count, too.

use crate::peers::Note;
use crate::peers::registry::Registry;
use crate::peers::software::{Access, Software};
use crate::peers::tokens::Tokens;
use crate::peers::trouble::Trouble;

use super::super::client::Client;
use super::super::image::{Image, SMALL};
use super::super::row::Played;
use super::super::scene::{Scene, Turn};

/// What is counted; the names are in the order in which they are done.
const TITLES: [&str; 4] = [
    "requests, with tokens: one tag in one repository",
    "requests, with tokens: to another repository of one registry, 5 layers and a config",
    "requests, with tokens: to another registry, 5 layers and a config",
    "requests, with tokens: to another registry, where it is already",
];

pub(super) fn play(scene: &Scene<'_>, note: &mut Note<'_>) -> Result<Vec<Played>, Trouble> {
    if matches!(scene.software, Software::Embedded(_) | Software::Zot(_)) {
        note("requests: only Distribution asks for tokens here");
        return Ok(Vec::new());
    }
    let names = scene.clients.iter().map(|client| client.name().to_owned());
    let repositories: Vec<_> = names.chain(["shop".to_owned()]).collect();
    let tokens = Tokens::start(scene.folder, &repositories)?;
    let image = prepared(scene)?;
    let started = |name| {
        let access = Access::Token(&tokens);
        Registry::start(scene.folder, name, &scene.software, access)
    };
    let (near, far) = (started("near")?, started("far")?);
    let image = Image {
        repository: format!("{}/shop", near.host),
        ..image
    };
    let mut all = TITLES.map(|title| Played {
        title: title.to_owned(),
        rows: scene.rows(),
    });
    for (at, client) in scene.clients.iter().enumerate() {
        for (played, (words, there)) in all.iter_mut().zip(commands(client, &image, &near, &far)) {
            let turn = Turn {
                words,
                registries: &[&near, &far],
                tokens: Some(&tokens),
                there: vec![there],
                digest: &image.digest,
            };
            scene.turn(&mut played.rows[at], &turn);
        }
    }
    Ok(all.into())
}

/// The image in the folder of the registry `near`, put there before it asks for tokens.
fn prepared(scene: &Scene<'_>) -> Result<Image, Trouble> {
    let open = scene.registry("near")?;
    Image::push(scene, &open, SMALL)
}

/// What is done, and what is there afterwards, one for each of [`TITLES`].
fn commands(
    client: &Client,
    image: &Image,
    near: &Registry,
    far: &Registry,
) -> [(Vec<String>, String); 4] {
    let (from, name) = (image.reference(), client.name());
    let tagged = format!("{}:{name}", image.repository);
    let beside = format!("{}/{name}:copy", near.host);
    let there = format!("{}/{name}:copy", far.host);
    [
        (client.retag(&image.repository, image.tag(), name), tagged),
        (client.copy(&from, &beside), beside),
        (client.copy(&from, &there), there.clone()),
        (client.copy(&from, &there), there),
    ]
}
