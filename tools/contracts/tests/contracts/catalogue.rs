//! Every page of the catalogue says all that a reader comes for, about its event.

use std::path::Path;

use contracts::catalogue::pages;
use contracts::committed;
use contracts::source::{Contract, contracts};

/// What each page has, in this order.
const HEADINGS: &[&str] = &["Place in the flow", "Versions", "Data", "Example", "Schema"];

/// The text below a heading, as far as the next.
fn below<'a>(page: &'a str, heading: &str) -> &'a str {
    let (_, rest) = page
        .split_once(&format!("<h2>{heading}</h2>"))
        .unwrap_or_else(|| panic!("no {heading} in\n{page}"));
    rest.split("<h2>").next().unwrap_or(rest)
}

#[test]
fn every_event_has_a_page_with_all_its_parts() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let consumers = committed::consumers(&repository).expect("rules");
    let contracts = contracts();
    let pages = pages(&contracts, &consumers).expect("pages");
    assert_eq!(pages.len(), contracts.len() + 1, "and the index");
    for contract in &contracts {
        let file = format!("{}.html", contract.name);
        let (_, page) = pages
            .iter()
            .find(|(path, _)| *path == file)
            .unwrap_or_else(|| panic!("no page {file}"));
        let headings = page
            .split("<h2>")
            .skip(1)
            .filter_map(|rest| rest.split("</h2>").next());
        let headings: Vec<_> = headings.filter(|heading| HEADINGS.contains(heading)).collect();
        assert_eq!(headings, HEADINGS, "{file}");
        speaks_of_it(page, contract);
        let place = below(page, "Place in the flow");
        let heard = place.split("<tr><th>Heard by<td>").nth(1).unwrap_or_default();
        let heard = heard.split("</tr>").next().unwrap_or_default();
        let listening = consumers
            .iter()
            .filter(|consumer| consumer.reads(contract.name).is_some());
        let rules: Vec<_> = listening.map(|consumer| consumer.rule(contract.name)).collect();
        match rules.is_empty() {
            true => assert_eq!(heard, "nobody here", "{file}"),
            false => assert_eq!(heard.matches("<a href").count(), rules.len(), "{file}: {heard}"),
        }
        for rule in rules {
            assert!(repository.join(&rule).exists(), "{file} names {rule}");
            assert!(
                heard.contains(&format!(">{rule}</a>")),
                "{file}: {rule} in {heard}"
            );
        }
    }
}

/// Producer, versions, every member, example and schema are this event's.
fn speaks_of_it(page: &str, contract: &Contract) {
    let name = contract.name;
    let place = below(page, "Place in the flow");
    let producer = contract.event.producer.name();
    let said_by = format!("<tr><th>Said by<td>{producer} (<code>{}</code>)", contract.source);
    assert!(place.contains(&said_by), "{name}: {place}");
    assert!(
        place.contains("<tr><th>What becomes of it<td>"),
        "{name}: {place}"
    );

    let versions = below(page, "Versions");
    assert!(
        versions.contains(&format!("<tr><th>{}<td>Written today.", contract.version)),
        "{name}: {versions}"
    );
    for earlier in contract.event.earlier {
        assert!(
            versions.contains(&format!("../earlier/{name}.v{}.json", earlier.version)),
            "{name}: {versions}"
        );
    }

    let members = contract.schema["$defs"][name]["properties"].as_object();
    for member in members.into_iter().flatten().map(|(member, _)| member) {
        let row = format!("<tr><td><code>{member}</code>");
        assert!(page.contains(&row), "{name} has no row of {member}");
    }

    let example = below(page, "Example");
    for part in ["detail-type", name, contract.source.as_str(), "../examples/"] {
        assert!(example.contains(part), "{name}: {part} in {example}");
    }
    let schema = below(page, "Schema");
    for file in [
        format!("../schemas/{name}.json"),
        format!("../registry/{name}.json"),
    ] {
        assert!(schema.contains(&file), "{name}: {file} in {schema}");
    }
}
