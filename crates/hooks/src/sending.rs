//! Messages are sent: at least once, in order for each pipeline and endpoint, until each has been
//! answered or given up.

mod endpoint;
mod follow;
mod history;
mod http;
mod lasting;
mod pace;
mod sender;
mod target;
mod work;

pub use endpoint::{Endpoint, EndpointError, EndpointSettings, Filter, UrlSource, check_endpoints};
pub use http::Http;
pub use lasting::Lasting;
pub use pace::{Pace, REFUSED_TRIES};
pub use sender::{Failed, Sender, Surroundings};
pub use target::TargetError;

use std::future::Future;
use std::time::Duration;

use crate::outgoing::Outgoing;

/// What came of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// It was taken: any status of 200 to 299.
    Delivered,
    /// It was not.
    Failed {
        /// Why, in one line without secrets.
        reason: String,
        /// How long the receiver asks to wait.
        retry_after: Option<Duration>,
        /// Whether the receiver said that it is this very message that it does not take: status
        /// 400, 410, 413 or 422.
        refused: bool,
    },
}

/// Sends one request, within the endpoint's time.
pub trait Transport: Send + Sync {
    /// Tries once; `timestamp` is the instant of the try in seconds since 1970.
    fn send(
        &self,
        endpoint: &Endpoint,
        request: &Outgoing,
        timestamp: i64,
    ) -> impl Future<Output = Tried> + Send;
}
