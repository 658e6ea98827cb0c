//! Where a trip that was bought takes its traveller. Pure.

use events_schema::booking::BookingConfirmed;
use events_schema::envelope::Meta;
use events_schema::ids::{BookingId, EmployeeId};
use events_schema::insights::Whereabouts;
use events_schema::trip::{FlightSegment, LegContent};

/// A stay says it best; a trip without one is where its outbound flight lands, until the return flight leaves.
pub fn whereabouts(event: &BookingConfirmed, meta: &Meta) -> Vec<Whereabouts> {
    let (Some(employee), Ok(booking)) = (&meta.employee_id, meta.aggregate_id.as_str().parse()) else {
        return Vec::new();
    };
    let contents = || event.legs.iter().map(|leg| &leg.content);
    let stays: Vec<_> = contents()
        .filter_map(|content| stay(content, employee, booking))
        .collect();
    match stays.is_empty() {
        true => contents()
            .filter_map(|content| flight(content, employee, booking))
            .collect(),
        false => stays,
    }
}

fn stay(content: &LegContent, employee: &EmployeeId, booking: BookingId) -> Option<Whereabouts> {
    let LegContent::Stay {
        place,
        check_in,
        check_out,
        ..
    } = content
    else {
        return None;
    };
    Some(Whereabouts {
        from: *check_in,
        until: *check_out,
        employee_id: employee.clone(),
        city: place.city.clone(),
        country: place.country.clone(),
        booking_id: booking,
    })
}

fn flight(content: &LegContent, employee: &EmployeeId, booking: BookingId) -> Option<Whereabouts> {
    let LegContent::Flight {
        outbound, inbound, ..
    } = content
    else {
        return None;
    };
    let arrival = outbound.last()?;
    let from = arrival.arrives.local.date();
    let leaves = |segment: &FlightSegment| segment.departs.local.date();
    let place = places::by_code(arrival.to);
    Some(Whereabouts {
        from,
        until: inbound.first().map_or(from, leaves),
        employee_id: employee.clone(),
        // A code nobody knows still says more than nothing.
        city: place
            .as_ref()
            .map_or_else(|| arrival.to.to_string(), |place| place.city.clone()),
        country: place.map(|place| place.country).unwrap_or_default(),
        booking_id: booking,
    })
}

#[cfg(test)]
mod tests {
    use events_schema::event::Event;
    use events_schema::samples;

    use super::*;

    fn told(event: &BookingConfirmed) -> Vec<Whereabouts> {
        let recorded = events_schema::catalogue::catalogue()
            .into_iter()
            .find(|known| known.name == BookingConfirmed::NAME)
            .map(|known| known.example())
            .unwrap();
        whereabouts(event, &recorded.detail.meta)
    }

    fn confirmed(contents: Vec<LegContent>) -> BookingConfirmed {
        let mut event = BookingConfirmed::example();
        let leg = event.legs[0].clone();
        event.legs = contents
            .into_iter()
            .map(|content| events_schema::trip::BookedLeg {
                content,
                ..leg.clone()
            })
            .collect();
        event
    }

    #[test]
    fn a_flight_alone_takes_one_to_where_it_lands_until_it_leaves_again() {
        let LegContent::Flight {
            outbound,
            inbound,
            cabin,
            travellers,
        } = samples::flight_offer().content
        else {
            panic!("the sample is a flight");
        };
        let one_way = LegContent::Flight {
            outbound: outbound.clone(),
            inbound: Vec::new(),
            cabin,
            travellers,
        };
        let there = told(&confirmed(vec![one_way]));
        let arrival = outbound.last().unwrap();
        assert_eq!(there.len(), 1);
        assert_eq!(there[0].from, arrival.arrives.local.date());
        assert_eq!(there[0].until, there[0].from, "one way");
        assert_eq!(there[0].city, places::by_code(arrival.to).unwrap().city);
        if let Some(back) = inbound.first() {
            let both = told(&confirmed(vec![samples::flight_offer().content]));
            assert_eq!(both[0].until, back.departs.local.date());
        }
    }

    #[test]
    fn a_stay_says_it_better_than_the_flight() {
        let stay = LegContent::Stay {
            hotel: "Sample Hotel".into(),
            stars: 3,
            place: places::by_code("LIS".parse().unwrap()).unwrap(),
            check_in: jiff::civil::date(2026, 12, 3),
            check_out: jiff::civil::date(2026, 12, 5),
            nights: 2,
            rooms: 1,
            per_night: samples::total(),
            distance_km: rust_decimal::Decimal::ONE,
        };
        let there = told(&confirmed(vec![samples::flight_offer().content, stay]));
        assert_eq!(there.len(), 1);
        assert_eq!(
            (there[0].city.as_str(), there[0].country.as_str()),
            ("Lisbon", "PT")
        );
        assert_eq!(there[0].until, jiff::civil::date(2026, 12, 5));
    }
}
