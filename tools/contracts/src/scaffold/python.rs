//! Python 3.13 on Lambda; boto3 is there already.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Parts, Wanted, snake};
use crate::python;
use crate::shape::Unknown;
use crate::source::contracts;

const HEAD: &str = r#""""From an event to the fact that is kept of it. Pure: the same event always gives the same fact."""

import json
from collections.abc import Callable
from typing import Any, TypedDict

"#;

const FACT: &str = r#"

class Fact(TypedDict):
    aggregateId: str
    sequence: int
    event: str
    occurredAt: str
    # JSON: what the functions below keep.
    says: str


class NotUnderstood(Exception):
    """An event this consumer was not written for: a dead letter is better than a misreading."""
"#;

const FACT_OF: &str = r#"

def fact_of(event: Any) -> Fact:
    name, detail = event["detail-type"], event["detail"]
    if name not in KEPT:
        raise NotUnderstood(f"{name} is no event this consumer reads")
    meta = detail["meta"]
    if meta["schemaVersion"] != VERSIONS[name]:
        raise NotUnderstood(f"{name} has version {meta['schemaVersion']}; this consumer reads {VERSIONS[name]}")
    return Fact(
        aggregateId=meta["aggregateId"],
        sequence=meta["sequence"],
        event=name,
        occurredAt=meta["occurredAt"],
        says=json.dumps(KEPT[name](detail["data"]), sort_keys=True),
    )
"#;

pub(super) fn parts(wanted: &[Wanted]) -> Result<Parts, Unknown> {
    let fixed = [
        ("handler.py", include_str!("../../scaffold/python/handler.py")),
        ("store.py", include_str!("../../scaffold/python/store.py")),
        (
            "test_consumer.py",
            include_str!("../../scaffold/python/test_consumer.py"),
        ),
        ("requirements-dev.txt", "boto3\n"),
    ];
    let mut files: BTreeMap<_, _> = fixed
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    files.insert("sojourn_events.py".into(), python::events(&contracts())?);
    files.insert("facts.py".into(), facts(wanted));
    Ok(Parts {
        files,
        code: ".",
        handler: "handler.handle",
        runtime: "python3.13",
        metadata: String::new(),
        language: "Python",
        facts: "facts.py",
        types: "The events' types are in `sojourn_events.py`, generated: copy it anew when the events change.",
        build: "pip install boto3                       # on Lambda it is there",
        test: "python -m unittest                      # without a cloud",
        deploy: "sam build && sam deploy --guided --stack-name {{name}}",
        reads_all: false,
    })
}

fn facts(wanted: &[Wanted]) -> String {
    let mut text = String::from(HEAD);
    let mut names: Vec<_> = wanted.iter().map(|one| one.contract.name).collect();
    names.sort_unstable();
    let _ = writeln!(text, "from sojourn_events import VERSIONS, {}", names.join(", "));
    text.push_str(FACT);
    for one in wanted {
        let name = one.contract.name;
        let about = crate::shape::about(&one.contract.schema);
        let _ = write!(
            text,
            "\n\ndef of_{}(data: {name}) -> dict[str, Any]:\n    \"\"\"{about}\"\"\"\n    return {{\n",
            snake(name)
        );
        for field in &one.fields {
            let read = match field.required {
                true => format!("data[\"{}\"]", field.name),
                false => format!("data.get(\"{}\")", field.name),
            };
            let _ = writeln!(text, "        \"{}\": {read},", field.name);
        }
        text.push_str("    }\n");
    }
    text.push_str("\n\nKEPT: dict[str, Callable[[Any], dict[str, Any]]] = {\n");
    for one in wanted {
        let _ = writeln!(
            text,
            "    \"{}\": of_{},",
            one.contract.name,
            snake(one.contract.name)
        );
    }
    text.push_str("}\n");
    text.push_str(FACT_OF);
    text
}
