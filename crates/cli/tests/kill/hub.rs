//! A bare Git repository whose branch says what runs, and a `git` that can be told to kill whoever
//! runs it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use liftlock_testkit::{Deployment, World};

/// The pipeline's way to it.
pub(crate) const DEPLOY: &str = "    sign: staging
    deploy:
      gitops:
        repository: hub.git
        path: apps
        within: 1m
        images:
          api: { kustomize: kustomization.yaml }
          worker: { helm: values.yaml, at: worker.image }";

const KUSTOMIZATION: &str = "# what staging runs\nkind: Kustomization\nimages:\n  - name: REGISTRY/shop/api  # ours\n    newTag: \"1.0\"\n";
const VALUES: &str = "worker:\n  image: { repository: REGISTRY/shop/worker, digest: '' }  # ours\n";
/// Where the digest of each image stands, by its key in capitals.
const FILES: [(&str, &str); 2] = [
    ("API", "apps/kustomization.yaml"),
    ("WORKER", "apps/values.yaml"),
];

/// Notes each command. Where `git/kill` has a command's word, the process that runs it is killed
/// before git does anything.
const GIT: &str = r#"#!/bin/sh
notes=@FOLDER/git
verb=
for word in "$@"; do
  case $word in -*|*=*|*/*) ;; *) verb=$word; break ;; esac
done
echo "$verb" >> "$notes/calls"
if [ -e "$notes/kill" ]; then
  read -r nth before < "$notes/kill"
  if [ "$verb" = "$before" ]; then
    if [ "$nth" -eq 0 ]; then rm "$notes/kill"; kill -9 "$PPID"; exit 1; fi
    echo "$((nth - 1)) $before" > "$notes/kill"
  fi
fi
exec @GIT "$@"
"#;

/// Makes the repository in the world's folder, with a first commit by hand.
pub(crate) fn make(world: &mut World) {
    let folder = world.folder();
    let path = std::env::var("PATH").expect("PATH");
    let git = path.split(':').map(|place| Path::new(place).join("git"));
    let git = git.into_iter().find(|program| program.is_file());
    let git = git.expect("git is installed").display().to_string();
    fs::create_dir(folder.join("git")).expect("a folder");
    let program = GIT.replace("@FOLDER", &folder.display().to_string());
    world.write_program("bin/git", &program.replace("@GIT", &git));
    world.set("PATH", &format!("{}:{path}", folder.join("bin").display()));
    world.write("hand/apps/kustomization.yaml", KUSTOMIZATION);
    world.write("hand/apps/values.yaml", VALUES);
    let hand = folder.join("hand");
    says(&folder, &["init", "-q", "--bare", "-b", "main", "hub.git"]);
    says(&hand, &["init", "-q", "-b", "main"]);
    says(&hand, &["add", "."]);
    let commit = [
        "-c",
        "user.name=Dana",
        "-c",
        "user.email=dana@example.com",
        "-c",
        "commit.gpgSign=false",
        "commit",
        "-q",
        "-m",
        "by hand",
    ];
    says(&hand, &commit);
    says(&hand, &["push", "-q", "../hub.git", "main"]);
}

/// Has the process killed that asks git for this, after as many that it lets pass.
pub(crate) fn kill_before(world: &World, verb: &str, passing: usize) {
    world.write("git/kill", &format!("{passing} {verb}\n"));
}

/// Takes that back; whether nobody was killed.
pub(crate) fn spared(world: &World) -> bool {
    fs::remove_file(world.folder().join("git/kill")).is_ok()
}

/// What git was asked since this was last called, in order.
pub(crate) fn take_calls(world: &World) -> Vec<String> {
    let file = world.folder().join("git/calls");
    let calls = fs::read_to_string(&file).unwrap_or_default();
    let _ = fs::remove_file(file);
    calls.lines().map(str::to_owned).collect()
}

/// Each commit that a promotion made, in order.
pub(crate) fn deployments(world: &World) -> Vec<Deployment> {
    let hub = hub(world);
    let trailer = |name: &str| format!("%(trailers:key=Liftlock-{name},valueonly,separator=)");
    let format = format!(
        "--format=%H {} {} {}",
        trailer("Environment"),
        trailer("Promotion"),
        trailer("Release")
    );
    let log = says(&hub, &["log", "--reverse", &format, "main"]);
    let commits = log.lines().map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [commit, environment, promotion, release] = words[..] else {
            return None;
        };
        Some(Deployment {
            environment: environment.to_owned(),
            promotion: promotion.to_owned(),
            release: release.to_owned(),
            digests: digests(&hub, commit),
        })
    });
    // The first one was made by hand.
    commits.flatten().collect()
}

/// The digests that the branch names now.
pub(crate) fn named(world: &World) -> BTreeMap<String, String> {
    digests(&hub(world), "main")
}

fn digests(hub: &Path, commit: &str) -> BTreeMap<String, String> {
    let found = FILES.iter().map(|(key, file)| {
        let text = says(hub, &["show", &format!("{commit}:{file}")]);
        let start = text.find("sha256:").unwrap_or(text.len());
        let digest = text[start..].chars().take("sha256:".len() + 64).collect();
        ((*key).to_owned(), digest)
    });
    found.collect()
}

fn hub(world: &World) -> PathBuf {
    world.folder().join("hub.git")
}

fn says(dir: &Path, words: &[&str]) -> String {
    let output = Command::new("git").args(words).current_dir(dir).output();
    let output = output.expect("git");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {words:?}: {errors}");
    String::from_utf8(output.stdout).expect("text")
}
