use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::AggregateType;
use crate::event::{Event, Fate, Producer};
use crate::ids::{BookingId, SupplierId};
use crate::samples;
use crate::trip::FlightSegment;

/// An airline changed flights that are booked: other times, another number, or not at all. The booking stays as it is;
/// whoever looks after travellers tells them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleChanged {
    pub booking_id: BookingId,
    /// As in the booking's legs.
    pub leg: u32,
    pub supplier: SupplierId,
    /// The supplier's reference of the order.
    pub reference: String,
    /// The supplier's id of this change: one order may be changed several times.
    pub change: String,
    /// The flights that are no longer flown like this.
    pub before: Vec<FlightSegment>,
    /// What is flown instead; nothing, if they were cancelled.
    pub after: Vec<FlightSegment>,
}

impl Event for ScheduleChanged {
    const NAME: &'static str = "ScheduleChanged";
    const PRODUCER: Producer = Producer::Schedules;
    const AGGREGATE: AggregateType = AggregateType::Order;
    const FATE: Fate = Fate::Recorded;

    fn example() -> Self {
        let (before, after) = samples::moved_flight();
        Self {
            booking_id: samples::booking(),
            leg: 0,
            supplier: SupplierId::new("duffel"),
            reference: "RZPNX8/ord_00009hthhsUZ8W4LxQgkjo".into(),
            change: "aic_00009hthhsUZ8W4LxQgkjo".into(),
            before: vec![before],
            after: vec![after],
        }
    }
}
