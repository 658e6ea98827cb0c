//! The capability to have effects. A replayed event must rebuild read models and touch nothing else, so everything
//! that books, pays, publishes, posts or wakes asks for a [`Live`], and a replayed invocation has none.

use serde_json::Value;

/// Proof that this invocation is not a replay. Only [`Live::of`] makes one.
#[derive(Clone, Copy, Debug)]
pub struct Live(());

impl Live {
    /// EventBridge marks replayed events with `replay-name`; our own replays, which cannot set that field, carry
    /// `fenced` in the detail. Invocations that are not bus events (tasks, sockets, schedules, streams) are live.
    pub fn of(payload: &Value) -> Option<Self> {
        let replayed = payload.get("replay-name").is_some_and(|name| !name.is_null());
        let fenced = payload
            .pointer("/detail/fenced")
            .is_some_and(|mark| !mark.is_null());
        (!replayed && !fenced).then_some(Self(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_not_replayed_is_live() {
        assert!(Live::of(&json!({"detail": {"meta": {}}})).is_some());
        assert!(Live::of(&json!({"step": "present", "bookingId": "b"})).is_some());
        assert!(Live::of(&json!({"replay-name": "rebuild-1", "detail": {}})).is_none());
        assert!(Live::of(&json!({"detail": {"fenced": "diff-1"}})).is_none());
    }
}
