//! Workers: every pipeline of a store goes on by itself. What can go on is carried on when time, a
//! record of somebody's or a hint says that it may; nothing is asked again and again of what is idle.
//!
//! [`work`] is the loop, [`Queue`] says whose turn it is, and [`Workplace`] is what the loop works
//! on: [`Workshop`], with the engine. Any number of replicas may work on one store. That each
//! promotion is carried out once is the environments' leases' to see to; a lease for each pipeline
//! only keeps two from looking at the same at once.

mod again;
mod pace;
mod place;
mod queue;
mod run;
mod stop;
mod told;
mod wake;
mod workshop;

pub use again::again;
pub use pace::Pace;
pub use place::{Ticked, WorkError, Workplace};
pub use queue::{Ended, Queue};
pub use run::work;
pub use stop::Stop;
pub use told::{Work, WorkReport};
pub use wake::Wake;
pub use workshop::Workshop;
