//! `liftlock init`

use std::fs::OpenOptions;
use std::io::Write;

use clap::Args;
use liftlock_core::{PersonName, PipelineName};
use liftlock_oci::Repository;
use liftlock_pipeline_file::starter;
use liftlock_verbs::{Done, Exit, Failure};
use serde_json::json;

use crate::context::Context;
use crate::system::os_user;

/// Write a starter liftlock.yaml
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock init registry.example.com/myapp")]
pub(crate) struct Arguments {
    /// The repository the image is built into, without a tag
    #[arg(value_name = "IMAGE", default_value = "registry.example.com/myapp")]
    image: Repository,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
    /// Print the file instead of writing it
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let image = &arguments.image;
    let last = image.path().rsplit('/').next().unwrap_or("app");
    let invalid = |error: liftlock_core::NameError| Failure::usage(error.to_string());
    let pipeline: PipelineName = last.parse().map_err(invalid)?;
    let user = context.act_as.clone().unwrap_or_else(os_user);
    let user: PersonName = user.parse().map_err(invalid)?;
    let text = starter(image, &pipeline, &user);
    let file = context.file.display().to_string();
    let json = json!({ "file": file, "pipeline": pipeline, "image": image, "text": text });
    if arguments.dry_run {
        return Ok(Done::new(text, json));
    }
    let mut options = OpenOptions::new();
    options.write(true);
    if arguments.force {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    let written = options
        .open(&context.file)
        .and_then(|mut f| f.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::new(Exit::Usage, "exists", format!("{file} is there already"))
                .hint("`--force` replaces it")
        }
        _ => Failure::failed("file", format!("{file} cannot be written: {error}")),
    })?;
    let next = format!(
        "wrote {file}\n\nRead it, then:\n  liftlock policy check\n  liftlock release create 1.0.0 {image}:TAG\n  liftlock plan 1.0.0 --to staging"
    );
    Ok(Done::new(next, json))
}
