//! Another time for one program: Debian's libfaketime, which answers what a program asks the system
//! for the time. The product has no such option, and is not changed for it.

use std::fs;
use std::path::{Path, PathBuf};

use super::trouble::Trouble;

/// Where Debian puts libraries, a folder an architecture.
const LIBRARIES: &str = "/usr/lib";
/// In each of those; the one for programs with threads.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// A program's clock, as variables of its environment. It begins with the machine's time.
pub(crate) struct Clock(Vec<(String, String)>);

impl Clock {
    /// Goes as many times faster than the machine's.
    pub(crate) fn faster(times: u32) -> Result<Self, Trouble> {
        Self::new(format!("+0s x{times}"))
    }

    /// Is as many minutes ahead of the machine's.
    pub(crate) fn ahead(minutes: u32) -> Result<Self, Trouble> {
        Self::new(format!("+{minutes}m"))
    }

    fn new(setting: String) -> Result<Self, Trouble> {
        let library = library().ok_or(Trouble::Missing("faketime"))?;
        let all = [
            ("LD_PRELOAD", library.display().to_string()),
            ("FAKETIME", setting),
            // What measures how long something takes, such as a limit of time, is left as it is.
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ];
        let all = all.map(|(name, value)| (name.to_owned(), value));
        Ok(Self(all.to_vec()))
    }

    /// What a program needs to see this time.
    pub(crate) fn variables(&self) -> &[(String, String)] {
        &self.0
    }
}

fn library() -> Option<PathBuf> {
    let folders = fs::read_dir(Path::new(LIBRARIES)).ok()?;
    let mut found = folders.filter_map(|folder| Some(folder.ok()?.path().join(LIBRARY)));
    found.find(|library| library.is_file())
}
