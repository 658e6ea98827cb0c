//! SQS queue → function. Messages of a batch that succeeds are deleted; those of one that fails reappear when their
//! visibility ends, until the queue's own redrive policy moves them to its dead-letter queue.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{Filters, InFlight, MappingConfig, Surroundings, reported_failures};
use crate::edge::sqs::{Message, Receive};

/// Lambda starts with this many pollers for a queue.
const POLLERS: usize = 5;
/// The longest poll SQS offers.
const LONG_POLL: Duration = Duration::from_secs(20);
/// SQS hands out no more at once.
const RECEIVE_LIMIT: usize = 10;

pub(super) struct QueueMapping {
    config: MappingConfig,
    queue_arn: String,
    filters: Filters,
    around: Surroundings,
    in_flight: AtomicUsize,
}

impl QueueMapping {
    pub fn new(config: MappingConfig, queue_arn: String, filters: Filters, around: &Surroundings) -> Self {
        Self {
            config,
            queue_arn,
            filters,
            around: around.clone(),
            in_flight: AtomicUsize::new(0),
        }
    }

    pub async fn run(&self) {
        join_all((0..POLLERS).map(|_| self.poll())).await;
    }

    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::SeqCst)
    }

    /// Messages wait, are hidden after a failure, or are in the function's hands.
    pub fn pending(&self) -> bool {
        let counts = self.around.queues.counts(&self.queue_arn);
        counts.is_ok_and(|c| c.visible + c.in_flight + c.delayed > 0) || self.in_flight() > 0
    }

    async fn poll(&self) {
        loop {
            let wanted = Receive {
                max: self.config.batch_size.clamp(1, RECEIVE_LIMIT),
                wait: LONG_POLL,
                visibility: None,
            };
            match self.around.queues.receive(&self.queue_arn, wanted).await {
                Ok(messages) => self.hand_over(messages).await,
                Err(error) => {
                    tracing::error!(mapping = %self.config.id, %error, "the queue could not be read");
                    tokio::time::sleep(LONG_POLL).await;
                }
            }
        }
    }

    async fn hand_over(&self, messages: Vec<Message>) {
        let _in_flight = InFlight::new(&self.in_flight);
        let (selected, rejected): (Vec<_>, Vec<_>) = messages
            .into_iter()
            .partition(|m| self.filters.select(&filterable(m)));
        // What the filter rejects is gone for good, as on AWS.
        rejected.iter().for_each(|message| self.delete(message));
        if selected.is_empty() {
            return;
        }
        let records: Vec<Value> = selected
            .iter()
            .map(|m| m.lambda_record(&self.queue_arn))
            .collect();
        match self
            .around
            .functions
            .invoke(&self.config.function_arn, json!({ "Records": records }))
            .await
        {
            Ok(answer) => {
                let failed = if self.config.reports_item_failures {
                    reported_failures(&answer)
                } else {
                    Some(vec![])
                };
                let Some(failed) = failed else { return };
                selected
                    .iter()
                    .filter(|m| !failed.contains(&m.message_id))
                    .for_each(|m| self.delete(m));
            }
            Err(error) => {
                tracing::warn!(mapping = %self.config.id, %error, messages = selected.len(), "a batch of messages failed");
            }
        }
    }

    fn delete(&self, message: &Message) {
        if let Err(error) = self
            .around
            .queues
            .delete(&self.queue_arn, &message.receipt_handle)
        {
            tracing::error!(mapping = %self.config.id, %error, "a message could not be deleted and will come again");
        }
    }
}

/// Filters look into a body that is JSON.
fn filterable(message: &Message) -> Value {
    let body = serde_json::from_str(&message.body).unwrap_or_else(|_| Value::from(message.body.clone()));
    json!({ "messageId": message.message_id, "body": body, "eventSource": "aws:sqs" })
}
