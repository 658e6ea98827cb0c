//! The caller's bookings, newest first, page by page.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use events_schema::rows::BookingRow;
use events_schema::socket::{BookingSummary, Frame, FrameBody};

use super::Desk;
use crate::message::tables::Place;
use crate::texts;
use lambda_host::door::Caller;
use lambda_host::door::answer;
use lambda_host::door::{CommandError, Refusal};

const PAGE: i32 = 50;

impl Desk {
    pub(super) async fn list_bookings(
        &self,
        caller: &Caller,
        cursor: Option<&str>,
    ) -> Result<Vec<Frame>, CommandError> {
        let after = cursor.map(open).transpose()?;
        let page = self.tables.bookings(&caller.employee, after, PAGE).await?;
        let bookings: Vec<_> = page.rows.iter().map(|row| row.booking_id).collect();
        let mut requests = self.tables.requests(&caller.employee, &bookings).await?;
        let items = page
            .rows
            .iter()
            .map(|row| summary(row, requests.remove(&row.booking_id)))
            .collect();
        Ok(vec![answer::alone(FrameBody::Bookings {
            items,
            cursor: page.next.map(seal),
        })])
    }
}

fn summary(row: &BookingRow, request: Option<String>) -> BookingSummary {
    BookingSummary {
        booking_id: row.booking_id,
        state: row.state,
        sequence: row.sequence,
        previous_booking: row.previous_booking,
        created_at: row.created_at,
        updated_at: row.updated_at,
        request,
    }
}

/// Opaque to clients, so that what is in it may change. It names no person: whose page it is, the connection says.
fn seal(last: Place) -> String {
    URL_SAFE_NO_PAD.encode(format!("{} {}", last.created_at, last.booking))
}

fn open(cursor: &str) -> Result<Place, Refusal> {
    let decoded = URL_SAFE_NO_PAD.decode(cursor).ok();
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let place = text.as_deref().and_then(|text| {
        let (created_at, booking) = text.split_once(' ')?;
        Some(Place {
            created_at: created_at.parse().ok()?,
            booking: booking.parse().ok()?,
        })
    });
    place.ok_or_else(|| Refusal::invalid(texts::BAD_CURSOR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_what_it_sealed_and_nothing_else() {
        let booking = events_schema::samples::booking();
        let place = Place {
            created_at: events_schema::samples::now(),
            booking,
        };
        assert_eq!(open(&seal(place)), Ok(place));
        for wrong in [
            "",
            "x",
            "ey",
            &booking.to_string(),
            &URL_SAFE_NO_PAD.encode("b-1"),
            &URL_SAFE_NO_PAD.encode(booking.to_string()),
        ] {
            assert!(open(wrong).is_err(), "{wrong}");
        }
    }
}
