//! Compose's command lines. They are run in the pipeline file's folder, so that the files'
//! names are used as the policy writes them.

use std::path::Path;

use liftlock_core::Span;

use super::Project;
use super::tool::{Generation, Tool};

/// What compose's own limit for health is shorter than ours: it then says itself what is not
/// healthy.
const OWN_LIMIT_MARGIN: Span = Span::from_secs(5);

/// Lists the services that the user's own files define.
pub(super) fn services(tool: &Tool, project: Project<'_>) -> Vec<String> {
    with(tool, project, None, &["config", "--services"])
}

/// Prints the merged files of the user.
pub(super) fn config(tool: &Tool, project: Project<'_>) -> Vec<String> {
    with(tool, project, None, &["config"])
}

/// Lists the ids of the containers of one service, or of all.
pub(super) fn containers(tool: &Tool, project: Project<'_>, service: Option<&str>) -> Vec<String> {
    let mut all = with(tool, project, None, &["ps", "-q"]);
    all.extend(service.map(str::to_owned));
    all
}

/// Brings the whole project up, pinned. Never builds, and never removes what it does not know.
pub(super) fn up(tool: &Tool, project: Project<'_>, overlay: &str, left: Span) -> Vec<String> {
    let mut all = with(
        tool,
        project,
        Some(overlay),
        &["up", "-d", "--no-build", "--quiet-pull"],
    );
    if tool.generation() == Generation::V2 {
        let seconds = left
            .left_after(OWN_LIMIT_MARGIN)
            .duration()
            .as_secs()
            .max(1);
        all.extend([
            "--wait".to_owned(),
            "--wait-timeout".to_owned(),
            seconds.to_string(),
        ]);
    }
    all
}

fn with(tool: &Tool, project: Project<'_>, overlay: Option<&str>, words: &[&str]) -> Vec<String> {
    let mut all = tool.words();
    all.extend(["--project-directory".to_owned(), directory(project)]);
    if let Some(name) = project.name {
        all.extend(["-p".to_owned(), name.to_owned()]);
    }
    for profile in project.profiles {
        all.extend(["--profile".to_owned(), profile.clone()]);
    }
    for file in project.files.iter().map(String::as_str).chain(overlay) {
        all.extend(["-f".to_owned(), file.to_owned()]);
    }
    all.extend(words.iter().map(|word| (*word).to_owned()));
    all
}

/// The folder that relative paths in compose files are meant from: the first file's.
fn directory(project: Project<'_>) -> String {
    project
        .files
        .first()
        .and_then(|file| Path::new(file).parent()?.to_str())
        .filter(|parent| !parent.is_empty())
        .unwrap_or(".")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn line(words: Vec<String>) -> String {
        words.join(" ")
    }

    #[test]
    fn the_second_generation_waits_itself() {
        let files = ["deploy/compose.yml".to_owned(), "prod.yml".to_owned()];
        let services = BTreeMap::new();
        let project = Project {
            files: &files,
            services: &services,
            name: Some("shop"),
            profiles: &["jobs".to_owned()],
        };
        assert_eq!(
            line(up(
                &Tool::plugin(),
                project,
                "/tmp/o.json",
                Span::from_secs(120)
            )),
            "docker compose --project-directory deploy -p shop --profile jobs -f deploy/compose.yml -f prod.yml \
             -f /tmp/o.json up -d --no-build --quiet-pull --wait --wait-timeout 115"
        );
        let short = up(&Tool::plugin(), project, "/tmp/o.json", Span::from_secs(2));
        assert!(line(short).ends_with("--wait-timeout 1"));
    }

    #[test]
    fn the_first_generation_cannot() {
        let files = ["compose.yml".to_owned()];
        let services = BTreeMap::new();
        let project = Project {
            files: &files,
            services: &services,
            name: None,
            profiles: &[],
        };
        let tool = Tool::standalone(Generation::V1);
        assert_eq!(
            line(up(&tool, project, "/tmp/o.json", Span::from_secs(120))),
            "docker-compose --project-directory . -f compose.yml -f /tmp/o.json up -d --no-build --quiet-pull"
        );
        assert_eq!(
            line(containers(&tool, project, Some("web"))),
            "docker-compose --project-directory . -f compose.yml ps -q web"
        );
        assert_eq!(
            line(super::services(&tool, project)),
            "docker-compose --project-directory . -f compose.yml config --services"
        );
    }
}
