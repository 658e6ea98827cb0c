//! # people: who works here, and what may be spent
//!
//! Travel managers' commands on a socket ([`commands`], one file each): the directory of people by single edits or by
//! a CSV sheet, and the budgets of cost centres. What the directory and a budget may become is in [`decide`], pure;
//! [`directory`] and [`budgets`] are the two tables. Other services read both, and none is called here.
//!
//! The directory is one aggregate: who changes it does so to what they have seen of it, so that two edits at once
//! cannot together make what neither alone would be allowed to (a circle of approvers).

pub mod budgets;
mod commands;
pub mod decide;
pub mod directory;
pub mod texts;

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use lambda_host::door::Door;
use lambda_host::facts::Facts;
use lambda_host::{ConfigError, Function, Runtime};

use budgets::Budgets;
use commands::Office;
use directory::People;

/// Settings: those of the door, and `PEOPLE_TABLE`, `BUDGETS_TABLE`.
pub fn function(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    let dynamo = Client::new(&runtime.aws);
    let office = Office {
        people: People::new(dynamo.clone(), runtime.setting("PEOPLE_TABLE")?),
        budgets: Budgets::new(dynamo, runtime.setting("BUDGETS_TABLE")?),
        facts: Facts::from_runtime(runtime)?,
    };
    Ok(Arc::new(Door::new(office, runtime)?))
}
