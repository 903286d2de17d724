//! A commit's files, as `git ls-tree` lists them (git-ls-tree(1)).

use liftlock_yaml_edit::TEXT_BYTES_MAX;

/// The mode of a folder, and those of the files that are changed. A link has another, and so has
/// another repository.
const FOLDER: &str = "040000";
const FILES: [&str; 2] = ["100644", "100755"];

/// A file that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) mode: String,
    pub(super) object: String,
}

/// The folders on the way to a file, then the file.
pub(super) fn on_the_way(path: &str) -> Vec<&str> {
    let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
    folders.chain([path]).collect()
}

/// Reads what is listed with `-z -l` for one path: a folder on the way, or the file itself.
///
/// # Errors
/// What is there instead, or that there is nothing.
pub(super) fn entry(listed: &str, path: &str, is_last: bool) -> Result<Entry, String> {
    let listed = listed.strip_suffix('\0').unwrap_or(listed);
    if listed.is_empty() {
        return Err(format!("there is no {path} on the branch"));
    }
    let fields = listed.split_once('\t').filter(|(_, name)| *name == path);
    let fields: Vec<&str> = fields
        .map_or("", |(fields, _)| fields)
        .split_whitespace()
        .collect();
    let [mode, kind, object, size] = fields[..] else {
        return Err(format!("git lists something else for {path}"));
    };
    match (is_last, mode, kind) {
        (false, FOLDER, "tree") => {}
        (true, mode, "blob") if FILES.contains(&mode) => {
            let size: usize = size.parse().unwrap_or(usize::MAX);
            if size > TEXT_BYTES_MAX {
                return Err(format!("{path} is larger than {TEXT_BYTES_MAX} bytes"));
            }
        }
        (_, "120000", _) => return Err(format!("{path} is a link, and links are not followed")),
        (_, _, "commit") => return Err(format!("{path} is another repository's")),
        (false, ..) => return Err(format!("{path} is no folder")),
        (true, ..) => return Err(format!("{path} is no file")),
    }
    Ok(Entry {
        mode: mode.to_owned(),
        object: object.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_and_files_are_gone_through() {
        assert_eq!(on_the_way("a/b/c.yaml"), ["a", "a/b", "a/b/c.yaml"]);
        let listed = |mode: &str, kind: &str, size: &str| {
            entry(
                &format!("{mode} {kind} 00ff {size:>7}\ta/b\0"),
                "a/b",
                kind == "blob",
            )
        };
        let found = listed("100755", "blob", "12").unwrap();
        assert_eq!((&*found.mode, &*found.object), ("100755", "00ff"));
        assert!(listed("040000", "tree", "-").is_ok());
        for (mode, kind, size) in [
            ("120000", "blob", "12"),
            ("160000", "commit", "-"),
            ("100644", "blob", "1048577"),
            ("100644", "blob", "-"),
        ] {
            assert!(listed(mode, kind, size).is_err(), "{mode}");
        }
        for text in ["", "100644 blob 00ff 1\tb\0", "x"] {
            assert!(entry(text, "a/b", true).is_err(), "{text}");
        }
        let link = entry("120000 blob 00ff 1\ta\0", "a", false).unwrap_err();
        assert!(link.contains("a is a link"), "{link}");
    }
}
