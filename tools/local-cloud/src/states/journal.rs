//! What is written down: every execution with where it stands, its history, the task tokens ever given out, and the
//! status changes not yet told. One step is one transaction, so a process killed at any moment finds an execution
//! either before the step or after it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params, params_from_iter};
use sha2::{Digest, Sha256};

use super::history::HistoryEvent;
use super::machine::frames::Frames;
use crate::store::Store;

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS states_machines (arn TEXT PRIMARY KEY, created_us INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS states_definitions (hash TEXT PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS states_executions (
  number INTEGER PRIMARY KEY AUTOINCREMENT, arn TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  machine_arn TEXT NOT NULL, machine_name TEXT NOT NULL, logical_id TEXT NOT NULL, role_arn TEXT NOT NULL,
  definition TEXT NOT NULL, status TEXT NOT NULL, input TEXT NOT NULL, output TEXT, error TEXT, cause TEXT,
  started_us INTEGER NOT NULL, stopped_us INTEGER, frames TEXT);
CREATE INDEX IF NOT EXISTS states_executions_by_machine ON states_executions (machine_arn, number);
CREATE INDEX IF NOT EXISTS states_executions_by_status ON states_executions (status);
CREATE TABLE IF NOT EXISTS states_history (
  execution TEXT NOT NULL, id INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (execution, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS states_tokens (token TEXT PRIMARY KEY, execution TEXT NOT NULL, open INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS states_tokens_by_execution ON states_tokens (execution);
CREATE TABLE IF NOT EXISTS states_changes (number INTEGER PRIMARY KEY AUTOINCREMENT, execution TEXT NOT NULL, status TEXT NOT NULL);
";

const COLUMNS: &str =
    "number, arn, name, machine_arn, machine_name, logical_id, role_arn, definition, status, input,
  output, error, cause, started_us, stopped_us";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Aborted,
}

impl Status {
    const ALL: [Self; 5] = [
        Self::Running,
        Self::Succeeded,
        Self::Failed,
        Self::TimedOut,
        Self::Aborted,
    ];

    /// As AWS writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Aborted => "ABORTED",
        }
    }

    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// An execution as it is kept, running or finished.
#[derive(Clone, Debug)]
pub struct Execution {
    /// Rises with every execution started.
    pub number: i64,
    pub arn: String,
    pub name: String,
    pub machine_arn: String,
    pub machine_name: String,
    pub logical_id: String,
    pub role_arn: String,
    /// The hash of the definition it began with; it keeps that one, whatever becomes of the machine.
    pub definition: String,
    pub status: Status,
    pub input: String,
    pub output: Option<String>,
    pub error: Option<String>,
    pub cause: Option<String>,
    pub started_at: Timestamp,
    pub stopped_at: Option<Timestamp>,
}

/// How an execution ended.
#[derive(Clone, Debug)]
pub struct Ending {
    pub status: Status,
    pub output: Option<String>,
    pub error: Option<String>,
    pub cause: Option<String>,
    pub at: Timestamp,
}

/// One step of one execution.
pub struct Moved<'a> {
    pub arn: &'a str,
    pub frames: &'a Frames,
    pub events: &'a [HistoryEvent],
    pub tokens_before: &'a BTreeSet<String>,
    pub ending: Option<&'a Ending>,
}

/// A status change not yet told to the observer.
pub struct Change {
    pub number: i64,
    pub execution: String,
    pub status: Status,
}

pub struct Journal(Store);

impl Journal {
    pub fn open(store: Store) -> rusqlite::Result<Self> {
        store.lock().execute_batch(TABLES)?;
        Ok(Self(store))
    }

    /// Remembers when a machine was first seen, and says when that was.
    pub fn machine_created(&self, arn: &str, now: Timestamp) -> rusqlite::Result<Timestamp> {
        let connection = self.0.lock();
        let insert = "INSERT INTO states_machines VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        connection.execute(insert, params![arn, now.as_microsecond()])?;
        let select = "SELECT created_us FROM states_machines WHERE arn = ?1";
        connection
            .query_row(select, [arn], |row| moment(row, 0))
            .map(|at| at.unwrap_or(now))
    }

    /// Keeps a definition under its hash.
    pub fn keep_definition(&self, text: &str) -> rusqlite::Result<String> {
        let hash = hex::encode(Sha256::digest(text));
        let insert = "INSERT INTO states_definitions VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        self.0.lock().execute(insert, params![hash, text])?;
        Ok(hash)
    }

    pub fn definition(&self, hash: &str) -> rusqlite::Result<String> {
        let select = "SELECT text FROM states_definitions WHERE hash = ?1";
        self.0.lock().query_row(select, [hash], |row| row.get(0))
    }

    pub fn count(&self) -> rusqlite::Result<i64> {
        let select = "SELECT coalesce(max(number), 0) FROM states_executions";
        let connection = self.0.lock();
        let mut statement = connection.prepare_cached(select)?;
        statement.query_row([], |row| row.get(0))
    }

    /// Writes down a new execution together with its first step.
    pub fn create(&self, execution: &Execution, moved: &Moved<'_>) -> rusqlite::Result<()> {
        let mut connection = self.0.lock();
        let transaction = connection.transaction()?;
        let insert =
            "INSERT INTO states_executions (arn, name, machine_arn, machine_name, logical_id, role_arn,
            definition, status, input, started_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        let Execution {
            arn,
            name,
            machine_arn,
            machine_name,
            logical_id,
            role_arn,
            definition,
            ..
        } = execution;
        let (status, started) = (Status::Running.name(), execution.started_at.as_microsecond());
        let input = &execution.input;
        transaction.prepare_cached(insert)?.execute(params![
            arn, name, machine_arn, machine_name, logical_id, role_arn, definition, status, input, started
        ])?;
        tell(&transaction, arn, Status::Running)?;
        write_step(&transaction, moved)?;
        transaction.commit()
    }

    pub fn save(&self, moved: &Moved<'_>) -> rusqlite::Result<()> {
        let mut connection = self.0.lock();
        let transaction = connection.transaction()?;
        write_step(&transaction, moved)?;
        transaction.commit()
    }

    pub fn execution(&self, arn: &str) -> rusqlite::Result<Option<Execution>> {
        let select = format!("SELECT {COLUMNS} FROM states_executions WHERE arn = ?1");
        let connection = self.0.lock();
        let mut statement = connection.prepare_cached(&select)?;
        statement.query_row([arn], read_execution).optional()
    }

    /// Every unfinished execution with where it stands, oldest first.
    pub fn running(&self) -> rusqlite::Result<Vec<(Execution, String)>> {
        let select =
            format!("SELECT {COLUMNS}, frames FROM states_executions WHERE status = ?1 ORDER BY number");
        let connection = self.0.lock();
        let mut statement = connection.prepare(&select)?;
        let rows = statement.query_map([Status::Running.name()], |row| {
            Ok((read_execution(row)?, row.get(15)?))
        })?;
        rows.collect()
    }

    /// A machine's executions, newest first, those before number `before` only.
    pub fn list(
        &self,
        machine_arn: &str,
        status: Option<Status>,
        before: Option<i64>,
        limit: usize,
    ) -> rusqlite::Result<Vec<Execution>> {
        let select = format!(
            "SELECT {COLUMNS} FROM states_executions WHERE machine_arn = ?1 AND (?2 IS NULL OR status = ?2)
             AND (?3 IS NULL OR number < ?3) ORDER BY number DESC LIMIT ?4"
        );
        let connection = self.0.lock();
        let mut statement = connection.prepare(&select)?;
        let arguments = params![machine_arn, status.map(Status::name), before, limit as i64];
        statement.query_map(arguments, read_execution)?.collect()
    }

    /// Events after `after` (before it, if reversed), as AWS's JSON.
    pub fn history(
        &self,
        execution: &str,
        after: Option<i64>,
        reverse: bool,
        limit: usize,
    ) -> rusqlite::Result<Vec<(i64, String)>> {
        let (comparison, order) = if reverse { ("<", "DESC") } else { (">", "ASC") };
        let select = format!(
            "SELECT id, body FROM states_history WHERE execution = ?1 AND (?2 IS NULL OR id {comparison} ?2)
             ORDER BY id {order} LIMIT ?3"
        );
        let connection = self.0.lock();
        let mut statement = connection.prepare(&select)?;
        let rows = statement.query_map(params![execution, after, limit as i64], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        rows.collect()
    }

    /// The execution that gave out a token, and whether it still waits for it.
    pub fn token(&self, token: &str) -> rusqlite::Result<Option<(String, bool)>> {
        let select = "SELECT execution, open FROM states_tokens WHERE token = ?1";
        let connection = self.0.lock();
        let mut statement = connection.prepare_cached(select)?;
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        statement.query_row([token], read).optional()
    }

    /// The oldest changes not yet told.
    pub fn next_changes(&self, limit: usize) -> rusqlite::Result<Vec<Change>> {
        let select = "SELECT number, execution, status FROM states_changes ORDER BY number LIMIT ?1";
        let read = |row: &Row<'_>| {
            Ok(Change {
                number: row.get(0)?,
                execution: row.get(1)?,
                status: status(row, 2)?,
            })
        };
        let connection = self.0.lock();
        let mut statement = connection.prepare_cached(select)?;
        statement.query_map([limit as i64], read)?.collect()
    }

    /// Forgets the changes up to this one: they have been told.
    pub fn forget_changes(&self, number: i64) -> rusqlite::Result<()> {
        let connection = self.0.lock();
        let delete = "DELETE FROM states_changes WHERE number <= ?1";
        connection.prepare_cached(delete)?.execute([number]).map(drop)
    }
}

fn write_step(transaction: &Transaction<'_>, moved: &Moved<'_>) -> rusqlite::Result<()> {
    for event in moved.events {
        let insert = "INSERT INTO states_history VALUES (?1, ?2, ?3)";
        transaction.prepare_cached(insert)?.execute(params![
            moved.arn,
            event.id as i64,
            event.body.to_string()
        ])?;
    }
    match moved.ending {
        Some(ending) => write_ending(transaction, moved.arn, ending),
        None => write_position(transaction, moved),
    }
}

fn write_position(transaction: &Transaction<'_>, moved: &Moved<'_>) -> rusqlite::Result<()> {
    let frames = serde_json::to_string(moved.frames)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    let update = "UPDATE states_executions SET frames = ?2 WHERE arn = ?1";
    transaction
        .prepare_cached(update)?
        .execute(params![moved.arn, frames])?;
    let tokens = moved.frames.tokens();
    for token in tokens.difference(moved.tokens_before) {
        transaction
            .prepare_cached("INSERT INTO states_tokens VALUES (?1, ?2, 1)")?
            .execute(params![token, moved.arn])?;
    }
    let closed: Vec<_> = moved
        .tokens_before
        .difference(&tokens)
        .cloned()
        .map(Sql::Text)
        .collect();
    close_tokens(transaction, &closed)
}

/// A used or timed-out token stays known: whoever brings it is told that the task is over.
fn close_tokens(connection: &Connection, tokens: &[Sql]) -> rusqlite::Result<()> {
    for token in tokens {
        connection.execute(
            "UPDATE states_tokens SET open = 0 WHERE token = ?1",
            params_from_iter([token]),
        )?;
    }
    Ok(())
}

fn write_ending(transaction: &Transaction<'_>, arn: &str, ending: &Ending) -> rusqlite::Result<()> {
    let update =
        "UPDATE states_executions SET status = ?2, output = ?3, error = ?4, cause = ?5, stopped_us = ?6,
        frames = NULL WHERE arn = ?1";
    let Ending {
        status,
        output,
        error,
        cause,
        at,
    } = ending;
    let values = params![arn, status.name(), output, error, cause, at.as_microsecond()];
    transaction.prepare_cached(update)?.execute(values)?;
    let close = "UPDATE states_tokens SET open = 0 WHERE execution = ?1";
    transaction.prepare_cached(close)?.execute([arn])?;
    tell(transaction, arn, *status)
}

fn tell(transaction: &Transaction<'_>, arn: &str, status: Status) -> rusqlite::Result<()> {
    let insert = "INSERT INTO states_changes (execution, status) VALUES (?1, ?2)";
    transaction
        .prepare_cached(insert)?
        .execute(params![arn, status.name()])
        .map(drop)
}

fn read_execution(row: &Row<'_>) -> rusqlite::Result<Execution> {
    Ok(Execution {
        number: row.get(0)?,
        arn: row.get(1)?,
        name: row.get(2)?,
        machine_arn: row.get(3)?,
        machine_name: row.get(4)?,
        logical_id: row.get(5)?,
        role_arn: row.get(6)?,
        definition: row.get(7)?,
        status: status(row, 8)?,
        input: row.get(9)?,
        output: row.get(10)?,
        error: row.get(11)?,
        cause: row.get(12)?,
        started_at: moment(row, 13)?.unwrap_or(Timestamp::UNIX_EPOCH),
        stopped_at: moment(row, 14)?,
    })
}

fn status(row: &Row<'_>, column: usize) -> rusqlite::Result<Status> {
    let name: String = row.get(column)?;
    Status::of_name(&name).ok_or(rusqlite::Error::InvalidQuery)
}

fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    let micros: Option<i64> = row.get(column)?;
    Ok(micros.and_then(|micros| Timestamp::from_microsecond(micros).ok()))
}
