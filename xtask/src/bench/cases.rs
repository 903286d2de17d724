//! The cases, in the order in which they are played.

mod across;
mod bulk;
mod counted;
mod mirrors;
mod retag;
mod within;

use super::row::Played;
use super::scene::Scene;
use crate::peers::Note;
use crate::peers::trouble::Trouble;

/// One case.
pub(super) struct Case {
    /// What to call it on the command line.
    pub(super) name: &'static str,
    /// Plays it, each client in its turn. What a client could not do is in its row; an error is
    /// what kept the case from being played.
    pub(super) play: fn(&Scene<'_>, &mut Note<'_>) -> Result<Vec<Played>, Trouble>,
}

/// All of them.
pub(super) const CASES: [Case; 6] = [
    Case {
        name: "requests",
        play: counted::play,
    },
    Case {
        name: "retag",
        play: retag::play,
    },
    Case {
        name: "bulk",
        play: bulk::play,
    },
    Case {
        name: "within",
        play: within::play,
    },
    Case {
        name: "across",
        play: across::play,
    },
    Case {
        name: "mirrors",
        play: mirrors::play,
    },
];
