//! What this machine says of who runs the program.

use liftlock_core::{Actor, Authentication, Identity, PersonName};
use liftlock_verbs::Failure;

/// Who acts: the operating system's user, or who `--as` says; claimed in either case.
pub(crate) fn actor(named: Option<&str>) -> Result<Actor, Failure> {
    let os_user = os_user();
    let name = named.unwrap_or(&os_user);
    let name: PersonName = name
        .parse()
        .map_err(|error| Failure::usage(format!("--as: {error}")))?;
    Ok(Actor {
        identity: Identity::User(name),
        authentication: Authentication::Claimed { os_user },
    })
}

/// The user's name by the user id of this process, else by the environment; always a name.
pub(crate) fn os_user() -> String {
    let found = by_uid()
        .or_else(|| std::env::var("USER").ok())
        .unwrap_or_default();
    let kept: String = found
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') {
                c
            } else {
                '-'
            }
        })
        .take(64)
        .collect();
    let name = kept.trim_start_matches(['.', '_', '-']);
    if name.is_empty() {
        "unknown".to_owned()
    } else {
        name.to_owned()
    }
}

#[cfg(unix)]
fn by_uid() -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let uid = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    })
}

#[cfg(not(unix))]
fn by_uid() -> Option<String> {
    None
}
