//! The cancellation of a confirmed trip: conditions, an answer, undoing.

use booking::decide::EndingKind::{Cancelled, Expired, Failed, Kept};
use events_schema::problem::ErrorCode;
use serde_json::json;

use super::paths::{End, UNDONE, check, path, refused};
use super::stage::Script;

const ASKED: &str = "claim quote_cancellation await_decision settle";

fn cancellation() -> Script {
    Script::default().answers("claim", json!({ "claimed": true, "begin": "cancellation" }))
}

#[tokio::test(start_paused = true)]
async fn a_confirmed_trip_is_cancelled_at_conditions_shown_first() {
    let stands = || json!({ "outcome": "stands" });
    let undone = "undo_leg undo_leg undo_leg release_holds release_budget end";
    let both_undone = |script: Script| script.outcome("undo_leg", "undone").outcome("undo_leg", "undone");
    let asked_once = || cancellation().answers("quote_cancellation", open(1));
    check(vec![
        path(
            "the traveller agrees",
            both_undone(asked_once().answers("quote_cancellation", stands())),
            &[ASKED, "quote_cancellation", undone],
            End::As(Cancelled, ErrorCode::Conflict),
        ),
        path(
            "less comes back by then: asked again",
            both_undone(
                asked_once()
                    .answers("quote_cancellation", open(2))
                    .answers("quote_cancellation", stands()),
            ),
            &[
                ASKED,
                "quote_cancellation await_decision settle quote_cancellation",
                undone,
            ],
            End::As(Cancelled, ErrorCode::Conflict),
        ),
        path(
            "the traveller keeps the trip",
            asked_once().outcome("settle", "no"),
            &[ASKED, UNDONE],
            End::As(Kept, ErrorCode::Conflict),
        ),
        path(
            "the cancellation is called off",
            asked_once().outcome("settle", "cancelled"),
            &[ASKED, UNDONE],
            End::As(Kept, ErrorCode::Conflict),
        ),
        path(
            "nobody answers",
            asked_once().outcome("settle", "timed_out"),
            &[ASKED, UNDONE],
            End::As(Expired, ErrorCode::TooLate),
        ),
        path(
            "the supplier lets nothing be cancelled",
            cancellation().answers("quote_cancellation", refused("not_possible", "TOO_LATE")),
            &["claim quote_cancellation", UNDONE],
            End::As(Failed, ErrorCode::TooLate),
        ),
    ])
    .await;
}

/// An hour after the beginning; the wait is woken before.
fn open(round: u32) -> serde_json::Value {
    json!({ "outcome": "open", "decision": format!("cancel#{round}"), "deadlineAt": 1_795_255_200_u64 })
}
