//! What `SUPPLIERS` may say.

use std::error::Error;
use std::sync::Arc;

use events_schema::ids::SupplierId;
use lambda_host::Live;
use suppliers::{Registry, RegistryError};

use crate::network::{Nobody, runtime};

const ENTRY: &str = r#"{"name": "sample-api", "kind": "sample-api", "url": "http://127.0.0.1:8790/"}"#;

fn parse(json: &str) -> Result<Registry, RegistryError> {
    Registry::parse(json, &runtime(Arc::new(Nobody)))
}

#[test]
fn the_configured_suppliers_are_had_by_name() {
    let live = Live::of(&serde_json::Value::Null).expect("no replay");
    let registry = parse(&format!("[{ENTRY}]")).expect("well configured");
    assert_eq!(registry.all(&live).len(), 1);
    assert!(registry.get(&live, &SupplierId::new("sample-api")).is_ok());
    assert!(matches!(
        registry.get(&live, &SupplierId::new("other")),
        Err(RegistryError::Unknown(_))
    ));
    let patient = ENTRY.replace('}', r#", "timeout_s": 5, "concurrency": 2}"#);
    assert!(parse(&format!("[{patient}]")).is_ok());
}

#[test]
fn what_cannot_be_used_is_refused_by_name() {
    let cases = [
        (
            format!("[{ENTRY},{ENTRY}]"),
            "two suppliers are called sample-api",
        ),
        (ENTRY.into(), "SUPPLIERS is not a list"),
        (r#"[{"name": "a"}]"#.into(), "SUPPLIERS is not a list"),
        (
            r#"[{"name": "a", "kind": "b"}]"#.into(),
            "the supplier a is of a kind that does not exist, b",
        ),
        (
            r#"[{"name": "a", "kind": "sample-api"}]"#.into(),
            "the supplier a is not described",
        ),
        (
            format!("[{}]", ENTRY.replace('}', r#", "token": "hidden"}"#)),
            "the supplier sample-api is not described",
        ),
        (
            format!("[{}]", ENTRY.replace("http://127.0.0.1:8790/", "/nowhere")),
            "the supplier sample-api has no usable url",
        ),
    ];
    for (json, expected) in cases {
        let error = parse(&json).err().expect("refused");
        assert!(error.to_string().starts_with(expected), "{error}");
        let source = error.source().map(ToString::to_string).unwrap_or_default();
        assert!(
            !format!("{error} {source}").contains("hidden"),
            "{error} {source}"
        );
    }
}
