//! What suppliers offer.

mod no_offers_found;
mod offers_found;
mod search_failed;

pub use no_offers_found::{Alternative, NoOffersFound};
pub use offers_found::{OffersFound, SupplierAnswer, SupplierOutcome};
pub use search_failed::SearchFailed;
