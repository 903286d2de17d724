//! The repository's files, read once for all rules.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Longest file that is read. What is longer is no text of ours.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Most files and folders of a repository.
const ENTRIES_MAX: usize = 100_000;

/// Folders that hold no sources, wherever they are.
const SKIPPED: [&str; 2] = [".git", ".liftlock"];
/// The builds' folders: the workspace's, and the fuzz targets' own.
const TARGETS: [&str; 2] = ["target", "fuzz/target"];

/// Endings of the files whose text the rules read.
const TEXTS: [&str; 7] = ["rs", "md", "toml", "lock", "yaml", "yml", "sh"];
/// Folders of scripts: there, a file without an ending is text too.
const SCRIPTS: [&str; 2] = [".ci/", "scripts/"];

/// One text file.
#[derive(Debug)]
pub(crate) struct File {
    /// Relative to the root, with `/` between its parts.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// All paths of the repository, and the text of those that are read.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    paths: BTreeSet<String>,
    files: Vec<File>,
}

/// Why the repository could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TreeError {
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("more than {ENTRIES_MAX} files and folders: is a build folder inside the repository?")]
    TooMany,
}

impl Tree {
    /// Reads everything below `root`. Symbolic links are not followed.
    pub(crate) fn read(root: &Path) -> Result<Self, TreeError> {
        let mut tree = Self::default();
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            let place = root.join(&folder);
            let failed = |source| TreeError::Read {
                path: place.clone(),
                source,
            };
            for entry in fs::read_dir(&place).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let path = join(&folder, &name);
                let metadata = entry.metadata().map_err(failed)?;
                if metadata.is_dir() {
                    if SKIPPED.contains(&name.as_str()) || TARGETS.contains(&path.as_str()) {
                        continue;
                    }
                    folders.push(path.clone());
                } else if metadata.is_file() && is_text(&path) && metadata.len() <= FILE_BYTES_MAX {
                    tree.files.push(read_file(root, &path)?);
                }
                tree.paths.insert(path);
                if tree.paths.len() > ENTRIES_MAX {
                    return Err(TreeError::TooMany);
                }
            }
        }
        tree.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(tree)
    }

    /// Whether a file or folder of this path is there.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.paths.contains(path)
    }

    /// The text files, in the order of their paths.
    pub(crate) fn files(&self) -> &[File] {
        &self.files
    }

    /// The text files with one ending.
    pub(crate) fn with_ending<'a>(&'a self, ending: &'a str) -> impl Iterator<Item = &'a File> {
        self.files
            .iter()
            .filter(move |file| ending_of(&file.path) == Some(ending))
    }

    /// The text of one file; empty where there is none.
    pub(crate) fn text(&self, path: &str) -> &str {
        self.files
            .iter()
            .find(|file| file.path == path)
            .map_or("", |file| &file.text)
    }
}

fn read_file(root: &Path, path: &str) -> Result<File, TreeError> {
    let place = root.join(path);
    let text = fs::read_to_string(&place).map_err(|source| TreeError::Read {
        path: place,
        source,
    })?;
    Ok(File {
        path: path.to_owned(),
        text,
    })
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

fn ending_of(path: &str) -> Option<&str> {
    Path::new(path).extension()?.to_str()
}

fn is_text(path: &str) -> bool {
    match ending_of(path) {
        Some(ending) => TEXTS.contains(&ending),
        None => SCRIPTS.iter().any(|folder| path.starts_with(folder)),
    }
}

#[cfg(test)]
impl Tree {
    /// A tree of these files and the folders around them.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            for (at, _) in path.match_indices('/') {
                tree.paths.insert(path[..at].to_owned());
            }
            tree.paths.insert((*path).to_owned());
            tree.files.push(File {
                path: (*path).to_owned(),
                text: (*text).to_owned(),
            });
        }
        tree
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_texts_and_leaves_out_what_is_built() {
        let root = tempfile::tempdir().unwrap();
        for path in ["a.md", "b.png", "c/target/d.rs", "target/e.rs", ".ci/run"] {
            let place = root.path().join(path);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(place, "x").unwrap();
        }
        let tree = Tree::read(root.path()).unwrap();
        let texts: Vec<_> = tree.files().iter().map(|file| file.path.as_str()).collect();
        assert_eq!(texts, [".ci/run", "a.md", "c/target/d.rs"]);
        assert!(tree.has("b.png") && tree.has("c"));
        assert!(!tree.has("target/e.rs"));
    }
}
