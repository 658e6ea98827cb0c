//! What is travelled: the plan understood from a request, the offers suppliers make, the itinerary they become.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{OfferId, SupplierId};
use crate::money::Money;
use crate::place::{IataCode, LocalTime, Place};

/// What the request asks for, understood and complete; it says nothing about what is allowed or available.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TripPlan {
    #[schemars(range(min = 1, max = 9))]
    pub travellers: u8,
    pub flight: Option<FlightWish>,
    pub stay: Option<StayWish>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlightWish {
    pub origin: Place,
    pub destination: Place,
    /// Local date at the origin.
    pub depart_on: Date,
    /// Local date at the destination; absent for one way.
    pub return_on: Option<Date>,
    /// The cabin asked for; without one, what the policy allows decides, starting from economy.
    pub cabin: Option<Cabin>,
    /// Outbound only: not before, local time at the origin.
    pub depart_after: Option<Time>,
    /// Outbound only: there by, local time at the destination.
    pub arrive_before: Option<Time>,
    pub non_stop: bool,
    /// For all travellers together, both ways.
    pub max_total: Option<Money>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StayWish {
    pub place: Place,
    pub check_in: Date,
    pub check_out: Date,
    /// For one room; "under 150 a night" is 150.
    pub max_per_night: Option<Money>,
    /// What the stay should be close to, in the traveller's words, at most 80 characters.
    #[schemars(length(max = 80))]
    pub near: Option<String>,
}

impl StayWish {
    pub fn nights(&self) -> u32 {
        let days = self
            .check_in
            .until(self.check_out)
            .map(|span| span.get_days())
            .unwrap_or(0);
        u32::try_from(days).unwrap_or(0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cabin {
    Economy,
    PremiumEconomy,
    Business,
    First,
}

/// Structured wishes a client may send beside the text; what is given here wins over the text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TripFields {
    /// A city's or airport's IATA code, or a city's name.
    pub origin: Option<String>,
    pub destination: Option<String>,
    pub depart_on: Option<Date>,
    pub return_on: Option<Date>,
    #[schemars(range(min = 1, max = 9))]
    pub travellers: Option<u8>,
    pub cabin: Option<Cabin>,
    /// Whether a flight, a stay or both are wanted.
    pub flight: Option<bool>,
    pub stay: Option<bool>,
    pub max_per_night: Option<Money>,
}

/// One priced promise of one supplier, good until it expires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    pub id: OfferId,
    pub supplier: SupplierId,
    /// The supplier's own handle for quoting and booking this offer.
    pub supplier_offer: String,
    pub content: LegContent,
    /// For all travellers, taxes included.
    pub total: Money,
    pub taxes: Money,
    pub expires_at: Timestamp,
    /// Whether money comes back on cancellation before departure or arrival.
    pub refundable: bool,
    /// Whether the supplier holds it without payment.
    pub holdable: bool,
    /// The supplier's conditions, in a sentence or two.
    pub conditions: String,
}

/// What one supplier books in one go: a flight there and back, or a stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum LegContent {
    Flight {
        outbound: Vec<FlightSegment>,
        /// Empty for one way.
        inbound: Vec<FlightSegment>,
        cabin: Cabin,
        travellers: u8,
    },
    Stay {
        hotel: String,
        #[schemars(range(min = 1, max = 5))]
        stars: u8,
        place: Place,
        check_in: Date,
        check_out: Date,
        nights: u32,
        rooms: u8,
        /// For one room and night, taxes included.
        per_night: Money,
        /// From the city's centre, in kilometres, one decimal.
        #[schemars(with = "String", regex(pattern = r"^\d+(\.\d+)?$"))]
        distance_km: rust_decimal::Decimal,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlightSegment {
    /// Carrier and number as printed on a ticket: `SJ 412`.
    pub flight: String,
    /// The carrier's name.
    pub carrier: String,
    pub from: IataCode,
    pub to: IataCode,
    pub departs: LocalTime,
    pub arrives: LocalTime,
    pub duration_minutes: u32,
}

/// One leg as it was booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookedLeg {
    /// From 0, in the order of booking.
    pub leg: u32,
    pub supplier: SupplierId,
    /// The supplier's reference, as a traveller would quote it.
    pub reference: String,
    pub content: LegContent,
    pub total: Money,
}
