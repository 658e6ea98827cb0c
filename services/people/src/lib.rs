//! # people: who works here, and what may be spent
//!
//! Travel managers' commands on a socket ([`commands`], one file each): the directory of people by single edits or by
//! a CSV sheet, forgetting a person for good, and the budgets of cost centres. What the directory and a budget may become is in [`decide`], pure;
//! [`directory`] and [`budgets`] are the two tables, [`trips`] says what a person still travels on. Other services read both, and none is called here.
//!
//! The directory is one aggregate: who changes it does so to what they have seen of it, so that two edits at once
//! cannot together make what neither alone would be allowed to (a circle of approvers).

pub mod budgets;
mod commands;
pub mod decide;
pub mod directory;
pub mod texts;
mod trips;

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use lambda_host::door::Door;
use lambda_host::facts::Facts;
use lambda_host::history::History;
use lambda_host::passengers::Passengers;
use lambda_host::vault::Vault;
use lambda_host::{ConfigError, Function, Runtime};

use budgets::Budgets;
use commands::Office;
use directory::People;
use trips::Trips;

/// Settings: those of the door, of the vault and of `Passengers`, and `PEOPLE_TABLE`, `BUDGETS_TABLE`,
/// `BOOKINGS_TABLE`.
pub fn function(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    let dynamo = Client::new(&runtime.aws);
    let office = Office {
        people: People::new(dynamo.clone(), runtime.setting("PEOPLE_TABLE")?),
        budgets: Budgets::new(dynamo.clone(), runtime.setting("BUDGETS_TABLE")?),
        trips: Trips {
            history: History::new(dynamo.clone(), runtime.setting("JOURNAL_TABLE")?),
            passengers: Passengers::from_runtime(runtime)?.table().into(),
            bookings: runtime.setting("BOOKINGS_TABLE")?.into(),
            dynamo,
        },
        vault: Vault::from_runtime(runtime)?,
        facts: Facts::from_runtime(runtime)?,
        clock: runtime.clock.clone(),
    };
    Ok(Arc::new(Door::new(office, runtime)?))
}
