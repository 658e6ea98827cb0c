//! What the tasks work with.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use lambda_host::{Clock, ConfigError, Deadlines, Runtime, Transitions};
use suppliers::Registry;

use lambda_host::passengers::Passengers;

use crate::tables::{Budgets, Decisions, Legs, Options, People};

pub(crate) struct Deps {
    pub transitions: Transitions,
    pub decisions: Decisions,
    pub options: Options,
    pub legs: Legs,
    pub budgets: Budgets,
    pub people: People,
    pub passengers: Passengers,
    pub suppliers: Registry,
    pub step_functions: aws_sdk_sfn::Client,
    pub deadlines: Deadlines,
    pub clock: Arc<dyn Clock>,
}

impl Deps {
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        let dynamo = Client::new(&runtime.aws);
        let table = |name| runtime.setting(name).map(str::to_owned);
        Ok(Self {
            transitions: Transitions::from_runtime(runtime)?,
            decisions: Decisions::new(dynamo.clone(), table("DECISIONS_TABLE")?),
            options: Options::new(dynamo.clone(), table("OPTIONS_TABLE")?),
            legs: Legs::new(dynamo.clone(), table("LEGS_TABLE")?),
            budgets: Budgets::new(dynamo.clone(), table("BUDGETS_TABLE")?),
            people: People::new(dynamo, table("PEOPLE_TABLE")?),
            passengers: Passengers::from_runtime(runtime)?,
            suppliers: Registry::from_runtime(runtime)?,
            step_functions: aws_sdk_sfn::Client::new(&runtime.aws),
            deadlines: Deadlines::from_settings(runtime)?,
            clock: runtime.clock.clone(),
        })
    }
}
