//! Sums over facts: the same whatever their order, and however often each was delivered.

use std::collections::BTreeMap;

use events_schema::ids::{AggregateId, CostCentre};
use events_schema::money::{CurrencyMismatch, Money};
use serde::Serialize;

use crate::fact::{Fact, FactKind};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    pub spend: BTreeMap<CostCentre, Spend>,
    pub confirmed: u32,
    /// Confirmed bookings that exceeded no rule.
    pub within_policy: u32,
    pub failed: u32,
    pub cancelled: u32,
    pub expired: u32,
    pub needing_attention: u32,
    pub questions: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Spend {
    pub bookings: u32,
    pub total: Money,
    /// What was paid beyond the cheapest option of each booking.
    pub above_lowest: Money,
}

#[derive(Debug, thiserror::Error)]
#[error("the spend of one cost centre is in two currencies")]
pub struct SummaryError(#[from] CurrencyMismatch);

pub fn summary(facts: &[Fact]) -> Result<Summary, SummaryError> {
    // By key: a fact that is given twice counts once.
    let unique: BTreeMap<(&AggregateId, &str), &Fact> = facts
        .iter()
        .map(|fact| ((&fact.fact, fact.sort.as_str()), fact))
        .collect();
    // A booking ranked twice is compared with its latest ranking; keys are in order of sequence.
    let mut lowest: BTreeMap<&AggregateId, Money> = BTreeMap::new();
    for fact in unique.values() {
        if let FactKind::Ranked { lowest_total, .. } = &fact.kind {
            lowest.insert(&fact.fact, *lowest_total);
        }
    }
    let mut sums = Summary::default();
    for fact in unique.values() {
        match &fact.kind {
            FactKind::Ranked { .. } => {}
            FactKind::Confirmed {
                cost_centre,
                total,
                exceptions,
                ..
            } => {
                sums.confirmed += 1;
                sums.within_policy += u32::from(*exceptions == 0);
                spend(
                    &mut sums.spend,
                    cost_centre,
                    *total,
                    lowest.get(&fact.fact).copied(),
                )?;
            }
            FactKind::Failed { .. } => sums.failed += 1,
            FactKind::Cancelled => sums.cancelled += 1,
            FactKind::Expired => sums.expired += 1,
            FactKind::NeedsAttention => sums.needing_attention += 1,
            FactKind::Answered { .. } => sums.questions += 1,
        }
    }
    Ok(sums)
}

fn spend(
    centres: &mut BTreeMap<CostCentre, Spend>,
    centre: &CostCentre,
    total: Money,
    lowest: Option<Money>,
) -> Result<(), CurrencyMismatch> {
    let zero = Money::zero(total.currency);
    let entry = centres.entry(centre.clone()).or_insert(Spend {
        bookings: 0,
        total: zero,
        above_lowest: zero,
    });
    let lowest = lowest.unwrap_or(total);
    let above = total.checked_add(Money::new(-lowest.amount, lowest.currency))?;
    entry.bookings += 1;
    entry.total = entry.total.checked_add(total)?;
    entry.above_lowest = entry.above_lowest.checked_add(above)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use events_schema::catalogue::catalogue;
    use events_schema::ids::BookingId;
    use events_schema::problem::ErrorCode;
    use events_schema::samples;

    fn fact(booking: &str, sequence: u64, kind: FactKind) -> Fact {
        let id = BookingId::derived(&[booking]);
        Fact {
            fact: id.into(),
            sort: format!("{sequence:010}"),
            at: samples::now(),
            kind,
        }
    }

    fn confirmed(total: i64, exceptions: u32) -> FactKind {
        let cost_centre = samples::cost_centre();
        FactKind::Confirmed {
            cost_centre,
            total: Money::euros(total),
            travellers: 1,
            exceptions,
        }
    }

    fn facts() -> Vec<Fact> {
        let ranked = |lowest| FactKind::Ranked {
            lowest_total: Money::euros(lowest),
            options: 4,
            compliant: 2,
        };
        vec![
            fact("a", 6, ranked(300)),
            fact("a", 20, confirmed(340, 1)),
            fact("b", 6, ranked(500)),
            fact("b", 18, confirmed(500, 0)),
            fact(
                "c",
                5,
                FactKind::Failed {
                    code: ErrorCode::NoOffers,
                },
            ),
        ]
    }

    #[test]
    fn sums_are_what_the_facts_say() {
        let sums = summary(&facts()).unwrap();
        assert_eq!((sums.confirmed, sums.within_policy, sums.failed), (2, 1, 1));
        let spend = &sums.spend[&samples::cost_centre()];
        assert_eq!(
            (spend.total, spend.above_lowest),
            (Money::euros(840), Money::euros(40))
        );
    }

    #[test]
    fn neither_order_nor_repetition_changes_them() {
        let expected = summary(&facts()).unwrap();
        for turn in 0..5 {
            let mut shuffled = facts();
            shuffled.rotate_left(turn);
            shuffled.extend(facts());
            shuffled.reverse();
            assert_eq!(summary(&shuffled).unwrap(), expected, "rotated by {turn}");
        }
    }

    #[test]
    fn every_terminal_event_is_a_fact() {
        for event in catalogue()
            .iter()
            .filter(|event| event.fate == events_schema::event::Fate::Terminal)
        {
            assert!(Fact::of(&event.example()).unwrap().is_some(), "{}", event.name);
        }
    }
}
