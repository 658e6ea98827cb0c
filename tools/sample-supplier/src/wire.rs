//! What goes over HTTP: JSON, snake_case, this supplier's own format.

use events_schema::money::Money;
use events_schema::place::IataCode;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Flights,
    Stays,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cabin {
    Economy,
    PremiumEconomy,
    Business,
    First,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlightSearch {
    /// Airports, any of which will do; the first three are looked at.
    pub origins: Vec<IataCode>,
    pub destinations: Vec<IataCode>,
    pub depart_on: Date,
    pub return_on: Option<Date>,
    pub cabin: Cabin,
    /// 1 to 9.
    pub travellers: u8,
    /// Of the way out, local time at the origin.
    pub depart_after: Option<Time>,
    /// Of the way out, local time at the destination, on the day of departure.
    pub arrive_before: Option<Time>,
    #[serde(default)]
    pub non_stop: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaySearch {
    /// A metropolitan or airport code.
    pub city: IataCode,
    pub check_in: Date,
    pub check_out: Date,
    /// 1 to 9.
    pub rooms: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Offers {
    pub notice: String,
    /// Cheapest first.
    pub offers: Vec<Offer>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    pub id: String,
    #[serde(flatten)]
    pub content: Content,
    /// For everybody and everything, taxes included.
    pub total: Money,
    pub taxes: Money,
    pub expires_at: Timestamp,
    pub refundable: bool,
    pub holdable: bool,
    pub conditions: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    Flight {
        outbound: Vec<Segment>,
        inbound: Vec<Segment>,
        cabin: Cabin,
        travellers: u8,
        seats_left: u8,
    },
    Stay {
        hotel: String,
        city: IataCode,
        stars: u8,
        check_in: Date,
        check_out: Date,
        nights: u32,
        rooms: u8,
        per_night: Money,
        /// From the centre, in tenths of a kilometre.
        distance_hm: u32,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    pub flight: String,
    pub carrier: String,
    pub from: IataCode,
    pub to: IataCode,
    /// Local time at `from`.
    pub departs: DateTime,
    pub departs_zone: String,
    pub arrives: DateTime,
    pub arrives_zone: String,
    pub duration_minutes: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderRequest {
    pub offer: String,
    /// What the client believes it costs; anything else is `price_changed`.
    pub total: Money,
    pub passengers: Vec<Passenger>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passenger {
    pub given_name: String,
    pub family_name: String,
    pub born_on: Date,
    pub email: String,
    pub phone: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// As a traveller would quote it: `SMPL-7Q2KXD`.
    pub reference: String,
    pub key: String,
    pub offer: String,
    pub status: OrderStatus,
    pub total: Money,
    pub created_at: Timestamp,
    /// What came back on cancellation.
    pub refund: Option<Money>,
}

/// What a cancellation would give back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    pub paid: Money,
    pub refund: Money,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    Confirmed,
    Cancelled,
}

/// `{"error": {"code": "sold_out", "message": "…"}}`
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ErrorBody {
    pub error: ErrorDetail,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ErrorDetail {
    pub code: String,
    pub message: String,
}
