//! The registry's Draft 4 against the original 2020-12, over every example and every mutation of it. Formats are
//! asserted on both sides.

use contracts::registry;
use contracts::source::{contracts, on_the_bus};
use jsonschema::Validator;
use serde_json::{Value, json};

use super::mutations::mutated;

#[test]
fn both_drafts_accept_and_refuse_the_same() {
    let (mut accepted, mut refused) = (0, 0);
    for contract in contracts() {
        let original = validator(&contract.schema);
        let registered = validator(&registry::schema(&contract));
        let example = &contract.example["detail"];
        assert!(original.is_valid(example), "{}", contract.name);
        for (change, detail) in
            std::iter::once((String::from("unchanged"), example.clone())).chain(mutated(example))
        {
            let mut event = on_the_bus(&contract.example);
            event["detail"] = detail.clone();
            let expected = original.is_valid(&detail);
            assert_eq!(
                registered.is_valid(&event),
                expected,
                "{}: {change}; the original says {expected}",
                contract.name
            );
            if expected { accepted += 1 } else { refused += 1 }
        }
    }
    println!("{accepted} documents accepted by both, {refused} refused by both");
    assert!(accepted > 1_000 && refused > 10_000, "{accepted} and {refused}");
}

/// The registry's own limits: characters of a name, of a description, of a schema; of a template, a megabyte.
#[test]
fn what_is_registered_fits_the_registry() {
    let template = registry::template(&contracts());
    let resources = template["Resources"].as_object().unwrap();
    let schemas: Vec<_> = resources
        .values()
        .filter(|r| r["Type"] == "AWS::EventSchemas::Schema")
        .collect();
    assert_eq!(schemas.len(), contracts().len());
    for schema in schemas {
        let text = |property: &str| schema["Properties"][property].as_str().unwrap().to_owned();
        let name = text("SchemaName");
        let fits = |c: char| c.is_ascii_alphanumeric() || "._-@".contains(c);
        assert!(name.chars().all(fits) && name.len() <= 385, "{name}");
        assert!(text("Description").chars().count() <= 256, "{name}");
        assert!(text("Content").len() <= 100_000, "{name}");
        assert!(serde_json::from_str::<Value>(&text("Content")).is_ok(), "{name}");
    }
    assert!(template.to_string().len() < 1_000_000);
}

#[test]
fn another_event_under_its_name_is_refused() {
    let contract = &contracts()[0];
    let registered = validator(&registry::schema(contract));
    for (member, value) in [
        ("source", json!("sojourn.other")),
        ("detail-type", json!("Other")),
        ("id", json!(1)),
    ] {
        let mut event = on_the_bus(&contract.example);
        assert!(registered.is_valid(&event));
        event[member] = value;
        assert!(!registered.is_valid(&event), "{member}");
    }
}

fn validator(schema: &Value) -> Validator {
    jsonschema::options()
        .should_validate_formats(true)
        .build(schema)
        .unwrap_or_else(|error| panic!("{}: {error}", schema["title"]))
}
