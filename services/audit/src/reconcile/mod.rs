//! Comparing what is kept of every history: the booking's head, Journal, the audit trail, and what the bus received.
//!
//! Every hour, and whenever somebody asks: [`records`] reads, [`decide`] names what does not agree and what would put it
//! right (pure), [`repair`] does so, and [`report`] is the answer. What cannot be repaired is said as `DiscrepancyFound`,
//! with the evidence, once.

pub mod decide;
mod records;
mod repair;
pub mod report;

use std::sync::Arc;

use async_trait::async_trait;
use events_schema::ids::AggregateId;
use futures_util::stream::{self, StreamExt};
use jiff::{SignedDuration, Timestamp};
use lambda_host::{Clock, ConfigError, Function, HandlerError, Invocation, Live, Runtime, steps};
use serde::Deserialize;
use serde_json::Value;

use decide::{Bounds, compare};
use records::{Index, Shelves};
use repair::Workshop;
use report::{Outcome, Report, Reported};

const AT_ONCE: usize = 8;
/// Histories not begun this long before Lambda's deadline wait for another run.
const MARGIN: SignedDuration = SignedDuration::from_secs(20);
/// What has not moved for so long has been heard by everybody who is going to without being told again.
const SETTLED_S: u32 = 900;
/// An answer holds 6 MB.
const MOST_FINDINGS: usize = 2000;

struct Reconciliation {
    shelves: Shelves,
    workshop: Workshop,
    clock: Arc<dyn Clock>,
}

/// What may be asked for; the schedule's tick asks for nothing in particular.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Ask {
    /// Not only look.
    repair: bool,
    /// One history only.
    aggregate_id: Option<AggregateId>,
    settled_s: u32,
}

impl Default for Ask {
    fn default() -> Self {
        Self {
            repair: true,
            aggregate_id: None,
            settled_s: SETTLED_S,
        }
    }
}

/// Settings: `BOOKINGS_TABLE`, `JOURNAL_TABLE`, `AUDIT_LOG_TABLE`, `RECEIPTS_TABLE`, `BUS_NAME`.
pub fn function(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    Ok(Arc::new(Reconciliation {
        shelves: Shelves::from_runtime(runtime)?,
        workshop: Workshop::from_runtime(runtime)?,
        clock: runtime.clock.clone(),
    }))
}

#[async_trait]
impl Function for Reconciliation {
    async fn call(&self, payload: Value, invocation: &Invocation) -> Result<Value, HandlerError> {
        let Some(live) = Live::of(&payload) else {
            tracing::warn!("a replayed tick was ignored");
            return Ok(Value::Null);
        };
        let ask: Ask = serde_json::from_value(payload)?;
        let stop_at = invocation
            .deadline
            .saturating_sub(MARGIN)
            .unwrap_or(Timestamp::MIN);
        let report = self.walk(&live, &ask, stop_at).await?;
        steps::came_of_it(format!(
            "{} compared, {} findings",
            report.compared,
            report.findings.len()
        ));
        Ok(serde_json::to_value(report)?)
    }
}

impl Reconciliation {
    async fn walk(&self, live: &Live, ask: &Ask, stop_at: Timestamp) -> Result<Report, HandlerError> {
        let now = self.clock.now();
        let index = self.shelves.index().await?;
        let bounds = Bounds {
            now,
            settled: SignedDuration::from_secs(ask.settled_s.into()),
            receipts_since: index.receipts_since,
        };
        let (index, bounds) = (&index, &bounds);
        let outcomes: Vec<_> = stream::iter(self.order(index, ask, now))
            .map(|aggregate| async move {
                match self.clock.now() < stop_at {
                    true => self.one(live, ask, index, bounds, &aggregate).await.map(Some),
                    false => Ok(None),
                }
            })
            .buffered(AT_ONCE)
            .collect()
            .await;
        let mut report = Report::default();
        for outcome in outcomes {
            match outcome? {
                Some(Some(findings)) => {
                    report.compared += 1;
                    report.findings.extend(findings);
                }
                Some(None) => report.moving += 1,
                None => report.left += 1,
            }
        }
        report.findings.truncate(MOST_FINDINGS);
        Ok(report)
    }

    /// All of them, each hour from another place on: whoever a run does not get to is among the first of a later one.
    fn order(&self, index: &Index, ask: &Ask, now: Timestamp) -> Vec<AggregateId> {
        let wanted = |id: &&AggregateId| ask.aggregate_id.as_ref().is_none_or(|only| *id == only);
        let mut order: Vec<_> = index.aggregates.iter().filter(wanted).cloned().collect();
        if !order.is_empty() {
            // Multiplied by a prime, so that hours next to each other begin far apart.
            let hour = now.as_second().unsigned_abs() / 3600;
            let start = hour.wrapping_mul(7919) % order.len() as u64;
            order.rotate_left(start as usize);
        }
        order
    }

    /// `None` while it moves.
    async fn one(
        &self,
        live: &Live,
        ask: &Ask,
        index: &Index,
        bounds: &Bounds,
        aggregate: &AggregateId,
    ) -> Result<Option<Vec<Reported>>, HandlerError> {
        let head = index.heads.get(aggregate);
        let records = self.shelves.of(aggregate, head).await?;
        let Some(findings) = compare(&records, bounds) else {
            return Ok(None);
        };
        let mut reported = Vec::new();
        for finding in &findings {
            let mut one = Reported::found(aggregate, finding);
            if ask.repair {
                match self.workshop.repair(live, &records, head, finding).await {
                    Ok(Some(done)) => (one.outcome, one.says) = (Outcome::Repaired, done.into()),
                    Ok(None) => {}
                    Err(error) => (one.outcome, one.says) = (Outcome::Left, error.report()),
                }
            }
            if one.outcome == Outcome::Harmless {
                reported.push(one);
                continue;
            }
            tracing::warn!(
                aggregate = %one.aggregate_id, sequence = one.sequence, kind = ?one.kind, outcome = ?one.outcome,
                evidence = one.evidence, says = one.says, "the records do not agree"
            );
            reported.push(one);
        }
        let left = reported.iter().filter(|one| one.outcome == Outcome::Left);
        let left: Vec<_> = left.map(Reported::discrepancy).collect();
        if ask.repair && !left.is_empty() {
            self.workshop.announce(live, aggregate, left).await?;
        }
        Ok(Some(reported))
    }
}
