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
    let late = || format!("the itinerary did not come within {} s", PATIENCE.as_secs());
    // Frames of the trip itself do not prolong it.
    let calendar = tokio::time::timeout(PATIENCE, calendar(link, booking))
        .await
        .map_err(|_| late())??;
    let written = tokio::fs::write(path, calendar).await;
    written.map_err(|error| format!("the itinerary cannot be written to {}: {error}", path.display()).into())
}

async fn calendar(link: &mut Link<'_>, booking_id: BookingId) -> Result<String, CommandError> {
    let mine = action_id();
    let command = Command::GetItinerary {
        action_id: mine.clone(),
        booking_id,
    };
    link.send(&command).await?;
    loop {
        match link.next_within(PATIENCE).await?.frame.body {
            FrameBody::Itinerary { calendar, .. } => return Ok(calendar),
            FrameBody::Error {
                message, action_id, ..
            } if action_id.as_ref() == Some(&mine) => return Err(message.into()),
            _ => {}
        }
    }
}
