//! What the documentation shows is read as it is written.

use std::fs;
use std::path::Path;

use liftlock_core::Policy;
use liftlock_pipeline_file::{Source, parse};

/// How a whole pipeline file begins.
const WHOLE: &str = "version: 1\n";

/// The blocks of YAML in a page that are whole files.
fn files(page: &str) -> Vec<&str> {
    let blocks = page.split("```yaml\n").skip(1);
    let blocks = blocks.filter_map(|rest| Some(rest.split_once("```")?.0));
    blocks.filter(|block| block.starts_with(WHOLE)).collect()
}

fn read(name: &str, text: &str) -> Policy {
    let source = Source {
        name,
        text: text.as_bytes(),
    };
    parse(&source, &|path| Ok(path.as_bytes().to_vec())).unwrap_or_else(|diagnostics| {
        let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        panic!("{name}: {}", lines.join("\n"));
    })
}

#[test]
fn every_whole_file_in_the_documentation_is_valid() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    for page in ["delivery.md", "pipeline-file.md"] {
        let text = fs::read_to_string(folder.join(page)).unwrap();
        let found = files(&text);
        assert!(!found.is_empty(), "{page} shows none");
        for file in found {
            assert!(!read(page, file).environments.is_empty());
        }
    }
}
