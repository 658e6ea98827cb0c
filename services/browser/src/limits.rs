//! How far one task may go.

use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Pages opened, forms sent, pages read and pictures taken.
    pub steps: u32,
    /// From opening the browser to the last step.
    pub time: Duration,
    /// For any one step.
    pub step_time: Duration,
}

impl Limits {
    /// A booking takes about a dozen steps; what takes many more has lost its way.
    pub fn within(time: Duration) -> Self {
        Self {
            steps: 24,
            time,
            step_time: time,
        }
    }
}
