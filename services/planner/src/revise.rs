//! Changing a rejected plan by rule, and judging whether a change keeps to what the rejection named.

use events_schema::compliance::Violation;
use events_schema::money::Money;
use events_schema::trip::{Cabin, TripPlan};
use rust_decimal::Decimal;

/// How often a plan may be changed before planning fails.
pub const MOST_REVISIONS: u32 = 2;

/// The plan with each violated field at its limit, where the limit can simply be taken; `None` if nothing changes.
/// Days, places and people are the traveller's to decide and stay as they are.
pub fn revise(plan: &TripPlan, violations: &[Violation]) -> Option<TripPlan> {
    let mut revised = plan.clone();
    for violation in violations {
        apply(&mut revised, violation);
    }
    (revised != *plan).then_some(revised)
}

fn apply(plan: &mut TripPlan, violation: &Violation) {
    match name(&violation.field) {
        "cabin" => {
            if let (Some(flight), Some(cabin)) = (&mut plan.flight, cabin(&violation.limit)) {
                flight.cabin = Some(cabin);
            }
        }
        "maxPerNight" => {
            if let (Some(stay), Some(limit)) = (&mut plan.stay, money(&violation.limit)) {
                stay.max_per_night = Some(limit);
            }
        }
        "maxTotal" => {
            if let (Some(flight), Some(limit)) = (&mut plan.flight, money(&violation.limit)) {
                flight.max_total = Some(limit);
            }
        }
        "nonStop" => plan.flight.iter_mut().for_each(|flight| flight.non_stop = false),
        "departAfter" => plan
            .flight
            .iter_mut()
            .for_each(|flight| flight.depart_after = None),
        "arriveBefore" => plan
            .flight
            .iter_mut()
            .for_each(|flight| flight.arrive_before = None),
        _ => {}
    }
}

/// Whether `revised` differs from `plan`, and only in fields the violations name and rules may change.
pub fn keeps_to(plan: &TripPlan, violations: &[Violation], revised: &TripPlan) -> bool {
    let named = |field: &str| violations.iter().any(|violation| name(&violation.field) == field);
    let mut allowed = plan.clone();
    if let (Some(allowed), Some(revised)) = (&mut allowed.flight, &revised.flight) {
        if named("cabin") {
            allowed.cabin = revised.cabin;
        }
        if named("maxTotal") {
            allowed.max_total = revised.max_total;
        }
        if named("nonStop") {
            allowed.non_stop = revised.non_stop;
        }
        if named("departAfter") {
            allowed.depart_after = revised.depart_after;
        }
        if named("arriveBefore") {
            allowed.arrive_before = revised.arrive_before;
        }
    }
    if let (Some(allowed), Some(revised)) = (&mut allowed.stay, &revised.stay)
        && named("maxPerNight")
    {
        allowed.max_per_night = revised.max_per_night;
    }
    *revised != *plan && *revised == allowed
}

/// `flight.cabin` and `cabin` are the same field.
fn name(field: &str) -> &str {
    field.rsplit('.').next().unwrap_or(field)
}

fn cabin(limit: &str) -> Option<Cabin> {
    match limit.to_ascii_lowercase().replace([' ', '-'], "_").as_str() {
        "economy" => Some(Cabin::Economy),
        "premium_economy" => Some(Cabin::PremiumEconomy),
        "business" => Some(Cabin::Business),
        "first" => Some(Cabin::First),
        _ => None,
    }
}

/// `149.90 EUR`, as [`Money`] displays itself.
fn money(limit: &str) -> Option<Money> {
    let (amount, currency) = limit.split_once(' ')?;
    let amount: Decimal = amount.parse().ok()?;
    Some(Money::new(amount, iso_currency::Currency::from_code(currency)?))
}

#[cfg(test)]
mod tests {
    use events_schema::event::Event;
    use events_schema::planner::PlanProposed;

    use super::*;

    fn in_business() -> TripPlan {
        let mut plan = PlanProposed::example().plan;
        plan.flight.as_mut().unwrap().cabin = Some(Cabin::Business);
        plan
    }

    #[test]
    fn a_cabin_too_high_is_lowered_and_nothing_else_changes() {
        let plan = in_business();
        let revised = revise(&plan, &[Violation::example()]).unwrap();
        assert_eq!(revised.flight.as_ref().unwrap().cabin, Some(Cabin::Economy));
        assert!(keeps_to(&plan, &[Violation::example()], &revised));
    }

    #[test]
    fn what_only_the_traveller_can_decide_is_not_revised() {
        let violation = Violation {
            field: "departOn".into(),
            ..Violation::example()
        };
        assert_eq!(revise(&in_business(), &[violation]), None);
    }

    #[test]
    fn a_model_may_not_use_a_revision_to_change_something_else() {
        let plan = in_business();
        let mut revised = revise(&plan, &[Violation::example()]).unwrap();
        revised.travellers += 1;
        assert!(!keeps_to(&plan, &[Violation::example()], &revised));
        assert!(!keeps_to(&plan, &[Violation::example()], &plan));
    }
}
