//! Everything that others rely on, written from the Rust types of `events-schema` alone.
//!
//! [`generated`] is the whole of it: schemas and examples ([`source`]), the schema registry's form ([`registry`]), an
//! AsyncAPI document ([`asyncapi`]), types for [`typescript`] and [`python`], pages to browse ([`catalogue`]). `cargo run -- contracts generate` writes it
//! below `events-schema/`; a test fails when what is committed differs.
//!
//! The [`gate`] compares what is about to be released with what was; [`scaffold`] makes a new consumer; [`conformance`]
//! has the deliveries a consumer must bear. All of it is pure but [`committed`], which reads and writes the working tree.

pub mod asyncapi;
pub mod catalogue;
pub mod committed;
pub mod conformance;
pub mod gate;
pub mod older_drafts;
pub mod python;
pub mod registry;
pub mod scaffold;
pub mod shape;
pub mod source;
pub mod typescript;

use std::collections::BTreeMap;

use gate::Consumer;
use shape::Unknown;
use source::{contracts, pretty, socket_schemas};

/// File contents by path, relative to `events-schema/`.
pub type Files = BTreeMap<String, String>;

/// Folders below `events-schema/` that hold nothing but generated files.
pub const FOLDERS: &[&str] = &[
    "schemas", "examples", "registry", "types", "asyncapi", "catalogue",
];

/// Every generated file. Who listens is known from the rules; all else from the types.
pub fn generated(consumers: &[Consumer]) -> Result<Files, Unknown> {
    let contracts = contracts();
    let mut files = Files::new();
    for contract in &contracts {
        let name = contract.name;
        files.insert(format!("schemas/{name}.json"), pretty(&contract.schema));
        files.insert(format!("examples/{name}.json"), pretty(&contract.example));
        files.insert(
            format!("registry/{name}.json"),
            pretty(&registry::schema(contract)),
        );
    }
    let [(_, command), (_, frame)] = socket_schemas();
    files.insert("schemas/socket-command.json".into(), pretty(&command));
    files.insert("schemas/socket-frame.json".into(), pretty(&frame));
    files.insert(
        "registry/template.json".into(),
        pretty(&registry::template(&contracts)),
    );
    files.insert(
        "asyncapi/asyncapi.json".into(),
        pretty(&asyncapi::document(&contracts)),
    );
    files.insert(
        "types/typescript/events.ts".into(),
        typescript::events(&contracts)?,
    );
    files.insert("types/typescript/socket.ts".into(), typescript::socket()?);
    files.insert(
        "types/python/sojourn_events.py".into(),
        python::events(&contracts)?,
    );
    for (path, page) in catalogue::pages(&contracts, consumers)? {
        files.insert(format!("catalogue/{path}"), page);
    }
    Ok(files)
}
