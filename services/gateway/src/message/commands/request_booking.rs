//! A trip in words becomes a booking.

use events_schema::event::Event;
use events_schema::gateway::BookingRequested;
use events_schema::ids::{ActionId, BookingId};
use events_schema::state::BookingState;
use events_schema::trip::TripFields;
use lambda_host::head::BookingKey;
use lambda_host::{Cause, Due, Live, Next, Outcome};

use super::{Desk, hash, same_command};
use crate::message::tables::request_ref;
use crate::texts;
use lambda_host::door::Caller;
use lambda_host::door::{CommandError, Refusal};

impl Desk {
    /// The same request id is the same booking, however often it is sent.
    pub(super) async fn request_booking(
        &self,
        live: &Live,
        caller: &Caller,
        request: &ActionId,
        text: &str,
        fields: Option<TripFields>,
    ) -> Result<BookingId, CommandError> {
        let person = self.tables.person(&caller.employee).await?;
        let person = person.ok_or_else(|| Refusal::forbidden(texts::NOT_IN_DIRECTORY))?;
        let booking = BookingId::of_request(&caller.employee, request);
        let text_ref = request_ref(booking);
        let event = BookingRequested {
            text: text_ref.clone(),
            text_hash: hash(text),
            fields,
            traveller: person.profile(),
            previous_booking: None,
        };
        // Words and booking come into being together, or not at all.
        let next = Next::to(
            BookingState::Requested,
            Due::In(self.deadlines.automated_step),
            &event,
        )?
        .with(self.tables.keep_text(&text_ref, &caller.employee, text).await?);
        let key = BookingKey::new(caller.employee.clone(), booking);
        let cause = Cause::Command {
            employee: caller.employee.clone(),
            action: request.clone(),
        };
        let outcome = self
            .transitions
            .begin(live, &key, &cause, person.cost_centre.clone(), next)
            .await?;
        match outcome {
            Outcome::Done { event, .. } => same_command(&event.detail_type, &[BookingRequested::NAME])?,
            _ => return Err(Refusal::conflict(texts::BOOKING_BUSY).into()),
        }
        Ok(booking)
    }
}
