//! What is wanted of fifty bookings, where the server is by now, and how far everybody has come.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use events_schema::ids::{BookingId, EmployeeId};
use events_schema::trip::TripFields;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use sojourn::laptop::SamplePerson;
use sojourn::running::Running;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::contest::Decided;
use super::supplier::Outside;

const ROUTES: &[(&str, &str)] = &[
    ("BER", "LIS"),
    ("MUC", "VIE"),
    ("HAM", "MAD"),
    ("BER", "CPH"),
    ("FRA", "OSL"),
];

/// What somebody wants of a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Takes the option with this number, or the last.
    Travel(usize),
    /// Cancels when asked to choose.
    Cancel,
    /// Does not confirm the purchase.
    Decline,
    /// Only asks about the policy.
    Ask,
    /// Would travel, but the hotel refuses after the flight was booked.
    Undone,
    /// The same, and the flight cannot be given back either.
    Stuck,
    /// Would travel, and this question is answered both ways at once.
    Waver(Question),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    Choice,
    Approval,
    Purchase,
}

impl Wish {
    /// The number of the option that is taken.
    pub fn option(self) -> usize {
        match self {
            Self::Travel(number) => number,
            // The dearest is the likeliest to need somebody's approval.
            Self::Waver(Question::Approval) => usize::MAX,
            _ => 0,
        }
    }

    /// What of the sample supplier's scenarios meets the booking.
    fn bad_day(self) -> Option<&'static str> {
        match self {
            Self::Undone => Some("stay-rejected"),
            Self::Stuck => Some("nothing-undone"),
            _ => None,
        }
    }

    /// Whether it may come to this.
    pub fn may_end(self, how: &str) -> bool {
        match self {
            Self::Travel(_) | Self::Waver(Question::Choice) => how == "confirmed",
            Self::Cancel => how == "cancelled",
            Self::Ask => how == "answered",
            Self::Undone => how == "failed",
            Self::Stuck => how == "needs attention",
            Self::Decline => matches!(how, "cancelled" | "failed"),
            Self::Waver(Question::Approval | Question::Purchase) => {
                matches!(how, "confirmed" | "cancelled" | "failed")
            }
        }
    }
}

#[derive(Clone, Debug)]
pub struct Plan {
    pub wish: Wish,
    pub text: String,
    pub fields: Option<TripFields>,
}

/// How one booking ended, as its traveller was told.
#[derive(Clone)]
pub struct Ended {
    pub booking: BookingId,
    pub traveller: &'static SamplePerson,
    pub wish: Wish,
    pub how: &'static str,
}

#[allow(
    clippy::disallowed_methods,
    reason = "the process reads the machine's clock, so its travellers must"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}

impl Plan {
    /// Of each kind some.
    pub fn draw(count: usize, dice: &mut fastrand::Rng) -> Vec<Self> {
        let today = now().to_zoned(TimeZone::UTC).date();
        let one = |number: usize| {
            let wish = match number % 10 {
                1 => Wish::Undone,
                2 => Wish::Waver(Question::Choice),
                3 => Wish::Cancel,
                4 => Wish::Waver(Question::Approval),
                5 => Wish::Decline,
                6 => Wish::Waver(Question::Purchase),
                7 => Wish::Ask,
                9 if number % 20 == 9 => Wish::Stuck,
                _ => Wish::Travel(dice.usize(0..4)),
            };
            if wish == Wish::Ask {
                let text = "May I fly business to Tokyo?".into();
                return Self {
                    wish,
                    text,
                    fields: None,
                };
            }
            let (from, to) = ROUTES[dice.usize(0..ROUTES.len())];
            let departs = today + dice.i64(30..60).days();
            let fields = TripFields {
                origin: Some(from.into()),
                destination: Some(to.into()),
                depart_on: Some(departs),
                return_on: Some(departs + 2.days()),
                ..TripFields::default()
            };
            let text = format!("{from} to {to} and back, with a hotel");
            Self {
                wish,
                text,
                fields: Some(fields),
            }
        };
        (0..count).map(one).collect()
    }
}

/// What all travellers share with the test.
pub struct Journey {
    pub plans: Vec<Plan>,
    pub data: PathBuf,
    pub address: watch::Sender<Running>,
    pub frames: watch::Sender<u64>,
    pub supplier: Arc<Outside>,
    board: Mutex<Board>,
}

#[derive(Default)]
pub struct Board {
    pub ended: Vec<Ended>,
    /// What was accepted, and what is wished of it.
    pub accepted: BTreeMap<BookingId, Wish>,
    /// Answers that compete.
    pub contests: Vec<JoinHandle<Decided>>,
    /// Who is asked to approve which booking.
    pub approvals: BTreeMap<BookingId, EmployeeId>,
    /// The last thing seen of each booking.
    pub last: BTreeMap<BookingId, String>,
    pub gave_up: bool,
}

impl Journey {
    pub fn new(plans: Vec<Plan>, data: &Path, running: Running, supplier: Arc<Outside>) -> Arc<Self> {
        Arc::new(Self {
            plans,
            data: data.into(),
            supplier,
            address: watch::Sender::new(running),
            frames: watch::Sender::new(0),
            board: Mutex::default(),
        })
    }

    pub fn moved_to(&self, running: Running) {
        self.address.send_replace(running);
    }

    /// The server has promised to look after it from now on.
    pub fn accepted(&self, booking: BookingId, wish: Wish) {
        let is_new = self.board().accepted.insert(booking, wish).is_none();
        if let Some(scenario) = wish.bad_day().filter(|_| is_new) {
            self.supplier.has_a_bad_day(booking, scenario);
        }
    }

    /// All contests there were, decided.
    pub async fn contests(&self) -> Vec<Decided> {
        let begun = std::mem::take(&mut self.board().contests);
        let mut decided = Vec::new();
        for contest in begun {
            decided.push(contest.await.expect("each is answered as it should be"));
        }
        decided
    }

    pub fn frames(&self) -> u64 {
        *self.frames.borrow()
    }

    /// Waits for more frames than these.
    pub async fn frame_after(&self, seen: u64) {
        // The sender lives as long as this.
        let _ = self.frames.subscribe().wait_for(|frames| *frames > seen).await;
        assert!(!self.board().gave_up, "a traveller gave up");
    }

    pub fn remaining(&self) -> usize {
        self.plans.len() - self.board().ended.len()
    }

    pub fn ended(&self) -> Vec<Ended> {
        self.board().ended.clone()
    }

    pub fn describe(&self) -> String {
        let board = self.board();
        let ended: BTreeSet<_> = board.ended.iter().map(|end| end.booking).collect();
        let open = board.last.iter().filter(|(booking, _)| !ended.contains(*booking));
        let lines: Vec<_> = open.map(|(booking, last)| format!("{booking}: {last}")).collect();
        format!(
            "{} of {} have ended\n{}",
            ended.len(),
            self.plans.len(),
            lines.join("\n")
        )
    }

    pub fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Held by whoever the test would wait for in vain: a panic of theirs is told at once.
pub struct GivesUp(pub Arc<Journey>);

impl Drop for GivesUp {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.board().gave_up = true;
            self.0.frames.send_modify(|frames| *frames += 1);
        }
    }
}
