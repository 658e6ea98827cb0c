//! How long each kind of waiting may take: the one place, with its defaults; `template.yaml` may override.

use jiff::SignedDuration;

use crate::runtime::{ConfigError, Runtime};

/// All in seconds in the environment, under the names given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// `AUTOMATED_STEP_S`: any step that waits for a machine. 5 minutes.
    pub automated_step: SignedDuration,
    /// `CLARIFICATION_S`: the traveller's answer to a question. 24 hours.
    pub clarification: SignedDuration,
    /// `CHOOSE_S`: picking an option. 2 hours.
    pub choose: SignedDuration,
    /// `CONFIRM_S`: confirming the purchase. 30 minutes.
    pub confirm: SignedDuration,
    /// `BOOK_LEGS_S`: reserving, booking all legs and capturing. 10 minutes.
    pub book_legs: SignedDuration,
    /// `ATTENTION_S`: a person's look at what could not be settled, before they are reminded. 4 hours.
    pub attention: SignedDuration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            automated_step: SignedDuration::from_mins(5),
            clarification: SignedDuration::from_hours(24),
            choose: SignedDuration::from_hours(2),
            confirm: SignedDuration::from_mins(30),
            book_legs: SignedDuration::from_mins(10),
            attention: SignedDuration::from_hours(4),
        }
    }
}

impl Deadlines {
    pub fn from_settings(runtime: &Runtime) -> Result<Self, ConfigError> {
        let default = Self::default();
        let read = |name: &str, default: SignedDuration| {
            runtime
                .setting_or(name, default.as_secs())
                .map(SignedDuration::from_secs)
        };
        Ok(Self {
            automated_step: read("AUTOMATED_STEP_S", default.automated_step)?,
            clarification: read("CLARIFICATION_S", default.clarification)?,
            choose: read("CHOOSE_S", default.choose)?,
            confirm: read("CONFIRM_S", default.confirm)?,
            book_legs: read("BOOK_LEGS_S", default.book_legs)?,
            attention: read("ATTENTION_S", default.attention)?,
        })
    }
}
