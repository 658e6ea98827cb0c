//! Every way a trip can go once people have a say in it: one table. Each path is walked from outside, by people on
//! sockets, over the real functions, tables, bus and state machine, on a clock that stands still until nothing is left
//! to do; and each time the ending, what people saw and read, what was refused, the audit trail, the money and the
//! supplier's own books are held to what the table says.
//!
//! `cargo test -p sojourn-tests paths -- --nocapture` prints the table. What it does not cover: processes that die at
//! any moment (`crashes`), and the machine's own retries (`services/booking/tests/state_machine`).

mod approvals;
mod buying;
mod cancellations;
mod dead_letters;
mod ledger;
mod mishaps;
mod quotes;
mod story;
mod waits;
mod words;

use std::future::Future;
use std::pin::Pin;

use tokio::task::{LocalSet, spawn_local};

use ledger::Money;
use story::Story;

type Walk = for<'a> fn(&'a mut Story) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

/// One way through, and what must be true at its end.
struct Path {
    /// What happens, in a sentence.
    when: &'static str,
    walk: Walk,
    /// The one terminal event.
    ends: &'static str,
    /// What the traveller is shown, in this order, other frames in between.
    shows: &'static [&'static str],
    /// What the last frame says, `…` in place of amounts and references: nothing where it tells by its parts.
    says: &'static str,
    /// The errors that the traveller is shown: these and no others.
    errors: &'static [&'static str],
    /// How many attempts were refused and written down, whoever's they were.
    refused: usize,
    /// Who did what by the audit trail, in this order, others in between: `actor action`.
    audit: &'static [&'static str],
    money: Money,
    /// The supplier's own books: orders that stand, and orders that were cancelled.
    orders: (usize, usize),
}

/// A path as most are: confirmed, which has no sentence, and nobody is refused anything.
const PLAIN: Path = Path {
    when: "",
    walk: |_| Box::pin(async {}),
    ends: "",
    shows: &[],
    says: "",
    errors: &[],
    refused: 0,
    audit: &[],
    money: Money::Untouched,
    orders: (0, 0),
};

macro_rules! walk {
    ($walk:path) => {
        |story| Box::pin($walk(story))
    };
}
use walk;

fn table() -> Vec<Path> {
    [
        cancellations::paths(),
        mishaps::paths(),
        dead_letters::paths(),
        buying::paths(),
        quotes::paths(),
        waits::paths(),
        approvals::paths(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Walks the paths whose number leaves `part` over after division by `PARTS`: the same table, walked side by side. One
/// that fails does not keep the others from being walked.
async fn walk_part(part: usize) {
    let mut failed = Vec::new();
    for path in table().into_iter().skip(part).step_by(PARTS) {
        let (when, money) = (path.when, path.money.to_string());
        let alone = LocalSet::new();
        let walked = alone
            .run_until(async move { spawn_local(walk_one(path)).await })
            .await;
        let ending = walked.unwrap_or_else(|_| {
            failed.push(when);
            "FAILED".into()
        });
        println!("| {when:<81} | {ending:<21} | {money:<18} |");
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

async fn walk_one(path: Path) -> String {
    let mut story = Story::begin(path.when).await;
    (path.walk)(&mut story).await;
    story.check(&path).await
}

const PARTS: usize = 4;

#[tokio::test(start_paused = true)]
async fn first_part() {
    walk_part(0).await;
}

#[tokio::test(start_paused = true)]
async fn second_part() {
    walk_part(1).await;
}

#[tokio::test(start_paused = true)]
async fn third_part() {
    walk_part(2).await;
}

#[tokio::test(start_paused = true)]
async fn fourth_part() {
    walk_part(3).await;
}
