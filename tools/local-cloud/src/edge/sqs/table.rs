//! The queues' one table. Every function is one short step inside a transaction that the caller holds; times are
//! milliseconds since 1970 and come in, for the table reads no clock.

use rusqlite::{Connection, OptionalExtension as _, params};
use uuid::Uuid;

use super::message::{Message, MessageAttributes};
use super::{QueueConfig, SqsError};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS sqs_messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    message_id TEXT NOT NULL,
    body TEXT NOT NULL,
    attributes TEXT NOT NULL,
    trace_header TEXT,
    sender TEXT NOT NULL,
    sent_ms INTEGER NOT NULL,
    visible_ms INTEGER NOT NULL,
    first_received_ms INTEGER,
    receive_count INTEGER NOT NULL DEFAULT 0,
    dead_letter_source TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS sqs_messages_visible ON sqs_messages (queue, visible_ms, seq);
CREATE INDEX IF NOT EXISTS sqs_messages_sent ON sqs_messages (queue, sent_ms);
CREATE TABLE IF NOT EXISTS sqs_move_tasks (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    source_arn TEXT NOT NULL,
    destination_arn TEXT,
    moved INTEGER NOT NULL,
    started_ms INTEGER NOT NULL
) STRICT;
";

pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(SCHEMA)
}

/// The number of the last message ever sent, even if it is gone by now.
pub(super) fn last_seq(connection: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'sqs_messages'";
    let last = connection.query_row(sql, [], |row| row.get(0)).optional()?;
    Ok(last.unwrap_or(0))
}

pub(super) struct NewMessage<'a> {
    pub seq: i64,
    pub body: &'a str,
    pub attributes: &'a MessageAttributes,
    pub trace_header: Option<&'a str>,
    pub sender: &'a str,
    pub visible_ms: i64,
}

/// Stores a message and returns its id, which follows from the queue and the row: two runs of one simulation
/// name their messages alike.
pub(super) fn insert(
    connection: &Connection,
    queue: &QueueConfig,
    message: &NewMessage<'_>,
    now: i64,
) -> Result<String, SqsError> {
    let id = message_id(&queue.name, message.seq, now);
    // Few messages have any, and an empty list need not be written anew each time.
    let attributes = match message.attributes.is_empty() {
        true => "{}".into(),
        false => serde_json::to_string(message.attributes)?,
    };
    connection
        .prepare_cached(
            "INSERT INTO sqs_messages
                 (seq, queue, message_id, body, attributes, trace_header, sender, sent_ms, visible_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            message.seq, queue.name, id, message.body, attributes, message.trace_header, message.sender, now,
            message.visible_ms,
        ])?;
    Ok(id)
}

fn message_id(queue: &str, seq: i64, now: i64) -> String {
    Uuid::new_v5(
        &Uuid::NAMESPACE_OID,
        format!("sqs/{queue}/{seq}/{now}").as_bytes(),
    )
    .to_string()
}

pub(super) fn drop_expired(
    connection: &Connection,
    queue: &QueueConfig,
    now: i64,
) -> rusqlite::Result<usize> {
    connection
        .prepare_cached("DELETE FROM sqs_messages WHERE queue = ?1 AND sent_ms <= ?2")?
        .execute(params![queue.name, now - millis(queue.retention)])
}

/// The rows that can be received now, and how often each was, longest visible first.
pub(super) fn due(
    connection: &Connection,
    queue: &QueueConfig,
    max: usize,
    now: i64,
) -> rusqlite::Result<Vec<(i64, u32)>> {
    connection
        .prepare_cached(
            "SELECT seq, receive_count FROM sqs_messages WHERE queue = ?1 AND visible_ms <= ?2
             ORDER BY visible_ms, seq LIMIT ?3",
        )?
        .query_map(params![queue.name, now, max], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect()
}

/// Moves a message that was received too often. Its id and the time of sending stay, as with AWS's standard queues.
pub(super) fn bury(
    connection: &Connection,
    seq: i64,
    dead_letter_queue: &str,
    from_arn: &str,
    now: i64,
) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "UPDATE sqs_messages
             SET queue = ?2, dead_letter_source = ?3, receive_count = 0, first_received_ms = NULL, visible_ms = ?4
             WHERE seq = ?1",
        )?
        .execute(params![seq, dead_letter_queue, from_arn, now])
}

/// Receives one message.
pub(super) fn take(
    connection: &Connection,
    seq: i64,
    now: i64,
    hidden_until: i64,
) -> Result<Message, SqsError> {
    let mut statement = connection.prepare_cached(
        "UPDATE sqs_messages
         SET receive_count = receive_count + 1, visible_ms = ?3, first_received_ms = coalesce(first_received_ms, ?2)
         WHERE seq = ?1
         RETURNING message_id, body, attributes, trace_header, sender, sent_ms, first_received_ms, receive_count,
                   dead_letter_source",
    )?;
    let (mut message, attributes) = statement.query_row(params![seq, now, hidden_until], |row| {
        let message = Message {
            message_id: row.get(0)?,
            receipt_handle: String::new(),
            body: row.get(1)?,
            attributes: MessageAttributes::new(),
            trace_header: row.get(3)?,
            sender: row.get(4)?,
            sent_ms: row.get(5)?,
            first_received_ms: row.get(6)?,
            receive_count: row.get(7)?,
            dead_letter_source: row.get(8)?,
        };
        Ok((message, row.get::<_, String>(2)?))
    })?;
    message.attributes = serde_json::from_str(&attributes)?;
    message.receipt_handle = super::receipt::write(seq, message.receive_count, &message.message_id);
    Ok(message)
}

/// Deletes a message unless it was received again since the handle was given out, or moved away.
pub(super) fn delete(
    connection: &Connection,
    queue: &QueueConfig,
    seq: i64,
    receive_count: u32,
) -> rusqlite::Result<usize> {
    connection
        .prepare_cached("DELETE FROM sqs_messages WHERE seq = ?1 AND queue = ?2 AND receive_count = ?3")?
        .execute(params![seq, queue.name, receive_count])
}

/// When the message becomes visible again; `None` if it is gone or the handle is stale.
pub(super) fn visible_at(
    connection: &Connection,
    queue: &QueueConfig,
    seq: i64,
    receive_count: u32,
) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached(
            "SELECT visible_ms FROM sqs_messages WHERE seq = ?1 AND queue = ?2 AND receive_count = ?3",
        )?
        .query_row(params![seq, queue.name, receive_count], |row| row.get(0))
        .optional()
}

pub(super) fn hide_until(connection: &Connection, seq: i64, visible_ms: i64) -> rusqlite::Result<usize> {
    connection
        .prepare_cached("UPDATE sqs_messages SET visible_ms = ?2 WHERE seq = ?1")?
        .execute(params![seq, visible_ms])
}

/// The next time at which a message that is now hidden or delayed becomes visible.
pub(super) fn next_visible(connection: &Connection, queue: &QueueConfig) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT min(visible_ms) FROM sqs_messages WHERE queue = ?1")?
        .query_row([&queue.name], |row| row.get(0))
}

pub(super) fn purge(connection: &Connection, queue: &QueueConfig) -> rusqlite::Result<usize> {
    connection
        .prepare_cached("DELETE FROM sqs_messages WHERE queue = ?1")?
        .execute([&queue.name])
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// Ready to be received.
    pub visible: u64,
    /// Received and not yet deleted.
    pub in_flight: u64,
    pub delayed: u64,
}

pub(super) fn counts(
    connection: &Connection,
    queue: &QueueConfig,
    now: i64,
) -> rusqlite::Result<QueueCounts> {
    connection
        .prepare_cached(
            "SELECT count(*) FILTER (WHERE visible_ms <= ?2),
                    count(*) FILTER (WHERE visible_ms > ?2 AND receive_count > 0),
                    count(*) FILTER (WHERE visible_ms > ?2 AND receive_count = 0)
             FROM sqs_messages WHERE queue = ?1",
        )?
        .query_row(params![queue.name, now], |row| {
            Ok(QueueCounts {
                visible: row.get(0)?,
                in_flight: row.get(1)?,
                delayed: row.get(2)?,
            })
        })
}

/// Everything waiting in a dead-letter queue: the row, and the queue it came from.
pub(super) fn dead_letters(
    connection: &Connection,
    queue: &QueueConfig,
    now: i64,
) -> rusqlite::Result<Vec<(i64, Option<String>)>> {
    connection
        .prepare_cached("SELECT seq, dead_letter_source FROM sqs_messages WHERE queue = ?1 AND visible_ms <= ?2 ORDER BY seq")?
        .query_map(params![queue.name, now], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Moves one dead letter back as a new message: new id, new time of sending, never received.
pub(super) fn revive(
    connection: &Connection,
    seq: i64,
    destination: &str,
    now: i64,
) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "UPDATE sqs_messages
             SET queue = ?2, message_id = ?3, sent_ms = ?4, visible_ms = ?4, receive_count = 0,
                 first_received_ms = NULL, dead_letter_source = NULL
             WHERE seq = ?1",
        )?
        .execute(params![seq, destination, message_id(destination, seq, now), now])
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveTask {
    pub source_arn: String,
    pub destination_arn: Option<String>,
    pub moved: u64,
    pub started_ms: i64,
}

pub(super) fn record_move(connection: &Connection, task: &MoveTask) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("INSERT INTO sqs_move_tasks (source_arn, destination_arn, moved, started_ms) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![task.source_arn, task.destination_arn, task.moved, task.started_ms])?;
    Ok(connection.last_insert_rowid())
}

pub(super) fn moves(connection: &Connection, source_arn: &str, max: u32) -> rusqlite::Result<Vec<MoveTask>> {
    connection
        .prepare_cached(
            "SELECT source_arn, destination_arn, moved, started_ms FROM sqs_move_tasks
             WHERE source_arn = ?1 ORDER BY seq DESC LIMIT ?2",
        )?
        .query_map(params![source_arn, max], |row| {
            Ok(MoveTask {
                source_arn: row.get(0)?,
                destination_arn: row.get(1)?,
                moved: row.get(2)?,
                started_ms: row.get(3)?,
            })
        })?
        .collect()
}

fn millis(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
