//! What a worker tells: for metrics and logs.

use std::sync::Arc;

use liftlock_core::{PipelineName, Span, Time};

use super::WorkError;
use crate::TickReport;
use crate::ports::StoreError;

/// Something that a worker did, or could not do.
#[derive(Debug)]
pub enum Work<'a> {
    /// A pipeline was looked at.
    Ticked {
        /// Which.
        pipeline: &'a PipelineName,
        /// What came of it.
        report: &'a TickReport,
        /// How long it took.
        took: Span,
        /// When it is looked at again by itself.
        again: Option<Time>,
    },
    /// Another worker was at it.
    Elsewhere {
        /// Where.
        pipeline: &'a PipelineName,
    },
    /// A pipeline could not be looked at.
    Failed {
        /// Which.
        pipeline: &'a PipelineName,
        /// Why.
        error: &'a WorkError,
        /// When it is tried again.
        again: Option<Time>,
    },
    /// The store could not say what was recorded. It is asked again.
    Unread {
        /// Why.
        error: &'a StoreError,
    },
    /// How things are, after each of the above.
    Standing {
        /// How many pipelines there are.
        pipelines: usize,
        /// How many of them wait for their turn though they may go on.
        late: usize,
        /// How many ticks there are.
        ticks: usize,
    },
    /// It was stopped, and waits for so many ticks.
    Stopping {
        /// How many.
        ticks: usize,
    },
    /// It has ended. What was being done in so many ticks is left to others.
    Stopped {
        /// How many.
        left: usize,
    },
}

/// Told of each. It must not wait.
pub type WorkReport = Arc<dyn Fn(&Work<'_>) + Send + Sync>;
