//! What a supplier tells of its own accord. Whoever hands it in has only an address that anybody may know, so a supplier's
//! adapter says whether it is genuine, and reads back from the supplier what it is about.

use std::collections::BTreeMap;

use events_schema::trip::FlightSegment;

use crate::error::SupplierError;

/// As it arrived.
#[derive(Clone, Debug)]
pub struct Notice<'a> {
    /// Names in lower case.
    pub headers: &'a BTreeMap<String, String>,
    pub body: &'a [u8],
}

/// Booked flights that are flown otherwise, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleChange {
    /// The supplier's id of the change.
    pub change: String,
    /// Of the order, as in [`Order`](crate::Order).
    pub reference: String,
    /// Under which the order was bought.
    pub idempotency_key: String,
    pub before: Vec<FlightSegment>,
    pub after: Vec<FlightSegment>,
}

#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    /// Not from the supplier, or not as it sent it.
    #[error("the notice is not genuine: {0}")]
    NotGenuine(&'static str),
    #[error("the notice cannot be read")]
    Unreadable(#[from] serde_json::Error),
    #[error("this supplier sends no notices")]
    None,
    /// It will be sent again.
    #[error("what the notice is about cannot be read back")]
    Supplier(#[source] SupplierError),
    #[error("the key of its signature cannot be had")]
    Key(#[source] Box<dyn std::error::Error + Send + Sync>),
}
