use iso_currency::Currency;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::event::{Event, Fate, Producer};
use crate::ids::{ClauseId, PolicyVersion};
use crate::samples;

/// The policy version this booking follows to its end, and the clauses that bear on the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyRetrieved {
    pub version: PolicyVersion,
    /// Most relevant first.
    pub clauses: Vec<ClauseId>,
    /// No clause seems to say what was asked: they are only the nearest, and the strict defaults apply, flagged.
    pub silent: bool,
    /// The policy's currency, ISO 4217; all amounts are compared in it.
    #[schemars(with = "String")]
    pub currency: Currency,
    /// Units of the policy's currency for one unit of the key's, pinned for this booking.
    #[schemars(with = "BTreeMap<String, String>")]
    pub rates: BTreeMap<String, Decimal>,
}

impl Event for PolicyRetrieved {
    const NAME: &'static str = "PolicyRetrieved";
    const PRODUCER: Producer = Producer::Policy;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            version: samples::policy_version(),
            clauses: vec![ClauseId::new("4.2"), ClauseId::new("3.1")],
            silent: false,
            currency: Currency::EUR,
            rates: BTreeMap::from([("USD".into(), Decimal::new(92, 2))]),
        }
    }
}
