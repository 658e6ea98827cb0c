use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::{BookingId, DecisionId, SupplierId};
use crate::money::Money;
use crate::samples;
use crate::trip::LegContent;

/// The traveller is shown what cancelling a confirmed trip gives back and what it costs, and asked whether to go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CancellationConfirmationRequested {
    pub decision: DecisionId,
    /// The confirmed booking.
    pub previous_booking: BookingId,
    /// In the order they were booked.
    pub legs: Vec<CancellationTerms>,
    pub paid: Money,
    pub refund: Money,
    /// What is not given back.
    pub fee: Money,
    /// Hash of the conditions.
    pub quote_hash: String,
    pub deadline_at: Timestamp,
}

/// What a supplier says of cancelling one leg now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CancellationTerms {
    /// From 0, in the order of booking.
    pub leg: u32,
    pub supplier: SupplierId,
    /// The supplier's own reference.
    pub reference: String,
    pub content: LegContent,
    pub paid: Money,
    pub refund: Money,
    pub fee: Money,
}

impl Event for CancellationConfirmationRequested {
    const NAME: &'static str = "CancellationConfirmationRequested";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        let leg = samples::booked_leg();
        let (paid, refund) = (leg.total, samples::flight_offer().taxes);
        let fee = Money::new(paid.amount - refund.amount, paid.currency);
        Self {
            decision: samples::decision("cancel#1"),
            previous_booking: samples::previous_booking(),
            legs: vec![CancellationTerms {
                leg: leg.leg,
                supplier: leg.supplier,
                reference: leg.reference,
                content: leg.content,
                paid,
                refund,
                fee,
            }],
            paid,
            refund,
            fee,
            quote_hash: samples::hash(),
            deadline_at: samples::later(),
        }
    }
}
