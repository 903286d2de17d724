//! What can be asked of a state: one file a verb, with its arguments, how it is carried out and what
//! is said of it. The command line and the server ask the same [`Request`]s, so that their answers
//! are the same.
//!
//! A verb's arguments are one definition: options of the command line, and fields of a request's
//! JSON document.

mod approve;
pub mod asked;
mod bytes_text;
mod cancel;
mod choice;
mod clock;
mod done;
mod drift;
mod ending;
mod endpoint;
pub mod evidence;
mod failure;
pub mod freeze;
mod history;
mod hold;
pub mod incident;
mod objection;
pub mod overriding;
mod plan;
pub mod policy;
mod promote;
mod reference;
mod reject;
pub mod release;
mod repeat;
mod request;
mod resume;
mod rights;
mod rollback;
mod session;
pub mod show;
mod site;
mod span_text;
mod status;
pub mod tick;
mod unfreeze;
mod voice;
mod withdraw;
mod working;

pub use approve::{Approve, Inspect};
pub use cancel::Cancel;
pub use choice::Choice;
pub use clock::{SystemClock, now};
pub use done::{Done, Exit, JSON_VERSION};
pub use drift::Drift;
pub use endpoint::{Endpoint, Field, Fields, Kind, Method};
pub use failure::Failure;
pub use freeze::Freeze;
pub use history::History;
pub use hold::Hold;
pub use plan::Plan;
pub use promote::Promote;
pub use reference::definite;
pub use reject::Reject;
pub use request::{Access, Request};
pub use resume::Resume;
pub use rollback::Rollback;
pub use session::{App, Session, policy as adopted};
pub use site::Site;
pub use status::Status;
pub use tick::Tick;
pub use unfreeze::Unfreeze;
pub use voice::{Notice, Voice};
pub use withdraw::Withdraw;
pub use working::work_on;
