//! `liftlock image inspect`

use clap::Args;
use liftlock_engine::ports::Registries;
use liftlock_oci::{Content, Reference};
use liftlock_registry::Name;
use serde_json::json;

use crate::context::Context;
use crate::done::Done;
use crate::failure::Failure;
use crate::verbs::reference::definite;

/// Show an image: its digest, platforms and layers
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock image inspect registry.example.com/myapp:production")]
pub(crate) struct Arguments {
    /// The image
    #[arg(value_parser = definite)]
    image: Reference,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let registries = context.registries();
    let resolved = registries.resolve(&arguments.image).await?;
    let repository = &arguments.image.repository;
    let client = registries.client(repository.host())?;
    let mut lines = vec![format!("{repository}@{}", resolved.image.digest)];
    lines.push(format!("  {}", resolved.image.media_type));
    let mut manifests = Vec::new();
    let name = Name::Digest(resolved.image.digest);
    let raw = client.manifest(repository, name).await?;
    let content = raw
        .parse()
        .map_err(|e| Failure::failed("content", e.to_string()))?;
    match content {
        Content::Index(index) => {
            for child in &index.manifests {
                let platform = child
                    .platform
                    .as_ref()
                    .map_or("-".to_owned(), |p| p.to_string());
                lines.push(format!(
                    "  {platform:<16} {} ({} bytes)",
                    child.digest, child.size
                ));
                manifests.push(json!(child));
            }
        }
        Content::Manifest(manifest) => {
            for (platform, _) in &resolved.image.platforms {
                lines.push(format!("  {platform}"));
            }
            lines.push(format!(
                "  config {} ({} bytes)",
                manifest.config.digest, manifest.config.size
            ));
            for layer in &manifest.layers {
                lines.push(format!("  layer  {} ({} bytes)", layer.digest, layer.size));
            }
            manifests.push(json!(manifest));
        }
    }
    let json = json!({
        "repository": repository,
        "image": resolved.image,
        "size": raw.bytes().len(),
        "manifests": manifests,
    });
    Ok(Done::new(lines.join("\n"), json))
}
