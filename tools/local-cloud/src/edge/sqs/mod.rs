//! SQS standard queues, durable in the store: at least once, unordered, with delays, visibility, retention and
//! redrive to a dead-letter queue. Receivers wait for a message's arrival or for a hidden one to reappear, and
//! never poll the table meanwhile.
//!
//! `Queues` is what the rest of the cloud calls in process; `service` answers the same over the wire.

mod batch;
mod error;
mod message;
mod receipt;
mod service;
mod table;

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Connection;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::store::Store;

pub use error::SqsError;
pub use message::{Message, MessageAttribute, MessageAttributes};
pub use table::{MoveTask, QueueCounts};

#[derive(Clone, Debug)]
pub struct SqsConfig {
    pub region: String,
    pub account: String,
    /// Where clients reach the endpoint, without a trailing slash; queue URLs begin with it.
    pub base_url: String,
    pub queues: Vec<QueueConfig>,
}

#[derive(Clone, Debug)]
pub struct QueueConfig {
    pub name: String,
    pub visibility_timeout: Duration,
    pub delay: Duration,
    pub retention: Duration,
    /// How long a receiver that names no wait is kept waiting.
    pub receive_wait: Duration,
    pub max_message_bytes: usize,
    pub redrive: Option<Redrive>,
}

impl QueueConfig {
    /// A queue with AWS's defaults: visibility 30 s, retention 4 days, messages up to 1 MiB, no redrive.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            visibility_timeout: Duration::from_secs(30),
            delay: Duration::ZERO,
            retention: Duration::from_secs(4 * 24 * 3600),
            receive_wait: Duration::ZERO,
            max_message_bytes: 1024 * 1024,
            redrive: None,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Redrive {
    /// A queue's name.
    pub dead_letter_queue: String,
    /// A message received this often without being deleted moves at the next receive.
    pub max_receive_count: u32,
}

#[derive(Clone, Debug)]
pub struct Outgoing {
    pub body: String,
    pub attributes: MessageAttributes,
    pub trace_header: Option<String>,
    /// `None`: the queue's own delay.
    pub delay: Option<Duration>,
    /// The sender's id as receivers see it in `SenderId`.
    pub sender: String,
}

impl Outgoing {
    /// With text attributes, from nobody in particular.
    pub fn text(body: String, attributes: &[(String, String)]) -> Self {
        let attributes = attributes
            .iter()
            .map(|(name, value)| (name.clone(), MessageAttribute::string(value)));
        Self {
            body,
            attributes: attributes.collect(),
            trace_header: None,
            delay: None,
            sender: "AIDALOCAL".into(),
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Receive {
    /// 1 to 10.
    pub max: usize,
    pub wait: Duration,
    /// `None`: the queue's own timeout.
    pub visibility: Option<Duration>,
}

pub struct Queues {
    config: SqsConfig,
    queues: BTreeMap<String, Queue>,
    store: Store,
    clock: Clock,
    /// The number of the last message; taken only under the store's lock.
    last_seq: AtomicI64,
}

struct Queue {
    config: QueueConfig,
    arn: String,
    arrived: Arc<Notify>,
}

impl Queues {
    /// Opens the queues over what `store` already holds. Fails if a redrive policy names an unknown queue.
    pub fn new(config: SqsConfig, store: Store, clock: Clock) -> Result<Arc<Self>, SqsError> {
        table::create(&store.lock())?;
        let last_seq = AtomicI64::new(table::last_seq(&store.lock())?);
        let arn_of = |name: &str| format!("arn:aws:sqs:{}:{}:{name}", config.region, config.account);
        let queues: BTreeMap<_, _> = config
            .queues
            .iter()
            .map(|queue| {
                let arrived = Arc::new(Notify::new());
                (
                    queue.name.clone(),
                    Queue {
                        arn: arn_of(&queue.name),
                        config: queue.clone(),
                        arrived,
                    },
                )
            })
            .collect();
        let known = |redrive: &&Redrive| !queues.contains_key(&redrive.dead_letter_queue);
        if let Some(redrive) = config
            .queues
            .iter()
            .filter_map(|queue| queue.redrive.as_ref())
            .find(known)
        {
            return Err(SqsError::invalid(format!(
                "no queue is named {}, which a redrive policy names",
                redrive.dead_letter_queue
            )));
        }
        Ok(Arc::new(Self {
            config,
            queues,
            store,
            clock,
            last_seq,
        }))
    }

    /// Sends text attributes along, as rules and destinations do with their dead letters. Returns the message's id.
    pub fn send(&self, arn: &str, body: &str, attributes: &[(String, String)]) -> Result<String, SqsError> {
        self.send_message(self.by_arn(arn)?, &Outgoing::text(body.into(), attributes))
    }

    /// Sends many in one transaction. One that is refused fails alone; an error of the store fails them all.
    pub fn send_all(
        &self,
        arn: &str,
        messages: &[Outgoing],
    ) -> Result<Vec<Result<String, SqsError>>, SqsError> {
        let queue = self.by_arn(arn)?;
        let now = self.now_ms();
        let mut connection = self.store.lock();
        let transaction = connection.transaction()?;
        let mut sent = Vec::with_capacity(messages.len());
        for message in messages {
            sent.push(match check_content(queue, message) {
                Ok(()) => Ok(self.insert(&transaction, queue, message, now)?),
                Err(refused) => Err(refused),
            });
        }
        transaction.commit()?;
        drop(connection);
        queue.arrived.notify_waiters();
        Ok(sent)
    }

    /// Waits up to `wanted.wait` for at least one message.
    pub async fn receive(&self, arn: &str, wanted: Receive) -> Result<Vec<Message>, SqsError> {
        self.receive_messages(self.by_arn(arn)?, wanted).await
    }

    /// Succeeds without effect if the message is gone or was received again since.
    pub fn delete(&self, arn: &str, receipt_handle: &str) -> Result<(), SqsError> {
        self.delete_message(self.by_arn(arn)?, receipt_handle)
    }

    /// Makes a received message reappear `visibility` from now; zero gives it back at once.
    pub fn extend(&self, arn: &str, receipt_handle: &str, visibility: Duration) -> Result<(), SqsError> {
        self.change_visibility(self.by_arn(arn)?, receipt_handle, visibility)
    }

    /// Rung whenever a message may have become visible, other than by its timeout running out.
    pub fn arrivals(&self, arn: &str) -> Result<Arc<Notify>, SqsError> {
        Ok(Arc::clone(&self.by_arn(arn)?.arrived))
    }

    pub fn counts(&self, arn: &str) -> Result<QueueCounts, SqsError> {
        Ok(table::counts(
            &self.store.lock(),
            &self.by_arn(arn)?.config,
            self.now_ms(),
        )?)
    }

    /// Every queue's ARN, in the order of their names.
    pub fn arns(&self) -> impl Iterator<Item = &str> {
        self.queues.values().map(|queue| queue.arn.as_str())
    }

    /// Moves everything that waits in a dead-letter queue back to where each message came from, or to
    /// `destination_arn`, at once. Returns the task, which is always complete.
    pub fn move_messages(
        &self,
        source_arn: &str,
        destination_arn: Option<&str>,
    ) -> Result<(i64, MoveTask), SqsError> {
        let source = self.by_arn(source_arn).map_err(|_| not_a_source())?;
        let is_dead_letter_queue = |queue: &Queue| {
            queue
                .config
                .redrive
                .as_ref()
                .is_some_and(|redrive| redrive.dead_letter_queue == source.config.name)
        };
        if !self.queues.values().any(is_dead_letter_queue) {
            return Err(SqsError::invalid(
                "Source queue must be configured as a Dead Letter Queue.",
            ));
        }
        let destination = destination_arn
            .map(|arn| self.by_arn(arn).map_err(|_| not_a_source()))
            .transpose()?;
        let now = self.now_ms();
        let mut task = MoveTask {
            source_arn: source_arn.into(),
            destination_arn: destination_arn.map(Into::into),
            moved: 0,
            started_ms: now,
        };
        let mut connection = self.store.lock();
        let transaction = connection.transaction()?;
        for (seq, came_from) in table::dead_letters(&transaction, &source.config, now)? {
            let back = came_from.as_deref().and_then(|arn| self.by_arn(arn).ok());
            // A letter without a known origin (a rule sent it here itself) can only go where it is told to.
            let Some(queue) = destination.or(back) else {
                continue;
            };
            table::revive(&transaction, seq, &queue.config.name, now)?;
            queue.arrived.notify_waiters();
            task.moved += 1;
        }
        let id = table::record_move(&transaction, &task)?;
        transaction.commit()?;
        Ok((id, task))
    }

    fn by_arn(&self, arn: &str) -> Result<&Queue, SqsError> {
        let name = arn.rsplit(':').next().unwrap_or_default();
        self.queues
            .get(name)
            .filter(|queue| queue.arn == arn)
            .ok_or(SqsError::NonExistentQueue)
    }

    fn by_name(&self, name: &str) -> Result<&Queue, SqsError> {
        self.queues.get(name).ok_or(SqsError::NonExistentQueue)
    }

    fn url(&self, queue: &Queue) -> String {
        format!(
            "{}/{}/{}",
            self.config.base_url, self.config.account, queue.config.name
        )
    }

    fn send_message(&self, queue: &Queue, message: &Outgoing) -> Result<String, SqsError> {
        check_content(queue, message)?;
        let now = self.now_ms();
        // One statement, so a transaction of its own.
        let id = self.insert(&self.store.lock(), queue, message, now)?;
        // A delayed message rings too: a waiting receiver then learns the new time to look again.
        queue.arrived.notify_waiters();
        Ok(id)
    }

    /// The connection is the store's, locked: the row's number is this one's to give.
    fn insert(
        &self,
        connection: &Connection,
        queue: &Queue,
        message: &Outgoing,
        now: i64,
    ) -> Result<String, SqsError> {
        let delay = message.delay.unwrap_or(queue.config.delay);
        let new = table::NewMessage {
            seq: self.last_seq.fetch_add(1, Ordering::Relaxed) + 1,
            body: &message.body,
            attributes: &message.attributes,
            trace_header: message.trace_header.as_deref(),
            sender: &message.sender,
            visible_ms: now.saturating_add(millis(delay)),
        };
        table::insert(connection, &queue.config, &new, now)
    }

    async fn receive_messages(&self, queue: &Queue, wanted: Receive) -> Result<Vec<Message>, SqsError> {
        let deadline = Instant::now() + wanted.wait;
        loop {
            // Listening starts before looking: a message that arrives in between still rings.
            let mut arrived = pin!(queue.arrived.notified());
            arrived.as_mut().enable();
            let messages = self.receive_now(queue, wanted)?;
            if !messages.is_empty() || Instant::now() >= deadline {
                return Ok(messages);
            }
            let look_again = self.next_visible(queue)?.map_or(deadline, |at| at.min(deadline));
            tokio::select! {
                biased;
                () = &mut arrived => {}
                () = tokio::time::sleep_until(look_again) => {}
            }
        }
    }

    fn receive_now(&self, queue: &Queue, wanted: Receive) -> Result<Vec<Message>, SqsError> {
        let now = self.now_ms();
        let visibility = wanted.visibility.unwrap_or(queue.config.visibility_timeout);
        let mut connection = self.store.lock();
        let transaction = connection.transaction()?;
        table::drop_expired(&transaction, &queue.config, now)?;
        let buried_any = bury_overdue(&transaction, queue, wanted.max, now)?;
        let hidden_until = now.saturating_add(millis(visibility));
        let due = table::due(&transaction, &queue.config, wanted.max, now)?;
        let messages = due
            .into_iter()
            .map(|(seq, _)| table::take(&transaction, seq, now, hidden_until))
            .collect::<Result<_, _>>()?;
        transaction.commit()?;
        let dead_letters = queue
            .config
            .redrive
            .as_ref()
            .and_then(|redrive| self.queues.get(&redrive.dead_letter_queue));
        if let Some(dead_letters) = dead_letters.filter(|_| buried_any) {
            dead_letters.arrived.notify_waiters();
        }
        Ok(messages)
    }

    fn next_visible(&self, queue: &Queue) -> Result<Option<Instant>, SqsError> {
        let at = table::next_visible(&self.store.lock(), &queue.config)?;
        Ok(at
            .and_then(|ms| Timestamp::from_millisecond(ms).ok())
            .map(|at| self.clock.instant_of(at)))
    }

    fn delete_message(&self, queue: &Queue, receipt_handle: &str) -> Result<(), SqsError> {
        let (seq, receive_count) = receipt::read(receipt_handle)?;
        table::delete(&self.store.lock(), &queue.config, seq, receive_count)?;
        Ok(())
    }

    fn change_visibility(
        &self,
        queue: &Queue,
        receipt_handle: &str,
        visibility: Duration,
    ) -> Result<(), SqsError> {
        let (seq, receive_count) = receipt::read(receipt_handle)?;
        let now = self.now_ms();
        {
            let connection = self.store.lock();
            let visible_ms = table::visible_at(&connection, &queue.config, seq, receive_count)?;
            let gone = || {
                SqsError::invalid("Message does not exist or is not available for visibility timeout change.")
            };
            if visible_ms.ok_or_else(gone)? <= now {
                return Err(SqsError::MessageNotInflight);
            }
            table::hide_until(&connection, seq, now.saturating_add(millis(visibility)))?;
        }
        queue.arrived.notify_waiters();
        Ok(())
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().as_millisecond()
    }
}

/// Moves messages that had all their receives out of the next `max`, until none is among them.
fn bury_overdue(connection: &Connection, queue: &Queue, max: usize, now: i64) -> rusqlite::Result<bool> {
    let Some(redrive) = &queue.config.redrive else {
        return Ok(false);
    };
    let mut buried_any = false;
    loop {
        let mut due = table::due(connection, &queue.config, max, now)?;
        due.retain(|(_, receive_count)| *receive_count >= redrive.max_receive_count);
        if due.is_empty() {
            return Ok(buried_any);
        }
        for (seq, _) in due {
            table::bury(connection, seq, &redrive.dead_letter_queue, &queue.arn, now)?;
        }
        buried_any = true;
    }
}

fn not_a_source() -> SqsError {
    SqsError::ResourceNotFound(
        "The resource that you specified for the SourceArn parameter doesn't exist.".into(),
    )
}

fn check_content(queue: &Queue, message: &Outgoing) -> Result<(), SqsError> {
    if message.body.is_empty() {
        return Err(SqsError::MissingParameter("MessageBody"));
    }
    if message.attributes.len() > 10 {
        return Err(SqsError::invalid(
            "Number of message attributes exceeds the allowed maximum of 10.",
        ));
    }
    message
        .attributes
        .iter()
        .try_for_each(|(name, attribute)| attribute.check(name))?;
    let limit = queue.config.max_message_bytes;
    if message::size(&message.body, &message.attributes) > limit {
        let reason = format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes."
        );
        return Err(SqsError::InvalidParameterValue(reason));
    }
    Ok(())
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
