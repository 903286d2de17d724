//! How a program's run ends: by itself, or because its time is over.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::process::Child;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::group::Group;

/// How long a group may take to end by itself once it was asked to, and then to be reaped.
const TERMINATE_GRACE: Duration = Duration::from_secs(5);
/// How long output is still waited for when the program itself has ended: a process it left
/// behind may hold its output open for ever.
const OUTPUT_GRACE: Duration = Duration::from_secs(1);
/// How often an ending group is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Waits for `child`, a group's leader, while `reading` takes its output; returns its status,
/// or nothing where it did not end by `deadline` and its whole group was ended.
///
/// Processes that a child which ends by itself leaves behind are left alone: a deployment may
/// be just that.
pub(crate) async fn wait<R: Future<Output = ()>>(
    child: &mut Child,
    deadline: Instant,
    mut reading: Pin<&mut R>,
) -> io::Result<Option<ExitStatus>> {
    // Declared here, it is dropped, and kills, before the caller drops and reaps the child.
    let mut group = Group::of(child);
    let mut read_all = false;
    let by_itself = timeout_at(deadline, async {
        loop {
            tokio::select! {
                status = child.wait() => break status,
                () = &mut reading, if !read_all => read_all = true,
            }
        }
    })
    .await;
    let status = match by_itself {
        Ok(status) => Some(status?),
        Err(_) => {
            terminate(&group, &mut read_all, reading.as_mut()).await;
            // The leader is alive or a zombie, so the number is still the group's.
            group.kill();
            // A process in an uninterruptible sleep dies later; tokio reaps it then.
            let _ = timeout(TERMINATE_GRACE, child.wait()).await;
            None
        }
    };
    group.disarm();
    if !read_all {
        let _ = timeout(OUTPUT_GRACE, reading).await;
    }
    Ok(status)
}

/// Asks the group to end, and waits until it has or the grace is over.
async fn terminate<R: Future<Output = ()>>(
    group: &Group,
    read_all: &mut bool,
    mut reading: Pin<&mut R>,
) {
    group.terminate();
    let deadline = Instant::now() + TERMINATE_GRACE;
    // An open output is a process of the group that still cleans up after its leader.
    while Instant::now() < deadline && !(*read_all && group.leader_has_ended()) {
        tokio::select! {
            () = &mut reading, if !*read_all => *read_all = true,
            () = sleep(LOOK_EVERY) => {}
        }
    }
}
