//! Programs: an argument list and environment variables, never a shell line.

use std::collections::BTreeMap;

use liftlock_core::policy::own_program;

use crate::finding::{Finding, quoted};
use crate::node::{Kind, Node};
use crate::path;
use crate::reader::Reader;
use crate::scalar;

/// Program and arguments.
pub(crate) fn command(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<String>> {
    let items = match &node.kind {
        Kind::List(items) => items,
        Kind::Scalar { .. } if !node.is_null() => {
            let finding = Finding::new(node.at, "a command is a list, never a shell line");
            reader.report(finding.hint("write `[program, argument, ...]`"));
            return None;
        }
        _ => {
            let message = format!(
                "expected a list of program and arguments, found {}",
                node.found()
            );
            reader.report(Finding::new(node.at, message));
            return None;
        }
    };
    let before = reader.findings.len();
    let mut command = Vec::new();
    for item in items {
        let Some(text) = scalar::text(item, "an argument", reader) else {
            continue;
        };
        if command.is_empty() && text.trim().is_empty() {
            reader.report(Finding::new(item.at, "the program's name is empty"));
        }
        command.extend(without_nul(text, item, reader));
    }
    // A program in this file's folder is part of the policy, by its digest.
    if own_program(&command).is_some()
        && let Some(program) = items.first()
    {
        path::file(program, reader)?;
    }
    (reader.findings.len() == before).then_some(command)
}

/// Environment variables; none where the key is left out.
pub(crate) fn env(
    node: Option<&Node>,
    reader: &mut Reader<'_>,
) -> Option<BTreeMap<String, String>> {
    let mut env = BTreeMap::new();
    let Some(node) = node else {
        return Some(env);
    };
    let Kind::Map(entries) = &node.kind else {
        let message = format!("expected a mapping of variables, found {}", node.found());
        reader.report(Finding::new(node.at, message));
        return None;
    };
    let before = reader.findings.len();
    for entry in entries {
        if let Err(reason) = check_name(&entry.key) {
            reader.report(Finding::new(
                entry.at,
                format!("{} {reason}", quoted(&entry.key)),
            ));
        } else if let Some(later) = entry.value.entries().first() {
            let known = matches!(later.key.as_str(), "from_env" | "from_file");
            reader.report(match known {
                true => Finding::later(later.at, &later.key),
                false => Finding::new(entry.value.at, "a variable's value is text"),
            });
        } else if let Some(text) = scalar::text(&entry.value, "text", reader)
            && let Some(text) = without_nul(text, &entry.value, reader)
        {
            env.insert(entry.key.clone(), text);
        }
    }
    (reader.findings.len() == before).then_some(env)
}

fn check_name(name: &str) -> Result<(), &'static str> {
    let word = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if name.is_empty() || !word || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err("is not the name of a variable; expected A-Z a-z 0-9 _");
    }
    if name.starts_with("LIFTLOCK_") {
        return Err("is a name that Liftlock sets itself");
    }
    Ok(())
}

fn without_nul(text: &str, node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    if text.contains('\0') {
        reader.report(Finding::new(
            node.at,
            "a program's argument cannot hold a NUL character",
        ));
        return None;
    }
    Some(text.to_owned())
}
