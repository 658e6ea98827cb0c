//! What the machine does about answers that got lost, and about executions that died.

use booking::decide::EndingKind::Failed;
use events_schema::problem::ErrorCode;
use serde_json::{Value, json};

use super::paths::{CHOSEN, CONFIRMED, End, UNDONE, check, end_of, path, refused, script};
use super::stage::{Reply, run, run_on};

/// The sweeper found it overdue: the execution that had it died or hangs.
#[tokio::test(start_paused = true)]
async fn a_stuck_booking_is_undone_or_finished_by_another_execution() {
    let stuck = |answer: Value| run_on("BookingOverdue", script().answers("claim", answer));
    let ending = json!({ "as": "failed", "code": "INTERNAL", "reason": "as scripted" });
    let run = stuck(json!({ "claimed": true, "begin": "undo", "ending": ending })).await;
    assert_eq!(run.tasks().join(" "), ["claim", UNDONE].join(" "));
    assert_eq!(end_of(&run), End::As(Failed, ErrorCode::Internal));
    assert_eq!(run.of("claim")[0].payload["event"], "BookingOverdue");
    let run = stuck(json!({ "claimed": true, "begin": "confirm", "option": "1-b" })).await;
    assert_eq!(run.tasks(), ["claim", "confirm"], "paid for: it comes true");
    assert_eq!(run.of("confirm")[0].payload["option"], "1-b");
    let run = stuck(json!({ "claimed": false })).await;
    assert_eq!(run.tasks(), ["claim"]);
}

/// An answer that got lost: the order is looked up three times before the trip is undone.
#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_is_looked_up_before_anything_is_concluded() {
    let until_leg = [CHOSEN, "requote", CONFIRMED, "reserve_budget book_leg"].join(" ");
    let unknown = || script().outcome("book_leg", "unknown");
    check(vec![
        path(
            "found by the first look: the trip goes on",
            unknown(),
            &[&until_leg, "reconcile_leg book_leg capture_budget confirm"],
            End::Confirmed,
        ),
        path(
            "found by the last look",
            unknown()
                .outcome("reconcile_leg", "unknown")
                .outcome("reconcile_leg", "unknown"),
            &[
                &until_leg,
                "reconcile_leg reconcile_leg reconcile_leg book_leg capture_budget confirm",
            ],
            End::Confirmed,
        ),
        path(
            "never found",
            unknown()
                .outcome("reconcile_leg", "unknown")
                .outcome("reconcile_leg", "unknown")
                .answers("reconcile_leg", refused("failed", "SUPPLIER_UNAVAILABLE")),
            &[&until_leg, "reconcile_leg reconcile_leg reconcile_leg", UNDONE],
            End::As(Failed, ErrorCode::SupplierUnavailable),
        ),
    ])
    .await;
    let run = run(unknown().otherwise(
        "reconcile_leg",
        Reply::Answer(json!({ "outcome": "booked", "remaining": 0 })),
    ))
    .await;
    assert_eq!(run.of("reconcile_leg")[0].payload["last"], false);
}
