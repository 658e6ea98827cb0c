//! Stays: searches, rates, quotes, bookings.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Metadata;

#[derive(Serialize)]
pub struct Search {
    pub check_in_date: Date,
    pub check_out_date: Date,
    pub rooms: u8,
    pub guests: Vec<WantedGuest>,
    pub location: Location,
}

#[derive(Serialize)]
pub struct WantedGuest {
    pub r#type: &'static str,
}

#[derive(Serialize)]
pub struct Location {
    /// In kilometres.
    pub radius: u32,
    pub geographic_coordinates: Coordinates,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Coordinates {
    pub latitude: f64,
    pub longitude: f64,
}

#[derive(Deserialize)]
pub struct Found {
    pub results: Vec<SearchResult>,
}

#[derive(Clone, Deserialize)]
pub struct SearchResult {
    pub id: String,
    pub accommodation: Accommodation,
    pub cheapest_rate_total_amount: Option<Decimal>,
    pub expires_at: Option<Timestamp>,
}

#[derive(Clone, Deserialize)]
pub struct Accommodation {
    pub name: String,
    /// 1 to 5.
    pub rating: Option<u8>,
    #[serde(default)]
    pub ratings: Option<Vec<Rating>>,
    pub location: Option<AccommodationLocation>,
    #[serde(default)]
    pub rooms: Vec<Room>,
}

#[derive(Clone, Deserialize)]
pub struct Rating {
    pub value: u8,
}

#[derive(Clone, Deserialize)]
pub struct AccommodationLocation {
    pub geographic_coordinates: Option<Coordinates>,
}

#[derive(Clone, Deserialize)]
pub struct Room {
    pub name: String,
    #[serde(default)]
    pub rates: Vec<Rate>,
}

#[derive(Clone, Deserialize)]
pub struct Rate {
    pub id: String,
    /// For all rooms, nights and guests; what is due at the hotel not included.
    pub total_amount: Decimal,
    pub total_currency: String,
    pub tax_amount: Option<Decimal>,
    pub due_at_accommodation_amount: Option<Decimal>,
    pub due_at_accommodation_currency: Option<String>,
    /// Only what is paid from the balance can be bought here.
    pub payment_method: Option<String>,
    pub quantity_available: Option<u32>,
    pub board_type: Option<String>,
    /// In the order of time.
    #[serde(default)]
    pub cancellation_timeline: Vec<Refundable>,
    pub expires_at: Option<Timestamp>,
}

/// What comes back when cancelled before a moment.
#[derive(Clone, Deserialize)]
pub struct Refundable {
    pub before: Timestamp,
    pub refund_amount: Decimal,
    pub currency: String,
}

#[derive(Serialize)]
pub struct QuoteRequest<'a> {
    pub rate_id: &'a str,
}

#[derive(Clone, Deserialize)]
pub struct Quote {
    pub id: String,
    pub total_amount: Decimal,
    pub total_currency: String,
    pub tax_amount: Option<Decimal>,
    pub expires_at: Option<Timestamp>,
}

#[derive(Serialize)]
pub struct BookingRequest<'a> {
    pub quote_id: &'a str,
    pub guests: Vec<Guest<'a>>,
    pub email: &'a str,
    /// E.164.
    pub phone_number: &'a str,
    pub metadata: Metadata,
}

#[derive(Serialize)]
pub struct Guest<'a> {
    pub given_name: &'a str,
    pub family_name: &'a str,
}

#[derive(Clone, Deserialize)]
pub struct Booking {
    pub id: String,
    /// The hotel's; it may come later.
    pub reference: Option<String>,
    /// `confirmed` or `cancelled`.
    pub status: String,
    pub cancelled_at: Option<Timestamp>,
    pub accommodation: Accommodation,
    pub metadata: Option<Metadata>,
}
