//! Batches: up to ten entries in one call, each of which succeeds or fails alone.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::SqsError;

const MAX_BYTES: usize = 1024 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Batch<E> {
    #[serde(default = "Vec::new")]
    pub entries: Vec<E>,
}

/// A batch may be as large as its largest allowed message.
pub(super) fn check_size(sent: usize) -> Result<(), SqsError> {
    if sent > MAX_BYTES {
        Err(SqsError::BatchTooLong {
            limit: MAX_BYTES,
            sent,
        })
    } else {
        Ok(())
    }
}

/// Runs each entry; one that is refused fails alone.
pub(super) fn answer_batch<E>(
    entries: Vec<E>,
    id_of: impl Fn(&E) -> Option<String>,
    mut run: impl FnMut(E) -> Result<Value, SqsError>,
) -> Result<Value, SqsError> {
    check_ids(&entries, &id_of)?;
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        let id = id_of(&entry).unwrap_or_default();
        match run(entry) {
            Ok(Value::Object(members)) => {
                let mut result = Map::from_iter([("Id".to_owned(), json!(id))]);
                result.extend(members);
                successful.push(Value::Object(result));
            }
            Ok(_) => successful.push(json!({ "Id": id })),
            Err(error) => failed.push(json!({
                "Id": id,
                "Code": error.code(),
                "Message": error.to_string(),
                "SenderFault": error.is_senders_fault(),
            })),
        }
    }
    let mut answer = json!({ "Successful": successful });
    if !failed.is_empty() {
        answer["Failed"] = json!(failed);
    }
    Ok(answer)
}

fn check_ids<E>(entries: &[E], id_of: impl Fn(&E) -> Option<String>) -> Result<(), SqsError> {
    if entries.is_empty() {
        return Err(SqsError::EmptyBatch);
    }
    if entries.len() > 10 {
        return Err(SqsError::TooManyEntries(entries.len()));
    }
    let mut seen = BTreeSet::new();
    for entry in entries {
        let id = id_of(entry).ok_or(SqsError::MissingParameter("Id"))?;
        let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
        if id.is_empty() || id.len() > 80 || !id.chars().all(is_plain) {
            return Err(SqsError::InvalidBatchEntryId);
        }
        if !seen.insert(id.clone()) {
            return Err(SqsError::BatchIdsNotDistinct(id));
        }
    }
    Ok(())
}
