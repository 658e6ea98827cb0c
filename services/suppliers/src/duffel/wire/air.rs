//! Flights: offer requests, offers, orders, payments, cancellations.

use events_schema::place::IataCode;
use events_schema::trip::Cabin;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Metadata;

#[derive(Serialize)]
pub struct OfferRequest {
    pub slices: Vec<WantedSlice>,
    pub passengers: Vec<WantedPassenger>,
    pub cabin_class: Cabin,
    /// In each slice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_connections: Option<u8>,
}

#[derive(Serialize)]
pub struct WantedSlice {
    /// An airport's or a city's code.
    pub origin: IataCode,
    pub destination: IataCode,
    pub departure_date: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub departure_time: Option<Between>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrival_time: Option<Between>,
}

/// `HH:MM`, local.
#[derive(Serialize)]
pub struct Between {
    pub from: String,
    pub to: String,
}

impl Between {
    pub fn from(time: Time) -> Self {
        Self {
            from: time.strftime("%H:%M").to_string(),
            to: "23:59".into(),
        }
    }

    pub fn until(time: Time) -> Self {
        Self {
            from: "00:00".into(),
            to: time.strftime("%H:%M").to_string(),
        }
    }
}

#[derive(Serialize)]
pub struct WantedPassenger {
    pub r#type: &'static str,
}

#[derive(Deserialize)]
pub struct MadeOfferRequest {
    pub id: String,
}

#[derive(Clone, Deserialize)]
pub struct Offer {
    pub id: String,
    pub total_amount: Decimal,
    pub total_currency: String,
    pub tax_amount: Option<Decimal>,
    pub expires_at: Timestamp,
    pub slices: Vec<Slice>,
    pub passengers: Vec<OfferPassenger>,
    pub payment_requirements: PaymentRequirements,
    #[serde(default)]
    pub conditions: Conditions,
    #[serde(default)]
    pub passenger_identity_documents_required: bool,
    #[serde(default)]
    pub allowed_passenger_identity_document_types: Vec<String>,
}

#[derive(Clone, Deserialize)]
pub struct OfferPassenger {
    pub id: String,
}

#[derive(Clone, Deserialize)]
pub struct PaymentRequirements {
    pub requires_instant_payment: bool,
}

#[derive(Clone, Default, Deserialize)]
pub struct Conditions {
    pub refund_before_departure: Option<Condition>,
    pub change_before_departure: Option<Condition>,
}

#[derive(Clone, Deserialize)]
pub struct Condition {
    pub allowed: bool,
    pub penalty_amount: Option<Decimal>,
    pub penalty_currency: Option<String>,
}

#[derive(Clone, Deserialize)]
pub struct Slice {
    pub segments: Vec<Segment>,
}

#[derive(Clone, Deserialize)]
pub struct Segment {
    pub origin: Airport,
    pub destination: Airport,
    /// Local, without an offset.
    pub departing_at: DateTime,
    pub arriving_at: DateTime,
    pub marketing_carrier: Carrier,
    pub marketing_carrier_flight_number: String,
    #[serde(default)]
    pub passengers: Vec<SegmentPassenger>,
}

#[derive(Clone, Deserialize)]
pub struct Airport {
    pub iata_code: IataCode,
    pub time_zone: String,
}

#[derive(Clone, Deserialize)]
pub struct Carrier {
    pub name: String,
    pub iata_code: String,
}

#[derive(Clone, Deserialize)]
pub struct SegmentPassenger {
    pub cabin_class: Cabin,
}

#[derive(Serialize)]
pub struct OrderRequest<'a> {
    /// `instant` or `hold`.
    pub r#type: &'static str,
    pub selected_offers: [&'a str; 1],
    pub passengers: Vec<Passenger<'a>>,
    /// Empty for a hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub payments: Vec<Payment>,
    pub metadata: Metadata,
}

#[derive(Serialize)]
pub struct Passenger<'a> {
    /// As the offer names the seat: `pas_…`.
    pub id: &'a str,
    pub title: events_schema::ticket::Title,
    /// `m` or `f`.
    pub gender: &'static str,
    pub given_name: &'a str,
    pub family_name: &'a str,
    pub born_on: Date,
    pub email: &'a str,
    /// E.164.
    pub phone_number: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identity_documents: Vec<IdentityDocument<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub loyalty_programme_accounts: Vec<LoyaltyAccount<'a>>,
}

#[derive(Serialize)]
pub struct IdentityDocument<'a> {
    pub r#type: &'static str,
    pub unique_identifier: &'a str,
    pub issuing_country_code: &'a str,
    pub expires_on: Date,
}

#[derive(Serialize)]
pub struct LoyaltyAccount<'a> {
    pub airline_iata_code: &'a str,
    pub account_number: &'a str,
}

#[derive(Serialize)]
pub struct Payment {
    /// From what the company has paid in.
    pub r#type: &'static str,
    /// `"149.90"`
    pub amount: String,
    pub currency: String,
}

#[derive(Clone, Deserialize)]
pub struct Order {
    pub id: String,
    pub booking_reference: String,
    pub total_amount: Decimal,
    pub total_currency: String,
    pub payment_status: PaymentStatus,
    pub cancelled_at: Option<Timestamp>,
    pub cancellation: Option<Cancellation>,
    pub metadata: Option<Metadata>,
    #[serde(default)]
    pub airline_initiated_changes: Vec<AirlineChange>,
}

/// What an airline changed: slices as they were, and as they are.
#[derive(Clone, Deserialize)]
pub struct AirlineChange {
    pub id: String,
    #[serde(default)]
    pub added: Vec<Slice>,
    #[serde(default)]
    pub removed: Vec<Slice>,
}

#[derive(Clone, Deserialize)]
pub struct PaymentStatus {
    pub awaiting_payment: bool,
    pub payment_required_by: Option<Timestamp>,
    pub price_guarantee_expires_at: Option<Timestamp>,
}

#[derive(Serialize)]
pub struct OrderPayment<'a> {
    pub order_id: &'a str,
    pub payment: Payment,
}

#[derive(Deserialize)]
pub struct MadePayment {}

#[derive(Serialize)]
pub struct OrderChange {
    pub metadata: Metadata,
}

#[derive(Serialize)]
pub struct CancellationRequest<'a> {
    pub order_id: &'a str,
}

#[derive(Clone, Deserialize)]
pub struct Cancellation {
    pub id: String,
    pub refund_amount: Option<Decimal>,
    pub refund_currency: Option<String>,
    pub refund_to: Option<String>,
}

/// A body without members, for actions.
#[derive(Serialize)]
pub struct Nothing {}
