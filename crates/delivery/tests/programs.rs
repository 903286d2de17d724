//! Programs as deployers and checks, with real processes.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use liftlock_core::Span;
use liftlock_core::policy::{CheckKind, Deploy};
use liftlock_delivery::{DeliveryOptions, LocalDelivery};
use liftlock_engine::ports::{
    CheckOutcome, CheckRequest, Delivered, Delivery, DeliveryContext, DeliveryError, DeployRequest,
    OUTPUT_BYTES_MAX,
};
use liftlock_oci::{Digest, Repository};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::{OpenOptions, Receiver};
use tokio::time::timeout;

/// Long enough for what must happen, on any machine.
const LONG: Duration = Duration::from_secs(60);

fn context() -> DeliveryContext {
    let repository: Repository = "registry.example.com/shop/api".parse().unwrap();
    DeliveryContext {
        pipeline: "shop".parse().unwrap(),
        environment: "staging".parse().unwrap(),
        release: "1.2.3".parse().unwrap(),
        promotion: "p-7".to_owned(),
        watched: false,
        images: BTreeMap::from([(
            "api-server".parse().unwrap(),
            repository.pinned(Digest::of(b"image")),
        )]),
    }
}

fn request(words: &[&str], env: &[(&str, &str)], within: Span) -> DeployRequest {
    let env = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    DeployRequest {
        context: context(),
        deploy: Deploy::Command {
            command: words.iter().map(|word| (*word).to_owned()).collect(),
            env: env.collect(),
            within,
        },
        files: BTreeMap::new(),
    }
}

async fn deploy(dir: &Path, request: DeployRequest) -> Result<Delivered, DeliveryError> {
    let options = DeliveryOptions {
        pass_env: vec!["CARGO_PKG_NAME".to_owned(), "NOT_SET_ANYWHERE".to_owned()],
        allowed: None,
    };
    LocalDelivery::new(dir.to_owned(), options)
        .deploy(&request)
        .await
}

async fn sh(dir: &Path, script: &str, within: Span) -> Result<Delivered, DeliveryError> {
    deploy(dir, request(&["sh", "-c", script], &[], within)).await
}

async fn check(dir: &Path, script: &str, within: Span) -> CheckOutcome {
    let kind = CheckKind::Command {
        command: ["sh", "-c", script].map(str::to_owned).to_vec(),
        env: BTreeMap::new(),
        within,
    };
    let request = CheckRequest {
        context: context(),
        name: "smoke".to_owned(),
        kind,
        files: BTreeMap::new(),
    };
    LocalDelivery::new(dir.to_owned(), DeliveryOptions::default())
        .check(&request)
        .await
}

/// A named pipe, and its reading end: it ends when no process has its other end open.
fn fifo(dir: &Path) -> Receiver {
    let path = dir.join("fifo");
    assert!(
        Command::new("mkfifo")
            .arg(&path)
            .status()
            .unwrap()
            .success()
    );
    OpenOptions::new().open_receiver(path).unwrap()
}

async fn written(mut fifo: Receiver) -> String {
    let mut text = String::new();
    let all = timeout(LONG, fifo.read_to_string(&mut text)).await;
    all.expect("a process of the group is still alive").unwrap();
    text
}

#[tokio::test]
async fn programs_get_a_clean_environment() {
    let dir = tempfile::tempdir().unwrap();
    let declared = [("TARGET", "a b;$(c)")];
    let request = request(&["env"], &declared, Span::from_secs(60));
    let output = String::from_utf8(deploy(dir.path(), request).await.unwrap().output).unwrap();
    let digest = Digest::of(b"image");
    let all: BTreeMap<&str, &str> = output.lines().map(|l| l.split_once('=').unwrap()).collect();
    let expected = [
        ("CARGO_PKG_NAME", "liftlock-delivery".to_owned()),
        ("LIFTLOCK_DIGEST_API_SERVER", digest.to_string()),
        ("LIFTLOCK_ENVIRONMENT", "staging".to_owned()),
        (
            "LIFTLOCK_IMAGE_API_SERVER",
            format!("registry.example.com/shop/api@{digest}"),
        ),
        ("LIFTLOCK_PIPELINE", "shop".to_owned()),
        ("LIFTLOCK_PROMOTION", "p-7".to_owned()),
        ("LIFTLOCK_RELEASE", "1.2.3".to_owned()),
        ("TARGET", "a b;$(c)".to_owned()),
    ];
    for (name, value) in &expected {
        assert_eq!(all.get(name), Some(&value.as_str()), "{name}");
    }
    let more: Vec<_> = all
        .keys()
        .filter(|k| !expected.iter().any(|(name, _)| name == *k))
        .collect();
    assert!(
        more.iter().all(|name| ["PATH", "HOME"].contains(name)),
        "{more:?}"
    );
}

#[tokio::test]
async fn what_liftlock_says_cannot_be_declared() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["LIFTLOCK_RELEASE", "LIFTLOCK_NEW", "", "A=B"] {
        let request = request(&["env"], &[(name, "x")], Span::from_secs(60));
        let error = deploy(dir.path(), request).await.unwrap_err();
        assert!(
            matches!(error, DeliveryError::Answer { .. }),
            "{name}: {error}"
        );
    }
}

#[tokio::test]
async fn programs_run_in_the_folder_with_both_streams_in_order_and_no_input() {
    let dir = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/bin/sh", dir.path().join("tool")).unwrap();
    let script = "cat; echo one; echo two >&2; echo three; basename \"$PWD\"";
    let mut request = request(&["./tool", "-c", script], &[], Span::from_secs(60));
    let adopted = Digest::of(&std::fs::read("/bin/sh").unwrap());
    request.files.insert("./tool".to_owned(), adopted);
    let output = String::from_utf8(deploy(dir.path(), request).await.unwrap().output).unwrap();
    let name = dir.path().file_name().unwrap().to_str().unwrap();
    assert_eq!(output, format!("one\ntwo\nthree\n{name}\n"));
}

#[tokio::test]
async fn programs_that_cannot_be_started_or_fail_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let within = Span::from_secs(60);
    let error = deploy(dir.path(), request(&["no-such-program"], &[], within))
        .await
        .unwrap_err();
    assert!(matches!(&error, DeliveryError::Start { program, .. } if program == "no-such-program"));
    // A program in the folder is part of the policy, and runs only as it was adopted.
    std::fs::write(dir.path().join("own"), "#!/bin/sh\n").unwrap();
    let error = deploy(dir.path(), request(&["./own"], &[], within))
        .await
        .unwrap_err();
    assert!(matches!(&error, DeliveryError::File { file, .. } if file == "./own"));
    let mut changed = request(&["./own"], &[], within);
    changed
        .files
        .insert("./own".to_owned(), Digest::of(b"as adopted"));
    let error = deploy(dir.path(), changed).await.unwrap_err();
    assert!(matches!(&error, DeliveryError::FileChanged { file, .. } if file == "./own"));
    let error = deploy(dir.path(), request(&[], &[], within))
        .await
        .unwrap_err();
    assert!(matches!(error, DeliveryError::Answer { .. }));
    match sh(dir.path(), "echo first; echo no room >&2; exit 3", within)
        .await
        .unwrap_err()
    {
        DeliveryError::Failed {
            program,
            status,
            message,
            output,
        } => {
            assert_eq!((program.as_str(), message.as_str()), ("sh", "no room"));
            assert!(status.contains('3'), "{status}");
            assert_eq!(output, b"first\nno room\n");
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn long_output_keeps_its_head_and_tail() {
    let dir = tempfile::tempdir().unwrap();
    let script = "echo head; yes | head -c 2000000; echo tail";
    let output = sh(dir.path(), script, Span::from_secs(60))
        .await
        .unwrap()
        .output;
    assert!(output.len() <= OUTPUT_BYTES_MAX);
    let text = String::from_utf8(output).unwrap();
    assert!(text.starts_with("head\ny\n") && text.ends_with("y\ntail\n"));
    assert!(text.contains(" bytes cut here]\n"));
}

#[tokio::test]
async fn a_timeout_ends_grandchildren_that_ignore_it() {
    let dir = tempfile::tempdir().unwrap();
    let fifo = fifo(dir.path());
    // The subshell and its sleep ignore SIGTERM, and hold the pipe.
    let script = "echo begun; (trap '' TERM; echo alive; sleep 600) > fifo & wait";
    match sh(dir.path(), script, Span::from_secs(3))
        .await
        .unwrap_err()
    {
        DeliveryError::Timeout {
            program,
            within,
            output,
        } => {
            assert_eq!((program.as_str(), within), ("sh", Span::from_secs(3)));
            assert_eq!(output, b"begun\n");
        }
        other => panic!("{other}"),
    }
    assert_eq!(written(fifo).await, "alive\n");
}

#[tokio::test]
async fn a_timeout_lets_programs_clean_up() {
    let dir = tempfile::tempdir().unwrap();
    let script = "trap 'echo cleaned; exit 0' TERM; echo begun; while :; do sleep 0.1; done";
    match sh(dir.path(), script, Span::from_secs(3))
        .await
        .unwrap_err()
    {
        // In between, the shell may say that its sleep was terminated.
        DeliveryError::Timeout { output, .. } => {
            let text = String::from_utf8(output).unwrap();
            assert!(
                text.starts_with("begun\n") && text.ends_with("cleaned\n"),
                "{text}"
            );
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_cancelled_run_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let mut fifo = fifo(dir.path());
    let script = "(echo alive; sleep 600) > fifo & wait";
    let mut first = [0; 6];
    tokio::select! {
        ended = sh(dir.path(), script, Span::from_secs(600)) => panic!("{ended:?}"),
        // Until a writer comes, a read finds the end: asked again until it has come.
        () = async { while fifo.read_exact(&mut first).await.is_err() { tokio::time::sleep(Duration::from_millis(5)).await } } => {}
    }
    assert_eq!(&first, b"alive\n");
    assert_eq!(written(fifo).await, "");
}

#[tokio::test]
async fn what_a_program_leaves_running_is_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    drop(fifo(dir.path()));
    // It holds the output until somebody writes to the pipe.
    let ended = timeout(
        LONG,
        sh(dir.path(), "cat fifo & echo done", Span::from_secs(600)),
    )
    .await;
    assert_eq!(ended.unwrap().unwrap().output, b"done\n");
    // Nor is it ended as one that was left behind.
    let delivery = LocalDelivery::new(dir.path().to_owned(), DeliveryOptions::default());
    let context = context();
    let ended = delivery.end_left_behind(&context.pipeline, &context.environment);
    assert!(ended.await.unwrap().is_empty());
    // It still lives: a pipe that nobody reads could not be opened so.
    let cat = async {
        while OpenOptions::new()
            .open_sender(dir.path().join("fifo"))
            .is_err()
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(LONG, cat).await.unwrap();
}

#[tokio::test]
async fn a_program_is_noted_as_long_as_it_runs() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join(".liftlock/programs");
    let within = Span::from_secs(60);
    // The note is completed once the program has begun; until then it is there under two names.
    let script = "sleep 1; stat -c %a .liftlock/programs; cat .liftlock/programs/*";
    let output = sh(dir.path(), script, within).await.unwrap().output;
    let output = String::from_utf8(output).unwrap();
    assert!(output.starts_with("700\n{\"program\":\"sh\""), "{output}");
    let notes = || std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(notes(), 0);
    for script in ["exit 1", "kill -9 $$"] {
        sh(dir.path(), script, within).await.unwrap_err();
        assert_eq!(notes(), 0, "{script}");
    }
    let missing = request(&["no-such-program"], &[], within);
    deploy(dir.path(), missing).await.unwrap_err();
    assert_eq!(notes(), 0);
    let short = Span::from_secs(1);
    sh(dir.path(), "sleep 600", short).await.unwrap_err();
    assert_eq!(notes(), 0);
    assert!(check(dir.path(), script, within).await.passed);
    assert_eq!(notes(), 0);
}

#[tokio::test]
async fn a_program_that_cannot_be_noted_is_not_run() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(".liftlock"), "").unwrap();
    let error = sh(dir.path(), "touch ran", Span::from_secs(60)).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("its note in .liftlock/programs"), "{error}");
    assert!(!dir.path().join("ran").exists());
}

#[tokio::test]
async fn a_command_cannot_tell_what_runs() {
    let dir = tempfile::tempdir().unwrap();
    let delivery = LocalDelivery::new(dir.path().to_owned(), DeliveryOptions::default());
    let request = request(&["true"], &[], Span::from_secs(60));
    assert!(delivery.running(&request).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_command_checks_by_its_exit_status() {
    let dir = tempfile::tempdir().unwrap();
    let outcome = check(dir.path(), "echo fine", Span::from_secs(60)).await;
    assert!(outcome.passed, "{}", outcome.summary);
    assert_eq!(outcome.output, b"fine\n");
    let outcome = check(dir.path(), "echo broken; exit 1", Span::from_secs(60)).await;
    assert!(!outcome.passed);
    assert!(outcome.summary.contains("broken"), "{}", outcome.summary);
    assert_eq!(outcome.output, b"broken\n");
    let outcome = check(dir.path(), "sleep 600", Span::from_secs(1)).await;
    assert!(!outcome.passed);
    assert!(
        outcome.summary.contains("did not end within 1s"),
        "{}",
        outcome.summary
    );
}
