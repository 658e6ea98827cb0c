//! Which object lies in which file, and the events about objects that the bus has not taken yet.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::S3Error;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS s3_objects (
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    file INTEGER NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    headers TEXT NOT NULL,
    modified_ms INTEGER NOT NULL,
    PRIMARY KEY (bucket, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS s3_sequence (
    only INTEGER PRIMARY KEY CHECK (only = 0),
    last INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS s3_outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL
) STRICT;
";

/// What is known of an object without opening its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectHead {
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// Quoted, as HTTP wants it.
    pub etag: String,
    /// `content-type`, `x-amz-meta-…` and the like, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Milliseconds since 1970.
    pub modified_ms: i64,
    /// The file's number.
    pub(super) file: i64,
}

/// An event for the default bus, as EventBridge shapes S3's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectEvent {
    /// `Object Created` or `Object Deleted`.
    pub detail_type: String,
    /// The bucket's ARN.
    pub resource: String,
    /// Milliseconds since 1970.
    pub time_ms: i64,
    pub detail: Value,
}

impl ObjectEvent {
    pub const SOURCE: &'static str = "aws.s3";
}

pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(SCHEMA)
}

pub(super) fn put(connection: &Connection, bucket: &str, object: &ObjectHead) -> Result<(), S3Error> {
    let headers = serde_json::to_string(&object.headers)?;
    connection
        .prepare_cached(
            "INSERT INTO s3_objects (bucket, key, file, size, etag, headers, modified_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (bucket, key) DO UPDATE SET file = excluded.file, size = excluded.size, etag = excluded.etag,
                 headers = excluded.headers, modified_ms = excluded.modified_ms",
        )?
        .execute(params![bucket, object.key, object.file, object.size, object.etag, headers, object.modified_ms])?;
    Ok(())
}

pub(super) fn get(connection: &Connection, bucket: &str, key: &str) -> Result<Option<ObjectHead>, S3Error> {
    let found = connection
        .prepare_cached("SELECT key, size, etag, headers, modified_ms, file FROM s3_objects WHERE bucket = ?1 AND key = ?2")?
        .query_row(params![bucket, key], read)
        .optional()?;
    found.map(with_headers).transpose()
}

pub(super) fn remove(connection: &Connection, bucket: &str, key: &str) -> rusqlite::Result<usize> {
    connection
        .prepare_cached("DELETE FROM s3_objects WHERE bucket = ?1 AND key = ?2")?
        .execute(params![bucket, key])
}

/// Calls `visit` with the bucket's objects behind `after` that begin with `prefix`, in the order of their keys'
/// bytes, until it returns false.
pub(super) fn walk(
    connection: &Connection,
    bucket: &str,
    prefix: &str,
    after: &str,
    mut visit: impl FnMut(ObjectHead) -> bool,
) -> Result<(), S3Error> {
    let mut statement = connection.prepare_cached(
        "SELECT key, size, etag, headers, modified_ms, file FROM s3_objects
         WHERE bucket = ?1 AND key > ?2 AND key >= ?3 ORDER BY key",
    )?;
    let rows = statement.query_map(params![bucket, after, prefix], read)?;
    for row in rows {
        let object = with_headers(row?)?;
        if !object.key.starts_with(prefix) || !visit(object) {
            break;
        }
    }
    Ok(())
}

/// Every file in use: its bucket and number. Buckets that are no longer configured count too, or renaming one
/// would lose what it holds.
pub(super) fn files(connection: &Connection) -> rusqlite::Result<Vec<(String, i64)>> {
    let mut statement = connection.prepare("SELECT bucket, file FROM s3_objects")?;
    statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Rises with every change, restarts included.
pub(super) fn next_sequence(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached(
            "INSERT INTO s3_sequence (only, last) VALUES (0, 1)
             ON CONFLICT (only) DO UPDATE SET last = last + 1 RETURNING last",
        )?
        .query_row([], |row| row.get(0))
}

pub(super) fn announce(connection: &Connection, event: &ObjectEvent) -> Result<i64, S3Error> {
    connection
        .prepare_cached("INSERT INTO s3_outbox (event) VALUES (?1)")?
        .execute([serde_json::to_string(event)?])?;
    Ok(connection.last_insert_rowid())
}

pub(super) fn announced(connection: &Connection, seq: i64) -> rusqlite::Result<usize> {
    connection
        .prepare_cached("DELETE FROM s3_outbox WHERE seq = ?1")?
        .execute([seq])
}

pub(super) fn unannounced(connection: &Connection) -> Result<Vec<(i64, ObjectEvent)>, S3Error> {
    let mut statement = connection.prepare("SELECT seq, event FROM s3_outbox ORDER BY seq")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
    rows.map(|row| {
        row.map_err(S3Error::from)
            .and_then(|(seq, event)| Ok((seq, serde_json::from_str(&event)?)))
    })
    .collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<(ObjectHead, String)> {
    let object = ObjectHead {
        key: row.get(0)?,
        size: row.get(1)?,
        etag: row.get(2)?,
        headers: BTreeMap::new(),
        modified_ms: row.get(4)?,
        file: row.get(5)?,
    };
    Ok((object, row.get(3)?))
}

fn with_headers((mut object, headers): (ObjectHead, String)) -> Result<ObjectHead, S3Error> {
    object.headers = serde_json::from_str(&headers)?;
    Ok(object)
}
