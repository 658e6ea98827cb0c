//! How far each mapping has read its stream, and where it stands with the batch that keeps failing. Written after
//! a batch is settled: a process killed in between hands that batch over again.

use rusqlite::{OptionalExtension, params};

use crate::store::Store;

#[derive(Clone)]
pub(super) struct Positions(Store);

/// A mapping's place in its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// Sequence of the last settled record.
    pub after: i64,
    /// Failed attempts of the batch that starts behind `after`.
    pub attempts: u32,
    /// How many records that batch holds: a retry must not grow by what has arrived meanwhile.
    pub held: Option<usize>,
}

impl Position {
    pub fn at(after: i64) -> Self {
        Self {
            after,
            attempts: 0,
            held: None,
        }
    }
}

impl Positions {
    pub fn open(store: Store) -> rusqlite::Result<Self> {
        store.lock().execute_batch(
            "CREATE TABLE IF NOT EXISTS stream_positions (
                mapping TEXT PRIMARY KEY, after INTEGER NOT NULL, attempts INTEGER NOT NULL, held INTEGER)",
        )?;
        Ok(Self(store))
    }

    pub fn read(&self, mapping: &str) -> rusqlite::Result<Option<Position>> {
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Position {
                after: row.get(0)?,
                attempts: row.get(1)?,
                held: row.get(2)?,
            })
        };
        self.0
            .lock()
            .query_row(
                "SELECT after, attempts, held FROM stream_positions WHERE mapping = ?1",
                [mapping],
                read,
            )
            .optional()
    }

    pub fn write(&self, mapping: &str, position: Position) -> rusqlite::Result<()> {
        self.0.lock().execute(
            "INSERT INTO stream_positions (mapping, after, attempts, held) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (mapping) DO UPDATE SET after = ?2, attempts = ?3, held = ?4",
            params![mapping, position.after, position.attempts, position.held],
        )?;
        Ok(())
    }
}
