//! Misbehaviour on demand, so that a client can be tried against what suppliers do on bad days.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::wire::Kind;

/// What goes wrong. By name (`POST /scenario {"scenario": "price-up"}`, or the header `X-Scenario: price-up` on one
/// request) or spelt out (`{"price_change_percent": 7, "only": "stays"}`). The default is a good day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// Searches find nothing.
    pub empty: bool,
    /// What was found is gone by the time it is quoted, held or ordered; what is already held is not.
    pub sold_out: bool,
    /// Quotes differ from what the search said by this much.
    pub price_change_percent: i32,
    /// Every answer takes this long.
    pub slow_ms: u64,
    /// Every answer is 503.
    pub unavailable: bool,
    pub ordering: OrderingFault,
    /// How often `ordering` strikes before orders work again; without it, always.
    pub ordering_times: Option<u32>,
    /// 422 to every hold: price and place are nobody's until they are bought.
    pub holding_rejected: bool,
    /// 422 to every cancellation, and to the question what it would cost.
    pub cancelling_rejected: bool,
    /// One of the web pages looks and reads differently from what a browser was taught.
    pub redesigned: Option<WebPage>,
    /// The pages pull in a picture and a script from this address, on another host.
    pub embeds: Option<String>,
    /// The results page has moved to this address, on another host.
    pub moved_to: Option<String>,
    /// Only flights, or only stays, are affected; cancelling is rejected for both.
    pub only: Option<Kind>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebPage {
    Results,
    Passengers,
    /// What is shown once an order was placed, and whenever it is looked at.
    Order,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderingFault {
    #[default]
    None,
    /// 500, and no order was made; the client cannot know.
    Fails,
    /// The order is made, its answer never arrives.
    AnswerLost,
    /// The order is made only after every client has given up waiting: until then it is not known by its key.
    MadeLate,
    /// 422: the supplier declines, finally.
    Rejected,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no scenario is called {0:?}; there are: {names}", names = NAMES.join(", "))]
pub struct UnknownScenario(String);

const NAMES: [&str; 20] = [
    "none", "empty", "sold-out", "price-up", "price-down", "slow", "unavailable", "order-fails",
    "order-answer-lost", "order-rejected", "stay-rejected", "order-late", "cancel-rejected",
    "nothing-undone", "no-holds", "stay-price-up", "stay-order-fails", "results-redesigned",
    "passengers-redesigned", "order-redesigned",
];

impl Scenario {
    /// This scenario for a request about `kind`: a good day, if it affects only the other kind.
    pub fn for_kind(&self, kind: Kind) -> Self {
        match self.only {
            Some(only) if only != kind => Self {
                cancelling_rejected: self.cancelling_rejected,
                ..Self::default()
            },
            _ => self.clone(),
        }
    }
}

impl FromStr for Scenario {
    type Err = UnknownScenario;
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let good_day = Self::default();
        Ok(match name {
            "none" => good_day,
            "empty" => Self {
                empty: true,
                ..good_day
            },
            "sold-out" => Self {
                sold_out: true,
                ..good_day
            },
            "price-up" => Self {
                price_change_percent: 10,
                ..good_day
            },
            "price-down" => Self {
                price_change_percent: -10,
                ..good_day
            },
            "slow" => Self {
                slow_ms: 3_000,
                ..good_day
            },
            "unavailable" => Self {
                unavailable: true,
                ..good_day
            },
            "order-fails" => Self {
                ordering: OrderingFault::Fails,
                ..good_day
            },
            "order-answer-lost" => Self {
                ordering: OrderingFault::AnswerLost,
                ..good_day
            },
            "order-rejected" => Self {
                ordering: OrderingFault::Rejected,
                ..good_day
            },
            "stay-rejected" => Self {
                ordering: OrderingFault::Rejected,
                only: Some(Kind::Stays),
                ..good_day
            },
            "order-late" => Self {
                ordering: OrderingFault::MadeLate,
                ordering_times: Some(1),
                only: Some(Kind::Stays),
                ..good_day
            },
            "cancel-rejected" => Self {
                cancelling_rejected: true,
                ..good_day
            },
            "nothing-undone" => Self {
                ordering: OrderingFault::Rejected,
                cancelling_rejected: true,
                only: Some(Kind::Stays),
                ..good_day
            },
            "no-holds" => Self {
                holding_rejected: true,
                ..good_day
            },
            "stay-price-up" => Self {
                price_change_percent: 10,
                only: Some(Kind::Stays),
                ..good_day
            },
            "stay-order-fails" => Self {
                ordering: OrderingFault::Fails,
                only: Some(Kind::Stays),
                ..good_day
            },
            "results-redesigned" => Self {
                redesigned: Some(WebPage::Results),
                ..good_day
            },
            "passengers-redesigned" => Self {
                redesigned: Some(WebPage::Passengers),
                ..good_day
            },
            "order-redesigned" => Self {
                redesigned: Some(WebPage::Order),
                ..good_day
            },
            other => return Err(UnknownScenario(other.into())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_name_is_a_scenario() {
        for name in NAMES {
            assert!(name.parse::<Scenario>().is_ok(), "{name}");
        }
        assert!(
            "sold out"
                .parse::<Scenario>()
                .unwrap_err()
                .to_string()
                .contains("order-answer-lost")
        );
    }

    #[test]
    fn a_scenario_for_stays_leaves_flights_alone() {
        let scenario: Scenario = "stay-rejected".parse().unwrap();
        assert_eq!(scenario.for_kind(Kind::Flights), Scenario::default());
        assert_eq!(scenario.for_kind(Kind::Stays).ordering, OrderingFault::Rejected);
    }
}
