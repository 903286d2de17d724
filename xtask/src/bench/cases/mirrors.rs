//! From one registry to many.

use crate::peers::Note;
use crate::peers::registry::Registry;
use crate::peers::trouble::Trouble;

use super::super::client::{Client, Kind};
use super::super::image::{Image, SMALL};
use super::super::row::Played;
use super::super::scene::{Scene, Turn};

pub(super) fn play(scene: &Scene<'_>, note: &mut Note<'_>) -> Result<Vec<Played>, Trouble> {
    let count = scene.options.size(21, 3);
    let source = scene.registry("mirrors")?;
    let image = Image::push(scene, &source, SMALL)?;
    let mirrors: Result<Vec<_>, _> = (0..count)
        .map(|number| scene.registry(&format!("mirror-{number}")))
        .collect();
    let mirrors = mirrors?;
    let all: Vec<&Registry> = [&source].into_iter().chain(&mirrors).collect();
    let mut rows = scene.rows();
    for round in 0..scene.options.runs {
        for (client, row) in scene.clients.iter().zip(&mut rows) {
            note(&format!("{} for the {}. time", client.name(), round + 1));
            let to = |mirror: &Registry| format!("{}/{}-{round}:copy", mirror.host, client.name());
            let there: Vec<_> = mirrors.iter().map(to).collect();
            let turn = Turn {
                words: words(scene, client, &image.reference(), &there)?,
                registries: &all,
                tokens: None,
                there,
                digest: &image.digest,
            };
            scene.turn(row, &turn);
        }
    }
    Ok(vec![Played {
        title: format!("mirrors: from one registry to {count}, 5 layers of 1 MB"),
        rows,
    }])
}

/// The product takes all at once; the others are called once for each.
fn words(
    scene: &Scene<'_>,
    client: &Client,
    from: &str,
    to: &[String],
) -> Result<Vec<String>, Trouble> {
    if client.kind != Kind::Liftlock {
        let copies: Vec<_> = to.iter().map(|to| client.copy(from, to)).collect();
        return scene.in_turn(&copies);
    }
    let words = ["image", "copy", from].into_iter();
    let words: Vec<_> = words.chain(to.iter().map(String::as_str)).collect();
    Ok(client.words(&words))
}
