use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::{BookingId, CostCentre, EmployeeId, TextRef};
use crate::money::Money;
use crate::samples;

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
