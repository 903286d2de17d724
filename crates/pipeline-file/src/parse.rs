//! From text to policy: the form, the blocks, then what must hold for the whole.

use liftlock_core::Policy;

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

/// What is wrong with the whole, as far as it does not only follow from a part that could not
/// be read: rules about an environment need all that it and its upstreams say.
fn problems(walked: &Walked, root: &Node) -> Vec<Finding> {
    if !walked.sound {
        return Vec::new();
    }
    let policy = &walked.policy;
    let is_broken = |name: &str| {
        walked.broken.iter().any(|broken| {
            let through = |environment: &liftlock_core::policy::Environment| {
                environment.name.as_str() == name && environment.after.contains(broken)
            };
            broken.as_str() == name || policy.environments.iter().any(through)
        })
    };
    policy
        .problems()
        .into_iter()
        .filter(|problem| !locate::environment(&problem.path).is_some_and(is_broken))
        .map(|problem| Finding::new(locate::position(root, &problem.path), problem.message))
        .collect()
}
