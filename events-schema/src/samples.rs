//! Plausible values for the events' examples. Plainly samples: no person, company or booking is meant.

use iso_currency::Currency;
use jiff::{Timestamp, civil};
use rust_decimal::Decimal;

use crate::ids::{
    BookingId, CostCentre, DecisionId, EmployeeId, OfferId, OptionId, PolicyVersion, SupplierId, TextRef,
};
use crate::money::Money;
use crate::person::{EmployeeLevel, TravellerProfile};
use crate::place::{LocalTime, Place};
use crate::trip::{BookedLeg, Cabin, FlightSegment, FlightWish, LegContent, Offer, StayWish, TripPlan};

pub fn employee() -> EmployeeId {
    EmployeeId::new("sample-traveller-1")
}

pub fn approver() -> EmployeeId {
    EmployeeId::new("sample-manager-1")
}

pub fn booking() -> BookingId {
    BookingId::derived(&["sample", "booking"])
}

/// A trip that was confirmed before.
pub fn previous_booking() -> BookingId {
    BookingId::derived(&["sample", "previous booking"])
}

pub fn text() -> TextRef {
    TextRef::new(format!("{}/request", booking()))
}

pub fn hash() -> String {
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into()
}

pub fn cost_centre() -> CostCentre {
    CostCentre::new("CC-100")
}

pub fn policy_version() -> PolicyVersion {
    PolicyVersion::new("2026-11-20T09-00-00Z-1f3a9c")
}

pub fn decision(id: &str) -> DecisionId {
    DecisionId::new(id)
}

pub fn option() -> OptionId {
    OptionId::new("1-a")
}

pub fn traveller() -> TravellerProfile {
    TravellerProfile {
        level: EmployeeLevel::L2,
        cost_centre: cost_centre(),
        zone: "Europe/Berlin".into(),
        locale: "en-GB".into(),
    }
}

pub fn total() -> Money {
    Money::new(Decimal::new(48_260, 2), Currency::EUR)
}

pub fn taxes() -> Money {
    Money::new(Decimal::new(7_140, 2), Currency::EUR)
}

/// The time of every example.
pub fn now() -> Timestamp {
    civil::date(2026, 11, 21)
        .at(9, 0, 0, 0)
        .in_tz("UTC")
        .map(|at| at.timestamp())
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Two hours after [`now`].
pub fn later() -> Timestamp {
    now() + jiff::SignedDuration::from_hours(2)
}

pub fn berlin() -> Place {
    place("BER", "Berlin", "DE", "Europe/Berlin")
}

pub fn lisbon() -> Place {
    place("LIS", "Lisbon", "PT", "Europe/Lisbon")
}

fn place(code: &str, city: &str, country: &str, zone: &str) -> Place {
    let code = code.parse().expect("a well-formed sample code");
    Place {
        code,
        city: city.into(),
        country: country.into(),
        zone: zone.into(),
        airports: vec![code],
    }
}

pub fn plan() -> TripPlan {
    TripPlan {
        travellers: 1,
        flight: Some(FlightWish {
            origin: berlin(),
            destination: lisbon(),
            depart_on: civil::date(2026, 12, 3),
            return_on: Some(civil::date(2026, 12, 5)),
            cabin: None,
            depart_after: None,
            arrive_before: None,
            non_stop: false,
            max_total: None,
        }),
        stay: Some(StayWish {
            place: lisbon(),
            check_in: civil::date(2026, 12, 3),
            check_out: civil::date(2026, 12, 5),
            max_per_night: Some(Money::euros(150)),
            near: None,
        }),
    }
}

/// A flight as it was, and as it leaves two hours later.
pub fn moved_flight() -> (FlightSegment, FlightSegment) {
    let segment = |hour: i8| FlightSegment {
        flight: "SJ 412".into(),
        carrier: "Sample Air".into(),
        from: berlin().code,
        to: lisbon().code,
        departs: LocalTime::new(civil::date(2026, 12, 3).at(hour, 10, 0, 0), berlin().zone),
        arrives: LocalTime::new(civil::date(2026, 12, 3).at(hour + 2, 55, 0, 0), lisbon().zone),
        duration_minutes: 225,
    };
    (segment(7), segment(9))
}

pub fn flight_offer() -> Offer {
    let segment =
        |flight: &str, from: Place, to: Place, departs: civil::DateTime, arrives: civil::DateTime| {
            FlightSegment {
                flight: flight.into(),
                carrier: "Sample Air".into(),
                from: from.code,
                to: to.code,
                departs: LocalTime::new(departs, from.zone),
                arrives: LocalTime::new(arrives, to.zone),
                duration_minutes: 225,
            }
        };
    let (out, back) = (civil::date(2026, 12, 3), civil::date(2026, 12, 5));
    Offer {
        id: OfferId::new("sample-api-f1"),
        supplier: SupplierId::new("sample-api"),
        supplier_offer: "f-BER-LIS-20261203-20261205-1".into(),
        content: LegContent::Flight {
            outbound: vec![segment(
                "SJ 412",
                berlin(),
                lisbon(),
                out.at(7, 10, 0, 0),
                out.at(9, 55, 0, 0),
            )],
            inbound: vec![segment(
                "SJ 413",
                lisbon(),
                berlin(),
                back.at(18, 20, 0, 0),
                back.at(22, 55, 0, 0),
            )],
            cabin: Cabin::Economy,
            travellers: 1,
        },
        total: Money::new(Decimal::new(21_240, 2), Currency::EUR),
        taxes: Money::new(Decimal::new(4_890, 2), Currency::EUR),
        expires_at: later(),
        refundable: false,
        holdable: true,
        conditions: "Changes cost 60.00 EUR. Not refundable.".into(),
    }
}

pub fn booked_leg() -> BookedLeg {
    let offer = flight_offer();
    BookedLeg {
        leg: 0,
        supplier: offer.supplier,
        reference: "SMPL-7Q2KXD".into(),
        content: offer.content,
        total: offer.total,
    }
}
