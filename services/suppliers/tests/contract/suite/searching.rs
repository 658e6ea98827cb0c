use events_schema::samples;
use events_schema::trip::{Cabin, FlightSegment, FlightWish, LegContent, Offer};
use jiff::civil::time;
use rust_decimal::Decimal;

use super::{Day, Subject, Verdict, flight_wish, stay_wish};

pub async fn flights_fit_what_was_asked(subject: &Subject) -> Verdict {
    let wish = flight_wish();
    let offers = flights(subject, &wish, 2).await;
    if offers.is_empty() {
        return Err("it sells no flights");
    }
    assert!(offers.len() >= 3, "{}", offers.len());
    for offer in &offers {
        well_formed(subject, offer);
        let (outbound, inbound, cabin, travellers) = flight(offer);
        assert_eq!((cabin, travellers), (Cabin::Economy, 2));
        assert!(wish.origin.airports.contains(&outbound[0].from));
        assert!(
            wish.destination
                .airports
                .contains(&outbound[outbound.len() - 1].to)
        );
        assert!(wish.destination.airports.contains(&inbound[0].from));
        assert_eq!(outbound[0].departs.local.date(), wish.depart_on);
        assert_eq!(Some(inbound[0].departs.local.date()), wish.return_on);
        for way in [outbound, inbound] {
            connects(way);
        }
    }
    Ok(())
}

pub async fn wishes_for_time_cabin_and_stops_are_kept(subject: &Subject) -> Verdict {
    let wish = FlightWish {
        return_on: None,
        cabin: Some(Cabin::Business),
        non_stop: true,
        ..flight_wish()
    };
    let offers = flights(subject, &wish, 2).await;
    if offers.is_empty() {
        return Err("it sells no flights");
    }
    for offer in &offers {
        let (outbound, inbound, cabin, _) = flight(offer);
        assert_eq!((outbound.len(), inbound.len(), cabin), (1, 0, Cabin::Business));
    }
    let (after, before) = (time(8, 0, 0, 0), time(20, 0, 0, 0));
    let timed = FlightWish {
        depart_after: Some(after),
        arrive_before: Some(before),
        ..flight_wish()
    };
    let offers = flights(subject, &timed, 1).await;
    assert!(!offers.is_empty(), "some fly by day");
    for offer in &offers {
        let (outbound, ..) = flight(offer);
        let (departs, arrives) = (&outbound[0].departs, &outbound[outbound.len() - 1].arrives);
        assert!(departs.local.time() >= after, "{departs:?}");
        assert!(arrives.local.date() == timed.depart_on && arrives.local.time() <= before);
    }
    Ok(())
}

pub async fn stays_fit_what_was_asked(subject: &Subject) -> Verdict {
    let wish = stay_wish();
    let offers = subject.supplier.search_stays(&wish, 2).await.expect("an answer");
    if offers.is_empty() {
        return Err("it sells no stays");
    }
    assert!(offers.len() >= 3, "{}", offers.len());
    for offer in &offers {
        well_formed(subject, offer);
        let LegContent::Stay {
            place,
            check_in,
            check_out,
            nights,
            rooms,
            per_night,
            stars,
            ..
        } = &offer.content
        else {
            panic!("{offer:?}")
        };
        assert_eq!(
            (place, *check_in, *check_out),
            (&wish.place, wish.check_in, wish.check_out)
        );
        assert_eq!((*nights, *rooms), (wish.nights(), 2));
        assert!((1..=5).contains(stars));
        // A total that does not divide is rounded to a cent a night.
        let sum = per_night.times(nights * u32::from(*rooms));
        let cents = Decimal::new(i64::from(nights * u32::from(*rooms)), 2);
        assert!((sum.amount - offer.total.amount).abs() <= cents, "{offer:?}");
    }
    Ok(())
}

pub async fn offers_come_cheapest_first_under_lasting_ids(subject: &Subject) -> Verdict {
    let found = everything(subject).await;
    let again = everything(subject).await;
    for (kind, again) in found.iter().zip(&again) {
        for pair in kind.windows(2) {
            assert!(pair[0].total.amount <= pair[1].total.amount, "cheapest first");
        }
        let ids: std::collections::BTreeSet<_> = kind.iter().map(|offer| &offer.id).collect();
        assert_eq!(ids.len(), kind.len(), "an id for each");
        let again: std::collections::BTreeSet<_> = again.iter().map(|offer| &offer.id).collect();
        assert_eq!(ids, again, "the same search has the same ids");
    }
    Ok(())
}

pub async fn nothing_on_offer_is_an_empty_answer(subject: &Subject) -> Verdict {
    subject.day(Day::Empty, "it always has something")?;
    assert!(everything(subject).await.iter().all(Vec::is_empty));
    Ok(())
}

async fn everything(subject: &Subject) -> [Vec<Offer>; 2] {
    let stays = subject.supplier.search_stays(&stay_wish(), 2).await;
    [
        flights(subject, &flight_wish(), 2).await,
        stays.expect("an answer"),
    ]
}

async fn flights(subject: &Subject, wish: &FlightWish, travellers: u8) -> Vec<Offer> {
    let found = subject.supplier.search_flights(wish, travellers).await;
    found.expect("an answer")
}

fn flight(offer: &Offer) -> (&[FlightSegment], &[FlightSegment], Cabin, u8) {
    match &offer.content {
        LegContent::Flight {
            outbound,
            inbound,
            cabin,
            travellers,
        } => (outbound, inbound, *cabin, *travellers),
        LegContent::Stay { .. } => panic!("{offer:?}"),
    }
}

fn well_formed(subject: &Subject, offer: &Offer) {
    assert_eq!(&offer.supplier, subject.supplier.id());
    assert!(offer.taxes.amount <= offer.total.amount && offer.taxes.amount >= Decimal::ZERO);
    assert!(offer.total.amount > Decimal::ZERO);
    assert!(offer.expires_at > samples::now());
    assert!(!offer.conditions.is_empty());
}

/// Each flight takes as long as its clocks say, and leaves from where the one before arrived, later.
fn connects(way: &[FlightSegment]) {
    for segment in way {
        let (departs, arrives) = (segment.departs.instant(), segment.arrives.instant());
        let flown = arrives.expect("a time").duration_since(departs.expect("a time"));
        assert_eq!(
            flown.as_mins(),
            i64::from(segment.duration_minutes),
            "{segment:?}"
        );
    }
    for pair in way.windows(2) {
        assert_eq!(pair[0].to, pair[1].from);
        assert!(pair[0].arrives.instant().expect("a time") < pair[1].departs.instant().expect("a time"));
    }
}
