//! A large image to another registry.

use crate::peers::Note;
use crate::peers::program::Program;
use crate::peers::trouble::Trouble;

use super::super::image::{Image, Size};
use super::super::row::Played;
use super::super::scene::{Scene, Turn};

/// Two gigabytes.
const LARGE: Size = Size {
    layers: 8,
    layer_bytes: 250_000_000,
};
const LARGE_QUICK: Size = Size {
    layers: 8,
    layer_bytes: 1_000_000,
};
/// A layout, the source, and a destination while another is removed; and room to breathe.
const COPIES: u64 = 5;

pub(super) fn play(scene: &Scene<'_>, note: &mut Note<'_>) -> Result<Vec<Played>, Trouble> {
    let size = scene.options.size(LARGE, LARGE_QUICK);
    let bytes = size.layers * size.layer_bytes;
    room(scene, bytes * COPIES)?;
    let source = scene.registry("across")?;
    let image = Image::push(scene, &source, size)?;
    let mut rows = scene.rows();
    for round in 0..scene.options.runs {
        for (client, row) in scene.clients.iter().zip(&mut rows) {
            note(&format!("{} for the {}. time", client.name(), round + 1));
            // A new one each time: what is there already is not copied again.
            let destination = scene.registry("across-to")?;
            let to = format!("{}/shop:copy", destination.host);
            // What the one before wrote is not this one's burden.
            Program::new::<&str>("sync", []).must()?;
            let turn = Turn {
                words: client.copy(&image.reference(), &to),
                registries: &[&source, &destination],
                tokens: None,
                there: vec![to],
                digest: &image.digest,
            };
            scene.turn(row, &turn);
            drop(destination);
            scene.remove("across-to")?;
        }
    }
    drop(source);
    scene.remove("across")?;
    let (layers, megabytes) = (size.layers, bytes / 1_000_000);
    Ok(vec![Played {
        title: format!("across: to another registry, {megabytes} MB in {layers} layers"),
        rows,
    }])
}

/// Whether the disk has room for this many bytes.
fn room(scene: &Scene<'_>, bytes: u64) -> Result<(), Trouble> {
    let folder = scene.folder.path();
    let words = [
        "-B1".as_ref(),
        "--output=avail".as_ref(),
        folder.as_os_str(),
    ];
    let said = Program::new("df", words).must()?;
    let free = said
        .lines()
        .nth(1)
        .and_then(|line| line.trim().parse::<u64>().ok());
    let free = free.ok_or_else(|| Trouble::answer("df", said.clone()))?;
    if free < bytes {
        let folder = folder.to_owned();
        return Err(Trouble::NoRoom {
            folder,
            free,
            bytes,
        });
    }
    Ok(())
}
