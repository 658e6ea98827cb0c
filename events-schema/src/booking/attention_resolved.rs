use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::event::{Earlier, Event, Fate, Producer};
use crate::ids::{BookingId, CostCentre, EmployeeId, TextRef};
use crate::money::Money;
use crate::samples;

/// What stands for a reference that version 1 did not have.
const NOT_RECORDED: &str = "not-recorded";

/// A person found out what was open, and the money was settled by what they found: nothing stays set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttentionResolved {
    pub by: EmployeeId,
    /// What became of each leg that was open, with its evidence.
    pub legs: Vec<SettledLeg>,
    pub cost_centre: CostCentre,
    /// What was spent in the end; absent if nothing was ever set aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured: Option<Money>,
    /// What went back to the budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<Money>,
    /// Of a cancellation: the confirmed booking it was to cancel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_booking: Option<BookingId>,
    /// Of a cancellation: what came back beyond what suppliers had given back before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<Money>,
    /// Why, in the person's words.
    pub note: TextRef,
    /// SHA-256 of the note, hex.
    pub note_hash: String,
}

/// What a person found out about one leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SettledLeg {
    /// From 0, in the order of booking.
    pub leg: u32,
    pub outcome: LegOutcome,
    /// The supplier's reference: for a leg that is kept it is the evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What the supplier charges in the end: the leg's price if it is kept, a fee or nothing if it is undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charged: Option<Money>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LegOutcome {
    /// It is booked and stays so.
    Kept,
    /// It is not booked: it never was, or was cancelled.
    Undone,
}

impl Event for AttentionResolved {
    const NAME: &'static str = "AttentionResolved";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Reacted;
    const VERSION: u32 = 2;
    const EARLIER: &'static [Earlier] = &[Earlier {
        version: 1,
        replaced_on: jiff::civil::date(2026, 11, 26),
        change: "The sentence in resolution gave way to what became of each leg, the money that followed from it, and \
                 a note kept by reference.",
    }];

    /// Version 1 told the outcome in a sentence of its own and settled no money. Data that has legs was written by a
    /// build that had the new shape and not yet its number.
    fn upcast(version: u32, mut data: Value) -> Value {
        if version == 1 && data.get("legs").is_none() {
            data["legs"] = json!([]);
            data["costCentre"] = NOT_RECORDED.into();
            data["note"] = NOT_RECORDED.into();
            data["noteHash"] = "".into();
        }
        data
    }

    fn example() -> Self {
        Self {
            by: samples::approver(),
            legs: vec![SettledLeg {
                leg: 1,
                outcome: LegOutcome::Undone,
                reference: None,
                charged: Some(Money::euros(0)),
            }],
            cost_centre: samples::cost_centre(),
            captured: Some(Money::euros(0)),
            released: Some(samples::total()),
            previous_booking: None,
            refund: None,
            note: TextRef::new(format!("{}/attention", samples::booking())),
            note_hash: samples::hash(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::Recorded;

    #[test]
    fn what_version_1_said_is_read_as_version_2() {
        let recorded: Recorded =
            serde_json::from_str(include_str!("../../earlier/AttentionResolved.v1.json")).unwrap();
        let read = recorded.read::<AttentionResolved>().unwrap();
        assert_eq!(read.data.by, samples::approver());
        assert_eq!((read.data.legs, read.data.captured), (Vec::new(), None));
        assert_eq!(read.data.cost_centre.as_str(), NOT_RECORDED);
    }

    #[test]
    fn the_new_shape_under_the_old_number_is_left_as_it_is() {
        let new = serde_json::to_value(AttentionResolved::example()).unwrap();
        assert_eq!(AttentionResolved::upcast(1, new.clone()), new);
    }
}
