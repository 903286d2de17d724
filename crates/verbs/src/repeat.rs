//! What may be carried out again of which it is only known that something was recorded: whoever
//! carried it out is gone, and how it ended with them.

use crate::promote::Promote;
use crate::request::Request;
use crate::session::Session;

impl Request {
    /// Whether carrying it out again, where something of it was recorded already, comes to what it
    /// would have come to: it attaches to what is open, or finds what is so already. What would be
    /// done a second time, such as a rollback, may not.
    pub async fn may_be_repeated(&self, session: &Session) -> bool {
        match self {
            Self::Promote(promote) => attaches(promote, session).await,
            Self::PolicyApply(apply) => {
                let adopted = session.state.adopted.as_ref();
                let policy = apply.file.policy().ok();
                let (adopted, wanted) = (adopted.map(|a| a.digest), policy.map(|p| p.digest()));
                adopted.is_some() && adopted == wanted
            }
            Self::ReleaseCreate(_) | Self::Tick(_) | Self::Drift(_) => true,
            _ => false,
        }
    }
}

/// An open promotion is attached to. One that has ended is not: if it failed, another would begin.
async fn attaches(promote: &Promote, session: &Session) -> bool {
    let Ok(release) = promote.release.find(session).await else {
        return false;
    };
    let (state, to) = (&session.state, &promote.to);
    let is_open = state
        .open_promotions()
        .any(|open| open.request.release == release && open.request.environment == *to);
    let current = &state.environment(to).current;
    let is_current = current
        .as_ref()
        .is_some_and(|current| current.release == release);
    let is_new = !state.was_asked_for(&release, to);
    is_open || (!promote.again && (is_current || is_new))
}
