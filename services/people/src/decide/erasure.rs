//! Whether a person may be forgotten yet.

use events_schema::ids::{BookingId, EmployeeId};
use events_schema::state::BookingState;
use jiff::Timestamp;
use jiff::civil::Date;

/// A booking that a person made, or travels on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trip {
    pub booking: BookingId,
    pub state: BookingState,
    /// Of what was bought, where they are; `None` if nothing was.
    pub last_day: Option<Date>,
}

/// Why not yet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StillNeeded {
    #[error("{} would be left without them as approver or delegate; name somebody else for them first", list(.0))]
    Named(Vec<EmployeeId>),
    #[error("the booking {0} is under way; cancel it or wait until it has ended")]
    Running(BookingId),
    #[error(
        "the booking {0} needs a travel manager's attention, and their details may be needed for it; resolve it first"
    )]
    Attention(BookingId),
    #[error("they travel until {until} on the booking {booking}; tickets need their details until then")]
    Travelling { booking: BookingId, until: Date },
}

/// `naming`: those who name the person. Travel counts as over a day after its last one, wherever that is.
pub fn check(naming: &[EmployeeId], trips: &[Trip], now: Timestamp) -> Result<(), StillNeeded> {
    if !naming.is_empty() {
        return Err(StillNeeded::Named(naming.to_vec()));
    }
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    for trip in trips {
        if trip.state == BookingState::NeedsAttention {
            return Err(StillNeeded::Attention(trip.booking));
        }
        if !trip.state.is_terminal() {
            return Err(StillNeeded::Running(trip.booking));
        }
        if let Some(until) = trip
            .last_day
            .filter(|last| *last >= today.yesterday().unwrap_or(today))
        {
            return Err(StillNeeded::Travelling {
                booking: trip.booking,
                until,
            });
        }
    }
    Ok(())
}

fn list(ids: &[EmployeeId]) -> String {
    let ids: Vec<_> = ids.iter().map(|id| id.as_str()).collect();
    ids.join(", ")
}

#[cfg(test)]
mod tests {
    use events_schema::samples;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn nobody_is_forgotten_while_they_are_needed() {
        let booking = samples::booking();
        let trip = |state, last_day| {
            vec![Trip {
                booking,
                state,
                last_day,
            }]
        };
        // The samples' today is 21 November 2026.
        let gone = date(2026, 11, 19);
        let yesterday = date(2026, 11, 20);
        let soon = date(2026, 12, 5);
        let travelling = |until| Err(StillNeeded::Travelling { booking, until });
        use BookingState::{
            AttentionResolved, Cancelled, Confirmed, Failed, NeedsAttention, OptionsPresented,
        };
        let cases = [
            (vec![], Ok(())),
            (trip(Failed, None), Ok(())),
            (trip(Cancelled, None), Ok(())),
            (trip(Confirmed, Some(gone)), Ok(())),
            (trip(AttentionResolved, Some(gone)), Ok(())),
            (trip(Confirmed, Some(yesterday)), travelling(yesterday)),
            (trip(Confirmed, Some(soon)), travelling(soon)),
            (trip(OptionsPresented, None), Err(StillNeeded::Running(booking))),
            (trip(NeedsAttention, None), Err(StillNeeded::Attention(booking))),
        ];
        for (trips, expected) in cases {
            assert_eq!(check(&[], &trips, samples::now()), expected, "{trips:?}");
        }
        let named = check(&[samples::employee()], &[], samples::now());
        assert!(named.unwrap_err().to_string().contains("sample-traveller-1"));
    }
}
