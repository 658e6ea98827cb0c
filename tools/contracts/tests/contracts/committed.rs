//! What is committed is what the types say. The whole repository's tests ask the same; here it costs seconds.

use std::path::Path;

use contracts::{committed, generated};

#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "a test asks its caller, nobody else could tell it"
)]
fn what_is_committed_is_what_the_types_say() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let consumers = committed::consumers(&repository).expect("rules");
    let generated = generated(&consumers).unwrap_or_else(|error| panic!("{error}"));
    if std::env::var("UPDATE_CONTRACTS").is_ok() {
        committed::write(&repository, &generated).expect("the files can be written");
    }
    let differing = committed::differing(&repository, &generated).expect("the files can be read");
    assert!(
        differing.is_empty(),
        "rewrite with `cargo run -- contracts generate`:\n{}",
        differing.join("\n")
    );
}
