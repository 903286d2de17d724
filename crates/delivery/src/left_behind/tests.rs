//! With real processes, whose owner ended before them.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::*;

struct Left {
    dir: TempDir,
    note: Note,
}

impl Left {
    /// Noted by a process that has ended, without a leader.
    fn new() -> Self {
        let mut owner = Command::new("true").spawn().unwrap();
        let pid = i32::try_from(owner.id()).unwrap();
        let owner_was = process::find(pid).unwrap().id;
        owner.wait().unwrap();
        let note = Note {
            program: "./deploy.sh".to_owned(),
            promotion: "p2".to_owned(),
            boot: process::boot(),
            owner: Some(owner_was),
            since: process::now(),
            leader: None,
        };
        let dir = tempfile::tempdir().unwrap();
        Self { dir, note }
    }

    fn place(&self) -> Place {
        let names = ("shop".parse().unwrap(), "staging".parse().unwrap());
        Place::new(self.dir.path(), &names.0, &names.1)
    }

    async fn end(&self) -> Result<Vec<String>, DeliveryError> {
        self.place().write(&self.note).unwrap();
        let names = ("shop".parse().unwrap(), "staging".parse().unwrap());
        end(self.dir.path(), &names.0, &names.1).await
    }

    /// Starts a shell as programs are; it has run as far as its first line of output.
    fn start(&self, script: &str) -> Child {
        let mut command = Command::new("sh");
        command.args(["-c", script]).current_dir(self.dir.path());
        for (name, value) in [
            ("PIPELINE", "shop"),
            ("ENVIRONMENT", "staging"),
            ("PROMOTION", "p2"),
        ] {
            command.env(format!("LIFTLOCK_{name}"), value);
        }
        command.process_group(0).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        let stdout = child.stdout.as_mut().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        assert_eq!(line, "begun\n");
        child
    }

    /// The same, noted as it should be.
    fn started(&mut self, script: &str) -> Child {
        let child = self.start(script);
        self.note.leader = Some(identity(&child));
        child
    }
}

fn identity(child: &Child) -> Identity {
    process::find(i32::try_from(child.id()).unwrap())
        .unwrap()
        .id
}

fn kill(mut child: Child) {
    let group = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    let _ = kill_process_group(group, Signal::KILL);
    child.wait().unwrap();
}

#[tokio::test]
async fn a_whole_group_is_ended() {
    let mut left = Left::new();
    let child = left.started("sleep 600 & echo begun; wait");
    let leader = identity(&child);
    assert_eq!(members(leader).unwrap().len(), 2);
    let lines = left.end().await.unwrap();
    assert!(
        lines[0].starts_with("./deploy.sh of p2 still ran"),
        "{lines:?}"
    );
    assert_eq!((lines.len(), members(leader).unwrap().len()), (1, 0));
    assert_eq!(left.place().read().unwrap(), None);
    kill(child);
}

#[tokio::test]
async fn what_ignores_it_or_is_stopped_is_ended() {
    for script in [
        "trap '' TERM; echo begun; while :; do sleep 600; done",
        "echo begun; kill -STOP 0; sleep 600",
    ] {
        let mut left = Left::new();
        let child = left.started(script);
        assert_eq!(left.end().await.unwrap().len(), 1, "{script}");
        assert!(!identity(&child).is_alive(), "{script}");
        kill(child);
    }
}

#[tokio::test]
async fn a_group_is_ended_without_its_leader() {
    let mut left = Left::new();
    let mut child = left.start("sleep 600 & echo begun; read -r _");
    left.note.leader = Some(identity(&child));
    let leader = identity(&child);
    let _ = rustix::process::kill_process(Pid::from_raw(leader.pid).unwrap(), Signal::KILL);
    child.wait().unwrap();
    assert_eq!(members(leader).unwrap().len(), 1);
    assert_eq!(left.end().await.unwrap().len(), 1);
    assert!(members(leader).unwrap().is_empty());
}

#[tokio::test]
async fn a_program_whose_number_was_not_yet_noted_is_found() {
    let left = Left::new();
    let child = left.start("echo begun; sleep 600");
    assert_eq!(left.end().await.unwrap().len(), 1);
    assert!(!identity(&child).is_alive());
    kill(child);
}

#[tokio::test]
async fn other_processes_are_left_alone() {
    let script = "echo begun; sleep 600";
    // Another process with the number, another run of the system, another promotion, an older one.
    for case in ["number", "boot", "promotion", "older", "folder"] {
        let mut left = Left::new();
        let child = left.start(script);
        let other = Left::new();
        match case {
            "number" => {
                let leader = identity(&child);
                let start = leader.start - 1;
                left.note.leader = Some(Identity { start, ..leader });
            }
            "boot" => {
                left.note.leader = Some(identity(&child));
                left.note.boot = Some("before".to_owned());
            }
            "promotion" => left.note.promotion = "p1".to_owned(),
            "older" => left.note.since = Some(identity(&child).start + 1),
            _ => left.dir = other.dir,
        }
        assert!(left.end().await.unwrap().is_empty(), "{case}");
        assert!(identity(&child).is_alive(), "{case}");
        assert_eq!(left.place().read().unwrap(), None, "{case}");
        kill(child);
    }
}

#[tokio::test]
async fn a_living_owner_keeps_its_program() {
    let mut left = Left::new();
    let child = left.started("echo begun; sleep 600");
    // This process's own is not left behind.
    left.note.owner = process::own().map(|own| own.id);
    assert!(left.end().await.unwrap().is_empty());
    let owner = left.start("echo begun; sleep 600");
    left.note.owner = Some(identity(&owner));
    let error = left.end().await.unwrap_err().to_string();
    assert!(error.contains("runs it, and lives"), "{error}");
    assert!(identity(&child).is_alive());
    assert_eq!(left.place().read().unwrap().as_ref(), Some(&left.note));
    kill(owner);
    assert_eq!(left.end().await.unwrap().len(), 1);
    kill(child);
}

#[tokio::test]
async fn a_note_that_cannot_be_read_stops_everything() {
    let left = Left::new();
    left.end().await.unwrap();
    std::fs::write(left.place().path(), "{").unwrap();
    let names = ("shop".parse().unwrap(), "staging".parse().unwrap());
    let error = end(left.dir.path(), &names.0, &names.1).await.unwrap_err();
    assert!(matches!(error, DeliveryError::LeftBehind { .. }), "{error}");
    assert!(left.place().path().exists());
}

#[tokio::test]
async fn without_proc_a_line_says_so() {
    let mut left = Left::new();
    (left.note.owner, left.note.boot, left.note.since) = (None, None, None);
    let lines = left.end().await.unwrap();
    assert!(lines[0].contains("may still run"), "{lines:?}");
    assert_eq!(left.place().read().unwrap(), None);
}
