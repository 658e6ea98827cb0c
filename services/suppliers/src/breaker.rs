//! When a supplier is not asked, because it failed again and again. Pure: no I/O, no clock.
//!
//! Closed, everybody asks. Three failures in a row open it: nobody asks for a minute. Then one, and only one, asks to
//! see: what comes of that probe closes it or keeps it open for another minute. The row that says all this is shared by
//! every copy of every function, so each change is made to the row that was read, or not at all.

use events_schema::ids::SupplierId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::SupplierError;

/// In a row, with no success in between.
pub const OPENS_AFTER: u32 = 3;
pub const OPEN_FOR: SignedDuration = SignedDuration::from_secs(60);
/// Whoever took the probe and never came back has died: another may take it.
pub const PROBE_FOR: SignedDuration = SignedDuration::from_secs(60);
/// A failure longer ago than this is no part of a row.
pub const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// A row that nothing happens to says nothing.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Table SupplierHealth, key `supplier`. No row is a healthy supplier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthRow {
    pub supplier: SupplierId,
    /// Raised by every change: a change is made to the version that was read.
    pub version: u64,
    pub failures: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_failure_at: Option<Timestamp>,
    /// Open; from then on, half open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_until: Option<Timestamp>,
    /// Somebody is asking to see, and is given up on then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe_until: Option<Timestamp>,
    pub ttl: i64,
}

/// Whether to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// As usual.
    Pass,
    /// As the one who sees whether it works again; taken until then.
    Probe { until: Timestamp },
    /// Not before then.
    Refused { until: Timestamp },
}

/// What came of asking, as far as it says something about the supplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything that was asked was answered: a clear no is an answer.
    Worked,
    /// It failed, was late, or answered only a part.
    Failed,
    /// Nothing was learnt: it asks for patience.
    SaidNothing,
}

impl Outcome {
    pub fn of<T>(result: &Result<T, SupplierError>) -> Self {
        result.as_ref().err().map_or(Self::Worked, Self::of_error)
    }

    pub fn of_error(error: &SupplierError) -> Self {
        match error {
            error if error.is_outage() => Self::Failed,
            SupplierError::Unavailable { .. } => Self::SaidNothing,
            _ => Self::Worked,
        }
    }
}

/// A [`Admission::Probe`] must still be taken, by writing [`probing`].
pub fn admit(row: Option<&HealthRow>, now: Timestamp) -> Admission {
    let Some(open_until) = row.and_then(|row| row.open_until) else {
        return Admission::Pass;
    };
    let probed_until = row.and_then(|row| row.probe_until).filter(|until| *until > now);
    match (open_until > now, probed_until) {
        (true, _) => Admission::Refused { until: open_until },
        (false, Some(until)) => Admission::Refused { until },
        (false, None) => Admission::Probe {
            until: now + PROBE_FOR,
        },
    }
}

/// The row with the probe taken.
pub fn probing(row: &HealthRow, until: Timestamp, now: Timestamp) -> HealthRow {
    HealthRow {
        probe_until: Some(until),
        ..changed(row, now)
    }
}

/// The row as it should be after asking; none if it can stay as it is.
pub fn after(
    supplier: &SupplierId,
    row: Option<&HealthRow>,
    admission: Admission,
    outcome: Outcome,
    now: Timestamp,
) -> Option<HealthRow> {
    let open = row.and_then(|row| row.open_until).is_some();
    match (admission, outcome) {
        (Admission::Refused { .. }, _) => None,
        (Admission::Probe { until }, _) => {
            // A probe that took too long may have been taken by another, whose word counts.
            let row = row.filter(|row| row.probe_until == Some(until))?;
            Some(probed(row, outcome, now))
        }
        // Asked before it opened: whether it works is the probe's to find out.
        (Admission::Pass, _) if open => None,
        (Admission::Pass, Outcome::SaidNothing) => None,
        (Admission::Pass, Outcome::Worked) => row.filter(|row| row.failures > 0).map(|row| closed(row, now)),
        (Admission::Pass, Outcome::Failed) => Some(failed(supplier, row, now)),
    }
}

fn probed(row: &HealthRow, outcome: Outcome, now: Timestamp) -> HealthRow {
    match outcome {
        Outcome::Worked => closed(row, now),
        Outcome::Failed => HealthRow {
            failures: row.failures.saturating_add(1),
            last_failure_at: Some(now),
            open_until: Some(now + OPEN_FOR),
            probe_until: None,
            ..changed(row, now)
        },
        // Neither: the next one may try.
        Outcome::SaidNothing => HealthRow {
            probe_until: None,
            ..changed(row, now)
        },
    }
}

fn closed(row: &HealthRow, now: Timestamp) -> HealthRow {
    HealthRow {
        failures: 0,
        last_failure_at: None,
        open_until: None,
        probe_until: None,
        ..changed(row, now)
    }
}

fn failed(supplier: &SupplierId, row: Option<&HealthRow>, now: Timestamp) -> HealthRow {
    let fresh = HealthRow {
        supplier: supplier.clone(),
        version: 0,
        failures: 0,
        last_failure_at: None,
        open_until: None,
        probe_until: None,
        ttl: 0,
    };
    let row = row.unwrap_or(&fresh);
    let recent = row
        .last_failure_at
        .is_some_and(|at| now.duration_since(at) <= FORGOTTEN_AFTER);
    let failures = if recent { row.failures.saturating_add(1) } else { 1 };
    HealthRow {
        failures,
        last_failure_at: Some(now),
        open_until: (failures >= OPENS_AFTER).then_some(now + OPEN_FOR),
        ..changed(row, now)
    }
}

fn changed(row: &HealthRow, now: Timestamp) -> HealthRow {
    HealthRow {
        version: row.version + 1,
        ttl: (now + KEPT).as_second(),
        ..row.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Outcome::{Failed, SaidNothing, Worked};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_795_251_600 + seconds).unwrap()
    }

    /// Asks at `now` and reports; what it was told, and the row after.
    fn ask(row: Option<HealthRow>, outcome: Outcome, now: i64) -> (&'static str, Option<HealthRow>) {
        let now = at(now);
        let admission = admit(row.as_ref(), now);
        let (told, row) = match admission {
            Admission::Pass => ("pass", row),
            Admission::Probe { until } => ("probe", row.map(|row| probing(&row, until, now))),
            Admission::Refused { .. } => ("refused", row),
        };
        let supplier = SupplierId::new("s");
        let next = after(&supplier, row.as_ref(), admission, outcome, now);
        (told, next.or(row))
    }

    #[test]
    fn what_is_asked_after_what_has_happened() {
        let cases: &[(&str, &[(i64, Outcome, &str)])] = &[
            (
                "one that works is asked",
                &[(0, Worked, "pass"), (1, Worked, "pass")],
            ),
            (
                "three failures in a row open",
                &[
                    (0, Failed, "pass"),
                    (1, Failed, "pass"),
                    (2, Failed, "pass"),
                    (3, Worked, "refused"),
                ],
            ),
            (
                "a success in between begins a new row",
                &[
                    (0, Failed, "pass"),
                    (1, Failed, "pass"),
                    (2, Worked, "pass"),
                    (3, Failed, "pass"),
                    (4, Failed, "pass"),
                    (5, Failed, "pass"),
                    (6, Worked, "refused"),
                ],
            ),
            (
                "what is long ago is no part of a row",
                &[
                    (0, Failed, "pass"),
                    (1, Failed, "pass"),
                    (700, Failed, "pass"),
                    (701, Worked, "pass"),
                ],
            ),
            (
                "patience is no failure",
                &[
                    (0, SaidNothing, "pass"),
                    (1, SaidNothing, "pass"),
                    (2, SaidNothing, "pass"),
                    (3, Worked, "pass"),
                ],
            ),
            (
                "refused for a minute, then one probe; a probe that works closes",
                &[
                    (0, Failed, "pass"),
                    (0, Failed, "pass"),
                    (0, Failed, "pass"),
                    (59, Worked, "refused"),
                    (60, Worked, "probe"),
                    (61, Worked, "pass"),
                ],
            ),
            (
                "a probe that fails keeps it open for another minute",
                &[
                    (0, Failed, "pass"),
                    (0, Failed, "pass"),
                    (0, Failed, "pass"),
                    (60, Failed, "probe"),
                    (119, Worked, "refused"),
                    (120, Worked, "probe"),
                    (121, Failed, "pass"),
                    (122, Worked, "pass"),
                ],
            ),
            (
                "a probe that learns nothing leaves the question to the next",
                &[
                    (0, Failed, "pass"),
                    (0, Failed, "pass"),
                    (0, Failed, "pass"),
                    (60, SaidNothing, "probe"),
                    (61, Worked, "probe"),
                    (62, Worked, "pass"),
                ],
            ),
        ];
        for (name, steps) in cases {
            let mut row = None;
            for (now, outcome, expected) in *steps {
                let (told, next) = ask(row, *outcome, *now);
                assert_eq!(told, *expected, "{name}, at {now} s: {next:?}");
                row = next;
            }
        }
    }

    fn open() -> HealthRow {
        let (_, row) = (0..3).fold(("", None), |(_, row), _| ask(row, Failed, 0));
        row.unwrap()
    }

    #[test]
    fn only_one_probes_until_it_is_given_up_on() {
        let now = at(60);
        let Admission::Probe { until } = admit(Some(&open()), now) else {
            panic!("half open")
        };
        let taken = probing(&open(), until, now);
        assert_eq!(admit(Some(&taken), at(61)), Admission::Refused { until });
        let Admission::Probe { until: later } = admit(Some(&taken), at(120)) else {
            panic!("given up on")
        };
        // The one given up on comes back after all: another's probe is under way, and its word is awaited.
        let again = probing(&taken, later, at(120));
        let late = after(
            &again.supplier,
            Some(&again),
            Admission::Probe { until },
            Worked,
            at(121),
        );
        assert_eq!(late, None);
    }

    #[test]
    fn who_asked_before_it_opened_changes_nothing() {
        let row = open();
        for outcome in [Worked, Failed, SaidNothing] {
            assert_eq!(
                after(&row.supplier, Some(&row), Admission::Pass, outcome, at(10)),
                None
            );
        }
    }

    #[test]
    fn every_change_is_a_new_version_and_a_healthy_supplier_has_no_row() {
        let supplier = SupplierId::new("s");
        assert_eq!(after(&supplier, None, Admission::Pass, Worked, at(0)), None);
        let row = open();
        assert_eq!((row.version, row.failures), (3, 3));
        assert!(row.ttl > at(0).as_second());
    }

    #[test]
    fn what_a_result_says_of_the_supplier() {
        let reason = || "because".to_owned();
        for (result, expected) in [
            (Ok(()), Worked),
            (Err(SupplierError::Gone { reason: reason() }), Worked),
            (Err(SupplierError::Rejected { reason: reason() }), Worked),
            (Err(SupplierError::PriceChanged), Worked),
            (Err(SupplierError::unavailable("down")), Failed),
            (Err(SupplierError::unknown("lost")), Failed),
            (Err(SupplierError::asked_too_often(at(0))), SaidNothing),
        ] {
            assert_eq!(Outcome::of(&result), expected, "{result:?}");
        }
    }
}
