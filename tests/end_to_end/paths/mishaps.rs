//! What nobody wished for: executions twice or aborted, people out of their bounds.

use std::time::Duration;

use aws_sdk_sfn::Client as StepFunctions;
use events_schema::problem::ErrorCode;
use events_schema::socket::{Command, Verdict};
use serde_json::json;

use super::ledger::Money::{Captured, Released, Untouched};
use super::story::{Story, is_step, refusal};
use super::{PLAIN, Path, walk};

const MINUTE: Duration = Duration::from_secs(60);

pub fn paths() -> Vec<Path> {
    vec![
        Path {
            when: "a second execution of the same booking: it does nothing",
            walk: walk!(second_execution),
            ends: "BookingConfirmed",
            shows: &["options", "confirmed"],
            audit: &[
                "sojourn.booking OptionsPresented",
                "sojourn.booking BookingConfirmed",
            ],
            money: Captured,
            orders: (2, 0),
            ..PLAIN
        },
        Path {
            when: "an operator aborts the execution while the traveller thinks",
            walk: walk!(aborted_while_waiting),
            ends: "BookingExpired",
            shows: &["purchase_confirmation_requested", "overdue", "expired"],
            audit: &["sojourn.sweeper BookingOverdue", "sojourn.booking BookingExpired"],
            money: Untouched,
            orders: (0, 0),
            says: "The purchase was not confirmed in time. Nothing is held. Request the trip again if you \
                still need it.",
            ..PLAIN
        },
        Path {
            when: "an operator aborts the execution during the second leg: both are undone",
            walk: walk!(aborted_while_booking),
            ends: "BookingFailed",
            shows: &[
                "leg_booked", "leg_booked", "overdue", "leg_cancelled", "leg_cancelled", "failed INTERNAL",
            ],
            audit: &[
                "sojourn.booking LegBooked",
                "sojourn.sweeper BookingOverdue",
                "sojourn.booking LegCancelled",
                "sojourn.booking LegCancelled",
                "sojourn.booking BudgetReleased",
                "sojourn.booking BookingFailed",
            ],
            money: Released,
            orders: (0, 2),
            says: "A step did not finish in time. Please send the request again.",
            ..PLAIN
        },
        Path {
            when: "somebody else tries to call it off, and to confirm",
            walk: walk!(somebody_else),
            ends: "BookingConfirmed",
            shows: &["purchase_confirmation_requested", "confirmed"],
            audit: &[
                "sample-traveller-1 PurchaseConfirmed",
                "sojourn.booking BookingConfirmed",
            ],
            money: Captured,
            orders: (2, 0),
            refused: 2,
            ..PLAIN
        },
    ]
}

fn step_functions(story: &Story) -> StepFunctions {
    StepFunctions::new(&story.world.laptop.cloud.sdk_config("an-operator"))
}

async fn second_execution(story: &mut Story) {
    let asked = story.until_confirmation().await;
    let journal = story.world.journal(story.booking).await;
    let ranked = journal.into_iter().find(|row| row.event_type == "OptionsRanked");
    let recorded = ranked.expect("ranked").recorded().expect("an event");
    let input = json!({
        "source": recorded.source, "detail-type": recorded.detail_type, "detail": recorded.detail,
    });
    let client = step_functions(story);
    let machines = client.list_state_machines().send().await.expect("machines");
    let started = client
        .start_execution()
        .state_machine_arn(machines.state_machines()[0].state_machine_arn())
        .input(input.to_string())
        .send()
        .await
        .expect("started");
    story.wait(Duration::from_secs(5)).await;
    let described = client
        .describe_execution()
        .execution_arn(started.execution_arn())
        .send()
        .await
        .expect("described");
    assert_eq!(described.status().as_str(), "SUCCEEDED");
    story.traveller.confirm(&asked, Verdict::Yes);
    story.end().await;
}

async fn abort(story: &Story) {
    let execution = story
        .world
        .head(story.booking)
        .await
        .execution_id
        .expect("claimed");
    step_functions(story)
        .stop_execution()
        .execution_arn(execution.as_str())
        .send()
        .await
        .expect("stopped");
}

async fn aborted_while_waiting(story: &mut Story) {
    story.until_confirmation().await;
    abort(story).await;
    story.wait(45 * MINUTE).await;
    story.end().await;
}

async fn aborted_while_booking(story: &mut Story) {
    let asked = story.until_confirmation().await;
    story.scenario("slow");
    story.traveller.confirm(&asked, Verdict::Yes);
    story.traveller.until(is_step("leg_booked")).await;
    // The order for the stay is on its way by now, and takes three seconds: who is asked does not notice the abort.
    story.wait(Duration::from_secs(1)).await;
    abort(story).await;
    story.scenario("none");
    story.wait(20 * MINUTE).await;
    story.end().await;
}

async fn somebody_else(story: &mut Story) {
    let asked = story.until_confirmation().await;
    let mut other = story.person("traveller-2").await;
    let action_id = other.action();
    let command = Command::CancelBooking {
        action_id,
        booking_id: story.booking,
    };
    other.send(&command);
    assert!(matches!(
        refusal(&mut other).await,
        ErrorCode::Forbidden | ErrorCode::NotFound
    ));
    other.confirm(&asked, Verdict::Yes);
    assert_eq!(refusal(&mut other).await, ErrorCode::Forbidden);
    assert!(!story.world.head(story.booking).await.cancel_requested);
    story.traveller.confirm(&asked, Verdict::Yes);
    story.end().await;
}
