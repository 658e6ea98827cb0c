//! Places by their IATA codes, and local times with the zone they are local to.

use std::fmt;
use std::str::FromStr;

use jiff::civil;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Three capital letters: an airport (`TXL`) or a metropolitan area (`BER`, `LON`). Well formed, not necessarily assigned.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^[A-Z]{3}$"))]
pub struct IataCode([u8; 3]);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an IATA code: three capital letters A-Z")]
pub struct NotAnIataCode(String);

impl IataCode {
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }
}

impl FromStr for IataCode {
    type Err = NotAnIataCode;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.as_bytes() {
            [a, b, c] if [a, b, c].iter().all(|letter| letter.is_ascii_uppercase()) => Ok(Self([*a, *b, *c])),
            _ => Err(NotAnIataCode(text.into())),
        }
    }
}

impl TryFrom<String> for IataCode {
    type Error = NotAnIataCode;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<IataCode> for String {
    fn from(code: IataCode) -> Self {
        code.as_str().into()
    }
}

impl fmt::Display for IataCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for IataCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a trip begins or ends, as the request was understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The airport's own code, or the metropolitan code where the request named a city with several airports.
    pub code: IataCode,
    /// City name in English.
    pub city: String,
    /// ISO 3166-1 alpha-2.
    #[schemars(regex(pattern = r"^[A-Z]{2}$"))]
    pub country: String,
    /// IANA time zone.
    pub zone: String,
    /// The airports that serve it, best known first; one, if the request named an airport.
    pub airports: Vec<IataCode>,
}

/// Wall-clock time at a place. The instant follows from both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LocalTime {
    /// `2026-12-03T07:10:00`, without an offset.
    pub local: civil::DateTime,
    /// IANA time zone, `Europe/Berlin`.
    pub zone: String,
}

impl LocalTime {
    pub fn new(local: civil::DateTime, zone: impl Into<String>) -> Self {
        Self {
            local,
            zone: zone.into(),
        }
    }

    /// The instant; in a gap or fold of daylight saving, the earlier reading jiff calls "compatible".
    pub fn instant(&self) -> Result<jiff::Timestamp, jiff::Error> {
        Ok(self.local.in_tz(&self.zone)?.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_three_capitals_are_a_code() {
        assert_eq!("BER".parse::<IataCode>().unwrap().as_str(), "BER");
        for wrong in ["ber", "BE", "BERL", "B1R", "ÄÖÜ", ""] {
            assert!(wrong.parse::<IataCode>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_local_time_knows_its_instant() {
        let time = LocalTime::new(civil::date(2026, 12, 3).at(7, 10, 0, 0), "Europe/Berlin");
        assert_eq!(time.instant().unwrap().to_string(), "2026-12-03T06:10:00Z");
    }
}
