use serde::{Deserialize, Serialize};

use crate::ids::{BookingId, OfferId};
use crate::trip::Offer;

/// An offer as a supplier made it. Table Offers, key (bookingId, offerId); owned by `search`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfferRow {
    pub booking_id: BookingId,
    pub offer_id: OfferId,
    pub offer: Offer,
    /// Epoch seconds after which DynamoDB may drop the row: long after the offer itself expired.
    pub ttl: i64,
}
