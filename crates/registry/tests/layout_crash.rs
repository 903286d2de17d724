//! A process killed while it writes into a layout: what it acknowledged is there, all that is
//! there is whole, and what it left behind goes with the next write.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use liftlock_oci::{Digest, RawManifest, media_types};
use liftlock_registry::{Archive, Layout, pack};

const ROOT: &str = "LIFTLOCK_TEST_CRASH_LAYOUT";
const ACKNOWLEDGED: &str = "acknowledged ";

/// The child: runs only when the parent names a layout.
#[test]
#[ignore = "run by the test below as its child"]
fn child_writes_until_it_is_killed() {
    let Some(root) = std::env::var_os(ROOT) else {
        return;
    };
    let layout = Layout::create(Path::new(&root)).unwrap();
    let mut count = layout.tags().unwrap().len();
    // Never complete, so that there is always something to leave behind.
    let mut half = layout.begin_blob(Digest::of(b"never"), 1 << 40).unwrap();
    loop {
        half.write(&[0; 1000]).unwrap();
        let layer = format!("layer {count}").repeat(1000);
        let digest = Digest::of(layer.as_bytes());
        let mut blob = layout.begin_blob(digest, layer.len() as u64).unwrap();
        for piece in layer.as_bytes().chunks(1000) {
            blob.write(piece).unwrap();
        }
        blob.finish().unwrap();
        let bytes = format!(r#"{{"count":{count}}}"#).into_bytes();
        let manifest = RawManifest::new(bytes, media_types::OCI_MANIFEST, None).unwrap();
        let tag = format!("t{count}").parse().unwrap();
        layout.put_manifest(&manifest, Some(&tag)).unwrap();
        count += 1;
        println!("{ACKNOWLEDGED}{count}");
        std::io::stdout().flush().unwrap();
    }
}

fn start(root: &Path) -> Child {
    let arguments = "--exact child_writes_until_it_is_killed --ignored --nocapture";
    Command::new(std::env::current_exe().expect("this binary"))
        .args(arguments.split(' '))
        .env(ROOT, root)
        .stdout(Stdio::piped())
        .spawn()
        .expect("started")
}

fn leftovers(root: &Path) -> usize {
    [root.to_owned(), root.join("blobs/sha256")]
        .into_iter()
        .flat_map(|folder| std::fs::read_dir(folder).expect("a layout"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension() == Some("tmp".as_ref()))
        .count()
}

#[test]
fn killed_at_any_moment_only_whole_content_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("layout");
    let mut acknowledged = 0;
    for round in 0..8 {
        let mut child = start(&root);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut counts = lines.filter_map(|line| {
            let line = line.ok()?;
            line.split_once(ACKNOWLEDGED)?.1.trim().parse().ok()
        });
        for _ in 0..=round % 3 {
            acknowledged = counts.next().unwrap();
        }
        child.kill().unwrap();
        // What it still said before it died counts too.
        acknowledged = counts.last().unwrap_or(acknowledged);
        child.wait().unwrap();
        assert!(leftovers(&root) > 0);

        let layout = Layout::create(&root).unwrap();
        let next = format!("the write after round {round}");
        layout.put_blob(next.as_bytes()).unwrap();
        assert_eq!(leftovers(&root), 0);
        for digest in layout.blobs().unwrap() {
            let size = layout.blob_size(digest).unwrap().unwrap();
            layout.verify_blob(digest, size).unwrap();
        }
        let tags = layout.tags().unwrap();
        assert!(
            tags.len() >= acknowledged,
            "{} of {acknowledged}",
            tags.len()
        );
        for tag in tags {
            let digest = layout.tag_digest(&tag).unwrap().unwrap();
            assert!(layout.listed_manifest(digest).unwrap().is_some());
        }
    }
    let archive = folder.path().join("a.tar");
    pack(&Layout::open(&root).unwrap(), &archive).unwrap();
    assert!(Archive::open(&archive).unwrap().tags().unwrap().len() >= acknowledged);
}
