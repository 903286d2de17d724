//! Processes of this machine, as Linux tells about them in `/proc` (proc(5)).

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The most that is read of one file, in bytes; an environment is cut there.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Places of fields in `/proc/PID/stat` after the name, which ends with the last `)`.
const STATE: usize = 0;
const GROUP: usize = 2;
const START: usize = 19;

/// A process, and no later one that gets its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) pid: i32,
    /// When it started, in clock ticks since the system's start.
    pub(crate) start: u64,
}

impl Identity {
    /// Whether it still runs. A zombie does not.
    pub(crate) fn is_alive(self) -> bool {
        find(self.pid).is_some_and(|found| found.id == self && !found.ended)
    }
}

/// What is known about a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) id: Identity,
    /// Its process group.
    pub(crate) group: i32,
    /// It only waits to be reaped.
    pub(crate) ended: bool,
}

impl Process {
    fn read(pid: i32, stat: &str) -> Option<Self> {
        let (_, rest) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let start = fields.get(START)?.parse().ok()?;
        Some(Self {
            id: Identity { pid, start },
            group: fields.get(GROUP)?.parse().ok()?,
            ended: matches!(*fields.get(STATE)?, "Z" | "X" | "x"),
        })
    }

    /// Whether its environment has all of these `NAME=VALUE`.
    pub(crate) fn has(&self, variables: &[String]) -> bool {
        let Ok(environment) = read(&file(self.id.pid, "environ")) else {
            return false;
        };
        let mut all = variables.iter().map(String::as_bytes);
        all.all(|one| environment.split(|byte| *byte == 0).any(|own| own == one))
    }

    /// Whether it works in this folder, a path without links.
    pub(crate) fn is_in(&self, folder: &Path) -> bool {
        fs::read_link(file(self.id.pid, "cwd")).is_ok_and(|cwd| cwd == folder)
    }
}

/// This process; `None` where the system has no `/proc`.
pub(crate) fn own() -> Option<Process> {
    find(i32::try_from(std::process::id()).ok()?)
}

/// The process that has this number now, if any.
pub(crate) fn find(pid: i32) -> Option<Process> {
    let stat = read(&file(pid, "stat")).ok()?;
    Process::read(pid, &String::from_utf8_lossy(&stat))
}

/// All processes that can be seen.
pub(crate) fn all() -> io::Result<Vec<Process>> {
    let mut all = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let pid = name.to_str().and_then(|name| name.parse().ok());
        // One that ends meanwhile is no longer found.
        all.extend(pid.and_then(find));
    }
    Ok(all)
}

/// Which run of the system this is.
pub(crate) fn boot() -> Option<String> {
    let id = read(Path::new("/proc/sys/kernel/random/boot_id")).ok()?;
    Some(String::from_utf8(id).ok()?.trim().to_owned())
}

/// Now, as [`Identity::start`] says it. Both have hundredths of seconds: Linux shows programs
/// 100 clock ticks a second, whatever it counts itself.
pub(crate) fn now() -> Option<u64> {
    let uptime = read(Path::new("/proc/uptime")).ok()?;
    let uptime = String::from_utf8(uptime).ok()?;
    let (seconds, hundredths) = uptime.split_whitespace().next()?.split_once('.')?;
    format!("{seconds}{hundredths}").parse().ok()
}

fn file(pid: i32, name: &str) -> PathBuf {
    Path::new("/proc").join(pid.to_string()).join(name)
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(FILE_BYTES_MAX)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_look_like_fields() {
        let stat = "42 (a) Z 1 (b) S 1 40 7 0 -1 1 2 3 4 5 6 7 8 9 20 0 1 0 777 1 2";
        let process = Process::read(42, stat).unwrap();
        let id = Identity {
            pid: 42,
            start: 777,
        };
        let expected = Process {
            id,
            group: 40,
            ended: false,
        };
        assert_eq!(process, expected);
        assert!(
            Process::read(42, &stat.replace(") S", ") Z"))
                .unwrap()
                .ended
        );
        for broken in ["", "42 (a", "42 (a) S 1 40", &stat.replace("777", "x")] {
            assert_eq!(Process::read(42, broken), None, "{broken}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_found() {
        let own = own().unwrap();
        assert!(own.id.is_alive() && own.id.start <= now().unwrap());
        assert!(all().unwrap().contains(&own));
        let earlier = Identity {
            start: own.id.start - 1,
            ..own.id
        };
        assert!(!earlier.is_alive());
        let cwd = std::env::current_dir().unwrap().canonicalize().unwrap();
        assert!(own.is_in(&cwd) && !own.is_in(Path::new("/proc")));
        let path = format!("PATH={}", std::env::var("PATH").unwrap());
        assert!(own.has(std::slice::from_ref(&path)));
        assert!(!own.has(&[path, "PATH=".to_owned()]));
        assert_eq!(boot().unwrap().len(), 36);
    }
}
