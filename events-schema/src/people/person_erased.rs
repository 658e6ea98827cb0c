use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::AggregateType;
use crate::event::{Event, Fate, Producer};
use crate::ids::EmployeeId;
use crate::samples;

/// A person's details and words can no longer be read by anybody: their key is destroyed. What is known of them by id
/// stays (bookings, money, decisions). Consumers that keep personal data of their own should forget it too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonErased {
    pub employee: EmployeeId,
    pub by: EmployeeId,
    pub erased_at: Timestamp,
}

impl Event for PersonErased {
    const NAME: &'static str = "PersonErased";
    const PRODUCER: Producer = Producer::People;
    const AGGREGATE: AggregateType = AggregateType::Directory;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            employee: samples::employee(),
            by: samples::approver(),
            erased_at: samples::now(),
        }
    }
}
