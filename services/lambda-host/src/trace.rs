//! One trace per booking, as [W3C Trace Context](https://www.w3.org/TR/trace-context/) writes it.
//!
//! Nothing random: the trace is its first event's id, an event's span is its own id, and a step's span follows from
//! the invocation. So a redelivery continues the trace it began, a task of the state machine finds it from nothing
//! but the booking, and a booking's trace can be named without having been recorded.

use std::fmt;

use events_schema::envelope::Meta;
use events_schema::ids::{AggregateId, EventId};

/// A place in a trace: what is called from here names it as its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace: u128,
    span: u64,
}

impl TraceContext {
    /// Where `event` was said, in the trace that `correlation`, the first event of its chain, began.
    pub fn of_event(correlation: EventId, event: EventId) -> Self {
        Self {
            trace: bits(correlation),
            span: upper_half(event),
        }
    }

    /// What an event carries, or would if it carried any.
    pub fn of_meta(meta: &Meta) -> Self {
        let carried = meta.traceparent.as_deref().and_then(Self::parse);
        carried.unwrap_or_else(|| Self::of_event(meta.correlation_id, meta.event_id))
    }

    /// A booking's first event, whether it was said yet or not.
    pub fn of_first_event(aggregate: &AggregateId) -> Self {
        let first = EventId::of(aggregate, 1);
        Self::of_event(first, first)
    }

    /// Reads a `traceparent` of version 00; `None` for any other, as the specification wants.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let lengths = (version, trace.len(), span.len(), flags.len(), parts.next());
        if lengths != ("00", 32, 16, 2, None) {
            return None;
        }
        let trace = u128::from_str_radix(trace, 16).ok().filter(|trace| *trace != 0)?;
        let span = u64::from_str_radix(span, 16).ok().filter(|span| *span != 0)?;
        Some(Self { trace, span })
    }

    /// The same trace, at the step that `parts` name.
    pub fn at_step(self, parts: &[&str]) -> Self {
        Self {
            span: upper_half(EventId::derived(parts)),
            ..self
        }
    }

    /// 32 hexadecimal digits.
    pub fn trace_id(self) -> String {
        format!("{:032x}", self.trace)
    }

    /// 16 hexadecimal digits.
    pub fn span_id(self) -> String {
        format!("{:016x}", self.span)
    }
}

/// As the `traceparent` header has it, sampled.
impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-01", self.trace, self.span)
    }
}

fn bits(id: EventId) -> u128 {
    id.as_u128()
}

#[allow(clippy::cast_possible_truncation, reason = "the upper half of 128 bits is 64")]
fn upper_half(id: EventId) -> u64 {
    (id.as_u128() >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let first = EventId::of(&AggregateId::new("b-1"), 1);
        let second = EventId::of(&AggregateId::new("b-1"), 2);
        let context = TraceContext::of_event(first, second);
        assert_eq!(TraceContext::parse(&context.to_string()), Some(context));
        let hex = second.to_string().replace('-', "");
        assert_eq!(context.span_id(), hex[..16]);
        assert_eq!(context.trace_id(), first.to_string().replace('-', ""));
    }

    #[test]
    fn what_is_no_traceparent_is_none() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let good = format!("00-{trace}-00f067aa0ba902b7-01");
        assert!(TraceContext::parse(&good).is_some());
        for bad in [
            "",
            "00",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e473x-00f067aa0ba902b7-01",
        ] {
            assert_eq!(TraceContext::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn steps_of_one_trace_have_spans_of_their_own() {
        let event = TraceContext::of_first_event(&AggregateId::new("b-1"));
        let (one, other) = (event.at_step(&["r-1"]), event.at_step(&["r-2"]));
        assert_eq!(one.trace_id(), other.trace_id());
        assert_ne!(one.span_id(), other.span_id());
        assert_eq!(
            one,
            event.at_step(&["r-1"]),
            "a retry goes on with the span it began"
        );
    }
}
