//! Sending dead letters again: to the one recipient that did not get them, never to the bus, where everybody else would
//! get them once more.
//!
//! A letter leaves the queue after its recipient has taken the event. Killed in between, or not able to delete, the
//! event is sent twice, which every recipient is made for: it remembers what it has seen.

use aws_types::SdkConfig;
use serde_json::Value;

use super::letter::{Letter, Recipient};
use super::queue::Queue;
use crate::commands::functions::Functions;
use crate::commands::{CommandError, outside, report};

pub(super) struct Redrive {
    functions: Functions,
    sfn: aws_sdk_sfn::Client,
    streams: aws_sdk_dynamodbstreams::Client,
}

/// What became of the letters.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// How many recipients took their events.
    pub sent: usize,
    /// Message ids that stay in the queue, and why.
    pub kept: Vec<(String, String)>,
}

impl Redrive {
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            functions: Functions::new(config, outside::connector()),
            sfn: aws_sdk_sfn::Client::new(config),
            streams: aws_sdk_dynamodbstreams::Client::new(config),
        }
    }

    /// Every letter that is in `queue` now. One that fails again comes back later, and is not sent another time here.
    pub async fn all(&self, queue: &Queue<'_>) -> Result<Outcome, CommandError> {
        let mut left = queue.count().await?;
        let (mut outcome, mut kept) = (Outcome::default(), Vec::new());
        while left > 0 {
            // Not more at once than can be sent before they show again.
            let taken = queue.take(left.min(10)).await?;
            if taken.is_empty() {
                break;
            }
            left -= taken.len();
            for one in taken {
                match self.send(&one.letter).await {
                    Ok(()) => {
                        outcome.sent += 1;
                        queue.delete(&one).await?;
                    }
                    Err(why) => kept.push((one, why)),
                }
            }
        }
        // Only now, or the loop above would take them again.
        for (one, why) in kept {
            queue.put_back(&one).await?;
            outcome.kept.push((one.id, report(why.as_ref())));
        }
        Ok(outcome)
    }

    async fn send(&self, letter: &Letter) -> Result<(), CommandError> {
        match &letter.to {
            Some(Recipient::Function(arn)) => self.functions.send(arn, &letter.event).await?,
            // A booking is claimed by its first execution; another ends at once.
            Some(Recipient::Machine(arn)) => {
                self.sfn
                    .start_execution()
                    .state_machine_arn(arn)
                    .input(letter.event.to_string())
                    .send()
                    .await?;
            }
            Some(Recipient::Reader(arn, batch)) => {
                let event = batch.event(&self.streams).await?;
                self.read_again(arn, &event).await?;
            }
            None => return Err("it holds no event or names nobody to send it to".into()),
        }
        Ok(())
    }

    /// Waited for, as a stream's mapping does: nobody would try it another time.
    async fn read_again(&self, arn: &str, batch: &Value) -> Result<(), CommandError> {
        let answer = self.functions.ask(arn, batch).await?;
        if answer.failed {
            return Err(format!("the function failed again: {}", answer.payload["errorMessage"]).into());
        }
        let failed = answer.payload["batchItemFailures"].as_array().map_or(0, Vec::len);
        if failed > 0 {
            return Err("the function failed again from one of the records on".into());
        }
        Ok(())
    }
}
