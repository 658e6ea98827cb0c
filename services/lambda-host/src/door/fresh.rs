//! A socket outlives its token by hours: whoever sits at it by then may be somebody else, or somebody who was signed
//! out meanwhile. Decisions about money therefore want a connection whose token was issued a moment ago. A client
//! gets a new token, connects with it and sends the same command again; a person notices nothing, unless their
//! session has ended.

use std::sync::Arc;

use events_schema::problem::ErrorCode;
use jiff::{SignedDuration, Timestamp};

use super::caller::Caller;
use super::refuse::Refusal;
use super::texts;
use crate::runtime::{Clock, ConfigError, Runtime};

pub struct Freshness {
    clock: Arc<dyn Clock>,
    longest: SignedDuration,
}

impl Freshness {
    /// Optional setting: `FRESH_TOKEN_S`, 300.
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Ok(Self {
            clock: runtime.clock.clone(),
            longest: SignedDuration::from_secs(runtime.setting_or("FRESH_TOKEN_S", 300)?),
        })
    }

    pub fn check(&self, caller: &Caller) -> Result<(), Refusal> {
        match is_fresh(caller.token_issued_at, self.clock.now(), self.longest) {
            true => Ok(()),
            false => Err(Refusal::new(ErrorCode::AuthFailed, texts::STALE_TOKEN)),
        }
    }
}

/// A token that does not say when it was issued is old.
fn is_fresh(issued_at: Option<Timestamp>, now: Timestamp, longest: SignedDuration) -> bool {
    issued_at.is_some_and(|at| now.duration_since(at) <= longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_fresh_for_a_while_and_never_without_its_time() {
        let now = events_schema::samples::now();
        let ago = |seconds| Some(now - SignedDuration::from_secs(seconds));
        let longest = SignedDuration::from_secs(300);
        let cases = [
            (ago(0), true),
            (ago(300), true),
            (ago(301), false),
            (ago(7200), false),
            // Clocks differ by seconds; the authorizer refuses what is further ahead.
            (ago(-5), true),
            (None, false),
        ];
        for (issued_at, expected) in cases {
            assert_eq!(is_fresh(issued_at, now, longest), expected, "{issued_at:?}");
        }
    }
}
