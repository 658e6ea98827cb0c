//! What the sample supplier's pages mean. Pure.

use std::str::FromStr;

use browser::{Document, Item, NotThere};
use events_schema::ids::SupplierId;
use events_schema::money::Money;
use events_schema::place::{LocalTime, Place};
use events_schema::trip::{Cabin, FlightSegment, LegContent, Offer};
use iso_currency::Currency;
use jiff::civil::DateTime;
use rust_decimal::Decimal;

use crate::offer_id::offer_id;
use crate::port::Order;

/// All offers of a results page, which says how many it has: one that is read only in part is not understood.
pub fn offers(supplier: &SupplierId, page: &Document, place: Option<&Place>) -> Result<Vec<Offer>, NotThere> {
    let found: usize = page.item("summary")?.parsed("found")?;
    let items = page.items.iter().filter(|item| item.has("kind"));
    let offers: Vec<Offer> = items
        .map(|item| offer(supplier, item, place))
        .collect::<Result<_, _>>()?;
    if offers.len() == found {
        Ok(offers)
    } else {
        Err(NotThere(format!("all {found} offers")))
    }
}

/// `place` is where a stay is; a flight says so itself.
pub fn offer(supplier: &SupplierId, item: &Item, place: Option<&Place>) -> Result<Offer, NotThere> {
    let content = match item.text("kind")? {
        "flight" => flight(item)?,
        "stay" => stay(item, place.ok_or_else(|| NotThere("a flight".into()))?)?,
        _ => return Err(NotThere("kind".into())),
    };
    let refundable = item.parsed("refundable")?;
    Ok(Offer {
        id: offer_id(supplier, &content, refundable),
        supplier: supplier.clone(),
        supplier_offer: item.id.clone(),
        content,
        total: money(item, "total")?,
        taxes: money(item, "taxes")?,
        expires_at: item.parsed("expires")?,
        refundable,
        holdable: item.parsed("holdable")?,
        conditions: item.text("conditions")?.into(),
    })
}

fn flight(item: &Item) -> Result<LegContent, NotThere> {
    let way = |name: &str| {
        item.items(name)
            .into_iter()
            .map(segment)
            .collect::<Result<Vec<_>, _>>()
    };
    let outbound = way("outbound")?;
    if outbound.is_empty() {
        return Err(NotThere("outbound".into()));
    }
    let cabin = match item.text("cabin")? {
        "economy" => Cabin::Economy,
        "premium_economy" => Cabin::PremiumEconomy,
        "business" => Cabin::Business,
        "first" => Cabin::First,
        _ => return Err(NotThere("cabin".into())),
    };
    Ok(LegContent::Flight {
        outbound,
        inbound: way("inbound")?,
        cabin,
        travellers: item.parsed("travellers")?,
    })
}

fn segment(item: &Item) -> Result<FlightSegment, NotThere> {
    let local = |at: &str, zone: &str| -> Result<LocalTime, NotThere> {
        Ok(LocalTime::new(item.parsed::<DateTime>(at)?, item.text(zone)?))
    };
    Ok(FlightSegment {
        flight: item.text("flight")?.into(),
        carrier: item.text("carrier")?.into(),
        from: item.parsed("from")?,
        to: item.parsed("to")?,
        departs: local("departs", "departsZone")?,
        arrives: local("arrives", "arrivesZone")?,
        duration_minutes: item.parsed("minutes")?,
    })
}

fn stay(item: &Item, place: &Place) -> Result<LegContent, NotThere> {
    Ok(LegContent::Stay {
        hotel: item.text("hotel")?.into(),
        stars: item.parsed("stars")?,
        place: place.clone(),
        check_in: item.parsed("checkIn")?,
        check_out: item.parsed("checkOut")?,
        nights: item.parsed("nights")?,
        rooms: item.parsed("rooms")?,
        per_night: money(item, "perNight")?,
        distance_km: Decimal::new(item.parsed("distance")?, 1),
    })
}

pub fn order(item: &Item) -> Result<Order, NotThere> {
    let cancelled = match item.text("status")? {
        "confirmed" => false,
        "cancelled" => true,
        _ => return Err(NotThere("status".into())),
    };
    Ok(Order {
        reference: item.text("reference")?.into(),
        total: money(item, "total")?,
        cancelled,
    })
}

/// Of an order that was cancelled.
pub fn refund(item: &Item) -> Result<Money, NotThere> {
    if order(item)?.cancelled {
        money(item, "refund")
    } else {
        Err(NotThere("that it is cancelled".into()))
    }
}

/// `212.40 EUR`
pub fn money(item: &Item, name: &str) -> Result<Money, NotThere> {
    let money = item.text(name)?.split_once(' ').and_then(|(amount, currency)| {
        let amount = Decimal::from_str(amount).ok()?;
        Some(Money::new(amount, Currency::from_code(currency)?))
    });
    money.ok_or_else(|| NotThere(name.into()))
}

#[cfg(test)]
mod tests {
    //! What is refused; that real pages are understood is the contract's to show.

    use serde_json::json;

    use super::*;

    fn item(properties: serde_json::Value) -> Item {
        serde_json::from_value(json!({"id": "F.1", "properties": properties})).unwrap()
    }

    #[test]
    fn a_page_that_leaves_something_out_is_not_half_understood() {
        let whole = json!({"reference": ["SMPL-1"], "status": ["confirmed"], "total": ["212.40 EUR"]});
        assert_eq!(order(&item(whole.clone())).unwrap().reference, "SMPL-1");
        for (property, value, missing) in [
            ("status", json!(["pending"]), "status"),
            ("total", json!(["212,40 €"]), "total"),
            ("total", json!(["212.40 XXQ"]), "total"),
            ("reference", json!([]), "reference"),
        ] {
            let mut changed = whole.clone();
            changed[property] = value;
            assert_eq!(order(&item(changed)), Err(NotThere(missing.into())));
        }
        assert_eq!(refund(&item(whole)), Err(NotThere("that it is cancelled".into())));
    }

    #[test]
    fn a_list_that_says_it_is_longer_is_not_understood() {
        let page: Document = serde_json::from_value(json!({"url": "", "page": "results", "title": "",
            "items": [{"id": "summary", "properties": {"found": ["2"]}}]}))
        .unwrap();
        let supplier = SupplierId::new("sample-web");
        assert_eq!(
            offers(&supplier, &page, None),
            Err(NotThere("all 2 offers".into()))
        );
    }
}
