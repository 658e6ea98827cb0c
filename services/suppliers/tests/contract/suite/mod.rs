//! The promises, and how one adapter is held to all of them. A new adapter is an [`Adapter`], and a test that calls
//! [`check`].

mod buying;
mod pricing;
mod searching;
mod trouble;
mod undoing;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use events_schema::rows::PassengerRow;
use events_schema::samples;
use events_schema::ticket::{Gender, TicketDetails, Title};
use events_schema::trip::{FlightWish, LegContent, Offer, StayWish};
use jiff::civil::date;
use suppliers::{BookRequest, Order, Supplier, SupplierError};

/// An adapter and what it speaks to.
#[async_trait]
pub trait Adapter: Send + Sync {
    /// As `SUPPLIERS` calls it.
    fn kind(&self) -> &'static str;

    /// The promises that say nothing about this supplier. All others must be kept, and these must not apply: one that
    /// no longer sells or holds what it did is noticed, and so is one that has learnt something.
    fn does_not_apply(&self) -> &'static [&'static str];

    /// Of what it sells ("flight", "stay"), what it keeps without payment.
    fn holds(&self) -> &'static [&'static str];

    /// A fresh one each time: nothing sold, nothing wrong.
    async fn fresh(&self) -> (Arc<dyn Supplier>, Box<dyn OtherSide>);

    /// The same adapter where nobody answers; none if it cannot be had.
    async fn unreachable(&self) -> Option<Arc<dyn Supplier>>;
}

pub struct Subject {
    pub supplier: Arc<dyn Supplier>,
    pub other_side: Box<dyn OtherSide>,
    pub unreachable: Option<Arc<dyn Supplier>>,
    holds: &'static [&'static str],
}

/// The supplier's end, as only a test can reach it.
pub trait OtherSide: Send + Sync {
    /// From now on; `false` if this supplier has no such day.
    fn brings(&self, day: Day) -> bool;

    /// Orders that exist and are not cancelled, paid for or not.
    fn live_orders(&self) -> usize;

    /// How often it was asked to sell; none if that cannot be told.
    fn asked_to_sell(&self) -> Option<usize>;
}

/// What a supplier does on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    Good,
    /// Searches find nothing.
    Empty,
    /// What was found is gone.
    SoldOut,
    /// What was found costs a tenth more.
    Dearer,
    /// It declines to sell.
    Declines,
    /// It fails while selling, and sells nothing.
    FailsToSell,
    /// It sells once, and its answer is lost on the way.
    AnswerLost,
    /// It fails whatever it is asked.
    Down,
    /// It was asked too often.
    TooOften,
}

/// Kept, or why it does not apply. A broken promise panics.
pub type Verdict = Result<(), &'static str>;
type Promise = for<'a> fn(&'a Subject) -> Pin<Box<dyn Future<Output = Verdict> + Send + 'a>>;

macro_rules! promises {
    ($($module:ident: $($name:ident),+;)+) => {
        const PROMISES: &[(&str, Promise)] = &[$($((
            stringify!($name), |subject| Box::pin($module::$name(subject)),
        )),+),+];
    };
}

promises! {
    searching:
        flights_fit_what_was_asked,
        wishes_for_time_cabin_and_stops_are_kept,
        stays_fit_what_was_asked,
        offers_come_cheapest_first_under_lasting_ids,
        nothing_on_offer_is_an_empty_answer;
    pricing:
        a_quote_is_the_same_thing_at_todays_price,
        a_quote_brings_the_new_price_and_can_be_bought,
        what_is_gone_is_said_to_be_gone,
        a_hold_outlasts_the_quote_and_is_given_back,
        what_is_held_can_be_bought;
    buying:
        one_key_is_one_order,
        a_key_that_bought_nothing_finds_nothing,
        an_old_price_buys_nothing,
        a_clear_no_buys_nothing,
        passengers_are_named_in_no_error;
    trouble:
        a_failure_while_buying_is_an_unknown_outcome_and_not_asked_again,
        a_lost_answer_is_settled_by_its_key,
        a_question_to_one_that_is_down_may_be_asked_again,
        nobody_there_means_that_nothing_was_bought,
        one_that_asks_for_patience_is_not_broken_and_is_left_alone;
    undoing:
        conditions_are_what_cancelling_then_gives_back,
        undone_once_however_often_it_is_asked,
        a_cancelled_order_is_found_as_such,
        what_was_never_sold_cannot_be_undone;
}

/// Holds an adapter to every promise but those that it says do not apply, and says which were checked.
pub async fn check(adapter: &dyn Adapter) {
    let (kind, exempt) = (adapter.kind(), adapter.does_not_apply());
    for name in exempt {
        assert!(
            PROMISES.iter().any(|(promise, _)| promise == name),
            "{kind}: nobody promises {name}"
        );
    }
    let mut report = format!("\ncontract of {kind}\n");
    for (name, promise) in PROMISES {
        let (supplier, other_side) = adapter.fresh().await;
        let subject = Subject {
            supplier,
            other_side,
            unreachable: adapter.unreachable().await,
            holds: adapter.holds(),
        };
        let sentence = name.replace('_', " ");
        match (promise(&subject).await, exempt.contains(name)) {
            (Ok(()), false) => report += &format!("  kept            {sentence}\n"),
            (Err(reason), true) => report += &format!("  not applicable  {sentence}: {reason}\n"),
            (Ok(()), true) => panic!("{kind} says that this does not apply, and keeps it: {sentence}"),
            (Err(reason), false) => panic!("{kind} does not keep: {sentence}, for {reason}"),
        }
    }
    let (idle, all) = (exempt.len(), PROMISES.len());
    println!("{report}  {} kept, {idle} not applicable", all - idle);
}

pub fn flight_wish() -> FlightWish {
    samples::plan().flight.expect("the sample plan flies")
}

pub fn stay_wish() -> StayWish {
    samples::plan().stay.expect("the sample plan stays")
}

pub fn passengers(number: u8) -> Vec<PassengerRow> {
    let sample = |nth: u8| PassengerRow {
        given_name: format!("Sam{}", "x".repeat(nth.into())),
        family_name: "Sample".into(),
        born_on: date(1990, 1, 1),
        email: "sam@example.com".into(),
        phone: "+493012345678".into(),
        ticket: Some(TicketDetails {
            title: Title::Ms,
            gender: Gender::Female,
            passport: None,
            loyalty: Vec::new(),
        }),
    };
    (0..number).map(sample).collect()
}

impl Subject {
    /// The cheapest flight and the cheapest stay that there are, for two.
    async fn offers(&self) -> Vec<(&'static str, Offer)> {
        let flights = self.supplier.search_flights(&flight_wish(), 2).await;
        let stays = self.supplier.search_stays(&stay_wish(), 2).await;
        let cheapest =
            |found: Result<Vec<Offer>, SupplierError>| found.expect("an answer").into_iter().next();
        let offers = [("flight", cheapest(flights)), ("stay", cheapest(stays))];
        let offers: Vec<_> = offers
            .into_iter()
            .filter_map(|(kind, offer)| Some((kind, offer?)))
            .collect();
        assert!(!offers.is_empty(), "it sells something");
        offers
    }

    /// As quoted now.
    async fn quoted(&self, offer: &Offer) -> Offer {
        self.supplier.quote(offer).await.expect("it is still there")
    }

    async fn book(&self, key: &str, offer: &Offer) -> Result<Order, SupplierError> {
        book(self.supplier.as_ref(), key, offer).await
    }

    /// What was held must be what it says it holds. `Err` where that is nothing.
    fn holds(&self, held: &[&str]) -> Verdict {
        assert_eq!(held, self.holds, "what it holds");
        (!held.is_empty()).then_some(()).ok_or("it holds nothing")
    }

    /// `Err` where the supplier has no such day.
    fn day(&self, day: Day, otherwise: &'static str) -> Verdict {
        self.other_side.brings(day).then_some(()).ok_or(otherwise)
    }
}

pub async fn book(supplier: &dyn Supplier, key: &str, offer: &Offer) -> Result<Order, SupplierError> {
    let number = match offer.content {
        LegContent::Flight { travellers, .. } => travellers,
        LegContent::Stay { rooms, .. } => rooms,
    };
    supplier
        .book(BookRequest {
            offer,
            idempotency_key: key,
            passengers: &passengers(number),
        })
        .await
}
