//! What an environment has to look like, seen by everyone but the product.

use super::super::image::Image;
use super::super::pipeline::{Pipeline, Place};
use super::super::report::Report;
use crate::peers::http;
use crate::peers::skopeo;
use crate::peers::trouble::Trouble;

/// The one container of the service runs exactly this image, and answers with its version.
pub(super) fn runs(
    report: &mut Report<'_>,
    pipeline: &Pipeline<'_>,
    place: &Place,
    image: &Image,
) -> Result<(), Trouble> {
    let (project, version) = (&place.project, &image.version);
    let found = pipeline.world.docker.containers(project, "web")?;
    let found: Vec<_> = found.into_iter().map(|container| container.image).collect();
    let what = format!("docker inspect: {project} runs {version} by its digest");
    report.equal(&what, vec![pipeline.pinned(image)], found);
    let answer = http::get(place.port, "/health")?;
    let what = format!("{project} answers with {version} on /health");
    let expected = (200, format!("version {version}\n"));
    report.equal(&what, expected, (answer.status, answer.body));
    Ok(())
}

/// Each of these tags leads to exactly this image, for skopeo and for docker.
pub(super) fn tagged(
    report: &mut Report<'_>,
    pipeline: &Pipeline<'_>,
    tags: &[&str],
    image: &Image,
) -> Result<(), Trouble> {
    let docker = &pipeline.world.docker;
    for tag in tags {
        let reference = pipeline.at(tag);
        let what = format!("skopeo inspect --raw: {tag} is {}", image.version);
        report.equal(&what, image.digest.clone(), skopeo::digest(&reference)?);
        docker.must(&["pull", "-q", &reference])?;
        let (pinned, digests) = (pipeline.pinned(image), docker.digests(&reference)?);
        let what = format!("docker pull: {tag} has the digest of {}", image.version);
        let found = digests.join(", ");
        report.that(&what, digests.contains(&pinned), pinned, found);
    }
    Ok(())
}
