//! `$default`: one message from a traveller or an approver becomes one command, carried out and answered on the same
//! socket, by the rules of [`lambda_host::door`].

mod commands;
mod decision;
mod parse;
mod tables;

use std::sync::Arc;

use events_schema::socket::{Command, Frame};
use lambda_host::door::{self, Caller, CommandError, Door, Refusal};
use lambda_host::{ConfigError, Function, Live, Runtime};

use commands::Desk;

/// Settings: those of `Transitions` and of the door, and `PRIVATE_TEXT_TABLE`, `PEOPLE_TABLE`, `PASSENGERS_TABLE`,
/// `DECISIONS_TABLE`, `OPTIONS_TABLE`, `FRAMES_TABLE`, `INSIGHTS_TABLE`.
pub fn function(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    Ok(Arc::new(Door::new(Desk::from_runtime(runtime)?, runtime)?))
}

impl door::Desk for Desk {
    const ACTIONS: &'static [&'static str] = &parse::ACTIONS;

    type Command = Command;

    fn read(body: &str) -> Result<Command, Refusal> {
        parse::command(body)
    }

    fn moves_money(command: &Command) -> bool {
        command.moves_money()
    }

    async fn carry_out(
        &self,
        live: &Live,
        caller: &Caller,
        command: Command,
    ) -> Result<Vec<Frame>, CommandError> {
        Self::carry_out(self, live, caller, command).await
    }
}
