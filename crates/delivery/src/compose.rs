//! Docker compose as the deployer: the user's compose files, and an override of ours that
//! pins each managed service's image by digest.

mod arguments;
mod containers;
mod engine;
mod health;
mod images;
mod overlay;
mod running;
mod tool;

use std::collections::BTreeMap;

use liftlock_core::{ImageKey, Span};
use liftlock_engine::ports::{Delivered, DeliveryContext, DeliveryError, OUTPUT_BYTES_MAX};
use liftlock_oci::PinnedRef;

use self::tool::{Generation, Tool};
use crate::local::LocalDelivery;
use crate::nearest::nearest;
use crate::output::Bounded;
use crate::session::Session;

pub(crate) use self::running::running;

/// The compose project of an environment, as the policy names it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Project<'a> {
    /// The compose files, relative to the pipeline file's folder, in order.
    pub(crate) files: &'a [String],
    /// Which service runs which image.
    pub(crate) services: &'a BTreeMap<String, ImageKey>,
    /// The project's name, where the policy gives one.
    pub(crate) name: Option<&'a str>,
    /// The profiles that are brought up.
    pub(crate) profiles: &'a [String],
}

impl Project<'_> {
    /// The pinned image of each managed service.
    ///
    /// # Errors
    /// A project without files or services, or a service whose image the release lacks.
    fn pinned(
        &self,
        context: &DeliveryContext,
    ) -> Result<BTreeMap<String, PinnedRef>, DeliveryError> {
        if self.files.is_empty() || self.services.is_empty() {
            return Err(refused(
                "it names no compose file, or no service with an image",
            ));
        }
        let pin = |(service, key): (&String, &ImageKey)| match context.images.get(key) {
            Some(image) => Ok((service.clone(), image.clone())),
            None => Err(refused(&format!(
                "service {service} runs image {key}, which release {} does not have",
                context.release
            ))),
        };
        self.services.iter().map(pin).collect()
    }
}

/// Deploys the whole project with the release's images, and returns when its containers run,
/// healthy where they have a health check.
///
/// # Errors
/// Those of the programs, and [`DeliveryError::Answer`] for services the project lacks.
pub(crate) async fn deploy(
    local: &LocalDelivery,
    context: &DeliveryContext,
    project: Project<'_>,
    within: Span,
) -> Result<Delivered, DeliveryError> {
    let pinned = project.pinned(context)?;
    let session = Session::new(local, context, within)?;
    let tool = tool::find(&session).await?;
    let known = session
        .answer(tool.name(), &arguments::services(&tool, project))
        .await?;
    refuse_unknown(project, &known)?;
    let version = version(&session, &tool, project).await?;
    let overlay = overlay::write(&pinned, version.as_deref())?;

    let mut output = Bounded::new(OUTPUT_BYTES_MAX);
    let bringing = Bringing {
        session: &session,
        tool: &tool,
        project,
        pinned: &pinned,
        overlay: overlay.path(),
    };
    engine::wait(&session).await?;
    if let Err(error) = bringing.up(&mut output).await {
        if engine::answers(&session).await.is_ok() {
            return Err(error);
        }
        // What it could not finish may be half done: all of it can be run again.
        output.push(b"the engine went away\n");
        engine::wait(&session).await?;
        bringing.up(&mut output).await?;
    }
    Ok(Delivered {
        output: output.finish(),
        summary: None,
    })
}

/// A project that is brought up.
struct Bringing<'a> {
    session: &'a Session,
    tool: &'a Tool,
    project: Project<'a>,
    pinned: &'a BTreeMap<String, PinnedRef>,
    /// The override's path.
    overlay: &'a str,
}

impl Bringing<'_> {
    async fn up(&self, output: &mut Bounded) -> Result<(), DeliveryError> {
        let (session, tool, project) = (self.session, self.tool, self.project);
        if tool.generation() == Generation::V1 {
            images::fetch(session, self.pinned, output).await?;
        }
        let up = arguments::up(tool, project, self.overlay, session.left());
        output.push(&session.run(tool.name(), &up).await?);
        if tool.generation() == Generation::V1 {
            health::wait(session, tool, project).await?;
        }
        Ok(())
    }
}

/// The file format's version, which compose before 1.27 wants to be the same in all files.
async fn version(
    session: &Session,
    tool: &Tool,
    project: Project<'_>,
) -> Result<Option<String>, DeliveryError> {
    if tool.generation() == Generation::V2 {
        return Ok(None);
    }
    let config = session
        .answer(tool.name(), &arguments::config(tool, project))
        .await?;
    Ok(overlay::version(&config))
}

/// A service that only the override knew would be a new service, not a pinned one.
fn refuse_unknown(project: Project<'_>, known: &str) -> Result<(), DeliveryError> {
    let known: Vec<String> = known.lines().map(|line| line.trim().to_owned()).collect();
    let Some(unknown) = project
        .services
        .keys()
        .find(|service| !known.contains(service))
    else {
        return Ok(());
    };
    let hint = match nearest(unknown, &known) {
        Some(near) => format!("; did you mean {near}?"),
        None => format!("; it has {}", known.join(", ")),
    };
    Err(refused(&format!(
        "the compose project has no service {unknown}{hint}"
    )))
}

fn refused(why: &str) -> DeliveryError {
    DeliveryError::Answer {
        what: "deploy with compose".to_owned(),
        message: why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_services_are_refused_with_the_nearest() {
        let files = ["compose.yml".to_owned()];
        let services = BTreeMap::from([("wbe".to_owned(), "api".parse().unwrap())]);
        let project = Project {
            files: &files,
            services: &services,
            name: None,
            profiles: &[],
        };
        refuse_unknown(project, "db\nwbe\n").unwrap();
        let error = refuse_unknown(project, "db\nweb\n")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("no service wbe; did you mean web?"),
            "{error}"
        );
        let error = refuse_unknown(project, "frontend\n")
            .unwrap_err()
            .to_string();
        assert!(error.contains("it has frontend"), "{error}");
        assert!(refuse_unknown(project, "").is_err());
    }
}
