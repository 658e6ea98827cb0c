//! The bookings that are made meanwhile: each person one trip after the other, the first option within policy, and
//! when which frame came.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use events_schema::ids::{BookingId, EmployeeId};
use events_schema::socket::{Command, Frame, FrameBody, Verdict};
use events_schema::trip::TripFields;
use futures_util::future::try_join_all;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use sojourn::laptop::{Identity, SAMPLE_PEOPLE, SamplePerson};
use sojourn::running::Running;
use sojourn::traveller::{Traveller, action_id};
use tokio::time::Instant;

use crate::BenchError;

const ROUTES: [(&str, &str); 4] = [("BER", "LIS"), ("MUC", "VIE"), ("HAM", "MAD"), ("BER", "CPH")];
/// A frame that takes longer does not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// When a frame first came, by booking and sequence.
pub type Arrivals = BTreeMap<(BookingId, u64), Timestamp>;

pub struct Made {
    pub arrivals: Arrivals,
    pub confirmed: usize,
    pub took: Duration,
}

#[allow(
    clippy::disallowed_methods,
    reason = "the server stamps its events with the machine's clock"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// How busy people are: so many at a time, each with so long a look before each answer.
#[derive(Clone, Copy)]
pub struct Pace {
    pub people: usize,
    pub reads: Duration,
}

/// Makes `count` bookings.
pub async fn make(running: &Running, data: &Path, count: usize, pace: Pace) -> Result<Made, BenchError> {
    let identity = Identity::open(data)?;
    let next = AtomicUsize::new(0);
    let began = Instant::now();
    let work = SAMPLE_PEOPLE
        .iter()
        .take(pace.people)
        .map(|sample| Person::travel(running, &identity, sample, &next, count, pace.reads));
    let mut made = Made {
        arrivals: Arrivals::new(),
        confirmed: 0,
        took: Duration::ZERO,
    };
    for person in try_join_all(work).await? {
        made.arrivals.extend(person.arrivals);
        made.confirmed += person.confirmed;
    }
    made.took = began.elapsed();
    Ok(made)
}

struct Person {
    socket: Traveller,
    reads: Duration,
    arrivals: Arrivals,
    confirmed: usize,
}

impl Person {
    async fn travel(
        running: &Running,
        identity: &Identity,
        sample: &SamplePerson,
        next: &AtomicUsize,
        count: usize,
        reads: Duration,
    ) -> Result<Self, BenchError> {
        let token = identity.token(&EmployeeId::new(sample.employee), sample.roles, now())?;
        let mut person = Self {
            socket: Traveller::connect(&running.socket, &token).await?,
            reads,
            arrivals: Arrivals::new(),
            confirmed: 0,
        };
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return Ok(person);
            }
            person.book(number).await?;
        }
    }

    async fn book(&mut self, number: usize) -> Result<(), BenchError> {
        self.socket.send(&request(number)).await?;
        loop {
            let frame = self.socket.next_within(PATIENCE).await?.frame;
            if let (Some(booking), Some(cursor)) = (frame.booking_id, frame.cursor) {
                self.arrivals
                    .entry((booking, cursor.sequence))
                    .or_insert_with(now);
            }
            if frame.body.is_final() {
                self.confirmed += usize::from(matches!(frame.body, FrameBody::Confirmed { .. }));
                return Ok(());
            }
            if let Some(command) = answer(&frame)? {
                // Nothing of the booking happens meanwhile: it waits for this.
                tokio::time::sleep(self.reads).await;
                self.socket.send(&command).await?;
            }
        }
    }
}

fn request(number: usize) -> Command {
    let (from, to) = ROUTES[number % ROUTES.len()];
    // Far enough ahead for the policy, and not all on one day.
    let departs = now().to_zoned(TimeZone::UTC).date() + (30 + number as i64 % 30).days();
    Command::RequestBooking {
        request_id: action_id(),
        text: format!("{from} to {to} and back, with a hotel"),
        fields: Some(TripFields {
            origin: Some(from.into()),
            destination: Some(to.into()),
            depart_on: Some(departs),
            return_on: Some(departs + 2.days()),
            ..TripFields::default()
        }),
    }
}

/// The first option within policy, and yes.
fn answer(frame: &Frame) -> Result<Option<Command>, BenchError> {
    let Some(booking_id) = frame.booking_id else {
        return match &frame.body {
            FrameBody::Error { message, .. } => Err(format!("a command was refused: {message}").into()),
            _ => Ok(None),
        };
    };
    Ok(match &frame.body {
        FrameBody::Options {
            decision_id,
            nonce,
            options,
            ..
        } => {
            let option = options.iter().find(|option| option.verdict.compliant);
            Some(Command::SelectOption {
                action_id: action_id(),
                booking_id,
                decision_id: decision_id.clone(),
                nonce: nonce.clone(),
                option_id: option.ok_or("no option is within policy")?.id.clone(),
            })
        }
        FrameBody::PurchaseConfirmationRequested {
            decision_id,
            nonce,
            quote_hash,
            ..
        } => Some(Command::ConfirmPurchase {
            action_id: action_id(),
            booking_id,
            decision_id: decision_id.clone(),
            nonce: nonce.clone(),
            quote_hash: quote_hash.clone(),
            decision: Verdict::Yes,
        }),
        FrameBody::Error { message, .. } => return Err(format!("a command was refused: {message}").into()),
        _ => None,
    })
}
