//! `liftlock image inspect`

mod config;
mod kind;
mod tree;

use clap::Args;
use liftlock_oci::{Platform, RawManifest};
use liftlock_registry::{Choice, CopyError, Graph, ImageName, Name, Node, Parts, Role, discover};
use liftlock_verbs::{
    Done, Failure,
    show::{bytes, count},
};
use serde_json::{Value, json};

use self::config::Config;
use super::failure::{copy_failure, place_failure};
use super::name::image;
use super::place::Source;
use crate::context::Context;

/// Show an image: its platforms, layers and sizes, and what refers to it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  liftlock image inspect registry.example.com/myapp:production
  liftlock image inspect registry.example.com/myapp:production --platform linux/amd64
  liftlock image inspect oci:myapp.tar --raw | sha256sum

With --raw the manifest's bytes are printed as they are, and nothing else; on a terminal characters
that would steer it are written out.")]
pub(crate) struct Arguments {
    /// The image: a reference, or oci:PATH[:TAG][@DIGEST]
    #[arg(value_parser = image)]
    image: ImageName,
    /// Show this platform's own manifest, and its configuration
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    platform: Option<Platform>,
    /// Do not look for signatures, attestations and other referrers
    #[arg(long)]
    no_referrers: bool,
    /// Print the manifest's exact bytes
    #[arg(long, conflicts_with = "json")]
    raw: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let source = Source::open(&arguments.image, &context.registries())?;
    let root = source.place.manifest(source.image.name()).await;
    let root = root.map_err(place_failure)?;
    let choice = Choice {
        platforms: arguments.platform.into_iter().collect(),
        referrers: !arguments.no_referrers && !arguments.raw,
    };
    if arguments.raw && choice.platforms.is_empty() {
        context.ui.raw(root.bytes());
        return Ok(Done::new("", Value::Null));
    }
    let view = look(&source, root, choice, context).await?;
    if arguments.raw {
        context.ui.raw(view.root.bytes());
        return Ok(Done::new("", Value::Null));
    }
    let config = match &view.parts.blobs.first() {
        Some(config) if view.parts.artifact_type.is_none() => {
            config::read(&source.place, config).await?
        }
        _ => None,
    };
    let text = text(&source, &view, config.as_ref());
    Ok(Done::new(text, json(&source, &view, config.as_ref())))
}

/// An image, as much of it as can be read.
struct View {
    root: RawManifest,
    parts: Parts,
    graph: Graph,
}

/// Looks at all of it. What is incomplete is shown as far as it goes, with a warning: one looks at
/// an image above all where something is wrong with it.
async fn look(
    source: &Source,
    root: RawManifest,
    mut choice: Choice,
    context: &Context,
) -> Result<View, Failure> {
    let (place, name) = (&source.place, source.image.name());
    let what = place.named(Name::Digest(root.digest()));
    let mut found = discover(place, root.clone(), name, &choice).await;
    if choice.referrers
        && let Err(error @ CopyError::Source { .. }) = &found
    {
        context
            .ui
            .warn(&format!("what refers to it is not shown: {error}"));
        choice.referrers = false;
        found = discover(place, root.clone(), name, &choice).await;
    }
    let graph = match found {
        Ok(graph) => graph,
        Err(CopyError::Shape { message, .. }) if choice.platforms.is_empty() => {
            context
                .ui
                .warn(&format!("it is shown without what it lists: {message}"));
            Graph::default()
        }
        Err(error) => return Err(copy_failure(error)),
    };
    let root = graph.root().map_or(root, |node| node.manifest.clone());
    let parts = Parts::of(&root, &what).map_err(copy_failure)?;
    Ok(View { root, parts, graph })
}

fn text(source: &Source, view: &View, config: Option<&Config>) -> String {
    let Source { place, .. } = source;
    let (root, size) = (&view.root, bytes(view.root.bytes().len() as u64));
    let mut lines = vec![
        place.named(Name::Digest(root.digest())),
        format!("  {}, {size}", root.media_type()),
    ];
    let blobs = view.graph.blobs();
    if !view.graph.nodes().is_empty() {
        let size = blobs.iter().map(|(blob, _)| blob.size).sum();
        let manifests = count(view.graph.nodes().len(), "manifest");
        let blobs = count(blobs.len(), "blob");
        lines.push(format!("  {manifests} and {blobs}, {} in all", bytes(size)));
    }
    lines.extend(tree::lines(&view.root, &view.parts, &view.graph));
    lines.extend(config.iter().flat_map(|config| config.lines()));
    lines.join("\n")
}

fn json(source: &Source, view: &View, config: Option<&Config>) -> Value {
    let blobs = view.graph.blobs();
    let platforms = view.parts.children.iter();
    let platforms = platforms
        .filter_map(|child| Some((child.platform.as_ref()?, child.digest)))
        .filter(|(platform, _)| !platform.is_unknown())
        .map(|(platform, digest)| json!({ "platform": platform.to_string(), "digest": digest }));
    json!({
        "image": source.to_string(),
        "digest": view.root.digest(),
        "media_type": view.root.media_type(),
        "size": view.root.bytes().len(),
        "platforms": platforms.collect::<Vec<_>>(),
        "children": view.parts.children,
        "blobs": blobs.len(),
        "bytes": blobs.iter().map(|(blob, _)| blob.size).sum::<u64>(),
        "manifests": view.graph.nodes().iter().map(node).collect::<Vec<_>>(),
        "config": config,
    })
}

fn node(node: &Node) -> Value {
    let (role, subject, tag) = match &node.role {
        Role::Root => ("image", None, None),
        Role::Child => ("child", None, None),
        Role::Referrer(subject) => ("referrer", Some(subject), None),
        Role::Companion(subject, tag) => ("companion", Some(subject), Some(tag)),
        Role::Part => ("part", None, None),
    };
    let is_index = !node.parts.children.is_empty() || node.parts.blobs.is_empty();
    let (config, layers) = match node.parts.blobs.split_first() {
        Some((config, layers)) if !is_index => (Some(config), layers),
        _ => (None, [].as_slice()),
    };
    json!({
        "digest": node.manifest.digest(),
        "media_type": node.manifest.media_type(),
        "size": node.manifest.bytes().len(),
        "role": role,
        "subject": subject,
        "tag": tag,
        "platform": node.platform.as_ref().map(ToString::to_string),
        "artifact_type": node.parts.artifact_type,
        "children": node.parts.children.iter().map(|child| child.digest).collect::<Vec<_>>(),
        "config": config,
        "layers": layers,
        "foreign": node.parts.foreign,
    })
}
