//! Taking up a booking where it stands: everything said so far is shown, and of the questions only the one that is still
//! open is asked.

use std::time::Duration;

use events_schema::ids::BookingId;
use events_schema::socket::{Frame, FrameBody};

use super::{CommandError, Trip};
use crate::traveller::TravellerError;

/// Until the first frame comes, and after the last: then the past is complete.
const FIRST: Duration = Duration::from_secs(30);
const NEXT: Duration = Duration::from_secs(2);

impl Trip<'_> {
    pub(super) async fn catch_up(&mut self, booking: BookingId) -> Result<(), CommandError> {
        self.booking = Some(booking);
        self.say(&format!("Booking {booking}"));
        self.link.follow(booking).await?;
        let mut patience = FIRST;
        loop {
            let received = match self.link.next_within(patience).await {
                Ok(received) => received,
                Err(error) if self.is_caught_up(&error) => return Ok(()),
                Err(error) => return Err(error),
            };
            let is_over =
                matches!(received.frame.body, FrameBody::Error { .. }) || received.frame.body.is_final();
            self.waiting.push_back(received);
            if is_over {
                return Ok(());
            }
            patience = NEXT;
        }
    }

    fn is_caught_up(&self, error: &CommandError) -> bool {
        let silent = error.downcast_ref::<TravellerError>();
        matches!(silent, Some(TravellerError::Silent(_))) && !self.waiting.is_empty()
    }

    /// Whether a frame asks what the booking has left behind: something further is known of it already.
    pub(super) fn is_settled(&self, frame: &Frame) -> bool {
        let asks = matches!(
            frame.body,
            FrameBody::Clarification { .. }
                | FrameBody::Options { .. }
                | FrameBody::ApprovalRequested { .. }
                | FrameBody::PurchaseConfirmationRequested { .. }
        );
        let further = |later: &Frame| later.booking_id == frame.booking_id && later.cursor.is_some();
        asks && self.waiting.iter().any(|later| further(&later.frame))
    }
}
