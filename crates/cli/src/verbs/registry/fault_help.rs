//! What `--fault` can be, for `liftlock registry serve --help`.

use liftlock_registry_server::faults::fault_names;

/// `example`, and after it all faults with what they do.
pub(super) fn after(example: &str) -> String {
    let written = |value: Option<&str>| value.map(|v| format!("[={v}]")).unwrap_or_default();
    let names: Vec<String> = fault_names()
        .iter()
        .map(|fault| format!("{}{}", fault.name, written(fault.value)))
        .collect();
    let width = names.iter().map(String::len).max().unwrap_or_default();
    let mut text = format!("{example}\n\nFaults, and last what a value is where none is given:\n");
    for (name, fault) in names.iter().zip(fault_names()) {
        text += &format!("  {name:width$}  {}\n", fault.meaning);
    }
    text += "\nEach applies to all requests that it makes sense for. Limits, after a comma each: \
on=base|manifest|blob|upload|tags|referrers|token, method=METHOD, repository=NAME, skip=COUNT \
(requests that pass first), times=COUNT (requests that are touched after that).";
    text
}
