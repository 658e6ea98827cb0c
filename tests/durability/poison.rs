//! I9: an event that nobody can digest is on the bus from the beginning. It is tried as often as the template says,
//! however often the process dies meanwhile, holds up nobody, and ends in the dead-letter queues of its functions.

use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_sdk_sqs::types::QueueAttributeName;
use aws_types::SdkConfig;
use serde_json::Value;

/// Of the function it is meant for, and of the one that hears everything.
pub const QUEUES: [&str; 2] = ["sojourn-SearchDeadLetters", "sojourn-AuditReceiptsDeadLetters"];
/// By which its letter is known.
const MARK: &str = "poison";
/// The first, and the two retries of Lambda's own queue.
const ATTEMPTS: u64 = 3;

pub async fn put(aws: &SdkConfig) {
    let entry = PutEventsRequestEntry::builder()
        .event_bus_name("sojourn-bus")
        .source("sojourn.compliance")
        .detail_type("PlanAccepted")
        .detail(format!(r#"{{"meta":{{}},"data":{{"{MARK}":true}}}}"#));
    let events = aws_sdk_eventbridge::Client::new(aws);
    let answer = events
        .put_events()
        .entries(entry.build())
        .send()
        .await
        .expect("taken");
    assert_eq!(answer.failed_entry_count(), 0);
}

/// Whether its ways have come to an end.
pub async fn is_dead(aws: &SdkConfig) -> bool {
    let sqs = aws_sdk_sqs::Client::new(aws);
    for queue in QUEUES {
        let url = sqs.get_queue_url().queue_name(queue).send().await;
        let url = url.expect("a queue");
        let ask = sqs
            .get_queue_attributes()
            .queue_url(url.queue_url().expect("an address"))
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessages);
        let answer = ask.send().await.expect("SQS answers");
        let count = answer
            .attributes()
            .and_then(|all| all.get(&QueueAttributeName::ApproximateNumberOfMessages));
        if count.is_none_or(|count| count == "0") {
            return false;
        }
    }
    true
}

/// Whether a dead letter is the poison's; if so, its story is checked.
pub fn is_its_letter(queue_url: &str, letter: &str) -> bool {
    if !letter.contains(MARK) {
        return false;
    }
    let of_its_own = QUEUES.iter().any(|queue| queue_url.ends_with(queue));
    assert!(of_its_own, "I9: in {queue_url}");
    let record: Value = serde_json::from_str(letter).expect("JSON");
    let context = &record["requestContext"];
    assert_eq!(context["condition"], "RetriesExhausted", "I9: {letter}");
    assert_eq!(context["approximateInvokeCount"], ATTEMPTS, "I9: {letter}");
    true
}
