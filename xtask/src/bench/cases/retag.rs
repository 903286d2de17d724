//! One tag of one repository.

use crate::peers::Note;
use crate::peers::layout::MANIFEST;
use crate::peers::trouble::Trouble;

use super::super::image::{Image, SMALL};
use super::super::row::{Played, Row, Standing};
use super::super::scene::{Scene, Turn};

pub(super) fn play(scene: &Scene<'_>, _: &mut Note<'_>) -> Result<Vec<Played>, Trouble> {
    let registry = scene.registry("retag")?;
    let image = Image::push(scene, &registry, SMALL)?;
    let mut rows = scene.rows();
    let mut floor = Row::new("curl, twice", Standing::Floor);
    let registries = [&registry];
    let turn = |words, tag: &str| Turn {
        words,
        registries: &registries,
        tokens: None,
        there: vec![format!("{}:{tag}", image.repository)],
        digest: &image.digest,
    };
    for round in 0..scene.many() {
        for (client, row) in scene.clients.iter().zip(&mut rows) {
            let tag = format!("{}-{round}", client.name());
            let words = client.retag(&image.repository, image.tag(), &tag);
            scene.turn(row, &turn(words, &tag));
        }
        let tag = format!("curl-{round}");
        scene.turn(
            &mut floor,
            &turn(curl(&registry.host, image.tag(), &tag), &tag),
        );
    }
    rows.push(floor);
    Ok(vec![Played {
        title: "retag: one tag in one repository".to_owned(),
        rows,
    }])
}

/// Gets a manifest and puts it, with nothing around it.
fn curl(host: &str, from: &str, to: &str) -> Vec<String> {
    let at = |tag| format!("http://{host}/v2/shop/manifests/{tag}");
    let script = format!(
        "curl -sSf -H 'Accept: {MANIFEST}' -o manifest.json {}\n\
         curl -sSf -X PUT -H 'Content-Type: {MANIFEST}' --data-binary @manifest.json {}",
        at(from),
        at(to)
    );
    ["sh", "-ec", &script].map(str::to_owned).to_vec()
}
