//! The table Notices: what is owed to whom, and what became of it. It holds no address and no word of anybody's.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use events_schema::ids::{BookingId, DecisionId, EmployeeId};
use events_schema::money::Money;
use jiff::{SignedDuration, Timestamp};
use lambda_host::HandlerError;
use lambda_host::condition::held;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Longer than one invocation lasts: whoever claims a notice sends it, or died.
const CLAIM: SignedDuration = SignedDuration::from_secs(45);

/// Table Notices, key (bookingId, notice), sparse index byDue (duePartition, dueAt).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NoticeRow {
    pub booking_id: BookingId,
    /// The event's sequence, what is said and to whom: one event owes everybody each notice once.
    pub notice: String,
    pub to: EmployeeId,
    pub traveller: EmployeeId,
    /// Of the event.
    #[serde(default)]
    pub sequence: u64,
    pub says: Notice,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// The question it is about: once that is settled, nobody needs to be told of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_at: Option<i64>,
    /// When a reminder is due, or an ending is looked at again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<i64>,
    /// Of what waits to be due: `waiting`, then that of the tick which took it, then none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_partition: Option<String>,
    pub state: State,
    /// Epoch seconds: until then somebody is sending it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_until: Option<i64>,
    pub ttl: i64,
}

impl NoticeRow {
    /// Where reminders wait in the index until a tick takes them.
    pub const WAITING: &str = "waiting";

    /// What its mail is known by at SES, which takes letters, digits, `-` and `_` only.
    pub fn tag(&self) -> String {
        hex::encode(Sha256::digest(&self.notice))
    }

    pub fn key(&self) -> NoticeKey {
        NoticeKey {
            booking_id: self.booking_id,
            notice: self.notice.clone(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NoticeKey {
    pub booking_id: BookingId,
    pub notice: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Notice {
    /// Something in the request is not clear: a question that is no decision.
    ClarificationWanted {
        /// The questions as asked: they are ours, with no word of the traveller's.
        questions: Vec<String>,
    },
    ChoiceWanted,
    ApprovalWanted {
        /// What happens if nobody answers.
        silence_approves: bool,
    },
    PurchaseWanted,
    CancellationWanted,
    /// A quarter of the time is left.
    DeadlineNear {
        of: Box<Notice>,
    },
    /// The mail that asked somebody for their approval came back: told to the traveller, who has other ways.
    ApproverUnreached {
        approver: EmployeeId,
    },
    Confirmed,
    Failed {
        reason: String,
    },
    Cancelled,
    Kept,
    Expired,
    NeedsAttention,
    Answered,
}

impl Notice {
    /// What it asks, or reminds of.
    pub fn question(&self) -> &Self {
        match self {
            Self::DeadlineNear { of } => of.question(),
            other => other,
        }
    }

    /// It asks for nothing, and nobody is reminded of it.
    pub fn is_ending(&self) -> bool {
        match self {
            Self::Confirmed
            | Self::Failed { .. }
            | Self::Cancelled
            | Self::Kept
            | Self::Expired
            | Self::NeedsAttention
            | Self::Answered => true,
            Self::ClarificationWanted { .. }
            | Self::ChoiceWanted
            | Self::ApprovalWanted { .. }
            | Self::PurchaseWanted
            | Self::CancellationWanted
            | Self::DeadlineNear { .. }
            | Self::ApproverUnreached { .. } => false,
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::ClarificationWanted { .. } => "clarification-wanted",
            Self::ChoiceWanted => "choice-wanted",
            Self::ApprovalWanted { .. } => "approval-wanted",
            Self::PurchaseWanted => "purchase-wanted",
            Self::CancellationWanted => "cancellation-wanted",
            Self::DeadlineNear { .. } => "deadline-near",
            Self::ApproverUnreached { .. } => "approver-unreached",
            Self::Confirmed => "confirmed",
            Self::Failed { .. } => "failed",
            Self::Cancelled => "cancelled",
            Self::Kept => "kept",
            Self::Expired => "expired",
            Self::NeedsAttention => "needs-attention",
            Self::Answered => "answered",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Owed,
    Sent,
    /// SES took it, and could not deliver it.
    Bounced,
    /// They were connected, and saw it there.
    Online,
    /// What it asks for was settled before it was sent.
    Settled,
    /// Nothing is kept of them, or they were erased.
    NoAddress,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Owed => "owed",
            Self::Sent => "sent",
            Self::Bounced => "bounced",
            Self::Online => "online",
            Self::Settled => "settled",
            Self::NoAddress => "no_address",
        }
    }
}

#[derive(Clone)]
pub struct Ledger {
    dynamo: Client,
    table: String,
}

impl Ledger {
    pub fn new(dynamo: Client, table: &str) -> Self {
        Self {
            dynamo,
            table: table.into(),
        }
    }

    /// As part of the transaction that remembers the event.
    pub fn owe(&self, row: &NoticeRow) -> Result<TransactWriteItem, HandlerError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(serde_dynamo::to_item(row)?))
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Of one booking.
    pub async fn of(&self, booking: BookingId) -> Result<Vec<NoticeRow>, HandlerError> {
        let items = self
            .dynamo
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("bookingId = :booking")
            .expression_attribute_values(":booking", AttributeValue::S(booking.to_string()))
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await?;
        Ok(serde_dynamo::from_items(items)?)
    }

    /// Where it is not owed already; settled or not, it stays as it is then.
    pub async fn owe_once(&self, row: &NoticeRow) -> Result<(), HandlerError> {
        let outcome = self
            .dynamo
            .put_item()
            .table_name(&self.table)
            .set_item(Some(serde_dynamo::to_item(row)?))
            .condition_expression("attribute_not_exists(bookingId)")
            .send()
            .await;
        held(outcome)?;
        Ok(())
    }

    pub async fn read(&self, key: &NoticeKey) -> Result<Option<NoticeRow>, HandlerError> {
        let answer = self
            .dynamo
            .get_item()
            .table_name(&self.table)
            .set_key(Some(attributes(key)))
            .consistent_read(true)
            .send()
            .await?;
        Ok(answer.item.map(serde_dynamo::from_item).transpose()?)
    }

    /// Whether it is ours to send: of two deliveries at once, one gets it.
    pub async fn claim(&self, key: &NoticeKey, now: Timestamp) -> Result<bool, HandlerError> {
        let number = |at: Timestamp| AttributeValue::N(at.as_second().to_string());
        let outcome = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(attributes(key)))
            .update_expression("SET claimedUntil = :until")
            .condition_expression(
                "#state = :owed AND (attribute_not_exists(claimedUntil) OR claimedUntil < :now)",
            )
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":owed", AttributeValue::S(State::Owed.as_str().into()))
            .expression_attribute_values(":until", number(now + CLAIM))
            .expression_attribute_values(":now", number(now))
            .send()
            .await;
        Ok(held(outcome)?)
    }

    /// It was not sent after all: the next try need not wait.
    pub async fn give_back(&self, key: &NoticeKey) -> Result<(), HandlerError> {
        self.dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(attributes(key)))
            .update_expression("REMOVE claimedUntil")
            .send()
            .await?;
        Ok(())
    }

    /// Until `due`, where a tick finds it. Of several deliveries the first one's time stands.
    pub async fn put_off(&self, key: &NoticeKey, due: Timestamp) -> Result<(), HandlerError> {
        let outcome = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(attributes(key)))
            .update_expression("SET dueAt = :due, duePartition = :waiting")
            .condition_expression("#state = :owed AND attribute_not_exists(dueAt)")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":owed", AttributeValue::S(State::Owed.as_str().into()))
            .expression_attribute_values(":due", AttributeValue::N(due.as_second().to_string()))
            .expression_attribute_values(":waiting", AttributeValue::S(NoticeRow::WAITING.into()))
            .send()
            .await;
        held(outcome)?;
        Ok(())
    }

    pub async fn settle(&self, key: &NoticeKey, state: State) -> Result<(), HandlerError> {
        self.dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(attributes(key)))
            .update_expression("SET #state = :state REMOVE claimedUntil, duePartition")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", AttributeValue::S(state.as_str().into()))
            .send()
            .await?;
        Ok(())
    }

    /// What is due in this partition, the longest waiting first.
    pub async fn due(
        &self,
        partition: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<NoticeKey>, HandlerError> {
        let mut items = self
            .dynamo
            .query()
            .table_name(&self.table)
            .index_name("byDue")
            .key_condition_expression("duePartition = :partition AND dueAt <= :now")
            .expression_attribute_values(":partition", AttributeValue::S(partition.into()))
            .expression_attribute_values(":now", AttributeValue::N(now.as_second().to_string()))
            .into_paginator()
            .page_size(100)
            .items()
            .send();
        let mut keys = Vec::new();
        while let Some(item) = items.next().await {
            keys.push(serde_dynamo::from_item(item?)?);
            if keys.len() == limit {
                break;
            }
        }
        Ok(keys)
    }

    /// Takes what waits into a tick's own partition; `false` if another tick was faster.
    pub async fn take(&self, key: &NoticeKey, partition: &str) -> Result<bool, HandlerError> {
        let outcome = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(attributes(key)))
            .update_expression("SET duePartition = :partition")
            .condition_expression("duePartition = :waiting")
            .expression_attribute_values(":partition", AttributeValue::S(partition.into()))
            .expression_attribute_values(":waiting", AttributeValue::S(NoticeRow::WAITING.into()))
            .send()
            .await;
        Ok(held(outcome)?)
    }
}

fn attributes(key: &NoticeKey) -> HashMap<String, AttributeValue> {
    HashMap::from([
        ("bookingId".into(), AttributeValue::S(key.booking_id.to_string())),
        ("notice".into(), AttributeValue::S(key.notice.clone())),
    ])
}
