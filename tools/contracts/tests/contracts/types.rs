//! The TypeScript and Python types, judged by compilers that are not ours: every example is one of its type, and the
//! same example with a field missing, or of another kind, is none.

use std::fmt::Write;
use std::process::Command;

use contracts::source::{contracts, on_the_bus};
use serde_json::{Value, json};

use super::tools::{events_schema, node, python, run, scratch};

/// The event without one of its data's required fields, and with one that is no text turned into a list.
fn wrong(schema: &Value, event: &Value, name: &str) -> Vec<Value> {
    let of_data = &schema["$defs"][name];
    let mut all = Vec::new();
    if let Some(required) = of_data["required"].as_array().and_then(|fields| fields.first()) {
        let mut without = event.clone();
        without["detail"]["data"]
            .as_object_mut()
            .unwrap()
            .remove(required.as_str().unwrap());
        all.push(without);
    }
    let mut other = event.clone();
    other["detail"]["meta"]["sequence"] = json!("one");
    all.push(other);
    let mut other = event.clone();
    other["source"] = json!("sojourn.somebody-else");
    all.push(other);
    all
}

#[test]
fn typescript_takes_every_example_and_refuses_what_is_none() {
    let folder = scratch("typescript");
    for file in ["events.ts", "socket.ts"] {
        std::fs::copy(
            events_schema().join("types/typescript").join(file),
            folder.join(file),
        )
        .expect("a file");
    }
    let mut text = String::from("import type * as E from \"./events.js\";\n");
    for (index, contract) in contracts().iter().enumerate() {
        let event = on_the_bus(&contract.example);
        let _ = writeln!(
            text,
            "export const right{index}: E.{}Event = {event};",
            contract.name
        );
        let _ = writeln!(text, "export const any{index}: E.AnyEvent = right{index};");
        for (number, event) in wrong(&contract.schema, &event, contract.name).iter().enumerate() {
            let _ = writeln!(
                text,
                "// @ts-expect-error\nexport const wrong{index}_{number}: E.{}Event = {event};",
                contract.name
            );
        }
    }
    std::fs::write(folder.join("check.ts"), text).expect("a file");
    let compiler = node().join("node_modules/typescript/bin/tsc");
    let strict = [
        "--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--types", "",
    ];
    run(
        Command::new("node")
            .arg(compiler)
            .args(strict)
            .args(["check.ts", "socket.ts"])
            .current_dir(&folder),
        "types/typescript",
    );
}

const CHECK: &str = r#"
import json, sys
import sojourn_events as events
from typeguard import CollectionCheckStrategy, TypeCheckError, check_type

def fits(event, kind):
    try:
        check_type(event, kind, collection_check_strategy=CollectionCheckStrategy.ALL_ITEMS)
        return True
    except TypeCheckError as error:
        fits.why = error
        return False

cases = json.load(open(sys.argv[1]))
for case in cases:
    kind = getattr(events, case["name"] + "Event")
    assert fits(case["right"], kind), (case["name"], fits.why)
    assert fits(case["right"], events.AnyEvent), case["name"]
    for wrong in case["wrong"]:
        assert not fits(wrong, kind), (case["name"], wrong)
print(len(cases), "events")
"#;

#[test]
fn python_takes_every_example_and_refuses_what_is_none() {
    let folder = scratch("python");
    let module = events_schema().join("types/python");
    let cases: Vec<_> = contracts()
        .iter()
        .map(|contract| {
            let right = on_the_bus(&contract.example);
            let wrong = wrong(&contract.schema, &right, contract.name);
            json!({ "name": contract.name, "right": right, "wrong": wrong })
        })
        .collect();
    let count = cases.len();
    std::fs::write(folder.join("cases.json"), json!(cases).to_string()).expect("a file");
    std::fs::write(folder.join("check.py"), CHECK).expect("a file");
    let environment = python();
    let mypy = ["-m", "mypy", "--strict", "--cache-dir"];
    run(
        Command::new(environment.join("bin/python"))
            .args(mypy)
            .arg(folder.join("cache"))
            .arg(module.join("sojourn_events.py")),
        "types/python",
    );
    let said = run(
        Command::new(environment.join("bin/python"))
            .env("PYTHONPATH", &module)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .args(["check.py", "cases.json"])
            .current_dir(&folder),
        "types/python",
    );
    assert!(said.contains(&format!("{count} events")), "{said}");
}
