//! The sample supplier's JSON, as far as we use it. Its own crate has the other side; the contract test holds both
//! together.

use events_schema::money::Money;
use events_schema::place::IataCode;
use events_schema::rows::PassengerRow;
use events_schema::trip::Cabin;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
pub struct FlightSearch<'a> {
    pub origins: &'a [IataCode],
    pub destinations: &'a [IataCode],
    pub depart_on: Date,
    pub return_on: Option<Date>,
    pub cabin: Cabin,
    pub travellers: u8,
    pub depart_after: Option<Time>,
    pub arrive_before: Option<Time>,
    pub non_stop: bool,
}

#[derive(Serialize)]
pub struct StaySearch {
    pub city: IataCode,
    pub check_in: Date,
    pub check_out: Date,
    pub rooms: u8,
}

#[derive(Deserialize)]
pub struct Offers {
    pub offers: Vec<Offer>,
}

#[derive(Deserialize)]
pub struct Offer {
    pub id: String,
    #[serde(flatten)]
    pub content: Content,
    pub total: Money,
    pub taxes: Money,
    pub expires_at: Timestamp,
    pub refundable: bool,
    pub holdable: bool,
    pub conditions: String,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    Flight {
        outbound: Vec<Segment>,
        inbound: Vec<Segment>,
        cabin: Cabin,
        travellers: u8,
    },
    Stay {
        hotel: String,
        stars: u8,
        check_in: Date,
        check_out: Date,
        nights: u32,
        rooms: u8,
        per_night: Money,
        /// Tenths of a kilometre.
        distance_hm: u32,
    },
}

#[derive(Deserialize)]
pub struct Segment {
    pub flight: String,
    pub carrier: String,
    pub from: IataCode,
    pub to: IataCode,
    pub departs: DateTime,
    pub departs_zone: String,
    pub arrives: DateTime,
    pub arrives_zone: String,
    pub duration_minutes: u32,
}

#[derive(Serialize)]
pub struct OrderRequest<'a> {
    pub offer: &'a str,
    pub total: Money,
    pub passengers: Vec<Passenger<'a>>,
}

#[derive(Serialize)]
pub struct Passenger<'a> {
    given_name: &'a str,
    family_name: &'a str,
    born_on: Date,
    email: &'a str,
    phone: &'a str,
}

impl<'a> Passenger<'a> {
    pub fn of(row: &'a PassengerRow) -> Self {
        Self {
            given_name: &row.given_name,
            family_name: &row.family_name,
            born_on: row.born_on,
            email: &row.email,
            phone: &row.phone,
        }
    }
}

#[derive(Deserialize)]
pub struct Order {
    pub reference: String,
    pub status: String,
    pub total: Money,
    pub refund: Option<Money>,
}

/// The answer to giving back a hold: nothing more is said.
#[derive(Deserialize)]
pub struct Released {}

#[derive(Deserialize)]
pub struct Terms {
    pub paid: Money,
    pub refund: Money,
}

#[derive(Deserialize)]
pub struct Failure {
    pub error: FailureDetail,
}

#[derive(Deserialize)]
pub struct FailureDetail {
    pub code: String,
    pub message: String,
}
