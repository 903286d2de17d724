//! Servers on one state carry on what waits, by themselves: one that stops hands over, and several
//! do each promotion once, whichever of them is killed, paused or cut off.

mod agent;
mod chance;
mod cut_off;
mod drill;
mod fleet;
mod labels;
mod machines;
mod shops;
mod stopping;
