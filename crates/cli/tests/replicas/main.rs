//! Servers on one state carry on what waits, by themselves: one that stops hands over, and several
//! do each promotion once, whichever of them is killed or paused.

mod drill;
mod fleet;
mod shops;
mod stopping;
