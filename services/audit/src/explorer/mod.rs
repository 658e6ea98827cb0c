//! What developers look at on the page: a history with the way of each event, what the bus receives, and replays.
//!
//! Only what a deployment keeps is shown, so it is the same on AWS as on a laptop. Who reacted is in Journal, because a
//! reaction names its cause; who remembers is in Inbox; what the bus received is in Receipts; what somebody could not be
//! given is in the dead-letter queues, with the number of tries. Of a delivery that succeeded nobody counts the tries.

mod history;
mod letters;
mod replays;
mod tail;

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use events_schema::socket::{Frame, OfficeCommand};
use lambda_host::door::{self, Caller, CommandError, Door, Refusal, check_id, parsed};
use lambda_host::history::History;
use lambda_host::{Clock, ConfigError, Function, Live, Runtime};

const NO_SUCH_BOOKING: &str = "There is no such booking. Check its id.";

/// Settings: those of the door, and `AUDIT_LOG_TABLE`, `RECEIPTS_TABLE`, `INBOX_TABLE`, `QUEUES_PREFIX`,
/// `ARCHIVE_ARN`, `BUS_ARN`, `READ_MODEL_ARN`.
pub fn function(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    let setting = |name: &str| runtime.setting(name).map(str::to_owned);
    let dynamo = Client::new(&runtime.aws);
    let desk = Explorer {
        history: History::new(dynamo.clone(), setting("JOURNAL_TABLE")?),
        audit: setting("AUDIT_LOG_TABLE")?,
        receipts: setting("RECEIPTS_TABLE")?,
        inbox: setting("INBOX_TABLE")?,
        letters: letters::Letters::from_runtime(runtime)?,
        replays: replays::Replays::from_runtime(runtime)?,
        clock: runtime.clock.clone(),
        dynamo,
    };
    Ok(Arc::new(Door::new(desk, runtime)?))
}

struct Explorer {
    dynamo: Client,
    history: History,
    audit: String,
    receipts: String,
    inbox: String,
    letters: letters::Letters,
    replays: replays::Replays,
    clock: Arc<dyn Clock>,
}

impl door::Desk for Explorer {
    const ACTIONS: &'static [&'static str] = &[
        "show_history", "show_event", "tail_events", "list_replays", "start_replay",
    ];

    type Command = OfficeCommand;

    fn read(body: &str) -> Result<OfficeCommand, Refusal> {
        let command: OfficeCommand = parsed(body, Self::ACTIONS)?;
        if let OfficeCommand::StartReplay { action_id, .. } = &command {
            check_id("actionId", action_id.as_str())?;
        }
        Ok(command)
    }

    fn moves_money(command: &OfficeCommand) -> bool {
        command.moves_money()
    }

    async fn carry_out(
        &self,
        live: &Live,
        caller: &Caller,
        command: OfficeCommand,
    ) -> Result<Vec<Frame>, CommandError> {
        caller.must_be_travel_manager()?;
        match command {
            OfficeCommand::ShowHistory { booking_id } => self.show_history(booking_id).await,
            OfficeCommand::ShowEvent { booking_id, sequence } => self.show_event(booking_id, sequence).await,
            OfficeCommand::TailEvents { after } => self.tail(after).await,
            OfficeCommand::ListReplays {} => Ok(vec![self.replays.frame().await?]),
            OfficeCommand::StartReplay { action_id, from, to } => {
                self.replays
                    .start(live, &action_id, from, to, self.clock.now())
                    .await?;
                Ok(vec![self.replays.frame().await?])
            }
            // The door lets no other action in.
            _ => Err(Refusal::not_found(NO_SUCH_BOOKING).into()),
        }
    }
}

/// A text as far as it fits into a message beside others.
fn cut(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
