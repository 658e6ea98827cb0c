//! How options look in a terminal.

use events_schema::ids::EmployeeId;
use events_schema::trip::{Cabin, FlightSegment, LegContent, Offer};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use lambda_host::counted::counted;

/// `14:05:07`, as the clock on the wall of whoever looks has it.
pub(super) fn clock(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%H:%M:%S").to_string()
}

/// "sample-delegate approved for sample-manager"
pub(super) fn decided(
    granted: bool,
    by: &EmployeeId,
    on_behalf_of: Option<&EmployeeId>,
    by_silence: bool,
) -> String {
    if by_silence {
        return format!("{by} did not answer in time: approved by silence");
    }
    let verb = if granted { "approved" } else { "declined" };
    match on_behalf_of {
        Some(approver) => format!("{by} {verb} for {approver}"),
        None => format!("{by} {verb}"),
    }
}

pub(super) fn leg_line(leg: &Offer) -> String {
    format!("{} {}, {}", content_line(&leg.content), leg.total, refund(leg))
}

pub(super) fn refund(leg: &Offer) -> &'static str {
    if leg.refundable {
        "refundable"
    } else {
        "not refundable"
    }
}

pub(super) fn content_line(content: &LegContent) -> String {
    match content {
        LegContent::Flight {
            outbound,
            inbound,
            cabin,
            travellers,
        } => {
            let mut line = way(outbound);
            if !inbound.is_empty() {
                line = format!("{line}; back {}", way(inbound));
            }
            format!("Flight {line}, {}, {travellers} travelling;", cabin_name(*cabin))
        }
        LegContent::Stay {
            hotel,
            stars,
            nights,
            per_night,
            distance_km,
            rooms,
            place,
            ..
        } => format!(
            "Stay   {hotel}, {} ({}): {} at {per_night}, {}, {distance_km} km from the centre;",
            place.city,
            "*".repeat(usize::from(*stars)),
            counted(*nights, "night", "nights"),
            counted(*rooms, "room", "rooms"),
        ),
    }
}

pub(super) fn cabin_name(cabin: Cabin) -> &'static str {
    match cabin {
        Cabin::Economy => "economy",
        Cabin::PremiumEconomy => "premium economy",
        Cabin::Business => "business",
        Cabin::First => "first",
    }
}

fn way(segments: &[FlightSegment]) -> String {
    let Some((first, last)) = segments.first().zip(segments.last()) else {
        return String::new();
    };
    let flights: Vec<_> = segments.iter().map(|segment| segment.flight.as_str()).collect();
    let stops = match segments.len() - 1 {
        0 => "non-stop".into(),
        1 => format!("via {}", first.to),
        more => format!("{more} stops"),
    };
    format!(
        "{} {} {} - {} {} ({stops})",
        flights.join(" + "),
        first.from,
        first.departs.local.strftime("%a %-d %b %H:%M"),
        last.to,
        last.arrives.local.strftime("%H:%M"),
    )
}
