use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Fate, Producer};
use crate::ids::OptionId;
use crate::money::Money;
use crate::samples;

/// Suppliers were asked whether the chosen option still stands at its price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OfferRequoted {
    pub option: OptionId,
    pub outcome: QuoteOutcome,
    /// What was chosen or approved.
    pub before: Money,
    /// What it costs now, unless gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Money>,
    /// Hash of the offers and prices as quoted.
    pub quote_hash: String,
}

impl Event for OfferRequoted {
    const NAME: &'static str = "OfferRequoted";
    const PRODUCER: Producer = Producer::Booking;
    const FATE: Fate = Fate::Recorded;

    fn example() -> Self {
        Self {
            option: samples::option(),
            outcome: QuoteOutcome::Unchanged,
            before: samples::total(),
            after: Some(samples::total()),
            quote_hash: samples::hash(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuoteOutcome {
    Unchanged,
    Cheaper,
    Dearer,
    Gone,
}
