//! What a frame needs beside its event: options, the question's nonce, an answer's words, clauses. Which of these an
//! event needs is pure; reading them is all the rest does.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use events_schema::booking::ApprovalRequested;
use events_schema::catalogue::AnyEvent;
use events_schema::ids::{BookingId, ClauseId, DecisionId, OptionId, PolicyVersion, TextRef};
use events_schema::option::TripOption;
use events_schema::rows::{ClauseRow, DecisionRow, OptionRow};
use events_schema::socket::QuotedClause;
use events_schema::state::BookingState;
use futures_util::future::OptionFuture;
use lambda_host::history::{History, newest};
use lambda_host::private_text::PrivateText;
use lambda_host::{ConfigError, HandlerError, Runtime};
use std::collections::HashMap;

/// Whatever could be found; what is missing was erased or has expired.
#[derive(Clone, Debug, Default)]
pub struct Material {
    pub options: Vec<TripOption>,
    pub decision: Option<DecisionRow>,
    pub text: Option<String>,
    pub clauses: Vec<QuotedClause>,
    /// The approval that was open when the booking ended.
    pub pending_approval: Option<ApprovalRequested>,
}

impl Material {
    pub fn option(&self, id: &OptionId) -> Option<&TripOption> {
        self.options.iter().find(|option| option.id == *id)
    }
}

/// What to look up for an event.
#[derive(Debug, Default, PartialEq, Eq)]
struct Needs<'a> {
    options: bool,
    decision: Option<&'a DecisionId>,
    text: Option<&'a TextRef>,
    clauses: Option<(&'a PolicyVersion, &'a [ClauseId])>,
    pending_approval: bool,
}

impl<'a> Needs<'a> {
    fn of(event: &'a AnyEvent) -> Self {
        let question = |decision, options| Self {
            options,
            decision: Some(decision),
            ..Self::default()
        };
        match event {
            AnyEvent::OptionsPresented(event) => question(&event.decision, true),
            AnyEvent::ApprovalRequested(event) => question(&event.decision, true),
            AnyEvent::PurchaseConfirmationRequested(event) => question(&event.decision, true),
            AnyEvent::CancellationConfirmationRequested(event) => question(&event.decision, false),
            AnyEvent::ApprovalGranted(event) => question(&event.decision, false),
            AnyEvent::ApprovalDeclined(event) => question(&event.decision, false),
            AnyEvent::ApprovalGrantedBySilence(event) => question(&event.decision, false),
            AnyEvent::PolicyQuestionAnswered(event) => Self {
                text: Some(&event.answer),
                clauses: Some((&event.policy, &event.clauses)),
                ..Self::default()
            },
            AnyEvent::BookingCancelled(event) => Self::ended_in(event.during),
            AnyEvent::BookingFailed(event) => Self::ended_in(event.during),
            AnyEvent::BookingExpired(event) => Self::ended_in(event.waiting_in),
            _ => Self::default(),
        }
    }

    fn ended_in(state: BookingState) -> Self {
        Self {
            pending_approval: state == BookingState::ApprovalPending,
            ..Self::default()
        }
    }
}

/// Where the material lies.
pub struct Shelves {
    dynamo: Client,
    options: String,
    decisions: String,
    texts: PrivateText,
    clauses: String,
}

impl Shelves {
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        let setting = |name: &str| runtime.setting(name).map(str::to_owned);
        Ok(Self {
            dynamo: Client::new(&runtime.aws),
            options: setting("OPTIONS_TABLE")?,
            decisions: setting("DECISIONS_TABLE")?,
            texts: PrivateText::from_runtime(runtime)?,
            clauses: setting("POLICY_CLAUSES_TABLE")?,
        })
    }

    pub async fn gather(
        &self,
        event: &AnyEvent,
        booking: BookingId,
        history: &History,
    ) -> Result<Material, HandlerError> {
        let needs = Needs::of(event);
        let options = needs.options.then(|| self.options(booking));
        let decision = needs.decision.map(|id| self.decision(booking, id));
        let text = needs.text.map(|text| self.texts.read(text));
        let clauses = needs.clauses.map(|(version, ids)| self.clauses(version, ids));
        let approval = needs.pending_approval.then(|| pending_approval(booking, history));
        let (options, decision, text, clauses, approval) = tokio::join!(
            OptionFuture::from(options),
            OptionFuture::from(decision),
            OptionFuture::from(text),
            OptionFuture::from(clauses),
            OptionFuture::from(approval),
        );
        Ok(Material {
            options: options.transpose()?.unwrap_or_default(),
            decision: decision.transpose()?.flatten(),
            text: text.transpose()?.flatten(),
            clauses: clauses.transpose()?.unwrap_or_default(),
            pending_approval: approval.transpose()?.flatten(),
        })
    }

    async fn options(&self, booking: BookingId) -> Result<Vec<TripOption>, HandlerError> {
        let items = self
            .dynamo
            .query()
            .table_name(&self.options)
            .consistent_read(true)
            .key_condition_expression("bookingId = :booking")
            .expression_attribute_values(":booking", AttributeValue::S(booking.to_string()))
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await?;
        let mut rows: Vec<OptionRow> = serde_dynamo::from_items(items)?;
        rows.sort_by_key(|row| row.rank);
        Ok(rows.into_iter().map(|row| row.option).collect())
    }

    async fn decision(
        &self,
        booking: BookingId,
        decision: &DecisionId,
    ) -> Result<Option<DecisionRow>, HandlerError> {
        let key = key([
            ("bookingId", booking.to_string()),
            ("decision", decision.to_string()),
        ]);
        let answer = self
            .dynamo
            .get_item()
            .table_name(&self.decisions)
            .set_key(Some(key))
            .consistent_read(true)
            .send()
            .await?;
        Ok(answer.item.map(serde_dynamo::from_item).transpose()?)
    }

    /// In the order of `ids`; DynamoDB returns them in its own.
    async fn clauses(
        &self,
        version: &PolicyVersion,
        ids: &[ClauseId],
    ) -> Result<Vec<QuotedClause>, HandlerError> {
        let mut found: Vec<ClauseRow> = Vec::new();
        // A BatchGetItem takes 100 keys; an answer quotes a handful.
        for ids in ids.chunks(100) {
            found.extend(self.clause_rows(version, ids).await?);
        }
        let quoted = ids
            .iter()
            .filter_map(|id| found.iter().find(|row| row.clause_id == *id));
        Ok(quoted
            .map(|row| QuotedClause {
                clause: row.clause_id.clone(),
                section: row.section.clone(),
                text: row.text.clone(),
            })
            .collect())
    }

    async fn clause_rows(
        &self,
        version: &PolicyVersion,
        ids: &[ClauseId],
    ) -> Result<Vec<ClauseRow>, HandlerError> {
        let mut rows = Vec::new();
        let mut wanted: Vec<_> = ids
            .iter()
            .map(|id| key([("version", version.to_string()), ("clauseId", id.to_string())]))
            .collect();
        while !wanted.is_empty() {
            let keys = KeysAndAttributes::builder().set_keys(Some(wanted)).build()?;
            let answer = self
                .dynamo
                .batch_get_item()
                .request_items(&self.clauses, keys)
                .send()
                .await?;
            for items in answer.responses.unwrap_or_default().into_values() {
                rows.extend(serde_dynamo::from_items::<_, ClauseRow>(items)?);
            }
            let mut left = answer.unprocessed_keys.unwrap_or_default();
            wanted = left
                .remove(&self.clauses)
                .map(|left| left.keys)
                .unwrap_or_default();
        }
        Ok(rows)
    }
}

async fn pending_approval(
    booking: BookingId,
    history: &History,
) -> Result<Option<ApprovalRequested>, HandlerError> {
    let rows = history.all(&booking.into()).await?;
    Ok(newest::<ApprovalRequested>(&rows)?.map(|asked| asked.data))
}

fn key<const N: usize>(names: [(&str, String); N]) -> HashMap<String, AttributeValue> {
    names
        .map(|(name, value)| (name.to_owned(), AttributeValue::S(value)))
        .into()
}
