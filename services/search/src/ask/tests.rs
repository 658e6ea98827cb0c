//! Asking suppliers that answer, dawdle, fail or refuse. Time is paused.

use async_trait::async_trait;
use events_schema::ids::SupplierId;
use events_schema::rows::PassengerRow;
use events_schema::samples;
use events_schema::trip::{FlightWish, StayWish};
use suppliers::{BookRequest, Cancellation, Order};

use super::*;

/// A supplier that only searches: flights after a while, stays at once.
struct Fake {
    id: SupplierId,
    flights: Behaviour,
}

#[derive(Clone, Copy)]
enum Behaviour {
    AnswersAfter(Duration),
    Fails,
    Refuses,
    AsksForPatience,
}

#[async_trait]
impl Supplier for Fake {
    fn id(&self) -> &SupplierId {
        &self.id
    }

    async fn search_flights(&self, _: &FlightWish, _: u8) -> Result<Vec<Offer>, SupplierError> {
        match self.flights {
            Behaviour::AnswersAfter(time) => {
                tokio::time::sleep(time).await;
                Ok(vec![Offer {
                    supplier: self.id.clone(),
                    ..samples::flight_offer()
                }])
            }
            Behaviour::Fails => Err(SupplierError::unavailable("broken")),
            Behaviour::AsksForPatience => Err(SupplierError::asked_too_often(samples::later())),
            Behaviour::Refuses => Err(SupplierError::Rejected {
                reason: "not our route".into(),
            }),
        }
    }

    async fn search_stays(&self, _: &StayWish, _: u8) -> Result<Vec<Offer>, SupplierError> {
        Ok(Vec::new())
    }

    async fn quote(&self, _: &Offer) -> Result<Offer, SupplierError> {
        unreachable!("a search quotes nothing")
    }

    async fn hold(&self, _: &Offer, _: &[PassengerRow]) -> Result<Offer, SupplierError> {
        unreachable!("a search holds nothing")
    }

    async fn book(&self, _: BookRequest<'_>) -> Result<Order, SupplierError> {
        unreachable!("a search buys nothing")
    }

    async fn cancel(&self, _: &str) -> Result<Cancellation, SupplierError> {
        unreachable!("a search undoes nothing")
    }

    async fn look_up(&self, _: &str) -> Result<Option<Order>, SupplierError> {
        unreachable!("a search looks nothing up")
    }
}

fn fake(id: &str, flights: Behaviour) -> Arc<dyn Supplier> {
    Arc::new(Fake {
        id: SupplierId::new(id),
        flights,
    })
}

struct Stopped;

impl lambda_host::Clock for Stopped {
    fn now(&self) -> jiff::Timestamp {
        samples::now()
    }
}

/// Nobody keeps count here: that is tested over the real table.
fn health() -> Health {
    Health::of_nobody(Arc::new(Stopped))
}

#[tokio::test(start_paused = true)]
async fn one_slow_and_one_broken_supplier_cost_only_their_own_offers() {
    let suppliers = [
        fake("broken", Behaviour::Fails),
        fake("quick", Behaviour::AnswersAfter(Duration::from_millis(300))),
        fake("refusing", Behaviour::Refuses),
        fake("slow", Behaviour::AnswersAfter(Duration::from_secs(60))),
    ];
    let started = Instant::now();
    let found = ask_all(&suppliers, &health(), &samples::plan(), Duration::from_secs(8)).await;
    assert_eq!(
        started.elapsed(),
        Duration::from_secs(8),
        "all at once, no longer than the limit"
    );
    let outcomes: Vec<_> = found
        .answers
        .iter()
        .map(|answer| (answer.supplier.as_str(), answer.outcome, answer.offers))
        .collect();
    assert_eq!(
        outcomes,
        [
            ("broken", SupplierOutcome::Failed, 0),
            ("quick", SupplierOutcome::Answered, 1),
            ("refusing", SupplierOutcome::Answered, 0),
            ("slow", SupplierOutcome::TimedOut, 0),
        ]
    );
    assert_eq!(found.offers.len(), 1);
    assert_eq!(found.answers[1].elapsed_ms, 300);
}

#[tokio::test(start_paused = true)]
async fn only_what_the_plan_wants_is_asked_for() {
    let suppliers = [fake("broken-for-flights", Behaviour::Fails)];
    let plan = TripPlan {
        flight: None,
        ..samples::plan()
    };
    let found = ask_all(&suppliers, &health(), &plan, Duration::from_secs(8)).await;
    assert_eq!(found.answers[0].outcome, SupplierOutcome::Answered);
}

/// Honest counting: half an answer is none, a clear no is one, and who asks for patience is not broken.
#[tokio::test(start_paused = true)]
async fn what_counts_against_a_supplier() {
    for (behaviour, outcome, counts) in [
        (
            Behaviour::AnswersAfter(Duration::from_secs(1)),
            SupplierOutcome::Answered,
            Outcome::Worked,
        ),
        (
            Behaviour::AnswersAfter(Duration::from_secs(9)),
            SupplierOutcome::TimedOut,
            Outcome::Failed,
        ),
        (Behaviour::Fails, SupplierOutcome::Failed, Outcome::Failed),
        (Behaviour::Refuses, SupplierOutcome::Answered, Outcome::Worked),
        (
            Behaviour::AsksForPatience,
            SupplierOutcome::Failed,
            Outcome::SaidNothing,
        ),
    ] {
        let supplier = fake("s", behaviour);
        // Stays are answered at once whatever becomes of the flights.
        let (_, answer, counted) = ask(supplier.as_ref(), &samples::plan(), Duration::from_secs(8)).await;
        assert_eq!((answer.outcome, counted), (outcome, counts));
    }
}
