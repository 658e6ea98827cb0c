//! The template's tables, created once; a data directory whose tables differ from the template is refused, because
//! silently keeping old keys or indexes would answer queries wrongly.

use dynoxide::actions::{create_table, update_time_to_live};
use dynoxide::storage::Storage;
use rusqlite::{Connection, OptionalExtension};
use serde_json::{Value, json};

use super::dispatch::at_once;

/// The label in every stream's ARN. AWS writes when the stream was enabled; a fixed one lets the template resolve
/// `!GetAtt Table.StreamArn` before the table exists.
pub const STREAM_LABEL: &str = "2026-01-01T00:00:00.000";

#[derive(Clone, Debug, PartialEq)]
pub struct TableSpec {
    pub name: String,
    /// `CreateTable`'s members but TableName and StreamSpecification: AttributeDefinitions, KeySchema, indexes.
    pub definition: Value,
    /// `NEW_AND_OLD_IMAGES` and the like.
    pub stream_view: Option<String>,
    pub ttl_attribute: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum TableError {
    #[error("table {table} could not be created")]
    Create {
        table: String,
        source: dynoxide::DynoxideError,
    },
    #[error("table {table} is not a valid definition: {reason}")]
    Definition { table: String, reason: String },
    #[error(
        "table {0} in the data directory has other keys, indexes or stream than the template: start with a new --data directory"
    )]
    Changed(String),
    #[error("the list of tables could not be read")]
    Sqlite(#[from] rusqlite::Error),
}

/// What creation fixes for good; kept beside the tables to notice a template that has changed.
fn fingerprint(spec: &TableSpec) -> String {
    json!([spec.definition, spec.stream_view]).to_string()
}

pub(super) fn create_missing(
    storage: &Storage,
    upkeep: &Connection,
    tables: &[TableSpec],
) -> Result<(), TableError> {
    upkeep.execute_batch(
        "CREATE TABLE IF NOT EXISTS _local_tables (name TEXT PRIMARY KEY, definition TEXT NOT NULL)",
    )?;
    for spec in tables {
        let known: Option<String> = upkeep
            .query_row(
                "SELECT definition FROM _local_tables WHERE name = ?1",
                [&spec.name],
                |row| row.get(0),
            )
            .optional()?;
        match known {
            Some(known) if known != fingerprint(spec) => return Err(TableError::Changed(spec.name.clone())),
            Some(_) => {}
            None => {
                create(storage, spec)?;
                upkeep.execute(
                    "INSERT INTO _local_tables (name, definition) VALUES (?1, ?2)",
                    [&spec.name, &fingerprint(spec)],
                )?;
            }
        }
        set_ttl(storage, spec)?;
    }
    Ok(())
}

fn create(storage: &Storage, spec: &TableSpec) -> Result<(), TableError> {
    let failed = |source| TableError::Create {
        table: spec.name.clone(),
        source,
    };
    // A process killed between creating a table and noting it finds the table there already.
    if storage.table_exists(&spec.name).map_err(failed)? {
        return Ok(());
    }
    let mut request = spec.definition.clone();
    request["TableName"] = Value::from(spec.name.clone());
    if let Some(view) = &spec.stream_view {
        request["StreamSpecification"] = json!({ "StreamEnabled": true, "StreamViewType": view });
    }
    let request: create_table::CreateTableRequest =
        serde_json::from_value(request).map_err(|e| TableError::Definition {
            table: spec.name.clone(),
            reason: e.to_string().replace("VALIDATION:", ""),
        })?;
    at_once(create_table::execute(storage, request)).map_err(failed)?;
    if let Some(view) = &spec.stream_view {
        storage
            .enable_stream(&spec.name, view, STREAM_LABEL)
            .map_err(failed)?;
    }
    Ok(())
}

fn set_ttl(storage: &Storage, spec: &TableSpec) -> Result<(), TableError> {
    let failed = |source| TableError::Create {
        table: spec.name.clone(),
        source,
    };
    let current = storage
        .get_table_metadata(&spec.name)
        .map_err(failed)?
        .and_then(|m| m.ttl_attribute.filter(|_| m.ttl_enabled));
    if current == spec.ttl_attribute {
        return Ok(());
    }
    let attribute = spec.ttl_attribute.as_ref().or(current.as_ref());
    let request = json!({
        "TableName": spec.name,
        "TimeToLiveSpecification": { "AttributeName": attribute, "Enabled": spec.ttl_attribute.is_some() },
    });
    let request = serde_json::from_value(request).map_err(|e| TableError::Definition {
        table: spec.name.clone(),
        reason: e.to_string().replace("VALIDATION:", ""),
    })?;
    at_once(update_time_to_live::execute(storage, request))
        .map(|_| ())
        .map_err(failed)
}
