//! The dead-letter queues of the stack, over SQS.

use std::collections::BTreeMap;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};

use super::letter::Letter;
use crate::commands::CommandError;

/// The template names them so.
const DEAD_LETTERS: &str = "DeadLetters";
/// Whoever stops in between leaves messages hidden for this long; then they are there again.
const HIDDEN_S: i32 = 60;
/// SQS hands out no more at once.
const BATCH: usize = 10;

pub(super) struct Queue<'a> {
    sqs: &'a Client,
    url: String,
}

/// A message out of the queue, which hides it until it is deleted or put back.
pub(super) struct Taken {
    pub id: String,
    /// Milliseconds since 1970.
    pub sent_ms: Option<i64>,
    pub letter: Letter,
    receipt: String,
}

impl<'a> Queue<'a> {
    pub async fn all(sqs: &'a Client) -> Result<Vec<Self>, CommandError> {
        let mut pages = sqs
            .list_queues()
            .max_results(1000)
            .into_paginator()
            .items()
            .send();
        let mut found = Vec::new();
        while let Some(url) = pages.next().await {
            let queue = Self { sqs, url: url? };
            if queue.name().contains(DEAD_LETTERS) {
                found.push(queue);
            }
        }
        found.sort_by(|one, other| one.name().cmp(other.name()));
        Ok(found)
    }

    /// The one of that name, or the only one whose name has `name` in it: `Planner` will do.
    pub async fn named(sqs: &'a Client, name: &str) -> Result<Self, CommandError> {
        let all = Self::all(sqs).await?;
        let part = name.to_lowercase();
        let (exact, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|queue| queue.name() == name);
        let similar = others
            .into_iter()
            .filter(|queue| queue.name().to_lowercase().contains(&part));
        let mut found = if exact.is_empty() {
            similar.collect()
        } else {
            exact
        };
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => Err(format!("there is no dead-letter queue {name}; see `dlq list`").into()),
            _ => {
                let names: Vec<_> = found.iter().map(Self::name).collect();
                Err(format!("{name} may be any of {}", names.join(", ")).into())
            }
        }
    }

    pub fn name(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or(&self.url)
    }

    /// How many messages are in it, those out at the moment included.
    pub async fn count(&self) -> Result<usize, CommandError> {
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let answer = self
            .sqs
            .get_queue_attributes()
            .queue_url(&self.url)
            .set_attribute_names(Some(names.to_vec()))
            .send()
            .await?;
        let counts = answer.attributes().into_iter().flatten();
        Ok(counts.filter_map(|(_, count)| count.parse::<usize>().ok()).sum())
    }

    /// Up to `most` messages, hidden from others for a minute.
    pub async fn take(&self, most: usize) -> Result<Vec<Taken>, CommandError> {
        let mut taken = Vec::new();
        while taken.len() < most {
            let wanted = BATCH.min(most - taken.len());
            let answer = self
                .sqs
                .receive_message()
                .queue_url(&self.url)
                .max_number_of_messages(i32::try_from(wanted)?)
                .visibility_timeout(HIDDEN_S)
                .message_attribute_names("All")
                .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
                .send()
                .await?;
            if answer.messages().is_empty() {
                break;
            }
            taken.extend(answer.messages().iter().map(read));
        }
        Ok(taken)
    }

    pub async fn put_back(&self, taken: &Taken) -> Result<(), CommandError> {
        self.sqs
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(&taken.receipt)
            .visibility_timeout(0)
            .send()
            .await?;
        Ok(())
    }

    pub async fn delete(&self, taken: &Taken) -> Result<(), CommandError> {
        self.sqs
            .delete_message()
            .queue_url(&self.url)
            .receipt_handle(&taken.receipt)
            .send()
            .await?;
        Ok(())
    }
}

fn read(message: &Message) -> Taken {
    let texts = message.message_attributes().into_iter().flatten();
    let texts: BTreeMap<_, _> = texts
        .filter_map(|(name, value)| Some((name.clone(), value.string_value()?.to_owned())))
        .collect();
    let sent = message
        .attributes()
        .and_then(|known| known.get(&MessageSystemAttributeName::SentTimestamp));
    Taken {
        id: message.message_id().unwrap_or("-").to_owned(),
        sent_ms: sent.and_then(|sent| sent.parse().ok()),
        letter: Letter::read(message.body().unwrap_or_default(), &texts),
        receipt: message.receipt_handle().unwrap_or_default().to_owned(),
    }
}
