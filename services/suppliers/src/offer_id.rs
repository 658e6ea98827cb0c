//! Our ids of suppliers' offers. Pure.

use events_schema::ids::{OfferId, SupplierId};
use events_schema::trip::LegContent;
use sha2::{Digest, Sha256};

/// The same thing has the same id however often and whenever it is searched for, so that a search repeated by a
/// redelivery overwrites its offers instead of doubling them. The price is left out: it may differ between the two.
pub fn offer_id(supplier: &SupplierId, content: &LegContent, refundable: bool) -> OfferId {
    let what = match content {
        LegContent::Flight { .. } => serde_json::to_string(content).unwrap_or_default(),
        LegContent::Stay {
            hotel,
            place,
            check_in,
            check_out,
            rooms,
            ..
        } => {
            format!("{hotel} {} {check_in} {check_out} {rooms}", place.code)
        }
    };
    let digest = hex::encode(Sha256::digest(format!("{what} {refundable}")));
    OfferId::new(format!("{supplier}-{}", &digest[..16]))
}
