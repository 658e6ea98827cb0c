//! Replays: events of an archive go to their bus once more, marked with `replay-name`, and are not archived again.
//!
//! As on AWS they come in slices of one minute of event time, and in no particular order within a slice. A portion
//! of events and the position behind it are stored together, so a replay that was interrupted goes on where it was.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;

use super::Inner;
use super::accept::Queued;
use super::catalog::ActiveRule;
use super::envelope::BusEvent;
use super::journal;
use super::kinds::Wanted;

/// Events queued in one transaction.
const PORTION: usize = 200;
/// Events looked at in one transaction, which live events wait for.
const LOOKED_AT: usize = 20_000;
/// Deliveries that may be due before a replay holds back, so that it does not bury live events.
const BACKLOG: i64 = 1_000;
pub(super) const MAX_ACTIVE: usize = 10;

const MINUTE_MS: i64 = 60_000;
const COLUMNS: &str = "name, description, archive, destination, state, state_reason, from_time, to_time,
                       last_time, last_number, started_at, ended_at";

/// A replay as it is stored. Times are milliseconds.
pub(super) struct Replay {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) archive: String,
    /// The `Destination` as it was given: `Arn` and perhaps `FilterArns`.
    pub(super) destination: Value,
    pub(super) state: String,
    pub(super) state_reason: Option<String>,
    pub(super) from_time: i64,
    pub(super) to_time: i64,
    pub(super) last_time: Option<i64>,
    last_number: Option<i64>,
    pub(super) started_at: i64,
    pub(super) ended_at: Option<i64>,
}

impl Replay {
    pub(super) fn new(
        name: String,
        archive: String,
        destination: Value,
        times: (i64, i64),
        now_ms: i64,
    ) -> Self {
        Self {
            name,
            description: None,
            archive,
            destination,
            state: "STARTING".into(),
            state_reason: None,
            from_time: times.0,
            to_time: times.1,
            last_time: None,
            last_number: None,
            started_at: now_ms,
            ended_at: None,
        }
    }

    pub(super) fn active(&self) -> bool {
        matches!(self.state.as_str(), "STARTING" | "RUNNING")
    }

    /// Whether only some rules are to get the events.
    fn names_some(&self) -> bool {
        let named = self.destination["FilterArns"].as_array();
        named.is_some_and(|arns| !arns.is_empty())
    }

    fn names(&self, rule: &ActiveRule) -> bool {
        match self.destination["FilterArns"].as_array() {
            Some(arns) if !arns.is_empty() => arns.iter().any(|arn| *arn == rule.arn.as_str()),
            _ => true,
        }
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let destination: String = row.get(3)?;
        Ok(Self {
            name: row.get(0)?,
            description: row.get(1)?,
            archive: row.get(2)?,
            destination: serde_json::from_str(&destination).unwrap_or_default(),
            state: row.get(4)?,
            state_reason: row.get(5)?,
            from_time: row.get(6)?,
            to_time: row.get(7)?,
            last_time: row.get(8)?,
            last_number: row.get(9)?,
            started_at: row.get(10)?,
            ended_at: row.get(11)?,
        })
    }
}

pub(super) fn insert(connection: &Connection, replay: &Replay) -> rusqlite::Result<()> {
    let sql =
        format!("INSERT INTO events_replays ({COLUMNS}) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)");
    connection.execute(
        &sql,
        params![
            replay.name,
            replay.description,
            replay.archive,
            replay.destination.to_string(),
            replay.state,
            replay.state_reason,
            replay.from_time,
            replay.to_time,
            replay.last_time,
            replay.last_number,
            replay.started_at,
            replay.ended_at
        ],
    )?;
    Ok(())
}

pub(super) fn get(connection: &Connection, name: &str) -> rusqlite::Result<Option<Replay>> {
    let sql = format!("SELECT {COLUMNS} FROM events_replays WHERE name = ?1");
    connection.query_row(&sql, [name], Replay::read).optional()
}

pub(super) fn list(connection: &Connection) -> rusqlite::Result<Vec<Replay>> {
    let mut statement = connection.prepare(&format!("SELECT {COLUMNS} FROM events_replays ORDER BY name"))?;
    statement.query_map([], Replay::read)?.collect()
}

pub(super) fn active_count(connection: &Connection) -> rusqlite::Result<usize> {
    let sql = "SELECT count(*) FROM events_replays WHERE state IN ('STARTING', 'RUNNING', 'CANCELLING')";
    connection.query_row(sql, [], |row| row.get(0))
}

/// `ended_ms` only for a state that is final.
pub(super) fn set_state(
    connection: &Connection,
    name: &str,
    state: &str,
    reason: Option<&str>,
    ended_ms: Option<i64>,
) -> rusqlite::Result<()> {
    let sql = "UPDATE events_replays SET state = ?2, state_reason = ?3, ended_at = ?4 WHERE name = ?1";
    connection.execute(sql, params![name, state, reason, ended_ms])?;
    Ok(())
}

/// What is queued next, by number, and how far the archive was looked through for it.
#[derive(Default)]
struct Portion {
    numbers: Vec<i64>,
    /// Time and number of the last event looked at; none at the end.
    reached: Option<(i64, i64)>,
}

/// What a round over all replays came to.
enum Round {
    Moved,
    /// Too much is due already.
    HeldBack,
    Idle,
}

/// Runs until it is aborted.
pub(super) async fn run(inner: Arc<Inner>) {
    loop {
        match inner.replay_round() {
            Ok(Round::Moved) => tokio::task::yield_now().await,
            Ok(Round::HeldBack) => tokio::select! {
                biased;
                () = inner.replay_wake.notified() => {}
                () = inner.progress.notified() => {}
            },
            Ok(Round::Idle) => inner.replay_wake.notified().await,
            Err(error) => {
                tracing::error!(%error, "a replay could not go on");
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            }
        }
    }
}

impl Inner {
    /// Moves every active replay on by one portion.
    fn replay_round(&self) -> rusqlite::Result<Round> {
        let now_ms = self.clock.now().as_millisecond();
        let active: Vec<Replay> = {
            let connection = self.store.lock();
            let replays = list(&connection)?;
            for replay in replays.iter().filter(|replay| replay.state == "CANCELLING") {
                set_state(
                    &connection,
                    &replay.name,
                    "CANCELLED",
                    Some("Cancelled by user"),
                    Some(now_ms),
                )?;
            }
            let active: Vec<Replay> = replays.into_iter().filter(Replay::active).collect();
            self.active_replays.send_replace(active.len());
            if active.is_empty() {
                return Ok(Round::Idle);
            }
            if journal::overdue(&connection, now_ms)? >= BACKLOG {
                return Ok(Round::HeldBack);
            }
            active
        };
        for replay in active {
            self.replay_portion(replay)?;
        }
        Ok(Round::Moved)
    }

    fn replay_portion(&self, replay: Replay) -> rusqlite::Result<()> {
        let mut queued = Queued::default();
        {
            let mut connection = self.store.lock();
            let tx = connection.transaction()?;
            let bus = self
                .catalog
                .archives
                .get(&replay.archive)
                .map(|archive| archive.config.bus.as_str());
            let portion = self.next_portion(&tx, &replay, bus.unwrap_or_default())?;
            match (portion.reached, bus) {
                (Some((time, number)), Some(bus)) => {
                    let sql = "UPDATE events_replays SET state = 'RUNNING', last_time = ?2, last_number = ?3 WHERE name = ?1";
                    tx.execute(sql, params![replay.name, time, number])?;
                    self.queue_portion(&tx, bus, &replay, portion.numbers, &mut queued)?;
                }
                (None, Some(_)) => {
                    let now_ms = self.clock.now().as_millisecond();
                    set_state(&tx, &replay.name, "COMPLETED", None, Some(now_ms))?;
                }
                (_, None) => {
                    let now_ms = self.clock.now().as_millisecond();
                    let reason = format!("Archive {} does not exist.", replay.archive);
                    set_state(&tx, &replay.name, "FAILED", Some(&reason), Some(now_ms))?;
                }
            }
            tx.commit()?;
        }
        self.release(queued);
        Ok(())
    }

    /// The next events that a rule may want, all of one minute, in the order they are stored; what no rule can want is
    /// passed over by its kind.
    fn next_portion(&self, connection: &Connection, replay: &Replay, bus: &str) -> rusqlite::Result<Portion> {
        let sql = "SELECT time, number, kind FROM events_archived
                   WHERE archive = ?1 AND time BETWEEN ?2 AND ?3 AND (time, number) > (?4, ?5)
                   ORDER BY time, number LIMIT ?6";
        let after = (
            replay.last_time.unwrap_or(i64::MIN),
            replay.last_number.unwrap_or(0),
        );
        let from_ms = replay
            .from_time
            .max(self.retained_from(&replay.archive))
            .max(after.0);
        let mut wanted = match replay.names_some() {
            true => Wanted::by(self.catalog.rules_of(bus).filter(|rule| replay.names(rule))),
            false => Wanted::all(),
        };
        let mut statement = connection.prepare_cached(sql)?;
        let parameters = params![
            replay.archive, from_ms, replay.to_time, after.0, after.1, LOOKED_AT
        ];
        let mut rows = statement.query(parameters)?;
        let (mut portion, mut minute) = (Portion::default(), None);
        while let Some(row) = rows.next()? {
            let (time, number): (i64, i64) = (row.get(0)?, row.get(1)?);
            if wanted.wants(row.get_ref(2)?.as_str_or_null()?) {
                let this = time.div_euclid(MINUTE_MS);
                if portion.numbers.len() == PORTION || minute.is_some_and(|minute| minute != this) {
                    break;
                }
                minute = Some(this);
                portion.numbers.push(number);
            }
            portion.reached = Some((time, number));
        }
        Ok(portion)
    }

    fn queue_portion(
        &self,
        tx: &rusqlite::Transaction<'_>,
        bus: &str,
        replay: &Replay,
        mut numbers: Vec<i64>,
        queued: &mut Queued,
    ) -> rusqlite::Result<()> {
        self.dice().shuffle(&mut numbers);
        let mut bodies = tx.prepare_cached("SELECT body FROM events_bodies WHERE number = ?1")?;
        for number in numbers {
            let body: String = bodies.query_row([number], |row| row.get(0))?;
            let mut event: Value = serde_json::from_str(&body).map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, error.into())
            })?;
            event["replay-name"] = replay.name.as_str().into();
            let selecting = self.catalog.rules_of(bus);
            let selecting: Vec<_> = selecting
                .filter(|rule| replay.names(rule) && rule.selects(&event))
                .collect();
            // Named rules alone are sent to: what none of them selects does not come to the bus.
            if !(selecting.is_empty() && replay.names_some()) {
                self.queue_for(tx, number, Some(&replay.name), selecting.into_iter(), queued)?;
                queued.events.push(BusEvent {
                    bus: bus.to_owned(),
                    event: Arc::new(event),
                });
            }
        }
        Ok(())
    }

    /// The oldest event time that an archive still has to offer, in milliseconds.
    pub(super) fn retained_from(&self, archive: &str) -> i64 {
        let days = self
            .catalog
            .archives
            .get(archive)
            .map_or(0, |archive| archive.config.retention_days);
        if days == 0 {
            return i64::MIN;
        }
        self.clock.now().as_millisecond() - i64::from(days) * 24 * 60 * MINUTE_MS
    }
}
