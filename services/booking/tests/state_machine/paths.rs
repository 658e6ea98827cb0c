//! One table of every way through the machine.

use booking::decide::EndingKind::{self, Cancelled, Expired, Failed};
use events_schema::problem::ErrorCode;
use serde_json::{Value, json};

use super::stage::{Reply, Run, Script, run};

/// Parts that many paths share.
pub(super) const CHOSEN: &str = "claim present_options await_decision settle";
const ASKED: &str = "request_approval await_decision settle";
pub(super) const CONFIRMED: &str = "request_confirmation await_decision settle";
const BOUGHT: &str = "reserve_budget book_leg book_leg capture_budget confirm";
pub(super) const UNDONE: &str = "undo_leg release_holds release_budget end";

pub(super) struct Path {
    when: &'static str,
    script: Script,
    /// The tasks called, in order.
    calls: String,
    ends: End,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    /// `confirm` ended it.
    Confirmed,
    /// `end` was told this.
    As(EndingKind, ErrorCode),
    /// Somebody else has the booking; nothing was ended.
    Not,
}

pub(super) fn path(when: &'static str, script: Script, calls: &[&str], ends: End) -> Path {
    Path {
        when,
        script,
        calls: calls.join(" "),
        ends,
    }
}

pub(super) fn script() -> Script {
    Script::default()
}

fn quoted(outcome: &str, approvals: u32) -> Value {
    json!({ "outcome": outcome, "quoteHash": outcome, "approvalsNeeded": approvals })
}

pub(super) fn refused(outcome: &str, code: &str) -> Value {
    json!({ "outcome": outcome, "code": code, "reason": "as scripted" })
}

/// The answers of a choice and, after that, of the first approval or confirmation.
fn second_answer(outcome: &str) -> Script {
    script()
        .answers("settle", option("1-a"))
        .outcome("settle", outcome)
}

fn option(id: &str) -> Value {
    json!({ "outcome": "option", "option": id })
}

/// The same, with one approval needed.
fn with_approval(script: Script) -> Script {
    script.answers("requote", quoted("unchanged", 1))
}

pub(super) async fn check(paths: Vec<Path>) {
    for Path {
        when,
        script,
        calls,
        ends,
    } in paths
    {
        let run = run(script).await;
        assert_eq!(run.status, "SUCCEEDED", "{when}: {:?}", run.states);
        assert_eq!(run.tasks().join(" "), calls, "{when}");
        assert_eq!(end_of(&run), ends, "{when}");
    }
}

pub(super) fn end_of(run: &Run) -> End {
    let confirmed = run.tasks().last() == Some(&"confirm");
    match run.ending() {
        Some(ending) => End::As(ending.kind, ending.code),
        None if confirmed => End::Confirmed,
        None => End::Not,
    }
}

#[tokio::test(start_paused = true)]
async fn what_goes_well() {
    check(vec![
        path(
            "nobody needs to approve",
            script(),
            &[CHOSEN, "requote", CONFIRMED, BOUGHT],
            End::Confirmed,
        ),
        path(
            "one approver says yes",
            with_approval(script()),
            &[
                CHOSEN, "requote", ASKED, "request_approval requote", CONFIRMED, BOUGHT,
            ],
            End::Confirmed,
        ),
        path(
            "two approvers say yes, one after the other",
            script().approvers(2).answers("requote", quoted("unchanged", 2)),
            &[
                CHOSEN, "requote", ASKED, ASKED, "request_approval requote", CONFIRMED, BOUGHT,
            ],
            End::Confirmed,
        ),
        path(
            "the approver is silent, and silence approves",
            with_approval(
                script()
                    .then("await_decision", Reply::WokenAtOnce)
                    .then("await_decision", Reply::Silence)
                    .answers("settle", option("1-a"))
                    .answers("settle", json!({ "outcome": "yes", "bySilence": true })),
            ),
            &[
                CHOSEN, "requote", ASKED, "request_approval requote", CONFIRMED, BOUGHT,
            ],
            End::Confirmed,
        ),
        path(
            "cheaper is taken without asking again",
            with_approval(script()).answers("requote", quoted("cheaper", 0)),
            &[
                CHOSEN, "requote", ASKED, "request_approval requote", CONFIRMED, BOUGHT,
            ],
            End::Confirmed,
        ),
    ])
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_again() {
    let again = "present_options await_decision settle";
    check(vec![
        path(
            "gone when first quoted: the traveller chooses again",
            script().answers("requote", quoted("gone", 0)),
            &[CHOSEN, "requote", again, "requote", CONFIRMED, BOUGHT],
            End::Confirmed,
        ),
        path(
            "dearer: the traveller sees the new price first, and now it needs approval",
            script()
                .answers("requote", quoted("dearer", 1))
                .answers("requote", quoted("unchanged", 1)),
            &[
                CHOSEN, "requote", again, "requote", ASKED, "request_approval requote", CONFIRMED, BOUGHT,
            ],
            End::Confirmed,
        ),
        path(
            "gone after the approval: the approval of it is no approval of another",
            with_approval(script())
                .answers("requote", quoted("gone", 0))
                .answers("requote", quoted("unchanged", 1)),
            &[
                CHOSEN,
                "requote",
                ASKED,
                "request_approval requote void_approval",
                again,
                "requote",
                ASKED,
                "request_approval requote",
                CONFIRMED,
                BOUGHT,
            ],
            End::Confirmed,
        ),
        path(
            "dearer after the approval: the approval is void",
            with_approval(script())
                .answers("requote", quoted("dearer", 0))
                .answers("requote", quoted("unchanged", 1)),
            &[
                CHOSEN,
                "requote",
                ASKED,
                "request_approval requote void_approval",
                again,
                "requote",
                ASKED,
                "request_approval requote",
                CONFIRMED,
                BOUGHT,
            ],
            End::Confirmed,
        ),
        path(
            "every option is gone",
            script()
                .answers("requote", quoted("gone", 0))
                .then("present_options", Reply::Usual)
                .answers("present_options", refused("none_left", "NO_OFFERS")),
            &[CHOSEN, "requote present_options", UNDONE],
            End::As(Failed, ErrorCode::NoOffers),
        ),
    ])
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_people_refuse_or_let_pass() {
    let asked = &[CHOSEN, "requote", ASKED, UNDONE];
    let confirming = &[CHOSEN, "requote", CONFIRMED, UNDONE];
    let late = End::As(Expired, ErrorCode::TooLate);
    let called_off = End::As(Cancelled, ErrorCode::Conflict);
    let silent = script().otherwise("await_decision", Reply::Silence);
    check(vec![
        path(
            "nobody chooses",
            silent.outcome("settle", "timed_out"),
            &[CHOSEN, UNDONE],
            late,
        ),
        path(
            "the approver stays silent",
            with_approval(second_answer("timed_out")),
            asked,
            late,
        ),
        path(
            "nobody confirms the purchase",
            second_answer("timed_out"),
            confirming,
            late,
        ),
        path(
            "the approver declines",
            with_approval(second_answer("no")),
            asked,
            End::As(Failed, ErrorCode::ApprovalDeclined),
        ),
        path(
            "the traveller declines the purchase",
            second_answer("no"),
            confirming,
            called_off,
        ),
        path(
            "cancelled while choosing",
            script().outcome("settle", "cancelled"),
            &[CHOSEN, UNDONE],
            called_off,
        ),
        path(
            "cancelled while approving",
            with_approval(second_answer("cancelled")),
            asked,
            called_off,
        ),
        path(
            "cancelled while confirming",
            second_answer("cancelled"),
            confirming,
            called_off,
        ),
        path(
            "there is no approver",
            with_approval(script()).answers("request_approval", refused("no_approver", "APPROVAL_DECLINED")),
            &[CHOSEN, "requote request_approval", UNDONE],
            End::As(Failed, ErrorCode::ApprovalDeclined),
        ),
    ])
    .await;
}

/// The flag may be set between any two tasks: every task that would go further sees it.
#[tokio::test(start_paused = true)]
async fn a_cancellation_stops_it_at_the_next_step() {
    let called_off = End::As(Cancelled, ErrorCode::Conflict);
    let cases: &[(&'static str, &[&str])] = &[
        ("present_options", &["claim present_options"]),
        ("requote", &[CHOSEN, "requote"]),
        ("request_approval", &[CHOSEN, "requote request_approval"]),
        ("request_confirmation", &[CHOSEN, "requote request_confirmation"]),
        (
            "reserve_budget",
            &[CHOSEN, "requote", CONFIRMED, "reserve_budget"],
        ),
        (
            "book_leg",
            &[CHOSEN, "requote", CONFIRMED, "reserve_budget book_leg"],
        ),
        (
            "capture_budget",
            &[
                CHOSEN,
                "requote",
                CONFIRMED,
                "reserve_budget book_leg book_leg capture_budget",
            ],
        ),
    ];
    for &(task, calls) in cases {
        let mut story = script().outcome(task, "cancelled");
        if task == "request_approval" {
            story = with_approval(story);
        }
        check(vec![path(task, story, &[calls, &[UNDONE]].concat(), called_off)]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_suppliers_and_budgets_refuse() {
    let until_confirmed = [CHOSEN, "requote", CONFIRMED].join(" ");
    let until_second_leg = [&until_confirmed, "reserve_budget book_leg book_leg"].join(" ");
    let first_booked = json!({ "outcome": "booked", "remaining": 1 });
    let second = |answer| {
        script()
            .answers("book_leg", first_booked.clone())
            .answers("book_leg", answer)
    };
    check(vec![
        path(
            "the budget does not cover it",
            script().answers("reserve_budget", refused("exceeded", "BUDGET_EXCEEDED")),
            &[&until_confirmed, "reserve_budget", UNDONE],
            End::As(Failed, ErrorCode::BudgetExceeded),
        ),
        path(
            "the second leg fails: the first is undone",
            second(refused("failed", "OFFER_EXPIRED")).outcome("undo_leg", "undone"),
            &[&until_second_leg, "undo_leg", UNDONE],
            End::As(Failed, ErrorCode::OfferExpired),
        ),
        path(
            "nobody knows whether the second leg is booked: the first is undone, `end` sees the other",
            second(refused("failed", "SUPPLIER_UNAVAILABLE")).outcome("undo_leg", "undone"),
            &[&until_second_leg, "undo_leg", UNDONE],
            End::As(Failed, ErrorCode::SupplierUnavailable),
        ),
        path(
            "a leg will not be cancelled: those before it are",
            script()
                .outcome("capture_budget", "cancelled")
                .outcome("undo_leg", "left")
                .outcome("undo_leg", "undone"),
            &[&until_second_leg, "capture_budget undo_leg undo_leg", UNDONE],
            End::As(Cancelled, ErrorCode::Conflict),
        ),
        path(
            "cancelled between two legs",
            second(json!({ "outcome": "cancelled" })).outcome("undo_leg", "undone"),
            &[&until_second_leg, "undo_leg", UNDONE],
            End::As(Cancelled, ErrorCode::Conflict),
        ),
    ])
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_start_of_a_booking_somebody_has_does_nothing() {
    let story = script().answers("claim", json!({ "claimed": false }));
    check(vec![path("started twice", story, &["claim"], End::Not)]).await;
}

/// What goes from step to step: the option chosen, the number and hash of the quote, the approver's turn, the leg.
#[tokio::test(start_paused = true)]
async fn each_task_is_told_what_it_needs() {
    let story = with_approval(script())
        .answers("requote", quoted("gone", 0))
        .answers("requote", quoted("cheaper", 0))
        .answers("settle", option("1-a"))
        .outcome("settle", "yes")
        .answers("settle", option("1-b"));
    let run = run(story).await;
    let told = |task: &str, keys: &[&str]| -> Vec<Vec<Value>> {
        let pick = |payload: &Value| keys.iter().map(|key| payload[*key].clone()).collect();
        run.of(task).into_iter().map(|call| pick(&call.payload)).collect()
    };
    assert_eq!(told("present_options", &["round"]), [[json!(1)], [json!(2)]]);
    assert_eq!(
        told("requote", &["option", "quote", "approved"]),
        [
            [json!("1-a"), json!(1), json!(false)],
            [json!("1-a"), json!(2), json!(true)],
            [json!("1-b"), json!(3), json!(false)],
        ]
    );
    assert_eq!(
        told("request_approval", &["option", "quote", "step", "quoteHash"]),
        [
            [json!("1-a"), json!(1), json!(1), json!("unchanged")],
            [json!("1-a"), json!(1), json!(2), json!("unchanged")],
        ]
    );
    assert_eq!(
        told("request_confirmation", &["option", "quote", "quoteHash"]),
        [[json!("1-b"), json!(3), json!("cheaper")]]
    );
    assert_eq!(
        told("settle", &["decision"]),
        [
            [json!("choose#1")],
            [json!("approve#1.1")],
            [json!("choose#2")],
            [json!("confirm#3")]
        ]
    );
    assert_eq!(told("reserve_budget", &["option"]), [[json!("1-b")]]);
    assert_eq!(
        told("book_leg", &["option", "leg", "quote"]),
        [
            [json!("1-b"), json!(0), json!(3)],
            [json!("1-b"), json!(1), json!(3)]
        ]
    );
    assert_eq!(told("confirm", &["option"]), [[json!("1-b")]]);
}
