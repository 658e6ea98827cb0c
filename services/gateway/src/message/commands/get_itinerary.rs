//! A confirmed trip as a calendar file.

use events_schema::booking::BookingConfirmed;
use events_schema::ids::BookingId;
use events_schema::socket::{Frame, FrameBody};
use lambda_host::head::BookingKey;
use lambda_host::history::newest;

use super::{Desk, calendar};
use crate::texts;
use lambda_host::door::Caller;
use lambda_host::door::{CommandError, Refusal};

impl Desk {
    pub(super) async fn get_itinerary(
        &self,
        caller: &Caller,
        booking: BookingId,
    ) -> Result<Vec<Frame>, CommandError> {
        let key = BookingKey::new(caller.employee.clone(), booking);
        if self.transitions.head(&key).await?.is_none() {
            return Err(self.unknown(booking).await?.into());
        }
        let history = self.transitions.history().all(&booking.into()).await?;
        let Some(confirmed) = newest::<BookingConfirmed>(&history)? else {
            return Err(Refusal::conflict(texts::NOT_CONFIRMED).into());
        };
        let file = calendar::of(booking, &confirmed.data, confirmed.meta.occurred_at);
        Ok(vec![Frame {
            body: FrameBody::Itinerary {
                file_name: file.name,
                calendar: file.text,
            },
            booking_id: Some(booking),
            cursor: None,
        }])
    }
}
