//! The event catalogue as static pages: what each event means, who says it and who listens, its members, an example, its
//! versions, and what came before and may come after. No script, no server: open `events-schema/catalogue/index.html`.

mod page;

use std::collections::BTreeSet;
use std::fmt::Write;

use events_schema::event::{Earlier, Fate};

use crate::gate::Consumer;
use crate::gate::consumers::rule_file;
use crate::shape::{Field, Shape, Unknown, definitions};
use crate::source::Contract;
use page::{escaped, page};

const FLOW: &str = "\
gateway ─BookingRequested→ policy ─PolicyRetrieved→ planner ─PlanProposed→ compliance ─PlanAccepted→ search
   ▲                                     ▲──────────PlanRejected (twice at most)──┘                    │
   │ sockets                                                                                 OffersFound
progress ←stream─ Bookings ─stream→ audit                compliance ←────────────────────────────────┘
                     ▲                                       │ OptionsRanked
            every transition                                 ▼ (a rule starts it)
                                        state machine: choose → requote → approve? → confirm → book → (undo)
gateway ─OptionSelected, ApprovalGranted, PurchaseConfirmed, CancelRequested…→ booking/wake ─────────────┘
one terminal event per booking → insights and whoever subscribes";

/// Paths relative to `catalogue/`, and their pages.
pub fn pages(contracts: &[Contract], consumers: &[Consumer]) -> Result<Vec<(String, String)>, Unknown> {
    let mut pages = vec![("index.html".to_owned(), index(contracts, consumers))];
    for contract in contracts {
        pages.push((
            format!("{}.html", contract.name),
            of_event(contract, contracts, consumers)?,
        ));
    }
    Ok(pages)
}

fn index(contracts: &[Contract], consumers: &[Consumer]) -> String {
    let mut body = format!("<pre class=\"flow\">{}</pre>\n", escaped(FLOW));
    let mut producers: Vec<_> = contracts.iter().map(|contract| contract.event.producer).collect();
    producers.dedup();
    for producer in producers {
        let _ = write!(
            body,
            "<h2>{}</h2>\n<table>\n<tr><th>Event<th>Means<th>Heard by</tr>\n",
            producer.name()
        );
        for contract in contracts
            .iter()
            .filter(|contract| contract.event.producer == producer)
        {
            let _ = writeln!(
                body,
                "<tr><td><a href=\"{0}.html\">{0}</a><td>{1}<td>{2}</tr>",
                contract.name,
                escaped(&crate::shape::about(&contract.schema)),
                listeners(contract.name, consumers).join(", "),
            );
        }
        body.push_str("</table>\n");
    }
    page("Events of Sojourn", "", &body)
}

fn of_event(contract: &Contract, all: &[Contract], consumers: &[Consumer]) -> Result<String, Unknown> {
    let name = contract.name;
    let mut body = format!(
        "<p class=\"means\">{}</p>\n",
        escaped(&crate::shape::about(&contract.schema))
    );
    body.push_str(&place_in_the_flow(contract, all, consumers));
    body.push_str(&versions(contract));
    let defined = definitions(&contract.schema)?;
    body.push_str("<h2>Data</h2>\n");
    let known: BTreeSet<_> = defined
        .iter()
        .map(|definition| definition.name.as_str())
        .collect();
    for definition in defined.iter().rev().filter(|definition| definition.name == name) {
        body.push_str(&members(&definition.shape, &known));
    }
    for definition in defined.iter().filter(|definition| definition.name != name) {
        let _ = write!(
            body,
            "<h3 id=\"{0}\">{0}</h3>\n<p>{1}</p>\n{2}",
            definition.name,
            escaped(&definition.about),
            members(&definition.shape, &known)
        );
    }
    let example = crate::source::on_the_bus(&contract.example);
    let example = serde_json::to_string_pretty(&example).unwrap_or_default();
    let _ = write!(
        body,
        "<h2>Example</h2>\n<p>As EventBridge hands it over. <a href=\"../examples/{name}.json\">As Journal keeps it</a>.</p>\n\
         <pre>{}</pre>\n<h2>Schema</h2>\n<p><a href=\"../schemas/{name}.json\">JSON Schema 2020-12</a> of the detail; \
         <a href=\"../registry/{name}.json\">Draft 4</a> of the whole event, as registered.</p>\n",
        escaped(&example)
    );
    Ok(page(
        name,
        "<p><a href=\"index.html\">All events</a></p>\n",
        &body,
    ))
}

fn place_in_the_flow(contract: &Contract, all: &[Contract], consumers: &[Consumer]) -> String {
    let heard = listeners(contract.name, consumers);
    let fate = match contract.event.fate {
        Fate::Reacted => "Somebody of ours reacts to it.",
        Fate::Terminal => "It ends a lifecycle: there is exactly one ending per booking.",
        Fate::Recorded => "It is for the record and for subscribers; none of our services need react.",
    };
    let mut text = String::from("<h2>Place in the flow</h2>\n<table>\n");
    let _ = writeln!(
        text,
        "<tr><th>Said by<td>{0} (<code>{1}</code>)</tr>\n<tr><th>Belongs to<td>a {2:?}</tr>\n<tr><th>What becomes of it<td>{fate}</tr>",
        contract.event.producer.name(),
        contract.source,
        contract.event.aggregate,
    );
    let rules: Vec<_> = heard
        .iter()
        .map(|consumer| {
            let file = rule_file(consumer, contract.name);
            format!("{consumer} (<a href=\"../../rules/{file}\">rules/{file}</a>)")
        })
        .collect();
    let nobody = || "nobody here".to_owned();
    let _ = writeln!(
        text,
        "<tr><th>Heard by<td>{}</tr>",
        Some(rules.join("<br>"))
            .filter(|rules| !rules.is_empty())
            .unwrap_or_else(nobody)
    );
    // A consumer is a part of a service: booking-wake of booking.
    let says = |producer: &str| {
        heard
            .iter()
            .any(|consumer| consumer.split('-').next() == Some(producer))
    };
    let next: Vec<_> = all
        .iter()
        .filter(|other| says(other.event.producer.name()) && other.name != contract.name)
        .map(|other| format!("<a href=\"{0}.html\">{0}</a>", other.name))
        .collect();
    if !next.is_empty() {
        let _ = writeln!(
            text,
            "<tr><th>Those who hear it may say<td>{}</tr>",
            next.join(", ")
        );
    }
    text.push_str("</table>\n");
    text
}

fn listeners(event: &str, consumers: &[Consumer]) -> Vec<String> {
    let listening = consumers
        .iter()
        .filter(|consumer| consumer.reads(event).is_some());
    listening.map(|consumer| consumer.name.clone()).collect()
}

fn versions(contract: &Contract) -> String {
    let mut text = format!(
        "<h2>Versions</h2>\n<table>\n<tr><th>{}<td>Written today.</tr>\n",
        contract.version
    );
    for earlier in contract.event.earlier.iter().rev() {
        let Earlier {
            version,
            replaced_on,
            change,
        } = earlier;
        let _ = writeln!(
            text,
            "<tr><th>{version}<td>Until {replaced_on}. {} Readable until {}: \
             <a href=\"../earlier/{}.v{version}.json\">a recorded event</a>.</tr>",
            escaped(change),
            earlier.readable_until(),
            contract.name,
        );
    }
    text.push_str("</table>\n");
    text
}

fn members(shape: &Shape, known: &BTreeSet<&str>) -> String {
    match shape {
        Shape::Object(fields) if fields.is_empty() => "<p>No members.</p>\n".into(),
        Shape::Object(fields) => table(fields, known),
        Shape::Union(kinds) if kinds.iter().any(|kind| matches!(kind, Shape::Object(_))) => {
            let kinds: Vec<_> = kinds.iter().map(|kind| members(kind, known)).collect();
            kinds.join("<p>or</p>\n")
        }
        other => format!("<p>{}</p>\n", written(other, known)),
    }
}

fn table(fields: &[Field], known: &BTreeSet<&str>) -> String {
    let mut text = String::from("<table>\n<tr><th>Member<th>Is<th>Says</tr>\n");
    for field in fields {
        let maybe = if field.required {
            ""
        } else {
            " <small>may be missing</small>"
        };
        let _ = writeln!(
            text,
            "<tr><td><code>{}</code>{maybe}<td>{}<td>{}</tr>",
            escaped(&field.name),
            written(&field.shape, known),
            escaped(&field.about)
        );
    }
    text.push_str("</table>\n");
    text
}

fn written(shape: &Shape, known: &BTreeSet<&str>) -> String {
    match shape {
        Shape::Named(name) if known.contains(name.as_str()) => format!("<a href=\"#{name}\">{name}</a>"),
        Shape::Named(name) => name.clone(),
        Shape::Text => "text".into(),
        Shape::Integer => "a whole number".into(),
        Shape::Number => "a number".into(),
        Shape::Boolean => "true or false".into(),
        Shape::Null => "null".into(),
        Shape::Anything => "anything".into(),
        Shape::Literal(values) => {
            let values: Vec<_> = values
                .iter()
                .map(|value| format!("<code>{}</code>", escaped(&value.to_string())))
                .collect();
            values.join(" or ")
        }
        Shape::List(item) => format!("a list of {}", written(item, known)),
        Shape::Object(_) => "an object".into(),
        Shape::Union(shapes) => {
            let shapes: Vec<_> = shapes.iter().map(|shape| written(shape, known)).collect();
            shapes.join(" or ")
        }
    }
}
