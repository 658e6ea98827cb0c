//! Every event there is, in the order of the flow: the one list from which schemas, examples, rules' tests and
//! documentation are checked.

use schemars::Schema;
use serde_json::Value;

use crate::envelope::{AggregateType, Envelope, Meta, ReadError, Recorded};
use crate::event::{Earlier, Event, Fate, Producer};
use crate::ids::{AggregateId, EventId};
use crate::samples;

/// One event type, for those who treat all alike.
pub struct EventType {
    pub name: &'static str,
    pub producer: Producer,
    pub version: u32,
    pub aggregate: AggregateType,
    pub fate: Fate,
    pub earlier: &'static [Earlier],
    schema: fn() -> Schema,
    example: fn() -> Value,
}

impl EventType {
    fn of<E: Event>() -> Self {
        Self {
            name: E::NAME,
            producer: E::PRODUCER,
            version: E::VERSION,
            aggregate: E::AGGREGATE,
            fate: E::FATE,
            earlier: E::EARLIER,
            schema: || schemars::schema_for!(Envelope<E>),
            example: || serde_json::to_value(E::example()).unwrap_or_default(),
        }
    }

    /// JSON Schema 2020-12 of the event's `detail`, under the event's name and with what the type says of itself.
    pub fn schema(&self) -> Schema {
        let mut schema = (self.schema)();
        let description = schema
            .pointer(&format!("/$defs/{}/description", self.name))
            .cloned()
            .unwrap_or_default();
        schema.insert("title".into(), self.name.into());
        schema.insert("description".into(), description);
        schema
    }

    /// A whole example as the bus carries it.
    pub fn example(&self) -> Recorded {
        let aggregate_id = match self.aggregate {
            AggregateType::Booking => AggregateId::from(samples::booking()),
            AggregateType::Policy => AggregateId::new(samples::policy_version().as_str()),
            AggregateType::Directory => AggregateId::directory(),
            AggregateType::CostCentre => AggregateId::budget(&samples::cost_centre()),
            AggregateType::Order => AggregateId::order(
                &samples::flight_offer().supplier,
                "RZPNX8/ord_00009hthhsUZ8W4LxQgkjo",
            ),
            AggregateType::Person => AggregateId::new(samples::employee().as_str()),
            AggregateType::Records => AggregateId::records_of(&samples::booking().into()),
        };
        let sequence = 1 + CATALOGUE_ORDER
            .iter()
            .position(|name| *name == self.name)
            .unwrap_or(0) as u64;
        let first = EventId::of(&aggregate_id, 1);
        let meta = Meta {
            event_id: EventId::of(&aggregate_id, sequence),
            aggregate_type: self.aggregate,
            causation_id: EventId::of(&aggregate_id, sequence.saturating_sub(1).max(1)),
            aggregate_id,
            sequence,
            employee_id: Some(samples::employee()),
            correlation_id: first,
            occurred_at: samples::now(),
            schema_version: self.version,
            traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into()),
        };
        Recorded {
            source: self.producer.source(),
            detail_type: self.name.into(),
            detail: Envelope {
                meta,
                data: (self.example)(),
            },
        }
    }
}

macro_rules! catalogue {
    ($($producer:ident: $($event:ident),+;)+) => {
        /// All event types, in the order of the flow.
        pub fn catalogue() -> Vec<EventType> {
            vec![$($(EventType::of::<crate::$producer::$event>()),+),+]
        }

        const CATALOGUE_ORDER: &[&str] = &[$($(stringify!($event)),+),+];

        /// Any event, typed: for readers of whole histories, such as audit and progress.
        #[derive(Clone, Debug, PartialEq)]
        pub enum AnyEvent {
            $($($event(crate::$producer::$event)),+),+
        }

        impl AnyEvent {
            pub fn read(recorded: &Recorded) -> Result<Self, ReadError> {
                match recorded.detail_type.as_str() {
                    $($(stringify!($event) => recorded.read().map(|envelope| Self::$event(envelope.data)),)+)+
                    other => Err(ReadError::OtherEvent { expected: "an event of the catalogue", found: other.into() }),
                }
            }
        }
    };
}

catalogue! {
    gateway: BookingRequested, ClarificationGiven, OptionSelected, ApprovalGranted, ApprovalDeclined, PurchaseConfirmed, PurchaseDeclined, CancelRequested, CancellationRequested, CancellationConfirmed, CancellationDeclined, AccessRefused;
    policy: PolicyIngested, PolicyIngestionFailed, PolicyActivated, PolicyRetrieved;
    planner: PlanProposed, ClarificationRequested, PolicyAnswered, PlanningFailed;
    compliance: PlanAccepted, PlanRejected, OptionsRanked;
    search: OffersFound, NoOffersFound, SearchFailed;
    booking: OptionsPresented, OfferRequoted, ApprovalRequested, ApprovalGrantedBySilence, ApprovalVoided, PurchaseConfirmationRequested, CancellationConfirmationRequested, BudgetReserved, BudgetCaptured, BudgetReleased, BudgetRefunded, LegBooked, LegOutcomeUnknown, LegBookingFailed, LegCancelled, BookingConfirmed, BookingFailed, BookingCancelled, BookingExpired, BookingKept, BookingNeedsAttention, AttentionResolved, PolicyQuestionAnswered;
    sweeper: BookingOverdue, AttentionOverdue;
    people: PeopleChanged, PersonErased, BudgetSet;
    schedules: ScheduleChanged;
    audit: DiscrepancyFound;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<_> = catalogue().iter().map(|event| event.name).collect();
        assert_eq!(names.len(), catalogue().len());
    }

    #[test]
    fn every_example_reads_back_as_its_type_and_fits_its_schema() {
        for event in catalogue() {
            let example = event.example();
            AnyEvent::read(&example).unwrap_or_else(|error| panic!("{}: {error}", event.name));
            let validator = jsonschema::validator_for(event.schema().as_value()).expect("a valid schema");
            let detail = serde_json::to_value(&example.detail).unwrap();
            let errors: Vec<_> = validator
                .iter_errors(&detail)
                .map(|error| error.to_string())
                .collect();
            assert!(errors.is_empty(), "{}: {errors:?}", event.name);
        }
    }

    #[test]
    fn versions_are_counted_without_gaps() {
        for event in catalogue() {
            let earlier: Vec<_> = event.earlier.iter().map(|earlier| earlier.version).collect();
            assert_eq!(earlier, (1..event.version).collect::<Vec<_>>(), "{}", event.name);
        }
    }

    #[test]
    fn a_newer_version_is_refused_rather_than_misread() {
        let mut recorded = catalogue()[0].example();
        recorded.detail.meta.schema_version += 1;
        assert!(matches!(
            AnyEvent::read(&recorded),
            Err(ReadError::UnknownVersion { .. })
        ));
    }
}
