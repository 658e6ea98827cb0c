//! The service's tables: accepted events, deliveries under way, archives, replays, due times, rule states.
//!
//! An event's body is stored once, however many deliveries and archives refer to it. Times are milliseconds.

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::retry::Exhausted;
use crate::ports::DeliveryError;

/// Finished deliveries that stay visible.
const KEPT_DELIVERIES: i64 = 2_000;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS events_bodies (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        event_id TEXT NOT NULL,
        accepted_at INTEGER NOT NULL,
        body TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS events_deliveries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        number INTEGER NOT NULL,
        rule TEXT NOT NULL,
        target TEXT NOT NULL,
        due_at INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        dead_letter_attempts INTEGER NOT NULL DEFAULT 0,
        stage TEXT NOT NULL DEFAULT 'target',
        error_code TEXT,
        error_message TEXT,
        exhausted TEXT,
        outcome TEXT,
        replay TEXT,
        since INTEGER);
    CREATE INDEX IF NOT EXISTS events_deliveries_open ON events_deliveries (due_at) WHERE outcome IS NULL;
    CREATE INDEX IF NOT EXISTS events_deliveries_body ON events_deliveries (number);
    CREATE TABLE IF NOT EXISTS events_archived (
        archive TEXT NOT NULL,
        time INTEGER NOT NULL,
        number INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        kind TEXT,
        PRIMARY KEY (archive, time, number)) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS events_archived_body ON events_archived (number);
    CREATE TABLE IF NOT EXISTS events_made (
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        made_at INTEGER NOT NULL,
        PRIMARY KEY (kind, name)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS events_replays (
        name TEXT PRIMARY KEY,
        description TEXT,
        archive TEXT NOT NULL,
        destination TEXT NOT NULL,
        state TEXT NOT NULL,
        state_reason TEXT,
        from_time INTEGER NOT NULL,
        to_time INTEGER NOT NULL,
        last_time INTEGER,
        last_number INTEGER,
        started_at INTEGER NOT NULL,
        ended_at INTEGER);
    CREATE TABLE IF NOT EXISTS events_schedules (
        rule TEXT PRIMARY KEY,
        expression TEXT NOT NULL,
        due_at INTEGER);
    CREATE TABLE IF NOT EXISTS events_rule_states (
        rule TEXT PRIMARY KEY,
        enabled INTEGER NOT NULL);
";

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Due {
    pub(super) at_ms: i64,
    pub(super) id: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Target,
    DeadLetter,
}

pub(super) struct OpenDelivery {
    pub(super) attempts: u32,
    pub(super) dead_letter_attempts: u32,
    pub(super) stage: Stage,
    pub(super) error: Option<(String, String)>,
    pub(super) exhausted: Option<String>,
    pub(super) accepted_at: i64,
    pub(super) body: String,
}

/// How a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Delivered,
    DeadLettered,
    /// There was no dead-letter queue, or it did not take the event either.
    Dropped,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::DeadLettered => "dead-lettered",
            Self::Dropped => "dropped",
        }
    }
}

/// One delivery, for a person who asks what became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRecord {
    pub event_id: String,
    /// `bus/rule`
    pub rule: String,
    pub target_id: String,
    /// Attempts made so far.
    pub attempts: u32,
    /// Code and message of the last failure.
    pub last_error: Option<(String, String)>,
    /// `delivered`, `dead-lettered`, `dropped`; absent while it goes on.
    pub outcome: Option<String>,
}

pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(TABLES)?;
    // For data of before: an event without its kind is looked at whole.
    add_column(connection, "events_archived", "kind", "TEXT")?;
    add_column(connection, "events_deliveries", "replay", "TEXT")?;
    add_column(connection, "events_deliveries", "since", "INTEGER")
}

fn add_column(connection: &Connection, table: &str, column: &str, kind: &str) -> rusqlite::Result<()> {
    let known = "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2";
    let known = connection
        .query_row(known, [table, column], |_| Ok(()))
        .optional()?;
    if known.is_none() {
        connection.execute(&format!("ALTER TABLE {table} ADD COLUMN {column} {kind}"), [])?;
    }
    Ok(())
}

/// The number that the last accepted event got, even if it is gone by now.
pub(super) fn last_number(connection: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'events_bodies'";
    Ok(connection
        .query_row(sql, [], |row| row.get(0))
        .optional()?
        .unwrap_or(0))
}

/// The number of an event that nobody has a use for is spent all the same: not even after a restart does another
/// event get it.
pub(super) fn pass_over(tx: &Transaction<'_>, number: i64) -> rusqlite::Result<()> {
    let sql = "UPDATE sqlite_sequence SET seq = ?1 WHERE name = 'events_bodies'";
    if tx.prepare_cached(sql)?.execute([number])? == 0 {
        let sql = "INSERT INTO sqlite_sequence (name, seq) VALUES ('events_bodies', ?1)";
        tx.prepare_cached(sql)?.execute([number])?;
    }
    Ok(())
}

pub(super) fn insert_body(
    tx: &Transaction<'_>,
    number: i64,
    id: &str,
    at_ms: i64,
    body: &str,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO events_bodies (number, event_id, accepted_at, body) VALUES (?1, ?2, ?3, ?4)";
    tx.prepare_cached(sql)?
        .execute(params![number, id, at_ms, body])?;
    Ok(())
}

/// `replay`: the delivery is of a replayed event, whose body is the archive's and whose age counts from now.
pub(super) fn insert_delivery(
    tx: &Transaction<'_>,
    number: i64,
    rule: &str,
    target: &str,
    at_ms: i64,
    replay: Option<&str>,
) -> rusqlite::Result<Due> {
    let sql = "INSERT INTO events_deliveries (number, rule, target, due_at, replay, since) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let since = replay.map(|_| at_ms);
    tx.prepare_cached(sql)?
        .execute(params![number, rule, target, at_ms, replay, since])?;
    Ok(Due {
        at_ms,
        id: tx.last_insert_rowid(),
    })
}

pub(super) fn insert_archived(
    tx: &Transaction<'_>,
    archive: &str,
    time_ms: i64,
    number: i64,
    bytes: usize,
    kind: &str,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO events_archived (archive, time, number, bytes, kind) VALUES (?1, ?2, ?3, ?4, ?5)";
    tx.prepare_cached(sql)?
        .execute(params![archive, time_ms, number, bytes, kind])?;
    Ok(())
}

/// Open deliveries with their route's rule and target, in the order they are due.
pub(super) fn open_deliveries(connection: &Connection) -> rusqlite::Result<Vec<(Due, String, String)>> {
    let sql =
        "SELECT due_at, id, rule, target FROM events_deliveries WHERE outcome IS NULL ORDER BY due_at, id";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| {
        Ok((
            Due {
                at_ms: row.get(0)?,
                id: row.get(1)?,
            },
            row.get(2)?,
            row.get(3)?,
        ))
    })?;
    rows.collect()
}

/// How many open deliveries are due by now.
pub(super) fn overdue(connection: &Connection, now_ms: i64) -> rusqlite::Result<i64> {
    let sql = "SELECT count(*) FROM events_deliveries WHERE outcome IS NULL AND due_at <= ?1";
    connection
        .prepare_cached(sql)?
        .query_row([now_ms], |row| row.get(0))
}

pub(super) fn open_delivery(connection: &Connection, id: i64) -> rusqlite::Result<Option<OpenDelivery>> {
    let sql = "SELECT d.attempts, d.dead_letter_attempts, d.stage, d.error_code, d.error_message,
                      d.exhausted, coalesce(d.since, b.accepted_at), b.body, d.replay
               FROM events_deliveries d JOIN events_bodies b USING (number) WHERE d.id = ?1 AND d.outcome IS NULL";
    let mut statement = connection.prepare_cached(sql)?;
    let read = |row: &rusqlite::Row<'_>| {
        let stage: String = row.get(2)?;
        let code: Option<String> = row.get(3)?;
        let message: Option<String> = row.get(4)?;
        Ok(OpenDelivery {
            attempts: row.get(0)?,
            dead_letter_attempts: row.get(1)?,
            stage: if stage == "target" {
                Stage::Target
            } else {
                Stage::DeadLetter
            },
            error: code.zip(message),
            exhausted: row.get(5)?,
            accepted_at: row.get(6)?,
            body: match row.get::<_, Option<String>>(8)? {
                Some(replay) => marked(row.get_ref(7)?.as_str()?, &replay),
                None => row.get(7)?,
            },
        })
    };
    statement.query_row([id], read).optional()
}

/// An event's text with `replay-name` as its last member.
fn marked(body: &str, replay: &str) -> String {
    let open = body.strip_suffix('}').unwrap_or(body);
    format!("{open},\"replay-name\":{}}}", serde_json::Value::from(replay))
}

/// The target failed and will be tried again.
pub(super) fn retry_target(connection: &Connection, due: Due, error: &DeliveryError) -> rusqlite::Result<()> {
    let sql = "UPDATE events_deliveries SET attempts = attempts + 1, due_at = ?2, error_code = ?3, error_message = ?4
               WHERE id = ?1";
    connection
        .prepare_cached(sql)?
        .execute(params![due.id, due.at_ms, error.code, error.message])?;
    Ok(())
}

/// The target failed for good; the dead-letter queue is next.
pub(super) fn give_up_target(
    connection: &Connection,
    due: Due,
    error: &DeliveryError,
    exhausted: Option<Exhausted>,
) -> rusqlite::Result<()> {
    let sql = "UPDATE events_deliveries SET attempts = attempts + 1, stage = 'dead-letter', due_at = ?2,
               error_code = ?3, error_message = ?4, exhausted = ?5 WHERE id = ?1";
    let exhausted = exhausted.map(Exhausted::name);
    connection
        .prepare_cached(sql)?
        .execute(params![due.id, due.at_ms, error.code, error.message, exhausted])?;
    Ok(())
}

pub(super) fn retry_dead_letter(connection: &Connection, due: Due) -> rusqlite::Result<()> {
    let sql = "UPDATE events_deliveries SET dead_letter_attempts = dead_letter_attempts + 1, due_at = ?2 WHERE id = ?1";
    connection
        .prepare_cached(sql)?
        .execute(params![due.id, due.at_ms])?;
    Ok(())
}

/// Ends a delivery; `attempts` is how many the target saw.
pub(super) fn finish(
    connection: &Connection,
    id: i64,
    attempts: u32,
    outcome: Outcome,
) -> rusqlite::Result<()> {
    let sql = "UPDATE events_deliveries SET outcome = ?2, attempts = ?3 WHERE id = ?1";
    connection
        .prepare_cached(sql)?
        .execute(params![id, outcome.name(), attempts])?;
    Ok(())
}

/// Ends a delivery that can no longer be made.
pub(super) fn abandon(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    let sql = "UPDATE events_deliveries SET outcome = 'dropped' WHERE id = ?1";
    connection.execute(sql, [id])?;
    Ok(())
}

/// The newest deliveries first.
pub(super) fn records(connection: &Connection, limit: usize) -> rusqlite::Result<Vec<DeliveryRecord>> {
    let sql = "SELECT b.event_id, d.rule, d.target, d.attempts, d.error_code, d.error_message, d.outcome
               FROM events_deliveries d JOIN events_bodies b USING (number) ORDER BY d.id DESC LIMIT ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([limit], |row| {
        let code: Option<String> = row.get(4)?;
        Ok(DeliveryRecord {
            event_id: row.get(0)?,
            rule: row.get(1)?,
            target_id: row.get(2)?,
            attempts: row.get(3)?,
            last_error: code.zip(row.get(5)?),
            outcome: row.get(6)?,
        })
    })?;
    rows.collect()
}

/// Forgets old finished deliveries and what archives need not retain, with the bodies nothing else refers to.
/// It looks only at what it removes, so its cost does not grow with the archive.
pub(super) fn tidy(tx: &Transaction<'_>, expired: &[(String, i64)]) -> rusqlite::Result<()> {
    let old = "DELETE FROM events_deliveries WHERE outcome IS NOT NULL
               AND id <= (SELECT seq FROM sqlite_sequence WHERE name = 'events_deliveries') - ?1 RETURNING number";
    let mut numbers = removed(tx, old, [KEPT_DELIVERIES])?;
    let past = "DELETE FROM events_archived WHERE archive = ?1 AND time < ?2 RETURNING number";
    for (archive, before_ms) in expired {
        numbers.extend(removed(tx, past, params![archive, before_ms])?);
    }
    for number in numbers {
        remove_unused_body(tx, number)?;
    }
    Ok(())
}

fn removed(tx: &Transaction<'_>, sql: &str, parameters: impl rusqlite::Params) -> rusqlite::Result<Vec<i64>> {
    tx.prepare_cached(sql)?
        .query_map(parameters, |row| row.get(0))?
        .collect()
}

/// Removes an event's body unless a delivery or an archive refers to it. Its number is not given out again.
pub(super) fn remove_unused_body(tx: &Transaction<'_>, number: i64) -> rusqlite::Result<()> {
    let sql = "DELETE FROM events_bodies WHERE number = ?1
               AND NOT EXISTS (SELECT 1 FROM events_deliveries WHERE number = ?1)
               AND NOT EXISTS (SELECT 1 FROM events_archived WHERE number = ?1)";
    tx.prepare_cached(sql)?.execute([number])?;
    Ok(())
}

/// When a bus or archive was first seen; that is now if it is new.
pub(super) fn made_at(connection: &Connection, kind: &str, name: &str, now_ms: i64) -> rusqlite::Result<i64> {
    let sql = "INSERT INTO events_made (kind, name, made_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    connection.execute(sql, params![kind, name, now_ms])?;
    let sql = "SELECT made_at FROM events_made WHERE kind = ?1 AND name = ?2";
    connection.query_row(sql, params![kind, name], |row| row.get(0))
}

/// Number and bytes of the events an archive holds.
pub(super) fn archive_size(connection: &Connection, archive: &str) -> rusqlite::Result<(i64, i64)> {
    let sql = "SELECT count(*), coalesce(sum(bytes), 0) FROM events_archived WHERE archive = ?1";
    connection.query_row(sql, [archive], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub(super) fn rule_states(connection: &Connection) -> rusqlite::Result<Vec<(String, bool)>> {
    let mut statement = connection.prepare("SELECT rule, enabled FROM events_rule_states ORDER BY rule")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

pub(super) fn set_rule_state(connection: &Connection, rule: &str, enabled: bool) -> rusqlite::Result<()> {
    let sql = "INSERT INTO events_rule_states (rule, enabled) VALUES (?1, ?2)
               ON CONFLICT (rule) DO UPDATE SET enabled = excluded.enabled";
    connection.execute(sql, params![rule, enabled])?;
    Ok(())
}
