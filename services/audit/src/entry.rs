//! What the audit says of an event: who, what, on which evidence. Pure.

use events_schema::catalogue::AnyEvent;
use events_schema::envelope::{Meta, Recorded};
use events_schema::ids::EmployeeId;
use events_schema::rows::JournalRow;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// One event, ready to be chained.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub meta: Meta,
    /// An employee, or `sojourn.<service>` where a machine acted.
    pub actor: String,
    pub on_behalf_of: Option<EmployeeId>,
    /// The event's name.
    pub action: String,
    /// What brought it about, as Journal has it; an event without a row there has none.
    pub cause: Option<String>,
    /// The event's data: clauses, hashes, amounts, references.
    pub evidence: Value,
    /// SHA-256 of the event exactly as it was published, hex.
    pub event_hash: String,
}

impl Entry {
    pub fn of_row(row: &JournalRow) -> Result<Self, serde_json::Error> {
        Ok(Self {
            cause: Some(row.cause_key.clone()),
            ..Self::of_event(row.recorded()?, &row.event)
        })
    }

    /// `text`: the event's exact JSON.
    pub fn of_event(recorded: Recorded, text: &str) -> Self {
        let (actor, on_behalf_of) = who(&recorded);
        Self {
            actor,
            on_behalf_of,
            action: recorded.detail_type,
            cause: None,
            evidence: recorded.detail.data,
            event_hash: hex::encode(Sha256::digest(text)),
            meta: recorded.detail.meta,
        }
    }
}

fn who(recorded: &Recorded) -> (String, Option<EmployeeId>) {
    match AnyEvent::read(recorded) {
        Ok(AnyEvent::ApprovalGranted(event)) => (event.approver.to_string(), event.on_behalf_of),
        Ok(AnyEvent::ApprovalDeclined(event)) => (event.approver.to_string(), event.on_behalf_of),
        Ok(AnyEvent::AttentionResolved(event)) => (event.by.to_string(), None),
        Ok(AnyEvent::PeopleChanged(event)) => (event.by.to_string(), None),
        Ok(AnyEvent::PersonErased(event)) => (event.by.to_string(), None),
        Ok(AnyEvent::BudgetSet(event)) => (event.by.to_string(), None),
        // An event newer than this build is recorded all the same, by its producer.
        Err(_) => (recorded.source.clone(), None),
        Ok(_) if recorded.source == "sojourn.gateway" => {
            let person = recorded.detail.meta.employee_id.as_ref();
            let actor = person.map_or_else(|| recorded.source.clone(), ToString::to_string);
            (actor, None)
        }
        Ok(_) => (recorded.source.clone(), None),
    }
}

#[cfg(test)]
mod tests {
    use events_schema::catalogue::catalogue;

    use super::*;

    #[test]
    fn people_act_through_the_gateway_and_machines_by_themselves() {
        let cases = [
            ("BookingRequested", "sample-traveller-1"),
            ("PurchaseConfirmed", "sample-traveller-1"),
            ("ApprovalGranted", "sample-manager-1"),
            ("PlanProposed", "sojourn.planner"),
            ("LegBooked", "sojourn.booking"),
            ("BookingOverdue", "sojourn.sweeper"),
        ];
        for (name, actor) in cases {
            let recorded = catalogue()
                .iter()
                .find(|event| event.name == name)
                .unwrap()
                .example();
            assert_eq!(Entry::of_event(recorded, "{}").actor, actor, "{name}");
        }
    }

    #[test]
    fn a_newer_event_is_recorded_by_its_producer() {
        let mut recorded = catalogue()[0].example();
        recorded.detail.meta.schema_version = 99;
        let entry = Entry::of_event(recorded, "{}");
        assert_eq!(
            (entry.actor.as_str(), entry.action.as_str()),
            ("sojourn.gateway", "BookingRequested")
        );
    }
}
