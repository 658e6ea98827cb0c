//! How far each mapping has read its stream, and where its lanes stand with the batches that keep failing. Written
//! after a batch is settled: a process killed in between hands that batch over again.

use rusqlite::{Connection, OptionalExtension, params};

use crate::store::Store;

#[derive(Clone)]
pub(super) struct Positions(Store);

/// A lane's place in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// Sequence up to which all records of the lane are settled.
    pub after: i64,
    /// Failed attempts of the lane's batch that starts behind `after`.
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

/// A mapping's place in the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Places {
    /// Sequence up to which every lane is through.
    pub through: i64,
    pub lanes: Vec<Position>,
}

impl Places {
    pub fn at(through: i64, lanes: usize) -> Self {
        Self {
            through,
            lanes: vec![Position::at(through); lanes],
        }
    }
}

/// Under which name a lane's place is kept: a mapping with one lane has one row. With another number of lanes items
/// fall to other lanes, so the number is part of the name.
fn row_of(mapping: &str, lane: usize, lanes: usize) -> String {
    match lanes {
        1 => mapping.to_string(),
        _ => format!("{mapping} lane {lane} of {lanes}"),
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

    /// Lanes of another number are forgotten: all go on from where every one of those was through.
    pub fn read(&self, mapping: &str, lanes: usize) -> rusqlite::Result<Option<Places>> {
        let store = self.0.lock();
        store.execute(
            "DELETE FROM stream_positions
             WHERE mapping GLOB ?1 || ' lane *' AND mapping NOT GLOB ?1 || ' lane * of ' || ?2",
            params![mapping, lanes],
        )?;
        let Some(whole) = read_row(&store, mapping)? else {
            return Ok(None);
        };
        let mut places = Places::at(whole.after, lanes);
        for (lane, place) in places.lanes.iter_mut().enumerate() {
            if let Some(row) = read_row(&store, &row_of(mapping, lane, lanes))? {
                let after = row.after.max(whole.after);
                *place = Position { after, ..row };
            }
        }
        Ok(Some(places))
    }

    /// The place of a mapping that waits for nothing of what it has read.
    pub fn write_whole(&self, mapping: &str, through: i64) -> rusqlite::Result<()> {
        write_row(&self.0.lock(), mapping, Position::at(through))
    }

    pub fn write_lane(&self, mapping: &str, places: &Places, lane: usize) -> rusqlite::Result<()> {
        let store = self.0.lock();
        // Both or neither: the mapping's place may pass a lane's records only with the lane.
        let both = store.unchecked_transaction()?;
        let lanes = places.lanes.len();
        write_row(&both, mapping, Position::at(places.through))?;
        write_row(&both, &row_of(mapping, lane, lanes), places.lanes[lane])?;
        both.commit()
    }
}

fn read_row(store: &Connection, name: &str) -> rusqlite::Result<Option<Position>> {
    let sql = "SELECT after, attempts, held FROM stream_positions WHERE mapping = ?1";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Position {
            after: row.get(0)?,
            attempts: row.get(1)?,
            held: row.get(2)?,
        })
    };
    store.prepare_cached(sql)?.query_row([name], read).optional()
}

fn write_row(store: &Connection, name: &str, position: Position) -> rusqlite::Result<()> {
    let sql = "INSERT INTO stream_positions (mapping, after, attempts, held) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (mapping) DO UPDATE SET after = ?2, attempts = ?3, held = ?4";
    let row = params![name, position.after, position.attempts, position.held];
    store.prepare_cached(sql)?.execute(row)?;
    Ok(())
}
