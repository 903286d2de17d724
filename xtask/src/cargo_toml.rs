//! Places in a Cargo.toml, so that a problem can point at its line.

use crate::metadata::Kind;

/// The line on which dependency `name` is declared; 1 where it is written in a way that this
/// simple reading does not find (renamed, or as a table of its own).
pub(crate) fn dependency_line(manifest: &str, kind: Option<Kind>, name: &str) -> usize {
    let wanted = match kind {
        None => "[dependencies]",
        Some(Kind::Dev) => "[dev-dependencies]",
        Some(Kind::Build) => "[build-dependencies]",
    };
    let mut inside = false;
    for (index, line) in manifest.lines().enumerate() {
        if line.starts_with('[') {
            inside = line.trim() == wanted;
        } else if inside && declares(line, name) {
            return index + 1;
        }
    }
    1
}

fn declares(line: &str, name: &str) -> bool {
    line.strip_prefix(name)
        .is_some_and(|rest| rest.starts_with([' ', '=', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[package]\nname = \"a\"\n\n[dependencies]\nserde_json = \"1\"\n\
                            serde.workspace = true\n\n[dev-dependencies]\nserde = \"1\"\n";

    #[test]
    fn finds_the_line_in_the_right_section() {
        assert_eq!(dependency_line(MANIFEST, None, "serde"), 6);
        assert_eq!(dependency_line(MANIFEST, Some(Kind::Dev), "serde"), 9);
        assert_eq!(dependency_line(MANIFEST, Some(Kind::Build), "serde"), 1);
    }
}
