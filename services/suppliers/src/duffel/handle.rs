//! Our handles for what Duffel offers and sells, in one string each. Pure.

use std::fmt;
use std::str::FromStr;

use crate::error::SupplierError;

/// `supplier_offer` of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handle {
    /// `off_…`
    Flight(String),
    /// `ord_…`: an order that keeps the flight and is not paid for.
    HeldFlight(String),
    /// `rat_…`
    Rate(String),
    /// `quo_…:rat_…`: a rate quoted; it is quoted again by the rate.
    QuotedRate { quote: String, rate: String },
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an offer of this supplier")]
pub struct NotOurs;

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flight(id) | Self::HeldFlight(id) | Self::Rate(id) => f.write_str(id),
            Self::QuotedRate { quote, rate } => write!(f, "{quote}:{rate}"),
        }
    }
}

impl FromStr for Handle {
    type Err = NotOurs;
    fn from_str(text: &str) -> Result<Self, NotOurs> {
        let (first, second) = text.split_once(':').unwrap_or((text, ""));
        if !is_id(first) || !(second.is_empty() || is_id(second)) {
            return Err(NotOurs);
        }
        match (first.split_once('_').map(|(prefix, _)| prefix), second) {
            (Some("off"), "") => Ok(Self::Flight(first.into())),
            (Some("ord"), "") => Ok(Self::HeldFlight(first.into())),
            (Some("rat"), "") => Ok(Self::Rate(first.into())),
            (Some("quo"), rate) if rate.starts_with("rat_") => Ok(Self::QuotedRate {
                quote: first.into(),
                rate: rate.into(),
            }),
            _ => Err(NotOurs),
        }
    }
}

/// `reference` of an order: what a traveller quotes to the airline or the hotel, and Duffel's own id, by which alone an
/// order is found for certain. Both in one: the same booking reference may be given to others by another airline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub shown: String,
    pub id: String,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.shown, self.id)
    }
}

impl FromStr for Reference {
    type Err = SupplierError;
    fn from_str(text: &str) -> Result<Self, SupplierError> {
        let parts = text.rsplit_once('/').filter(|(_, id)| is_id(id));
        parts
            .map(|(shown, id)| Self {
                shown: shown.into(),
                id: id.into(),
            })
            .ok_or_else(|| SupplierError::Gone {
                reason: "it has no such order".into(),
            })
    }
}

impl Reference {
    pub fn is_stay(&self) -> bool {
        self.id.starts_with("bok_")
    }
}

/// Ids go into paths: nothing else may.
fn is_id(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() <= 100 && text.get(3..4) == Some("_") && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_reads_back_as_what_it_stands_for() {
        for text in ["off_00009htYpSCXrwaB9DnUm0", "ord_1", "rat_1", "quo_1:rat_2"] {
            assert_eq!(
                text.parse::<Handle>().map(|handle| handle.to_string()),
                Ok(text.into())
            );
        }
        for wrong in [
            "", "off", "pas_1", "quo_1", "quo_1:off_2", "off_1:rat_2", "off_1/../orders", "off_ä",
            "F.BER-LIS",
        ] {
            assert_eq!(wrong.parse::<Handle>(), Err(NotOurs), "{wrong}");
        }
    }

    #[test]
    fn a_reference_leads_to_the_order() {
        let reference: Reference = "RZPNX8/ord_1".parse().unwrap();
        assert_eq!((reference.shown.as_str(), reference.is_stay()), ("RZPNX8", false));
        assert!("AB/12/bok_1".parse::<Reference>().unwrap().is_stay());
        for wrong in ["RZPNX8", "RZPNX8/", "RZPNX8/ord_1/..", ""] {
            assert!(
                matches!(wrong.parse::<Reference>(), Err(SupplierError::Gone { .. })),
                "{wrong}"
            );
        }
    }
}
