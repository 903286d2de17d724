//! To another repository of the same registry.

use crate::peers::Note;
use crate::peers::trouble::Trouble;

use super::super::image::{Image, SMALL};
use super::super::row::Played;
use super::super::scene::{Scene, Turn};

pub(super) fn play(scene: &Scene<'_>, _: &mut Note<'_>) -> Result<Vec<Played>, Trouble> {
    let registry = scene.registry("within")?;
    let image = Image::push(scene, &registry, SMALL)?;
    let mut rows = scene.rows();
    for round in 0..scene.many() {
        for (client, row) in scene.clients.iter().zip(&mut rows) {
            let to = format!("{}/{}-{round}:copy", registry.host, client.name());
            let turn = Turn {
                words: client.copy(&image.reference(), &to),
                registries: &[&registry],
                tokens: None,
                there: vec![to],
                digest: &image.digest,
            };
            scene.turn(row, &turn);
        }
    }
    Ok(vec![Played {
        title: "within: to another repository of one registry, 5 layers".to_owned(),
        rows,
    }])
}
