//! Each page's content. A page that a scenario redesigns says the same in other words and without microdata.

use events_schema::money::Money;

use super::html::{data, escaped, hidden, input, list, meta, page, time};
use crate::scenario::{Scenario, WebPage};
use crate::wire::{Cabin, Content, Offer, Order, OrderRequest, OrderStatus, Passenger, Segment, Terms};

pub fn search_form(today: &str) -> String {
    let date = format!("min=\"{today}\"");
    let flights = [
        input("From (airport codes)", "from", "text", "", "required"),
        input("To (airport codes)", "to", "text", "", "required"),
        input("Departing on", "depart", "date", "", &format!("{date} required")),
        input("Returning on (empty: one way)", "return", "date", "", &date),
        "<label for=\"cabin\">Cabin</label><select id=\"cabin\" name=\"cabin\">\
         <option value=\"economy\">Economy</option><option value=\"premium_economy\">Premium economy</option>\
         <option value=\"business\">Business</option><option value=\"first\">First</option></select>"
            .into(),
        input(
            "Travellers", "travellers", "number", "1", "min=\"1\" max=\"9\" required",
        ),
        input("Departing not before", "depart_after", "time", "", ""),
        input("Arriving by", "arrive_before", "time", "", ""),
        "<label for=\"non_stop\">Non-stop only</label><select id=\"non_stop\" name=\"non_stop\">\
         <option value=\"\">No</option><option value=\"yes\">Yes</option></select>"
            .into(),
    ];
    let stays = [
        input("City (code)", "city", "text", "", "required"),
        input("Check-in", "check_in", "date", "", &format!("{date} required")),
        input("Check-out", "check_out", "date", "", &format!("{date} required")),
        input("Rooms", "rooms", "number", "1", "min=\"1\" max=\"9\" required"),
    ];
    let orders = input(
        "Your own reference", "key", "text", "", "required maxlength=\"200\"",
    );
    let form = |id: &str, action: &str, legend: &str, fields: &str| {
        format!(
            "<form id=\"{id}\" action=\"/web/{action}\"><h2>{legend}</h2>{fields}<p><button>{legend}</button></p></form>"
        )
    };
    let main = form("find-flights", "flights", "Find flights", &flights.concat())
        + &form("find-stays", "stays", "Find hotels", &stays.concat())
        + &form("find-order", "orders", "Find your order", &orders);
    page("search", "Flights and hotels", &main)
}

pub fn results(today: &Scenario, title: &str, offers: &[Offer]) -> String {
    if today.redesigned == Some(WebPage::Results) {
        let tiles = offers.iter().map(|offer| {
            format!(
                "<div class=\"tile\"><b>{}</b> <a href=\"/web/offers/{}\">More</a></div>",
                offer.total, offer.id
            )
        });
        return page("deals", "Our best deals for you", &tiles.collect::<String>());
    }
    let embedded = today.embeds.as_ref().map(|address| {
        let address = escaped(address);
        format!("<img src=\"{address}\" alt=\"\"><script src=\"{address}\"></script>")
    });
    let articles: String = offers
        .iter()
        .map(|offer| {
            let choose = format!(
                "<p><a class=\"button\" href=\"/web/offers/{}\">Choose</a></p>",
                offer.id
            );
            article(offer, &choose)
        })
        .collect();
    let number = data("found", &offers.len().to_string(), &offers.len().to_string());
    let main = format!("<p itemscope id=\"summary\">{number} offers, cheapest first.</p>{articles}");
    page("results", title, &(main + &embedded.unwrap_or_default()))
}

pub fn offer(offer: &Offer, before: Money) -> String {
    let id = &offer.id;
    let changed = if before == offer.total {
        String::new()
    } else {
        format!("<p role=\"status\">The price has changed: it was {before}.</p>")
    };
    let go_on = format!("<p><a class=\"button\" href=\"/web/offers/{id}/passengers\">Hold or buy</a></p>");
    page("offer", "Your choice", &(changed + &article(offer, &go_on)))
}

fn hold_forms(offer: &Offer) -> String {
    let post = |verb: &str, words: &str| {
        let action = format!("/web/offers/{}/{verb}", offer.id);
        format!("<form id=\"{verb}\" method=\"post\" action=\"{action}\"><button>{words}</button></form>")
    };
    if offer.holdable {
        post("hold", "Hold this price") + &post("release", "Give back a hold")
    } else {
        String::new()
    }
}

pub fn passengers(today: &Scenario, offer: &Offer) -> String {
    let number = match offer.content {
        Content::Flight { travellers, .. } => travellers,
        Content::Stay { rooms, .. } => rooms,
    };
    if today.redesigned == Some(WebPage::Passengers) {
        let main = "<form method=\"post\" action=\"/web/review\"><p>Tell us everything in one go:</p>\
                    <textarea name=\"people\" aria-label=\"People\"></textarea><button>Next</button></form>";
        return page("who", "Who is coming?", main);
    }
    let one = |number: u8| {
        let field = |label: &str, name: &str, kind: &str, more: &str| {
            input(
                label,
                &format!("{name}_{number}"),
                kind,
                "",
                &format!("data-personal {more}"),
            )
        };
        format!(
            "<fieldset><legend>Passenger {number}</legend>{}{}{}{}{}</fieldset>",
            field("Given name, as in the passport", "given_name", "text", "required"),
            field("Family name", "family_name", "text", "required"),
            field("Date of birth", "born_on", "date", "required"),
            field("E-mail", "email", "email", "required"),
            field("Phone", "phone", "tel", ""),
        )
    };
    let people: String = (1..=number).map(one).collect();
    let key = input(
        "Your own reference (finds the order again, and keeps it from being placed twice)",
        "key",
        "text",
        "",
        "required maxlength=\"200\"",
    );
    let form = format!(
        "<form id=\"passengers-form\" method=\"post\" action=\"/web/review\">{}{}{people}{key}\
         <p><button>Review the order</button></p></form>",
        hidden("offer", &offer.id),
        hidden("total", &offer.total.to_string()),
    );
    page(
        "passengers",
        "Passengers",
        &(article(offer, &hold_forms(offer)) + &form),
    )
}

pub fn review(offer: &Offer, key: &str, request: &OrderRequest) -> String {
    let people = request.passengers.iter().map(|passenger| {
        let name = format!("{} {}", passenger.given_name, passenger.family_name);
        format!("<li data-personal>{}</li>", escaped(&name))
    });
    let fields = (1..)
        .zip(&request.passengers)
        .map(|(number, passenger)| again(number, passenger));
    let form = format!(
        "<h2>Passengers</h2><ol>{}</ol><form id=\"confirm\" method=\"post\" action=\"/web/orders\">{}{}{}{}\
         <p class=\"total\">To pay: {}</p><p><button>Confirm and pay</button></p></form>",
        people.collect::<String>(),
        hidden("offer", &request.offer),
        hidden("total", &request.total.to_string()),
        hidden("key", key),
        fields.collect::<String>(),
        request.total,
    );
    page(
        "review",
        "Please check and confirm",
        &(article(offer, "") + &form),
    )
}

fn again(number: usize, passenger: &Passenger) -> String {
    let field = |name: &str, value: &str| hidden(&format!("{name}_{number}"), value);
    field("given_name", &passenger.given_name)
        + &field("family_name", &passenger.family_name)
        + &field("born_on", &passenger.born_on.to_string())
        + &field("email", &passenger.email)
        + &field("phone", passenger.phone.as_deref().unwrap_or_default())
}

pub fn order(today: &Scenario, order: &Order, offer: &Offer, was_there_before: bool) -> String {
    let reference = &order.reference;
    if today.redesigned == Some(WebPage::Order) {
        let main = format!("<p>All set! Your magic code is <b>{reference}</b>.</p><p>See you soon.</p>");
        return page("hooray", "Thank you for flying with us", &main);
    }
    let (status, said) = match order.status {
        OrderStatus::Confirmed => ("confirmed", "Confirmed"),
        OrderStatus::Cancelled => ("cancelled", "Cancelled"),
    };
    let mut entries = vec![
        ("Reference", data("reference", reference, reference)),
        ("Status", data("status", status, said)),
        ("Your own reference", data("key", &order.key, &order.key)),
        ("Paid", amount("total", order.total)),
    ];
    entries.extend(
        order
            .refund
            .map(|refund| ("Given back", amount("refund", refund))),
    );
    let twice = if was_there_before {
        "<p role=\"status\">You had already placed this order. Nothing was charged again.</p>"
    } else {
        ""
    };
    let undo = match order.status {
        OrderStatus::Confirmed => {
            format!("<p><a id=\"undo\" href=\"/web/orders/{reference}/cancel\">Cancel this order</a></p>")
        }
        OrderStatus::Cancelled => String::new(),
    };
    let summary = format!(
        "<section itemscope id=\"order-summary\">{}</section>",
        list(&entries)
    );
    page(
        "order",
        "Your order",
        &(twice.to_owned() + &summary + &article(offer, "") + &undo),
    )
}

pub fn cancellation(order: &Order, terms: &Terms) -> String {
    let reference = &order.reference;
    let entries = [
        ("Reference", data("reference", reference, reference)),
        ("Paid", amount("paid", terms.paid)),
        ("You would get back", amount("refund", terms.refund)),
    ];
    let form = format!(
        "<section itemscope id=\"terms\">{}</section>\
         <form id=\"cancel\" method=\"post\" action=\"/web/orders/{reference}/cancel\">\
         <button>Cancel this order</button></form>",
        list(&entries)
    );
    page("cancellation", "Cancel this order?", &form)
}

pub fn refused(code: &str, message: &str) -> String {
    let main = format!(
        "<p role=\"alert\" itemscope id=\"problem\">{} {}</p>",
        meta("code", code),
        data("message", message, message)
    );
    page("refused", "This did not work", &main)
}

fn article(offer: &Offer, actions: &str) -> String {
    let (heading, details) = match &offer.content {
        Content::Flight {
            outbound,
            inbound,
            cabin,
            travellers,
            seats_left,
        } => {
            let ends = outbound.first().zip(outbound.last());
            let heading = ends
                .map(|(first, last)| format!("{} to {}", first.from, last.to))
                .unwrap_or_default();
            (
                heading,
                flight(outbound, inbound, *cabin, *travellers, *seats_left),
            )
        }
        Content::Stay { hotel, .. } => (hotel.clone(), stay(&offer.content)),
    };
    let yes = |property: &str, holds: bool, if_so: &str, if_not: &str| {
        data(
            property,
            if holds { "true" } else { "false" },
            if holds { if_so } else { if_not },
        )
    };
    let until = offer.expires_at;
    format!(
        "<article class=\"offer\" itemscope itemid=\"{id}\"><h2>{heading}</h2>{details}<p class=\"total\">{total}</p>\
         <p>of which taxes {taxes}. {refundable}. {holdable}. Price good until {expires}.</p>\
         <p itemprop=\"conditions\">{conditions}</p>{actions}</article>",
        id = escaped(&offer.id),
        heading = escaped(&heading),
        total = amount("total", offer.total),
        taxes = amount("taxes", offer.taxes),
        refundable = yes("refundable", offer.refundable, "Refundable", "Not refundable"),
        holdable = yes("holdable", offer.holdable, "Can be held", "Cannot be held"),
        expires = time(
            "expires",
            &until.to_string(),
            &until.strftime("%d %b %Y, %H:%M UTC").to_string()
        ),
        conditions = escaped(&offer.conditions),
    )
}

fn flight(outbound: &[Segment], inbound: &[Segment], cabin: Cabin, travellers: u8, seats_left: u8) -> String {
    let way = |property: &str, title: &str, segments: &[Segment]| {
        let items: String = segments.iter().map(|one| segment(property, one)).collect();
        if segments.is_empty() {
            String::new()
        } else {
            format!("<h3>{title}</h3><ol>{items}</ol>")
        }
    };
    let (code, name) = match cabin {
        Cabin::Economy => ("economy", "Economy"),
        Cabin::PremiumEconomy => ("premium_economy", "Premium economy"),
        Cabin::Business => ("business", "Business"),
        Cabin::First => ("first", "First"),
    };
    let people = travellers.to_string();
    meta("kind", "flight")
        + &way("outbound", "There", outbound)
        + &way("inbound", "Back", inbound)
        + &format!(
            "<p>{}, {} travelling, {} seats left</p>",
            data("cabin", code, name),
            data("travellers", &people, &people),
            seats_left
        )
}

fn segment(property: &str, segment: &Segment) -> String {
    let shown = |at: jiff::civil::DateTime| at.strftime("%a %d %b %H:%M").to_string();
    let minutes = segment.duration_minutes;
    format!(
        "<li itemprop=\"{property}\" itemscope>{} with {}: {} {}{} – {} {}{}, {}</li>",
        data("flight", &segment.flight, &segment.flight),
        data("carrier", &segment.carrier, &segment.carrier),
        data("from", &segment.from.to_string(), &segment.from.to_string()),
        time("departs", &segment.departs.to_string(), &shown(segment.departs)),
        meta("departsZone", &segment.departs_zone),
        data("to", &segment.to.to_string(), &segment.to.to_string()),
        time("arrives", &segment.arrives.to_string(), &shown(segment.arrives)),
        meta("arrivesZone", &segment.arrives_zone),
        data(
            "minutes",
            &minutes.to_string(),
            &format!("{} h {:02} min", minutes / 60, minutes % 60)
        ),
    )
}

fn stay(content: &Content) -> String {
    let Content::Stay {
        hotel,
        stars,
        check_in,
        check_out,
        nights,
        rooms,
        per_night,
        distance_hm,
        ..
    } = content
    else {
        return String::new();
    };
    let number = |property: &str, value: u32, after: &str| {
        data(property, &value.to_string(), &format!("{value} {after}"))
    };
    let distance = format!("{}.{} km", distance_hm / 10, distance_hm % 10);
    meta("kind", "stay")
        + &meta("hotel", hotel)
        + &list(&[
            ("Class", number("stars", u32::from(*stars), "stars")),
            (
                "From the centre",
                data("distance", &distance_hm.to_string(), &distance),
            ),
            (
                "Check-in",
                time("checkIn", &check_in.to_string(), &check_in.to_string()),
            ),
            (
                "Check-out",
                time("checkOut", &check_out.to_string(), &check_out.to_string()),
            ),
            ("Nights", number("nights", *nights, "nights")),
            ("Rooms", number("rooms", u32::from(*rooms), "rooms")),
            ("A room and night", amount("perNight", *per_night)),
        ])
}

fn amount(property: &str, money: Money) -> String {
    data(property, &money.to_string(), &money.to_string())
}
