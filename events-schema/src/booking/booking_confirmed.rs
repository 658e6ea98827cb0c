use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::approval::PolicyException;
use crate::event::{Event, Fate, Producer};
use crate::ids::{BookingId, CostCentre, OptionId, PolicyVersion};
use crate::money::Money;
use crate::samples;
use crate::trip::BookedLeg;

/// Bought and paid for: all a subscriber needs to file, remind, or look after the traveller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingConfirmed {
    pub option: OptionId,
    /// In the order of booking.
    pub legs: Vec<BookedLeg>,
    pub total: Money,
    pub taxes: Money,
    pub travellers: u8,
    pub cost_centre: CostCentre,
    pub policy: PolicyVersion,
    /// Rules that were exceeded, with who approved.
    pub exceptions: Vec<PolicyException>,
    /// The confirmed booking this one replaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_booking: Option<BookingId>,
}

impl Event for BookingConfirmed {
    const NAME: &'static str = "BookingConfirmed";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Terminal;

    fn example() -> Self {
        Self {
            option: samples::option(),
            legs: vec![samples::booked_leg()],
            total: samples::total(),
            taxes: samples::taxes(),
            travellers: 1,
            cost_centre: samples::cost_centre(),
            policy: samples::policy_version(),
            exceptions: vec![PolicyException::example()],
            previous_booking: None,
        }
    }
}
