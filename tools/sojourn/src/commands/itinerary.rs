//! A confirmed trip as a calendar file.

use std::path::Path;
use std::time::Duration;

use events_schema::ids::BookingId;
use events_schema::socket::{Command, FrameBody};

use super::CommandError;
use super::link::Link;
use crate::traveller::action_id;

const PATIENCE: Duration = Duration::from_secs(60);

/// Writes it to `path`, over what may be there: it is the same trip.
pub(super) async fn keep(link: &mut Link<'_>, booking: BookingId, path: &Path) -> Result<(), CommandError> {
    let action_id = action_id();
    let mine = action_id.clone();
    let command = Command::GetItinerary {
        action_id,
        booking_id: booking,
    };
    link.send(&command).await?;
    loop {
        match link.next_within(PATIENCE).await?.frame.body {
            FrameBody::Itinerary { calendar, .. } => {
                return tokio::fs::write(path, calendar).await.map_err(|error| {
                    format!("the itinerary cannot be written to {}: {error}", path.display()).into()
                });
            }
            FrameBody::Error {
                message, action_id, ..
            } if action_id.as_ref() == Some(&mine) => return Err(message.into()),
            _ => {}
        }
    }
}
