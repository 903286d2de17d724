//! From text to policy: the form, the blocks, then what must hold for the whole.

use liftlock_core::policy::{GateRule, PathPart};
use liftlock_core::{EnvironmentName, Policy};

use crate::diagnostic::{Diagnostic, render};
use crate::file::{self, Walked};
use crate::finding::{Finding, Position};
use crate::node::Node;
use crate::reader::{ReadFile, Reader};
use crate::source::Source;
use crate::{locate, tree};

/// Reads a pipeline file: a policy that has no [`problems`](Policy::problems), with the SHA-256
/// of each file it names, which `read_file` reads.
///
/// # Errors
/// Everything that can be found wrong in one run, in order of position, at most
/// [`DIAGNOSTICS_MAX`](crate::DIAGNOSTICS_MAX).
pub fn parse(source: &Source<'_>, read_file: ReadFile<'_>) -> Result<Policy, Vec<Diagnostic>> {
    let text = source
        .checked()
        .map_err(|finding| render(vec![finding], source.name, ""))?;
    read(text, read_file).map_err(|findings| render(findings, source.name, text))
}

fn read(text: &str, read_file: ReadFile<'_>) -> Result<Policy, Vec<Finding>> {
    let tree::Tree { root, findings } = tree::read(text);
    let Some(root) = root else {
        return Err(if findings.is_empty() {
            vec![empty()]
        } else {
            findings
        });
    };
    let mut reader = Reader::new(&root, read_file);
    reader.findings = findings;
    let walked = file::read(&root, &mut reader);
    let mut findings = reader.findings;
    match walked {
        Some(walked) => {
            findings.extend(problems(&walked, &root));
            if findings.is_empty() {
                return Ok(walked.policy);
            }
            Err(findings)
        }
        None => Err(findings),
    }
}

fn empty() -> Finding {
    Finding::new(Position::START, "the file is empty")
        .hint("`liftlock init IMAGE` writes one to start from")
}

/// What is wrong with the whole, but for what only follows from a part that could not be read.
fn problems(walked: &Walked, root: &Node) -> Vec<Finding> {
    if !walked.sound {
        return Vec::new();
    }
    let problems = walked.policy.problems().into_iter();
    problems
        .filter(|problem| !follows(walked, &problem.path))
        .map(|problem| Finding::new(locate::position(root, &problem.path), problem.message))
        .collect()
}

/// Whether a problem lies in an environment that could be read in part only. A soak also depends
/// on what is said upstream.
fn follows(walked: &Walked, path: &[PathPart]) -> bool {
    let Some((environment, gate)) = locate::environment(path).and_then(|(name, gate)| {
        let name: EnvironmentName = name.parse().ok()?;
        Some((walked.policy.environment(&name)?, gate))
    }) else {
        return false;
    };
    let rules = environment.gates.list().iter();
    let is_soak = rules
        .filter(|rule| Some(rule.name.as_str()) == gate)
        .any(|rule| matches!(rule.rule, GateRule::Soak(_)));
    let is_broken = |name: &EnvironmentName| walked.broken.contains(name);
    is_broken(&environment.name) || is_soak && environment.after.iter().any(is_broken)
}
