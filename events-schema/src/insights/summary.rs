//! What the facts say together. Pure and commutative: their order and repetitions do not matter.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fact::{Fact, FactRow, Outcome, Purchase, Returned, Whereabouts};
use crate::ids::CostCentre;
use crate::money::Money;

/// Amounts by ISO 4217 code: currencies are never added up.
pub type Amounts = BTreeMap<String, Money>;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Lifecycles by how they ended: `confirmed`, `failed:NO_OFFERS`, ….
    pub outcomes: BTreeMap<String, u32>,
    /// What was paid, less what came back.
    pub spend: BTreeMap<CostCentre, Amounts>,
    /// What came back of trips that were cancelled.
    pub refunded: Amounts,
    pub taxes: Amounts,
    pub confirmed: u32,
    /// Confirmed without exceeding any rule.
    pub compliant: u32,
    /// What was paid above the lowest option that had been offered, taxes included, over the bookings where that is
    /// known in the same currency.
    pub above_lowest: Amounts,
    /// By the month of purchase, `2026-11`, in UTC; what came back later is taken from the same month.
    pub by_month: BTreeMap<String, Amounts>,
    /// Who is where and when, for all trips that were bought and not cancelled, earliest first.
    pub whereabouts: Vec<Whereabouts>,
}

impl Summary {
    /// Share of confirmed bookings within policy, 0 to 1; `None` before the first.
    pub fn compliance_share(&self) -> Option<Decimal> {
        Decimal::from(self.compliant).checked_div(Decimal::from(self.confirmed))
    }
}

pub fn aggregate(facts: &[FactRow]) -> Summary {
    // By booking and sequence: a fact told twice counts once, and "newest" means the same in any order.
    let mut bookings: BTreeMap<&str, BTreeMap<&str, &FactRow>> = BTreeMap::new();
    for row in facts {
        bookings.entry(&row.fact).or_default().insert(&row.sort, row);
    }
    let mut summary = Summary::default();
    let mut returned = Vec::new();
    for facts in bookings.values() {
        summary.add(facts.values().copied(), &mut returned);
    }
    // Last: a cancellation may be met before the booking that it cancels.
    for returned in returned {
        if let Some(facts) = bookings.get(returned.booking.to_string().as_str()) {
            summary.take_back(returned, facts.values().copied());
        }
    }
    summary.whereabouts.sort();
    summary
}

impl Summary {
    /// One booking's facts, oldest first.
    fn add<'a>(&mut self, facts: impl Iterator<Item = &'a FactRow>, back: &mut Vec<&'a Returned>) {
        let mut lowest = None;
        for row in facts {
            match &row.says {
                Fact::Ranked { lowest_total, .. } => lowest = Some(*lowest_total),
                // Spent all the same, though nobody confirmed it: neither within policy nor beyond it.
                Fact::Settled {
                    cost_centre,
                    spent,
                    returned,
                } => {
                    back.extend(returned);
                    if let Some(spent) = spent.filter(|spent| !spent.amount.is_zero()) {
                        add(self.spend.entry(cost_centre.clone()).or_default(), spent);
                    }
                }
                Fact::Ended {
                    outcome,
                    purchase,
                    returned,
                } => {
                    back.extend(returned);
                    *self.outcomes.entry(name(*outcome)).or_default() += 1;
                    if let Some(purchase) = purchase {
                        self.add_purchase(purchase, lowest);
                        add(self.by_month.entry(month(row)).or_default(), purchase.total);
                    }
                }
            }
        }
    }

    fn add_purchase(&mut self, purchase: &Purchase, lowest: Option<Money>) {
        self.confirmed += 1;
        self.compliant += u32::from(purchase.exceptions == 0);
        add(
            self.spend.entry(purchase.cost_centre.clone()).or_default(),
            purchase.total,
        );
        add(&mut self.taxes, purchase.taxes);
        self.whereabouts.extend(purchase.whereabouts.iter().cloned());
        if let Some(above) = above(purchase, lowest) {
            add(&mut self.above_lowest, above);
        }
    }

    /// Takes out of the sums what came back of a confirmed booking, whose facts are given. Its decision to buy stays
    /// counted: it was within policy or it was not.
    fn take_back<'a>(&mut self, returned: &Returned, facts: impl Iterator<Item = &'a FactRow>) {
        let mut lowest = None;
        for row in facts {
            let purchase = match &row.says {
                Fact::Ranked { lowest_total, .. } => {
                    lowest = Some(*lowest_total);
                    continue;
                }
                Fact::Ended {
                    purchase: Some(purchase),
                    ..
                } => purchase,
                _ => continue,
            };
            if returned.whole {
                self.whereabouts
                    .retain(|place| place.booking_id != returned.booking);
                if let Some(above) = above(purchase, lowest) {
                    add(&mut self.above_lowest, negative(above));
                }
            }
            let Some(refund) = returned.refund.filter(|refund| !refund.amount.is_zero()) else {
                continue;
            };
            add(&mut self.refunded, refund);
            add(
                self.spend.entry(purchase.cost_centre.clone()).or_default(),
                negative(refund),
            );
            add(self.by_month.entry(month(row)).or_default(), negative(refund));
            // Of a part that comes back nobody says how much of it was tax.
            if refund == purchase.total {
                add(&mut self.taxes, negative(purchase.taxes));
            }
        }
    }
}

fn month(row: &FactRow) -> String {
    row.occurred_at.strftime("%Y-%m").to_string()
}

/// What was paid above the lowest option that had been offered.
fn above(purchase: &Purchase, lowest: Option<Money>) -> Option<Money> {
    let lowest = lowest.filter(|lowest| lowest.currency == purchase.total.currency)?;
    let above = purchase.total.amount - lowest.amount;
    Some(Money::new(above, lowest.currency))
}

fn negative(money: Money) -> Money {
    Money::new(-money.amount, money.currency)
}

fn add(amounts: &mut Amounts, money: Money) {
    amounts
        .entry(money.currency.code().into())
        .or_insert_with(|| Money::zero(money.currency))
        .amount += money.amount;
}

fn name(outcome: Outcome) -> String {
    let text = |value| match value {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    };
    match outcome {
        Outcome::Failed(code) => format!("failed:{}", text(serde_json::to_value(code))),
        other => text(serde_json::to_value(other)),
    }
}

#[cfg(test)]
mod tests {
    use crate::problem::ErrorCode;
    use crate::samples;

    use super::*;

    fn row(booking: &str, sequence: u64, says: Fact) -> FactRow {
        FactRow {
            fact: booking.into(),
            sort: format!("{sequence:020}"),
            occurred_at: samples::now(),
            says,
        }
    }

    fn ranked(lowest: i64) -> Fact {
        Fact::Ranked {
            options: 3,
            compliant: 1,
            lowest_total: Money::euros(lowest),
        }
    }

    fn bought(cost_centre: &str, total: i64, exceptions: u32) -> Fact {
        let purchase = Purchase {
            cost_centre: CostCentre::new(cost_centre),
            total: Money::euros(total),
            taxes: Money::euros(10),
            travellers: 1,
            exceptions,
            whereabouts: Vec::new(),
        };
        Fact::Ended {
            outcome: Outcome::Confirmed,
            purchase: Some(purchase),
            returned: None,
        }
    }

    /// Ends the cancellation of the sample booking.
    fn cancelled(refund: i64, whole: bool) -> Fact {
        Fact::Ended {
            outcome: if whole {
                Outcome::Cancelled
            } else {
                Outcome::NeedsAttention
            },
            purchase: None,
            returned: Some(Returned {
                booking: samples::booking(),
                refund: Some(Money::euros(refund)),
                whole,
            }),
        }
    }

    #[test]
    fn what_came_back_is_not_spent_in_any_order() {
        let booking = samples::booking().to_string();
        let mut trip = bought("CC-100", 450, 1);
        if let Fact::Ended {
            purchase: Some(purchase),
            ..
        } = &mut trip
        {
            purchase.whereabouts = vec![Whereabouts {
                from: jiff::civil::date(2026, 12, 3),
                until: jiff::civil::date(2026, 12, 5),
                employee_id: samples::employee(),
                city: "Lisbon".into(),
                country: "PT".into(),
                booking_id: samples::booking(),
            }];
        }
        let settled = Fact::Settled {
            cost_centre: CostCentre::new("CC-100"),
            spent: None,
            returned: Some(Returned {
                booking: samples::booking(),
                refund: Some(Money::euros(30)),
                whole: true,
            }),
        };
        // What ends the cancellation, and what a person finds out after; spend, taxes, above the lowest, places left.
        let cases = [
            (vec![], 450, 10, 50, 1),
            (vec![cancelled(450, true)], 0, 0, 0, 0),
            (vec![cancelled(400, true)], 50, 10, 0, 0),
            (vec![cancelled(400, false)], 50, 10, 50, 1),
            (vec![cancelled(400, false), settled], 20, 10, 0, 0),
        ];
        for (after, spend, taxes, above, places) in cases {
            let rows = vec![row(&booking, 7, ranked(400)), row(&booking, 20, trip.clone())];
            // An id before and one behind the booking's: neither may matter.
            for id in ["0-cancellation", "z-cancellation"] {
                let later = after.iter().cloned().zip(5..);
                let mut all = rows.clone();
                all.extend(later.map(|(fact, sequence)| row(id, sequence, fact)));
                all.reverse();
                let summary = aggregate(&all);
                let euros = |amounts: &Amounts| amounts.get("EUR").map_or(Money::euros(0), |money| *money);
                assert_eq!(
                    euros(&summary.spend[&CostCentre::new("CC-100")]),
                    Money::euros(spend)
                );
                assert_eq!(euros(&summary.refunded), Money::euros(450 - spend));
                assert_eq!(euros(&summary.taxes), Money::euros(taxes));
                assert_eq!(euros(&summary.above_lowest), Money::euros(above));
                assert_eq!(summary.whereabouts.len(), places);
                assert_eq!((summary.confirmed, summary.compliant), (1, 0));
            }
        }
    }

    fn facts() -> Vec<FactRow> {
        vec![
            row("b-1", 7, ranked(500)),
            // Ranked anew: the newer one is what was chosen from.
            row("b-1", 12, ranked(400)),
            row("b-1", 20, bought("CC-100", 450, 0)),
            row("b-2", 7, ranked(200)),
            row("b-2", 15, bought("CC-100", 300, 2)),
            row("b-3", 15, bought("CC-200", 100, 0)),
            row(
                "b-4",
                7,
                Fact::Ended {
                    outcome: Outcome::Failed(ErrorCode::NoOffers),
                    purchase: None,
                    returned: None,
                },
            ),
            row(
                "b-5",
                9,
                Fact::Ended {
                    outcome: Outcome::Expired,
                    purchase: None,
                    returned: None,
                },
            ),
        ]
    }

    #[test]
    fn spend_compliance_and_what_was_paid_above_the_lowest() {
        let summary = aggregate(&facts());
        assert_eq!(
            summary.spend[&CostCentre::new("CC-100")]["EUR"],
            Money::euros(750)
        );
        assert_eq!(
            summary.spend[&CostCentre::new("CC-200")]["EUR"],
            Money::euros(100)
        );
        assert_eq!(summary.taxes["EUR"], Money::euros(30));
        assert_eq!((summary.confirmed, summary.compliant), (3, 2));
        assert_eq!(
            summary.compliance_share().unwrap().round_dp(2).to_string(),
            "0.67"
        );
        // 50 for b-1 and 100 for b-2; of b-3 nothing is known.
        assert_eq!(summary.above_lowest["EUR"], Money::euros(150));
        let month = samples::now().strftime("%Y-%m").to_string();
        assert_eq!(summary.by_month[&month]["EUR"], Money::euros(850));
        let outcomes: Vec<_> = summary
            .outcomes
            .iter()
            .map(|(name, count)| (name.as_str(), *count))
            .collect();
        assert_eq!(
            outcomes,
            [("confirmed", 3), ("expired", 1), ("failed:NO_OFFERS", 1)]
        );
    }

    #[test]
    fn neither_order_nor_repetition_matters() {
        let facts = facts();
        let expected = aggregate(&facts);
        for turn in 0..facts.len() {
            let mut other = facts.clone();
            other.rotate_left(turn);
            assert_eq!(aggregate(&other), expected, "turned by {turn}");
            other.reverse();
            assert_eq!(aggregate(&other), expected, "turned by {turn}, reversed");
            other.extend(facts.iter().take(turn).cloned());
            assert_eq!(aggregate(&other), expected, "{turn} facts told twice");
        }
    }

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!(aggregate(&[]), Summary::default());
        assert_eq!(Summary::default().compliance_share(), None);
    }

    #[test]
    fn currencies_stay_apart() {
        let dollars: Money = serde_json::from_str(r#"{"amount": "80.00", "currency": "USD"}"#).unwrap();
        let mut other = bought("CC-100", 0, 0);
        if let Fact::Ended {
            purchase: Some(purchase),
            ..
        } = &mut other
        {
            purchase.total = dollars;
        }
        let summary = aggregate(&[
            row("b-1", 7, ranked(70)),
            row("b-1", 9, other),
            row("b-2", 9, bought("CC-100", 5, 0)),
        ]);
        let spend = &summary.spend[&CostCentre::new("CC-100")];
        assert_eq!((spend["USD"], spend["EUR"]), (dollars, Money::euros(5)));
        assert!(
            summary.above_lowest.is_empty(),
            "dollars are not compared with euros"
        );
    }
}
