//! Whoever has no live connection gets an e-mail: once, with a link to the very thing, and nobody else gets one. The
//! mailbox stands where SES delivers in a deployment; delivery itself is not covered.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::Client as Sqs;
use events_schema::booking::ApprovalRequested;
use events_schema::event::Event;
use events_schema::ids::BookingId;
use events_schema::socket::{Command, Frame, FrameBody, Verdict};
use local_cloud::edge::ses::Email;
use local_cloud::events::NewEvent;
use local_cloud::iam::{Policies, Statement};
use local_cloud::ports::Functions;
use notices::ledger::{NoticeRow, State};
use serde_json::{Value, json};

use super::people::{Person, is_approval_request, is_confirmation_request, is_options};
use super::trips::LISBON;
use super::world::World;

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);
const SENDER: &str = "NoticesFunction";
const MANAGER: &str = "sample-manager@example.com";
pub const TRAVELLER: &str = "sample-traveller-1@example.com";

/// What was sent to this address, oldest first.
fn mail(world: &World, to: &str) -> Vec<Email> {
    let all = world.laptop.cloud.parts().ses.sent(1000).expect("a mailbox");
    let mut own: Vec<_> = all.into_iter().filter(|email| email.to == [to]).collect();
    own.reverse();
    own
}

pub fn subjects(world: &World, to: &str) -> Vec<String> {
    mail(world, to).into_iter().map(|email| email.subject).collect()
}

/// A trip that the manager has to approve, up to the question.
async fn asked_for_approval(traveller: &mut Person) -> BookingId {
    let booking = traveller.request(LISBON).await;
    let options = traveller.until(is_options).await;
    traveller.select(&options, beyond(&options));
    traveller.until(is_approval_request).await;
    booking
}

fn beyond(options: &Frame) -> usize {
    let FrameBody::Options { options, .. } = &options.body else {
        panic!("no options: {options:?}")
    };
    let place = options.iter().position(|option| !option.verdict.compliant);
    place.expect("an option beyond the policy")
}

/// The question as EventBridge handed it over.
async fn question(world: &World, booking: BookingId) -> Value {
    let journal = world.journal(booking).await;
    let asked = journal
        .iter()
        .rfind(|row| row.event_type == ApprovalRequested::NAME);
    let event = asked.expect("asked").recorded().expect("an event");
    json!({"source": event.source, "detail-type": event.detail_type, "detail": event.detail})
}

fn may_send(world: &World, may: bool) {
    let cloud = &world.laptop.cloud;
    let functions = &cloud.template().functions;
    let function = functions
        .iter()
        .find(|function| function.logical_id == SENDER)
        .expect("a function");
    let sends = |statement: &Statement| {
        let actions = statement.actions().unwrap_or_default();
        actions.iter().any(|action| action == "ses:SendEmail")
    };
    let statements = function
        .grants
        .statements
        .iter()
        .filter(|statement| may || !sends(statement));
    cloud
        .endpoint()
        .set_policies(SENDER, Policies::new(statements.cloned().collect()));
}

async fn dead_letters(world: &World) -> Vec<Value> {
    let sqs = Sqs::new(&world.laptop.cloud.sdk_config("a-test"));
    let url = sqs.get_queue_url().queue_name("sojourn-NoticesDeadLetters");
    let url = url.send().await.expect("a queue").queue_url.expect("an address");
    let received = sqs.receive_message().queue_url(url).max_number_of_messages(10);
    let received = received.send().await.expect("letters");
    let bodies = received.messages().iter().filter_map(|message| message.body());
    bodies
        .map(|body| serde_json::from_str(body).expect("JSON"))
        .collect()
}

async fn invoke(world: &World, payload: Value) -> Result<Value, local_cloud::ports::InvokeError> {
    world.laptop.cloud.parts().lambda.invoke(SENDER, payload).await
}

#[tokio::test(start_paused = true)]
async fn an_approver_who_is_not_there_gets_one_mail_that_leads_to_the_approval() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = asked_for_approval(&mut traveller).await;
    world.laptop.cloud.idle().await;
    let told = mail(&world, MANAGER);
    let [mail_to_manager] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!(
        mail_to_manager.subject,
        "Sample Traveller One asks for your approval of a trip"
    );
    let text = mail_to_manager.text.as_deref().expect("text");
    let link = format!("http://sojourn.local/#/approvals/{booking}");
    assert!(text.lines().any(|line| line == link), "{text}");
    assert!(text.contains("(CET)"), "in the reader's own time: {text}");
    // What the page does at that address: the booking again, from its beginning.
    let mut manager = Person::connect(&world, "manager").await;
    manager.resume(booking, 0);
    let asked = manager.until(is_approval_request).await;
    manager.decide(&asked, Verdict::Yes);
    let asked = traveller.until(is_confirmation_request).await;
    traveller.confirm(&asked, Verdict::Yes);
    traveller.until_the_end().await;
    world.check_ended(booking).await;
    assert_eq!(
        subjects(&world, TRAVELLER),
        Vec::<String>::new(),
        "the traveller saw it all"
    );
    assert_eq!(mail(&world, MANAGER).len(), 1, "and the manager needs no other");
}

#[tokio::test(start_paused = true)]
async fn an_approver_who_is_there_gets_none() {
    let world = World::start().await;
    let mut manager = Person::connect(&world, "manager").await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = asked_for_approval(&mut traveller).await;
    manager.until(is_approval_request).await;
    world.laptop.cloud.idle().await;
    assert!(
        world
            .laptop
            .cloud
            .parts()
            .ses
            .sent(10)
            .expect("a mailbox")
            .is_empty()
    );
    let rows = world
        .query("NoticesTable", "bookingId", &booking.to_string())
        .await;
    assert!(rows.iter().any(|row| row["state"] == "online"), "{rows:?}");
}

#[tokio::test(start_paused = true)]
async fn the_same_event_again_sends_nothing_and_neither_does_a_replay() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    may_send(&world, false);
    let booking = asked_for_approval(&mut traveller).await;
    world.laptop.cloud.idle().await;
    may_send(&world, true);
    let event = question(&world, booking).await;
    let mut replayed = event.clone();
    replayed["replay-name"] = "rebuild-1".into();
    invoke(&world, replayed).await.expect("taken");
    assert_eq!(mail(&world, MANAGER).len(), 0, "a replay sends nothing");
    // At once: one of them sends, the other finds it being sent or sent.
    let (one, other) = tokio::join!(invoke(&world, event.clone()), invoke(&world, event.clone()));
    assert!(one.is_ok() || other.is_ok(), "{one:?} {other:?}");
    assert_eq!(mail(&world, MANAGER).len(), 1);
    for _ in 0..3 {
        invoke(&world, event.clone()).await.expect("taken");
    }
    assert_eq!(mail(&world, MANAGER).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_mail_that_cannot_be_sent_is_tried_again_and_then_dead_lettered() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    may_send(&world, false);
    let booking = asked_for_approval(&mut traveller).await;
    world.laptop.cloud.idle().await;
    let letters = dead_letters(&world).await;
    let [letter] = letters.as_slice() else {
        panic!("one letter: {letters:?}")
    };
    assert_eq!(letter["requestPayload"]["detail-type"], ApprovalRequested::NAME);
    assert_eq!(letter["requestContext"]["approximateInvokeCount"], 3, "{letter}");
    let said = letter["responsePayload"].to_string();
    assert!(
        said.contains("SES did not take the e-mail") && !said.contains('@'),
        "{said}"
    );
    may_send(&world, true);
    invoke(&world, letter["requestPayload"].clone())
        .await
        .expect("redriven");
    assert_eq!(mail(&world, MANAGER).len(), 1);
    // Redriven once more after the answer, it does not ask for it.
    let mut manager = Person::connect(&world, "manager").await;
    manager.resume(booking, 0);
    let asked = manager.until(is_approval_request).await;
    manager.decide(&asked, Verdict::No);
    traveller.until_the_end().await;
    drop(manager);
    invoke(&world, letter["requestPayload"].clone())
        .await
        .expect("redriven");
    assert_eq!(mail(&world, MANAGER).len(), 1);
}

/// The sample policy gives an approver 24 hours: the reminder comes when four are left.
#[tokio::test(start_paused = true)]
async fn a_deadline_that_comes_near_is_said_once_to_whoever_has_not_answered() {
    for answered in [false, true] {
        let world = World::start().await;
        let mut traveller = Person::connect(&world, "traveller").await;
        let booking = asked_for_approval(&mut traveller).await;
        let asked = question(&world, booking).await;
        let deadline: jiff::Timestamp = asked["detail"]["data"]["deadlineAt"]
            .as_str()
            .expect("text")
            .parse()
            .expect("a time");
        let wait = Duration::try_from(deadline.duration_since(world.laptop.now())).expect("in the future");
        if answered {
            let mut manager = Person::connect(&world, "manager").await;
            manager.resume(booking, 0);
            let asked = manager.until(is_approval_request).await;
            manager.decide(&asked, Verdict::Yes);
            traveller.until(is_confirmation_request).await;
        }
        let lead = (wait / 4).min(4 * HOUR);
        tokio::time::sleep(wait - lead - 10 * MINUTE).await;
        assert_eq!(mail(&world, MANAGER).len(), 1, "only the question");
        tokio::time::sleep(20 * MINUTE).await;
        world.laptop.cloud.idle().await;
        let told = mail(&world, MANAGER);
        match answered {
            true => assert_eq!(told.len(), 1, "nothing is waited for any more"),
            false => {
                assert_eq!(told.len(), 2);
                assert_eq!(told[1].subject, format!("Reminder: {}", told[0].subject));
            }
        }
        tokio::time::sleep(2 * HOUR).await;
        world.laptop.cloud.idle().await;
        assert_eq!(mail(&world, MANAGER).len(), told.len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_traveller_who_left_is_told_what_is_wanted_and_how_it_ended() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let mut manager = Person::connect(&world, "manager").await;
    let booking = asked_for_approval(&mut traveller).await;
    let asked = manager.until(is_approval_request).await;
    drop(traveller);
    tokio::time::sleep(MINUTE).await;
    manager.decide(&asked, Verdict::Yes);
    tokio::time::sleep(MINUTE).await;
    world.laptop.cloud.idle().await;
    assert_eq!(
        subjects(&world, TRAVELLER),
        ["Your trip waits for your word to buy it"]
    );
    tokio::time::sleep(40 * MINUTE).await;
    world.check_ended(booking).await;
    assert_eq!(
        subjects(&world, TRAVELLER),
        [
            "Your trip waits for your word to buy it",
            "Reminder: Your trip waits for your word to buy it",
            "Your request has ended: nobody answered in time",
        ]
    );
    for email in mail(&world, TRAVELLER) {
        let text = email.text.expect("text");
        assert!(
            text.contains(&format!("http://sojourn.local/#/trips/{booking}")),
            "{text}"
        );
    }
}

/// SES takes the mail and gives it back; whoever waits for the answer learns that it may not come, once.
#[tokio::test(start_paused = true)]
async fn a_traveller_is_told_that_the_mail_to_their_approver_came_back() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = asked_for_approval(&mut traveller).await;
    world.laptop.cloud.idle().await;
    assert_eq!(mail(&world, MANAGER).len(), 1, "SES took it");
    for _ in 0..2 {
        came_back(&world, booking, "approval-wanted").await;
    }
    let told = mail(&world, TRAVELLER);
    let [unreached] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!(
        unreached.subject,
        "Your approver may not know that you wait for them"
    );
    let text = unreached.text.as_deref().expect("text");
    let link = format!("http://sojourn.local/#/trips/{booking}");
    assert!(
        text.contains("Sample Manager") && text.lines().any(|line| line == link),
        "{text}"
    );
    // The reminder comes back as well, and is not told again; nor is what the traveller's own mail said.
    tokio::time::sleep(21 * HOUR).await;
    for notice in ["deadline-near", "approver-unreached"] {
        came_back(&world, booking, notice).await;
    }
    let subjects = subjects(&world, TRAVELLER);
    let unreached = subjects.iter().filter(|subject| subject.contains("may not know"));
    assert_eq!(unreached.count(), 1, "{subjects:?}");
    let rows = world.scan("NoticesTable").await;
    assert_eq!(
        rows.iter().filter(|row| row["state"] == "bounced").count(),
        3,
        "{rows:?}"
    );
    assert!(dead_letters(&world).await.is_empty());
}

/// Says on the default bus what SES says of the mail with this notice.
pub async fn came_back(world: &World, booking: BookingId, notice: &str) {
    let rows = world
        .query("NoticesTable", "bookingId", &booking.to_string())
        .await;
    let mut rows = rows
        .into_iter()
        .map(|row| serde_json::from_value::<NoticeRow>(row).expect("a row"));
    let row = rows
        .find(|row| row.says.name() == notice && row.state != State::Owed)
        .expect("sent");
    let tags = json!({
        "ses:configuration-set": ["sojourn-notices"],
        "bookingId": [booking],
        "notice": [row.tag()],
    });
    let event = NewEvent {
        source: "aws.ses".into(),
        detail_type: "Email Bounced".into(),
        detail: json!({"eventType": "Bounce", "mail": {"destination": ["somebody@example.com"], "tags": tags}}),
        resources: Vec::new(),
        time: None,
    };
    world
        .laptop
        .cloud
        .parts()
        .events
        .publish("default", event)
        .await
        .expect("published");
    world.laptop.cloud.idle().await;
}

/// Who left before anything could be looked for is asked by mail, reminded, and not asked again once they answered.
#[tokio::test(start_paused = true)]
async fn a_traveller_who_left_is_asked_what_was_not_clear() {
    const PORTLAND: &str = "Berlin to Portland 3-8 December, flight only";
    for answers in [true, false] {
        let world = World::start().await;
        may_send(&world, false);
        let mut traveller = Person::connect(&world, "traveller").await;
        let request_id = traveller.action();
        traveller.send(&Command::RequestBooking {
            request_id,
            text: PORTLAND.into(),
            fields: None,
        });
        let accepted = traveller
            .until(|body| matches!(body, FrameBody::Accepted { .. }))
            .await;
        let booking = accepted.booking_id.expect("a booking");
        drop(traveller);
        world.laptop.cloud.idle().await;
        let letters = dead_letters(&world).await;
        let [letter] = letters.as_slice() else {
            panic!("one letter: {letters:?}")
        };
        may_send(&world, true);
        for _ in 0..2 {
            let asked = letter["requestPayload"].clone();
            invoke(&world, asked).await.expect("redriven");
        }
        let told = mail(&world, TRAVELLER);
        let [asked] = told.as_slice() else {
            panic!("{told:?}")
        };
        assert_eq!(asked.subject, "A question about your trip");
        let text = asked.text.as_deref().expect("text");
        assert!(text.contains("Portland") && text.contains("(CET)"), "{text}");
        let link = format!("http://sojourn.local/#/trips/{booking}");
        assert!(text.lines().any(|line| line == link), "{text}");
        if answers {
            let mut traveller = Person::on_device(&world, "traveller", "second").await;
            let action_id = traveller.action();
            traveller.send(&Command::Clarify {
                action_id,
                booking_id: booking,
                text: "Portland, Maine".into(),
                round: None,
            });
            traveller.resume(booking, 0);
            traveller.until(is_options).await;
            drop(traveller);
            let asked = letter["requestPayload"].clone();
            invoke(&world, asked).await.expect("redriven once more");
        }
        tokio::time::sleep(25 * HOUR).await;
        world.check_ended(booking).await;
        let subjects = subjects(&world, TRAVELLER);
        let reminders = subjects
            .iter()
            .filter(|subject| subject.contains("Reminder: A question"));
        assert_eq!(reminders.count(), usize::from(!answers), "{subjects:?}");
        let asked = subjects
            .iter()
            .filter(|subject| *subject == "A question about your trip");
        assert_eq!(asked.count(), 1, "{subjects:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn addresses_stay_where_they_are_kept_and_nobody_without_one_is_an_error() {
    let world = World::start().await;
    let delete = world
        .dynamo()
        .delete_item()
        .table_name(world.records().table("PassengersTable"))
        .key("owner", AttributeValue::S("sample-manager".into()))
        .key("passenger", AttributeValue::S("self".into()));
    delete.send().await.expect("deleted");
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = asked_for_approval(&mut traveller).await;
    let action_id = traveller.action();
    traveller.send(&Command::CancelBooking {
        action_id,
        booking_id: booking,
    });
    drop(traveller);
    world.check_ended(booking).await;
    let rows = world.scan("NoticesTable").await;
    assert!(rows.iter().any(|row| row["state"] == "no_address"), "{rows:?}");
    assert!(rows.iter().any(|row| row["state"] == "sent"), "{rows:?}");
    assert!(!json!(rows).to_string().contains('@'), "{rows:?}");
    for row in world.journal(booking).await {
        assert!(!row.event.contains('@'), "{row:?}");
    }
    assert!(dead_letters(&world).await.is_empty());
}

/// The mailbox is what a restart leaves it.
#[tokio::test(start_paused = true)]
async fn a_restart_neither_loses_nor_repeats_mail() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    asked_for_approval(&mut traveller).await;
    world.laptop.cloud.idle().await;
    let before = mail(&world, MANAGER);
    assert_eq!(before.len(), 1);
    drop(traveller);
    let world = world.crash().await;
    tokio::time::sleep(5 * MINUTE).await;
    world.laptop.cloud.idle().await;
    assert_eq!(mail(&world, MANAGER), before);
}
