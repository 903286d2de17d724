//! Work under a lease ends with the lease.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use crate::EngineError;
use crate::ports::{Fence, Held};

/// Does `work` for as long as it is sure that nobody else holds the lease. Then it is dropped: left
/// as after a crash, with the programs that it runs ended.
///
/// What is appended late is refused anyway, by the fence. This is for what no fence reaches: a
/// machine that is cut off would go on deploying while another one has begun.
pub(crate) async fn under<T, L: Held>(
    (lease, fence): (&L, &Fence),
    work: impl Future<Output = Result<T, EngineError>> + Send,
) -> Result<T, EngineError> {
    let mut work = pin!(work);
    let mut lost = pin!(lease.lost());
    poll_fn(|context| {
        // Asked each time: a process that was paused goes on where it was.
        if !lease.is_held() || lost.as_mut().poll(context).is_ready() {
            let name = fence.name.clone();
            return Poll::Ready(Err(EngineError::Lost { name }));
        }
        work.as_mut().poll(context)
    })
    .await
}
