//! PutEvents: up to ten entries, each accepted or refused on its own.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Inner;
use super::envelope::NewEvent;
use crate::wire::AwsError;

const MAX_ENTRIES: usize = 10;
/// The entries of one call together, in bytes: raised from 256 KB in January 2026.
const MAX_BYTES: usize = 1024 * 1024;
/// What `Time` counts, whatever it says.
const TIME_BYTES: usize = 14;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutEvents {
    #[serde(default)]
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    /// Seconds since 1970.
    time: Option<f64>,
    source: Option<String>,
    #[serde(default)]
    resources: Vec<String>,
    detail_type: Option<String>,
    detail: Option<String>,
    event_bus_name: Option<String>,
}

/// Why an entry was refused.
struct Refusal {
    code: &'static str,
    message: String,
}

impl PutEvents {
    /// The buses it writes to, as names, each once.
    pub(super) fn buses<'a>(&'a self, inner: &Inner) -> std::collections::BTreeSet<&'a str> {
        self.entries
            .iter()
            .map(|entry| inner.catalog.bus_name(entry.event_bus_name.as_deref()))
            .collect()
    }

    fn check(&self) -> Result<(), AwsError> {
        let constraint = match self.entries.len() {
            0 => "greater than or equal to 1",
            count if count > MAX_ENTRIES => "less than or equal to 10",
            _ if self.entries.iter().map(Entry::bytes).sum::<usize>() >= MAX_BYTES => {
                let message = "Total size of the entries in the request is over the limit.";
                return Err(AwsError::new("ValidationException", message));
            }
            _ => return Ok(()),
        };
        let message = format!(
            "1 validation error detected: Value at 'entries' failed to satisfy constraint: \
             Member must have length {constraint}"
        );
        Err(AwsError::new("ValidationException", message))
    }
}

impl Entry {
    fn bytes(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        self.time.map_or(0, |_| TIME_BYTES)
            + text(&self.source)
            + text(&self.detail_type)
            + text(&self.detail)
            + self.resources.iter().map(String::len).sum::<usize>()
    }

    fn read(self, inner: &Inner) -> Result<(String, NewEvent), Refusal> {
        let source = required("Source", self.source)?;
        let detail_type = required("DetailType", self.detail_type)?;
        let detail = required("Detail", self.detail)?;
        if source.starts_with("aws.") {
            let message = "Not authorized for the source.".into();
            return Err(Refusal {
                code: "NotAuthorizedForSourceException",
                message,
            });
        }
        if detail_type.chars().count() > 128 {
            let message = "Parameter DetailType is not valid. Reason: longer than 128 characters.".into();
            return Err(Refusal {
                code: "InvalidArgument",
                message,
            });
        }
        let detail: Value = serde_json::from_str(&detail)
            .ok()
            .filter(Value::is_object)
            .ok_or(Refusal {
                code: "MalformedDetail",
                message: "Detail is malformed.".into(),
            })?;
        let time = self
            .time
            .map(|seconds| Timestamp::from_millisecond((seconds * 1_000.0) as i64));
        let time = time.transpose().map_err(|_| Refusal {
            code: "InvalidArgument",
            message: "Parameter Time is not valid. Reason: out of range.".into(),
        })?;
        let bus = inner.catalog.bus_name(self.event_bus_name.as_deref());
        if !inner.catalog.buses.contains_key(bus) {
            let message = format!("Event bus {bus} does not exist.");
            return Err(Refusal {
                code: "ResourceNotFoundException",
                message,
            });
        }
        Ok((
            bus.to_owned(),
            NewEvent {
                source,
                detail_type,
                detail,
                resources: self.resources,
                time,
            },
        ))
    }
}

fn required(name: &str, value: Option<String>) -> Result<String, Refusal> {
    value.filter(|value| !value.is_empty()).ok_or_else(|| Refusal {
        code: "InvalidArgument",
        message: format!("Parameter {name} is not valid. Reason: {name} is a required argument."),
    })
}

impl Inner {
    /// The answer's entries stand in the order of the request's.
    pub(super) fn put_events(&self, request: PutEvents) -> Result<Value, AwsError> {
        request.check()?;
        let mut answers = Vec::with_capacity(request.entries.len());
        let mut accepted = Vec::new();
        for entry in request.entries {
            match entry.read(self) {
                Ok(entry) => {
                    accepted.push(entry);
                    answers.push(None);
                }
                Err(refusal) => answers.push(Some(refusal)),
            }
        }
        let failed = answers.iter().flatten().count();
        let mut ids = self.accept(accepted).map_err(super::api::internal)?.into_iter();
        let entries: Vec<Value> = answers
            .into_iter()
            .map(|refusal| match refusal {
                None => json!({"EventId": ids.next()}),
                Some(Refusal { code, message }) => json!({"ErrorCode": code, "ErrorMessage": message}),
            })
            .collect();
        Ok(json!({"FailedEntryCount": failed, "Entries": entries}))
    }
}
