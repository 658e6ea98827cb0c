//! What waits for a travel manager: bookings that could not be settled by themselves. Listed with owner, age and
//! evidence, and resolved by what a person found out ([`resolve`]); the money is settled in the same transaction, so
//! that nothing stays set aside.

mod items;
mod resolve;
mod texts;

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use events_schema::envelope::Meta;
use events_schema::ids::{BookingId, TextRef};
use events_schema::rows::{BookingRow, JournalRow};
use events_schema::socket::{Frame, FrameBody, OfficeCommand};
use events_schema::state::BookingState;
use lambda_host::door::{self, Caller, CommandError, Door, Refusal, answer, check_id, check_text, parsed};
use lambda_host::head::BookingKey;
use lambda_host::private_text::PrivateText;
use lambda_host::{Clock, ConfigError, Function, Live, Runtime, Transitions};

use crate::tables::{Budgets, Legs};

/// Settings: those of `Transitions` and of the door, and of `PrivateText`, and `LEGS_TABLE`,
/// `BUDGETS_TABLE`.
pub fn attention(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    let dynamo = Client::new(&runtime.aws);
    let table = |name| runtime.setting(name).map(str::to_owned);
    let desk = Attention {
        transitions: Transitions::from_runtime(runtime)?,
        legs: Legs::new(dynamo.clone(), table("LEGS_TABLE")?),
        budgets: Budgets::new(dynamo.clone(), table("BUDGETS_TABLE")?),
        bookings: table("BOOKINGS_TABLE")?,
        texts: PrivateText::from_runtime(runtime)?,
        dynamo,
        clock: runtime.clock.clone(),
    };
    Ok(Arc::new(Door::new(desk, runtime)?))
}

struct Attention {
    transitions: Transitions,
    legs: Legs,
    budgets: Budgets,
    dynamo: Client,
    bookings: String,
    texts: PrivateText,
    clock: Arc<dyn Clock>,
}

impl door::Desk for Attention {
    const ACTIONS: &'static [&'static str] = &["list_attention", "show_attention", "resolve_attention"];

    type Command = OfficeCommand;

    fn read(body: &str) -> Result<OfficeCommand, Refusal> {
        let command: OfficeCommand = parsed(body, Self::ACTIONS)?;
        if let OfficeCommand::ResolveAttention {
            action_id,
            note,
            legs,
            ..
        } = &command
        {
            check_id("actionId", action_id.as_str())?;
            check_text("note", note)?;
            let references = legs.iter().filter_map(|leg| leg.reference.as_deref());
            references
                .into_iter()
                .try_for_each(|reference| check_id("reference", reference))?;
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
            OfficeCommand::ListAttention {} => {
                let items = self.items().await?;
                Ok(vec![answer::alone(FrameBody::Attention { items })])
            }
            OfficeCommand::ShowAttention { booking_id } => self.show(booking_id).await,
            OfficeCommand::ResolveAttention {
                action_id,
                booking_id,
                legs,
                note,
            } => {
                self.resolve(live, caller, &action_id, booking_id, &legs, &note)
                    .await?;
                Ok(answer::accepted("resolve_attention", &action_id, booking_id))
            }
            // The door lets no other action in.
            _ => Err(Refusal::not_found(texts::NO_SUCH_ITEM).into()),
        }
    }
}

impl Attention {
    /// The booking with its history, if it needs, or needed, a person's attention.
    async fn find(&self, booking: BookingId) -> Result<(BookingRow, Vec<JournalRow>), CommandError> {
        let unknown = || CommandError::Refused(Refusal::of_nothing(texts::NO_SUCH_ITEM));
        let history = self.transitions.history().all(&booking.into()).await?;
        let first = history.first().ok_or_else(unknown)?;
        let key = owner(&first.recorded()?.detail.meta, booking).ok_or_else(unknown)?;
        let head = self.transitions.head(&key).await?.ok_or_else(unknown)?;
        let states = [BookingState::NeedsAttention, BookingState::AttentionResolved];
        match states.contains(&head.state) {
            true => Ok((head, history)),
            false => Err(unknown()),
        }
    }
}

fn owner(first: &Meta, booking: BookingId) -> Option<BookingKey> {
    let employee = first.employee_id.clone()?;
    Some(BookingKey::new(employee, booking))
}

/// Where the words of whoever resolved it are kept.
fn note_ref(booking: BookingId) -> TextRef {
    TextRef::new(format!("{booking}/attention"))
}
