//! What processes use, as the kernel counts it.

use std::fs;
use std::path::Path;

use crate::trouble::Trouble;

/// Ticks of a second in which Linux counts processor time (`USER_HZ`; proc(5)).
const TICKS: f64 = 100.0;

/// Processor time of a process, in seconds; nothing of one that is gone.
pub(crate) fn processor_s(process: u32) -> f64 {
    fields(process).map_or(0.0, |fields| own_ticks(&fields) / TICKS)
}

/// The same of a process and all its children, also those that it has waited for.
pub(crate) fn processor_with_children_s(process: u32) -> f64 {
    let mut ticks = 0.0;
    if let Some(fields) = fields(process) {
        ticks += own_ticks(&fields) + number(&fields, 13) + number(&fields, 14);
    }
    for child in children(process) {
        ticks += fields(child).map_or(0.0, |fields| own_ticks(&fields));
    }
    ticks / TICKS
}

/// Memory that a process holds now and has held at most, in KiB.
pub(crate) fn memory_kib(process: u32) -> (u64, u64) {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let find = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|rest| rest.split_whitespace().next());
        number.and_then(|number| number.parse().ok()).unwrap_or(0)
    };
    (find("VmRSS:"), find("VmHWM:"))
}

/// How much is in a folder, in bytes.
///
/// # Errors
/// Where it cannot be read.
pub(crate) fn bytes(folder: &Path) -> Result<u64, Trouble> {
    let mut sum = 0;
    for item in fs::read_dir(folder).map_err(Trouble::file(folder))? {
        let item = item.map_err(Trouble::file(folder))?;
        let path = item.path();
        let Ok(found) = item.metadata() else { continue };
        sum += match found.is_dir() {
            true => bytes(&path)?,
            false => found.len(),
        };
    }
    Ok(sum)
}

/// What stands behind the name in `/proc/N/stat`: the state first.
fn fields(process: u32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

fn own_ticks(fields: &[String]) -> f64 {
    number(fields, 11) + number(fields, 12)
}

fn number(fields: &[String], nth: usize) -> f64 {
    let field = fields.get(nth).and_then(|field| field.parse().ok());
    field.unwrap_or(0.0)
}

fn children(process: u32) -> Vec<u32> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = all.filter_map(|item| item.file_name().to_str()?.parse::<u32>().ok());
    let parent = process.to_string();
    let is_child = |id: &u32| fields(*id).is_some_and(|f| f.get(1) == Some(&parent));
    ids.filter(is_child).collect()
}
