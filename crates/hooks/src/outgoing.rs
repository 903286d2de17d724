//! What others are told: each entry of the ledger that someone wants to know of, as a message.

mod format;
mod kind;
mod message;
mod signature;

pub use format::{CloudEventsMode, Format, Outgoing, PAYLOAD_VERSION, Source};
pub use kind::{Kind, KindError};
pub use message::{AWAITED_MAX, Awaited, Message, Shown};
pub use signature::{SigningKey, SigningKeyError};
