//! Settles what is owed: each notice once, and only to whom it still helps.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::{DecisionId, EmployeeId};
use events_schema::rows::{BookingRow, DecisionRow, DecisionState, PersonRow};
use events_schema::state::BookingState;
use lambda_host::passengers::Passengers;
use lambda_host::{Clock, ConfigError, HandlerError, Live, Runtime};
use serde::de::DeserializeOwned;

use crate::connections::Connections;
use crate::decide::{Step, step};
use crate::ledger::{Ledger, Notice, NoticeKey, NoticeRow, State};
use crate::mail::{About, Mail};
use crate::texts::{Reader, words};

pub(crate) struct Post {
    pub ledger: Ledger,
    pub clock: Arc<dyn Clock>,
    connections: Connections,
    passengers: Passengers,
    dynamo: Client,
    bookings: String,
    decisions: String,
    people: String,
    mail: Mail,
    /// Deep links begin with it.
    page: String,
}

impl Post {
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        let dynamo = Client::new(&runtime.aws);
        Ok(Self {
            ledger: Ledger::new(dynamo.clone(), runtime.setting("NOTICES_TABLE")?),
            clock: runtime.clock.clone(),
            connections: Connections::new(dynamo.clone(), runtime.setting("CONNECTIONS_TABLE")?),
            passengers: Passengers::from_runtime(runtime)?,
            bookings: runtime.setting("BOOKINGS_TABLE")?.into(),
            decisions: runtime.setting("DECISIONS_TABLE")?.into(),
            people: runtime.setting("PEOPLE_TABLE")?.into(),
            dynamo,
            mail: Mail::from_runtime(runtime)?,
            page: runtime.setting("PAGE_ORIGIN")?.trim_end_matches('/').into(),
        })
    }

    /// Settles each; one whose mail fails keeps nobody else waiting, and fails the whole in the end.
    pub async fn settle_all(&self, live: &Live, keys: Vec<NoticeKey>) -> Result<(), HandlerError> {
        let mut failed = None;
        for key in keys {
            if let Err(error) = self.settle(live, &key).await {
                tracing::warn!(error = %error.report(), booking = %key.booking_id, notice = key.notice, "notice not sent");
                failed = Some(error);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    async fn settle(&self, live: &Live, key: &NoticeKey) -> Result<(), HandlerError> {
        let Some(row) = self.ledger.read(key).await? else {
            return Ok(());
        };
        if row.state != State::Owed {
            return Ok(());
        }
        if !self.still_asked(&row).await? {
            return self.ledger.settle(key, State::Settled).await;
        }
        let now = self.clock.now();
        match step(&row, self.connections.has(&row.to, now).await?, now) {
            Step::Wait => Ok(()),
            Step::LookAgain(due) => self.ledger.put_off(key, due).await,
            Step::Seen => self.ledger.settle(key, State::Online).await,
            Step::Send => self.send(live, &row).await,
        }
    }

    async fn send(&self, live: &Live, row: &NoticeRow) -> Result<(), HandlerError> {
        let key = &row.key();
        let Some(address) = self.address(&row.to).await? else {
            tracing::warn!(booking = %row.booking_id, to = %row.to, "no address is kept: nobody is told");
            return self.ledger.settle(key, State::NoAddress).await;
        };
        let words = words(row, &self.reader(row).await?, &self.page);
        if !self.ledger.claim(key, self.clock.now()).await? {
            // Sent meanwhile, or somebody else is sending it: the next delivery finds out which.
            return match self.ledger.read(key).await? {
                Some(row) if row.state == State::Owed => Err(HandlerError::named(
                    "BeingSent",
                    "somebody else is sending this notice",
                )),
                _ => Ok(()),
            };
        }
        let about = About {
            booking: row.booking_id,
            tag: row.tag(),
        };
        if let Err(error) = self.mail.send(live, &address, &words, &about).await {
            self.ledger.give_back(key).await?;
            return Err(error);
        }
        // Dying before this line sends it a second time: SES knows no key by which it would tell.
        self.ledger.settle(key, State::Sent).await?;
        tracing::info!(booking = %row.booking_id, to = %row.to, notice = row.says.name(), "notice sent");
        Ok(())
    }

    /// A question that was answered, called off or is too late needs no answer any more. What has ended, has ended.
    async fn still_asked(&self, row: &NoticeRow) -> Result<bool, HandlerError> {
        if matches!(row.says.question(), Notice::ClarificationWanted { .. }) {
            return self.still_unclear(row).await;
        }
        let Some(decision) = &row.decision else {
            return Ok(true);
        };
        let key = [
            ("bookingId", row.booking_id.to_string()),
            ("decision", DecisionId::to_string(decision)),
        ];
        let found: Option<DecisionRow> = self.get(&self.decisions, key).await?;
        let now = self.clock.now().as_second();
        Ok(found.is_some_and(|found| found.state == DecisionState::Open && found.deadline_at > now))
    }

    /// What is not clear has no row of its own: the booking waits for the answer as long as nothing else happened.
    async fn still_unclear(&self, row: &NoticeRow) -> Result<bool, HandlerError> {
        let key = [
            ("employeeId", row.traveller.to_string()),
            ("bookingId", row.booking_id.to_string()),
        ];
        let head: Option<BookingRow> = self.get(&self.bookings, key).await?;
        Ok(head.is_some_and(|head| {
            head.state == BookingState::ClarificationPending && head.sequence == row.sequence
        }))
    }

    async fn address(&self, person: &EmployeeId) -> Result<Option<String>, HandlerError> {
        let own = self.passengers.of(person.as_str()).await?;
        Ok(own.into_iter().next().map(|kept| kept.details.email))
    }

    /// Whose words and time zone it is written in, and what the traveller is called.
    async fn reader(&self, row: &NoticeRow) -> Result<Reader, HandlerError> {
        let of = |person: &EmployeeId| {
            let key = [("employeeId", person.to_string())];
            async move { self.get::<PersonRow, 1>(&self.people, key).await }
        };
        let recipient = of(&row.to).await?;
        let traveller = match row.to == row.traveller {
            true => None,
            false => of(&row.traveller).await?,
        };
        let approver = match &row.says {
            Notice::ApproverUnreached { approver } => of(approver).await?,
            _ => None,
        };
        Ok(Reader {
            zone: recipient.map(|person| person.zone).unwrap_or_default(),
            traveller: traveller.map(|person| person.name),
            approver: approver.map(|person| person.name),
        })
    }

    async fn get<R: DeserializeOwned, const N: usize>(
        &self,
        table: &str,
        key: [(&str, String); N],
    ) -> Result<Option<R>, HandlerError> {
        let key: HashMap<_, _> = key
            .map(|(name, value)| (name.to_owned(), AttributeValue::S(value)))
            .into();
        let answer = self
            .dynamo
            .get_item()
            .table_name(table)
            .set_key(Some(key))
            .consistent_read(true)
            .send()
            .await?;
        Ok(answer.item.map(serde_dynamo::from_item).transpose()?)
    }
}
