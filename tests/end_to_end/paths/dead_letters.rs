//! An event that its consumer could not take: it lies in the dead-letter queue until the sweeper acts.

use std::time::Duration;

use aws_sdk_sqs::Client as Sqs;
use local_cloud::iam::{Policies, Statement};
use local_cloud::ports::Functions;
use serde_json::Value;

use super::ledger::Money::{Captured, Untouched};
use super::story::Story;
use super::{PLAIN, Path, walk};

const MINUTE: Duration = Duration::from_secs(60);
/// Hands people's decisions to the state machine, and is not allowed to here.
const CONSUMER: &str = "BookingWakeFunction";

pub fn paths() -> Vec<Path> {
    vec![
        Path {
            when: "the choice is in the dead-letter queue until the sweeper sends it again",
            walk: walk!(sent_again),
            ends: "BookingConfirmed",
            shows: &[
                "options",
                "option_selected",
                "purchase_confirmation_requested",
                "confirmed",
            ],
            audit: &[
                "sample-traveller-1 OptionSelected",
                "sojourn.booking OfferRequoted",
                "sojourn.booking BudgetCaptured",
                "sojourn.booking BookingConfirmed",
            ],
            money: Captured,
            orders: (2, 0),
            // On a sign-in of seven minutes ago; it is renewed by itself.
            refused: 1,
            ..PLAIN
        },
        Path {
            when: "the yes to buy stays in the dead-letter queue: the sweeper gives the trip up",
            walk: walk!(given_up),
            ends: "BookingFailed",
            shows: &["purchase_confirmed", "overdue", "failed INTERNAL"],
            audit: &[
                "sample-traveller-1 PurchaseConfirmed",
                "sojourn.sweeper BookingOverdue",
                "sojourn.booking BookingFailed",
            ],
            money: Untouched,
            orders: (0, 0),
            says: "A step did not finish in time. Please send the request again.",
            ..PLAIN
        },
    ]
}

impl Story {
    fn statements(&self) -> Vec<Statement> {
        let functions = &self.world.laptop.cloud.template().functions;
        let found = functions.iter().find(|function| function.logical_id == CONSUMER);
        found.expect("a function").grants.statements.clone()
    }

    fn may_wake(&self, may: bool) {
        let wakes = |statement: &Statement| {
            let actions = statement.actions().unwrap_or_default();
            actions.iter().any(|action| action == "states:SendTaskSuccess")
        };
        let statements = self.statements().into_iter();
        let left = statements.filter(|statement| may || !wakes(statement)).collect();
        let endpoint = self.world.laptop.cloud.endpoint();
        endpoint.set_policies(CONSUMER, Policies::new(left));
    }

    /// What lies there, as Lambda wrote it.
    async fn letters(&self) -> Vec<Value> {
        let sqs = Sqs::new(&self.world.laptop.cloud.sdk_config("a-test"));
        let url = sqs.get_queue_url().queue_name("sojourn-BookingWakeDeadLetters");
        let url = url.send().await.expect("a queue").queue_url.expect("an address");
        let received = sqs.receive_message().queue_url(url).max_number_of_messages(10);
        let received = received.send().await.expect("letters");
        let bodies = received.messages().iter().filter_map(|message| message.body());
        bodies
            .map(|body| serde_json::from_str(body).expect("JSON"))
            .collect()
    }
}

async fn sent_again(story: &mut Story) {
    story.may_wake(false);
    story.choose(true).await;
    story.wait(4 * MINUTE).await;
    let letters = story.letters().await;
    let [letter] = letters.as_slice() else {
        panic!("one letter: {letters:?}")
    };
    assert_eq!(letter["requestPayload"]["detail-type"], "OptionSelected");
    assert!(
        letter["responsePayload"].to_string().contains("not authorized"),
        "{letter}"
    );
    let before = story.world.event_names(story.booking).await;
    assert_eq!(
        before.last().map(String::as_str),
        Some("OptionSelected"),
        "it stands still"
    );
    story.may_wake(true);
    story.wait(3 * MINUTE).await;
    story.confirm().await;
    story.end().await;
    // Redriven after all was done, it is taken and changes nothing.
    let after = story.world.event_names(story.booking).await;
    let lambda = &story.world.laptop.cloud.parts().lambda;
    let redriven = lambda.invoke(CONSUMER, letter["requestPayload"].clone()).await;
    assert!(redriven.is_ok(), "{redriven:?}");
    story.world.laptop.cloud.idle().await;
    assert_eq!(story.world.event_names(story.booking).await, after);
}

async fn given_up(story: &mut Story) {
    let asked = story.until_confirmation().await;
    story.may_wake(false);
    story
        .traveller
        .confirm(&asked, events_schema::socket::Verdict::Yes);
    story.wait(25 * MINUTE).await;
    story.end().await;
    assert!(!story.letters().await.is_empty());
}
