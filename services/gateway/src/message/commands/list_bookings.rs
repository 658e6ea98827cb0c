//! The caller's bookings, page by page.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use events_schema::ids::BookingId;
use events_schema::rows::BookingRow;
use events_schema::socket::{BookingSummary, Frame, FrameBody};

use super::Desk;
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
        Ok(vec![answer::alone(FrameBody::Bookings {
            items: page.rows.iter().map(summary).collect(),
            cursor: page.next.map(seal),
        })])
    }
}

fn summary(row: &BookingRow) -> BookingSummary {
    BookingSummary {
        booking_id: row.booking_id,
        state: row.state,
        sequence: row.sequence,
        previous_booking: row.previous_booking,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

/// Opaque to clients, so that what is in it may change. It names no person: whose page it is, the connection says.
fn seal(last: BookingId) -> String {
    URL_SAFE_NO_PAD.encode(last.to_string())
}

fn open(cursor: &str) -> Result<BookingId, Refusal> {
    let decoded = URL_SAFE_NO_PAD.decode(cursor).ok();
    decoded
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Refusal::invalid(texts::BAD_CURSOR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_what_it_sealed_and_nothing_else() {
        let booking = events_schema::samples::booking();
        assert_eq!(open(&seal(booking)), Ok(booking));
        for wrong in [
            "",
            "x",
            "ey",
            &booking.to_string(),
            &URL_SAFE_NO_PAD.encode("b-1"),
        ] {
            assert!(open(wrong).is_err(), "{wrong}");
        }
    }
}
