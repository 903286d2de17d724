//! Files that the pipeline file names: relative paths that stay in its folder, and their SHA-256.

use liftlock_oci::Digest;

use crate::finding::{Finding, quoted};
use crate::node::Node;
use crate::reader::Reader;
use crate::scalar;

/// The largest file that a pipeline file may name, in bytes: 4 MiB.
pub const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The longest path, in bytes.
const PATH_MAX: usize = 1024;

/// A path to a file that is there; its digest is noted.
pub(crate) fn file(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    let path = scalar::text(node, "a path", reader)?;
    if let Err(reason) = check(path, "this file's folder") {
        reader.report(Finding::new(node.at, format!("{}: {reason}", quoted(path))));
        return None;
    }
    if !reader.files.contains_key(path) {
        let digest = match digest(path, reader) {
            Ok(digest) => Some(digest),
            Err(reason) => {
                let message = format!("cannot read {}: {reason}", quoted(path));
                reader.report(Finding::new(node.at, message));
                None
            }
        };
        reader.files.insert(path.to_owned(), digest);
    }
    Some(path.to_owned())
}

/// A path in a folder that is not here, such as another repository's.
pub(crate) fn named(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    let path = scalar::text(node, "a path", reader)?;
    if let Err(reason) = check(path, "the repository") {
        reader.report(Finding::new(node.at, format!("{}: {reason}", quoted(path))));
        return None;
    }
    Some(path.to_owned())
}

/// What is in a file, where it matters as such and not by its digest.
pub(crate) fn contents(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<u8>> {
    let path = scalar::text(node, "a path", reader)?;
    let read =
        check(path, "this file's folder").map_err(|reason| format!("{}: {reason}", quoted(path)));
    let read = read.and_then(|()| {
        let read = bytes(path, reader);
        read.map_err(|reason| format!("cannot read {}: {reason}", quoted(path)))
    });
    read.map_err(|message| reader.report(Finding::new(node.at, message)))
        .ok()
}

fn digest(path: &str, reader: &Reader<'_>) -> Result<Digest, String> {
    Ok(Digest::of(&bytes(path, reader)?))
}

fn bytes(path: &str, reader: &Reader<'_>) -> Result<Vec<u8>, String> {
    let bytes = (reader.read_file)(path)?;
    if bytes.len() > FILE_BYTES_MAX {
        return Err(format!("it is larger than {FILE_BYTES_MAX} bytes (4 MiB)"));
    }
    Ok(bytes)
}

fn check(path: &str, folder: &str) -> Result<(), String> {
    if path.is_empty() {
        return Err("the path is empty".to_owned());
    }
    if path.len() > PATH_MAX {
        return Err("the path is longer than 1024 bytes".to_owned());
    }
    if path.starts_with('/') || path.as_bytes().get(1) == Some(&b':') {
        return Err(format!("a path is relative to {folder}, not absolute"));
    }
    if path.split('/').any(|part| part == "..") {
        return Err(format!("a path stays in {folder}, without `..`"));
    }
    if path.contains('\\') || path.chars().any(char::is_control) {
        let reason = "a path has no backslash or control character; folders are separated by `/`";
        return Err(reason.to_owned());
    }
    // Programs take such a word for an option, or for their standard input.
    if path.starts_with('-') {
        return Err("a path does not start with `-`; write `./-...`".to_owned());
    }
    Ok(())
}
