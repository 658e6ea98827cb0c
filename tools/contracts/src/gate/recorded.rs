//! Recorded events read by the types of today.

use events_schema::catalogue::{AnyEvent, catalogue};
use events_schema::envelope::Recorded;
use serde_json::Value;

/// Why an event cannot be read; the outer words and their causes in one line.
pub fn read(event: &Value) -> Result<(), String> {
    let recorded: Recorded =
        serde_json::from_value(event.clone()).map_err(|error| format!("no recorded event: {error}"))?;
    AnyEvent::read(&recorded).map(|_| ()).map_err(|error| {
        let cause = std::error::Error::source(&error).map(|source| format!(": {source}"));
        format!("{error}{}", cause.unwrap_or_default())
    })
}

/// The file that holds a recorded event of an earlier version, below `events-schema/`.
pub fn sample_file(event: &str, version: u32) -> String {
    format!("earlier/{event}.v{version}.json")
}

/// Every earlier version that may still come: (event, version, until when).
pub fn earlier() -> Vec<(&'static str, u32, jiff::civil::Date)> {
    let events = catalogue().into_iter();
    events
        .flat_map(|event| {
            let earlier = event.earlier.iter();
            earlier
                .map(move |earlier| (event.name, earlier.version, earlier.readable_until()))
                .collect::<Vec<_>>()
        })
        .collect()
}
