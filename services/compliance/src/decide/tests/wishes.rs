//! Covers: what the traveller asked for is kept, and told where it cannot be.

use super::*;

#[test]
fn wishes_are_kept_and_what_cannot_be_kept_is_told() {
    let policy = policy_of(vec![hotel_cap("hotel", 130)], false);
    let mut wish = plan();
    wish.stay.as_mut().unwrap().max_per_night = Some(Money::euros(120));
    wish.flight.as_mut().unwrap().arrive_before = Some(jiff::civil::time(11, 0, 0, 0));
    let (options, _) = ranked(&policy, &wish, &market());
    for option in &options {
        assert_eq!(option.legs[0].id.as_str(), "f1");
        assert_ne!(option.legs[1].id.as_str(), "s4");
    }
    wish.stay.as_mut().unwrap().max_per_night = Some(Money::euros(50));
    wish.flight.as_mut().unwrap().depart_after = Some(jiff::civil::time(11, 0, 0, 0));
    let told = violations(&policy, &wish, &market());
    let fields: BTreeSet<&str> = told.iter().map(|(_, field)| field.as_str()).collect();
    assert_eq!(
        fields,
        BTreeSet::from(["flight.departAfter", "flight.arriveBefore", "stay.maxPerNight"])
    );
    assert!(told.iter().all(|(rule, _)| rule == Violation::ASKED_FOR));
}

#[test]
fn offers_of_another_plan_or_in_unknown_money_are_left_out() {
    let policy = policy_of(vec![hotel_cap("hotel", 130)], false);
    let mut other_day = plan();
    other_day.flight.as_mut().unwrap().depart_on = date(2026, 12, 4);
    assert_eq!(
        violations(&policy, &other_day, &market()),
        [(Violation::ASKED_FOR.to_owned(), "flight".to_owned())]
    );
    let mut pair = plan();
    pair.travellers = 2;
    assert_eq!(
        violations(&policy, &pair, &market()),
        [(Violation::ASKED_FOR.to_owned(), "flight".to_owned())]
    );

    let mut offers = market();
    offers[0].total = Money::new(Decimal::from(100), Currency::USD);
    offers[0].taxes = Money::zero(Currency::USD);
    offers[1].total = Money::new(Decimal::from(100), Currency::JPY);
    let (options, _) = ranked(&policy, &plan(), &offers);
    assert_eq!(
        options[0].total,
        Money::euros(230),
        "100 USD at 0.90 and two nights at 70"
    );
    assert!(options.iter().all(|option| option.legs[0].id.as_str() == "f1"));
}
