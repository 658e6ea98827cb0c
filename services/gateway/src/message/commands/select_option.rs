//! The traveller chooses one of the options presented. The total is our record's.

use events_schema::event::Event;
use events_schema::gateway::OptionSelected;
use events_schema::ids::{ActionId, BookingId, DecisionId, OptionId};
use events_schema::rows::{DecisionAnswer, DecisionKind};
use events_schema::state::BookingState;
use lambda_host::{Due, Live, Next};

use super::Desk;
use crate::message::decision::Reply;
use crate::texts;
use lambda_host::door::Caller;
use lambda_host::door::{CommandError, Refusal};

pub(super) fn reply(action_id: ActionId, booking: BookingId, decision: DecisionId, nonce: String) -> Reply {
    Reply {
        action_id,
        booking,
        decision,
        kind: DecisionKind::Choose,
        nonce,
        quote_hash: None,
    }
}

impl Desk {
    pub(super) async fn select_option(
        &self,
        live: &Live,
        caller: &Caller,
        reply: &Reply,
        option: &OptionId,
    ) -> Result<(), CommandError> {
        let legal = BookingState::OptionsPresented;
        let names = [OptionSelected::NAME];
        self.answer_question(live, caller, reply, legal, &names, |row| async move {
            let offered = row.options.contains(option);
            let chosen = match offered {
                true => self.tables.option(reply.booking, option).await?,
                false => None,
            };
            let chosen = chosen.ok_or_else(|| Refusal::of_nothing(texts::NO_SUCH_OPTION))?;
            let event = OptionSelected {
                decision: row.decision,
                option: option.clone(),
                total: chosen.option.total,
            };
            let due = Due::In(self.deadlines.automated_step);
            let next = Next::to(BookingState::OptionSelected, due, &event)?;
            Ok((next, DecisionAnswer::Option(option.clone())))
        })
        .await
    }
}
