//! The gate over edits of real schemas: breaking ones are refused with who is hit, compatible ones pass.

use contracts::gate::{Consumer, Finding, Release, in_words, judge, present};
use serde_json::{Value, json};

/// One that reads two members, and one that takes whole events.
fn consumers() -> Vec<Consumer> {
    let reads = |name: &str, places: &[&str]| -> Consumer {
        serde_json::from_value(json!({ "name": name, "reads": { "BookingConfirmed": places } }))
            .expect("a consumer")
    };
    vec![
        reads("expenses", &["data.total", "data.costCentre"]),
        reads("mirror", &["*"]),
    ]
}

type Edit = fn(&mut Value);

fn judged(edit: Edit) -> Option<Finding> {
    let (old, mut new) = (present(), present());
    edit(&mut new.events.get_mut("BookingConfirmed").expect("there").schema);
    let unreadable = |_: &str, _: u32| Err("nobody asked".into());
    let mut findings = judge(&old, &new, &consumers(), unreadable);
    assert!(
        findings.len() <= 1,
        "one event was edited: {}",
        in_words(&findings)
    );
    findings.pop()
}

fn data(schema: &mut Value) -> &mut Value {
    &mut schema["$defs"]["BookingConfirmed"]
}

fn drop_required(schema: &mut Value, name: &str) {
    let required = schema["required"].as_array_mut().expect("a list");
    required.retain(|other| other != name);
}

fn remove(schema: &mut Value, name: &str) -> Value {
    drop_required(schema, name);
    schema["properties"]
        .as_object_mut()
        .and_then(|members| members.shift_remove(name))
        .expect("there")
}

fn require(schema: &mut Value, name: &str) {
    schema["required"]
        .as_array_mut()
        .expect("a list")
        .push(json!(name));
}

/// The edit, where it is found, and words that say it.
const BREAKING: &[(&str, Edit, &str, &str)] = &[
    (
        "field removed",
        |s| drop(remove(data(s), "total")),
        "data.total",
        "was removed",
    ),
    (
        "type changed",
        |s| data(s)["properties"]["travellers"] = json!({ "type": "string" }),
        "data.travellers",
        "is text where it was a whole number",
    ),
    (
        "optional made required",
        |s| require(data(s), "previousBooking"),
        "data.previousBooking",
        "recorded events are without it",
    ),
    (
        "required made optional",
        |s| drop_required(data(s), "costCentre"),
        "data.costCentre",
        "now may be missing",
    ),
    (
        "value of a closed list removed",
        |s| {
            let cabin = s["$defs"]["Cabin"]["enum"].as_array_mut().expect("a list");
            cabin.retain(|value| value != "first");
        },
        "data.legs.content.cabin",
        "no longer takes the value \"first\"",
    ),
    (
        "renamed",
        |s| {
            let total = remove(data(s), "total");
            data(s)["properties"]["totalPrice"] = total;
            require(data(s), "totalPrice");
        },
        "data.total",
        "was renamed to totalPrice",
    ),
    (
        "pattern narrowed",
        |s| s["$defs"]["Money"]["properties"]["amount"]["pattern"] = json!("^\\d+$"),
        "data.legs.total.amount",
        "has the pattern",
    ),
    (
        "range narrowed",
        |s| data(s)["properties"]["travellers"]["maximum"] = json!(4),
        "data.travellers",
        "must now be at most 4",
    ),
    (
        "required field added",
        |s| {
            data(s)["properties"]["agency"] = json!({ "type": "string" });
            require(data(s), "agency");
        },
        "data.agency",
        "is new and required",
    ),
    (
        "may be null",
        |s| {
            data(s)["properties"]["total"] =
                json!({ "anyOf": [{ "$ref": "#/$defs/Money" }, { "type": "null" }] })
        },
        "data.total",
        "may now be null",
    ),
    (
        "kind of a choice removed",
        |s| {
            let kinds = s["$defs"]["LegContent"]["oneOf"]
                .as_array_mut()
                .expect("a choice");
            kinds.retain(|kind| kind["properties"]["kind"]["const"] != "stay");
        },
        "data.legs.content",
        "can no longer be a stay",
    ),
];

#[test]
fn breaking_edits_are_refused_in_words() {
    for (edit, make, place, words) in BREAKING {
        let finding = judged(*make).unwrap_or_else(|| panic!("{edit}: not noticed"));
        let said = in_words(std::slice::from_ref(&finding));
        assert!(finding.refused.is_some(), "{edit}:\n{said}");
        assert!(
            said.contains(&format!("breaks  {place} ")) && said.contains(words),
            "{edit}:\n{said}"
        );
        let whole = finding
            .hit
            .iter()
            .any(|hit| hit.contains("mirror (rules/mirror.on-booking-confirmed.json)"));
        assert!(whole, "{edit}: who takes the whole event is hit\n{said}");
        let reads = ["data.total", "data.costCentre"];
        let touched = reads
            .iter()
            .any(|read| place == read || place.starts_with(&format!("{read}.")));
        let hit = finding.hit.iter().any(|hit| hit.starts_with("expenses "));
        assert_eq!(
            hit,
            touched || *edit == "pattern narrowed",
            "{edit}: who reads two members\n{said}"
        );
    }
}

#[test]
fn an_event_taken_away_is_refused_with_who_waits_for_it() {
    let (old, mut new) = (present(), present());
    new.events.remove("BookingConfirmed");
    let findings = judge(&old, &new, &consumers(), |_, _| Ok(()));
    let said = in_words(&findings);
    assert!(findings[0].refused.is_some(), "{said}");
    assert!(
        said.contains("expenses (rules/expenses.on-booking-confirmed.json) waits for it in vain"),
        "{said}"
    );
}

const COMPATIBLE: &[(&str, Edit)] = &[
    ("optional field added", |s| {
        data(s)["properties"]["agency"] = json!({ "type": "string" });
    }),
    ("description changed", |s| {
        data(s)["description"] = json!("Bought.")
    }),
    ("range widened", |s| {
        data(s)["properties"]["travellers"]["maximum"] = json!(1_000)
    }),
    ("value of a closed list added", |s| {
        s["$defs"]["Cabin"]["enum"]
            .as_array_mut()
            .expect("a list")
            .push(json!("suite"));
    }),
    ("kind of a choice added", |s| {
        let train =
            json!({ "type": "object", "properties": { "kind": { "const": "train" } }, "required": ["kind"] });
        s["$defs"]["LegContent"]["oneOf"]
            .as_array_mut()
            .expect("a choice")
            .push(train);
    }),
    ("pattern dropped", |s| {
        s["$defs"]["IataCode"]
            .as_object_mut()
            .expect("an object")
            .remove("pattern");
    }),
    ("longer text allowed", |s| {
        s["$defs"]["OptionId"]["maxLength"] = json!(400)
    }),
    ("definition renamed", |s| {
        let money = s["$defs"]["Money"].clone();
        s["$defs"]["Amount"] = money;
        data(s)["properties"]["total"] = json!({ "$ref": "#/$defs/Amount" });
    }),
    ("members in another order", |s| {
        let total = data(s)["properties"]
            .as_object_mut()
            .and_then(|m| m.shift_remove("option"))
            .expect("there");
        data(s)["properties"]["option"] = total;
    }),
];

#[test]
fn compatible_edits_pass() {
    for (edit, make) in COMPATIBLE {
        if let Some(finding) = judged(*make) {
            assert!(finding.refused.is_none(), "{edit}:\n{}", in_words(&[finding]));
        }
    }
}

#[test]
fn a_new_event_passes() {
    let (mut old, new) = (present(), present());
    old.events.remove("BookingKept");
    let findings = judge(&old, &new, &consumers(), |_, _| Ok(()));
    assert!(findings.iter().all(|finding| finding.refused.is_none()) && findings.len() == 1);
}

#[test]
fn a_breaking_change_passes_with_a_new_version_whose_old_one_is_readable() {
    let old = present();
    let new = |version| {
        let mut new: Release = present();
        let event = new.events.get_mut("BookingConfirmed").expect("there");
        drop(remove(data(&mut event.schema), "total"));
        event.version = version;
        new
    };
    let raised = judge(&old, &new(2), &consumers(), |_, _| Ok(()));
    assert!(
        raised[0].refused.is_none() && !raised[0].hit.is_empty(),
        "{}",
        in_words(&raised)
    );
    let unreadable = judge(&old, &new(2), &consumers(), |_, _| {
        Err("no sample of version 1".into())
    });
    assert_eq!(unreadable[0].refused.as_deref(), Some("no sample of version 1"));
    let back = judge(&old, &new(0), &consumers(), |_, _| Ok(()));
    assert!(
        back[0]
            .refused
            .as_deref()
            .is_some_and(|why| why.contains("went back"))
    );
}
