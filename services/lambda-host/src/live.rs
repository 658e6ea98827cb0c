//! The capability to have effects. A replayed event must rebuild read models and touch nothing else, so everything
//! that books, pays, publishes, posts or wakes asks for a [`Live`], and a replayed invocation has none.

use serde_json::Value;

/// Proof that this invocation is not a replay. Only [`Live::of`] makes one.
///
/// With it, an effect compiles; what is below without it does not. No code of the compiler's is looked at where these
/// examples run, so each that must not compile stands behind one that does and differs by the capability alone.
///
/// It comes from what was received:
///
/// ```
/// let live = lambda_host::Live::of(&serde_json::Value::Null);
/// ```
///
/// It cannot be made, copied from elsewhere or defaulted:
///
/// ```compile_fail,E0423
/// let live = lambda_host::Live(());
/// ```
///
/// ```
/// fn default<T: Default>() {}
/// default::<serde_json::Value>();
/// ```
///
/// ```compile_fail,E0277
/// fn default<T: Default>() {}
/// default::<lambda_host::Live>();
/// ```
///
/// ```
/// fn deserialized<T: serde::de::DeserializeOwned>() {}
/// deserialized::<serde_json::Value>();
/// ```
///
/// ```compile_fail,E0277
/// fn deserialized<T: serde::de::DeserializeOwned>() {}
/// deserialized::<lambda_host::Live>();
/// ```
///
/// A delivery that may be a replay publishes nothing:
///
/// ```
/// # use events_schema::envelope::Recorded;
/// # use lambda_host::{delivery::Delivery, publish::Publisher};
/// async fn say(publisher: &Publisher, delivery: &Delivery, event: Recorded) {
///     if let Some(live) = &delivery.live {
///         publisher.publish(live, &[event]).await.ok();
///     }
/// }
/// ```
///
/// ```compile_fail,E0308
/// # use events_schema::envelope::Recorded;
/// # use lambda_host::{delivery::Delivery, publish::Publisher};
/// async fn say(publisher: &Publisher, delivery: &Delivery, event: Recorded) {
///     publisher.publish(&delivery.live, &[event]).await.ok();
/// }
/// ```
///
/// ```compile_fail,E0061
/// # use events_schema::envelope::Recorded;
/// # use lambda_host::{delivery::Delivery, publish::Publisher};
/// async fn say(publisher: &Publisher, delivery: &Delivery, event: Recorded) {
///     publisher.publish(&[event]).await.ok();
/// }
/// ```
///
/// It makes no transition:
///
/// ```
/// # use events_schema::{envelope::Meta, state::BookingState};
/// # use lambda_host::{Live, Transitions};
/// async fn react(transitions: &Transitions, live: &Live, meta: &Meta) {
///     let decide = |_| async { Ok(None) };
///     transitions.react(live, "policy", meta, &[BookingState::Requested], decide).await.ok();
/// }
/// ```
///
/// ```compile_fail,E0061
/// # use events_schema::{envelope::Meta, state::BookingState};
/// # use lambda_host::{Live, Transitions};
/// async fn react(transitions: &Transitions, live: &Live, meta: &Meta) {
///     let decide = |_| async { Ok(None) };
///     transitions.react("policy", meta, &[BookingState::Requested], decide).await.ok();
/// }
/// ```
///
/// ```
/// # use events_schema::state::BookingState;
/// # use lambda_host::{Cause, Live, Transitions, head::BookingKey};
/// async fn command(transitions: &Transitions, live: &Live, key: &BookingKey, cause: &Cause) {
///     let decide = |_| async { Ok(None) };
///     transitions.apply(live, key, cause, &[BookingState::Requested], decide).await.ok();
/// }
/// ```
///
/// ```compile_fail,E0061
/// # use events_schema::state::BookingState;
/// # use lambda_host::{Cause, Live, Transitions, head::BookingKey};
/// async fn command(transitions: &Transitions, live: &Live, key: &BookingKey, cause: &Cause) {
///     let decide = |_| async { Ok(None) };
///     transitions.apply(key, cause, &[BookingState::Requested], decide).await.ok();
/// }
/// ```
///
/// It records no fact, and announces none again:
///
/// ```
/// # use events_schema::{booking::LegBooked, ids::AggregateId};
/// # use lambda_host::{Live, facts::{Facts, NewFact}};
/// async fn record(facts: &Facts, live: &Live, about: &AggregateId, fact: NewFact<'_, LegBooked>) {
///     facts.record(live, fact).await.ok();
///     facts.recorded_before(live, about, "cause").await.ok();
/// }
/// ```
///
/// ```compile_fail,E0061
/// # use events_schema::{booking::LegBooked, ids::AggregateId};
/// # use lambda_host::{Live, facts::{Facts, NewFact}};
/// async fn record(facts: &Facts, live: &Live, about: &AggregateId, fact: NewFact<'_, LegBooked>) {
///     facts.record(fact).await.ok();
/// }
/// ```
///
/// ```compile_fail,E0061
/// # use events_schema::{booking::LegBooked, ids::AggregateId};
/// # use lambda_host::{Live, facts::{Facts, NewFact}};
/// async fn record(facts: &Facts, live: &Live, about: &AggregateId, fact: NewFact<'_, LegBooked>) {
///     facts.recorded_before(about, "cause").await.ok();
/// }
/// ```
///
/// It posts to no socket:
///
#[cfg_attr(
    feature = "sockets",
    doc = "```\n# use events_schema::ids::ConnectionId;\n# use lambda_host::{Live, sockets::Sockets};\nasync fn post(sockets: &Sockets, live: &Live, to: &ConnectionId) {\n    sockets.post(live, to, \"{}\").await.ok();\n}\n```"
)]
///
#[cfg_attr(
    feature = "sockets",
    doc = "```compile_fail,E0061\n# use events_schema::ids::ConnectionId;\n# use lambda_host::{Live, sockets::Sockets};\nasync fn post(sockets: &Sockets, live: &Live, to: &ConnectionId) {\n    sockets.post(to, \"{}\").await.ok();\n}\n```"
)]
///
/// It asks no model:
///
#[cfg_attr(
    feature = "converse",
    doc = "```\n# use lambda_host::{Live, converse::{Model, Task, Unfit}};\nasync fn ask(model: &Model, live: &Live, task: &Task<'_>) {\n    let read = |value: serde_json::Value| Ok::<_, Unfit>(value);\n    let _ = model.ask(live, task, std::time::Duration::MAX, read).await;\n}\n```"
)]
///
#[cfg_attr(
    feature = "converse",
    doc = "```compile_fail,E0061\n# use lambda_host::{Live, converse::{Model, Task, Unfit}};\nasync fn ask(model: &Model, live: &Live, task: &Task<'_>) {\n    let read = |value: serde_json::Value| Ok::<_, Unfit>(value);\n    let _ = model.ask(task, std::time::Duration::MAX, read).await;\n}\n```"
)]
///
/// What stands with the effects themselves: suppliers with `suppliers::Registry`, e-mail with `notices::mail::Mail`,
/// what is bought with `booking::tables::Legs`.
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
