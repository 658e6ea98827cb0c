//! # notices: nobody waits in silence
//!
//! Whoever is asked, whose time runs out or whose trip has ended gets an e-mail, unless they have a live connection and
//! see it there. An event says what is owed to whom ([`decide`], pure); that is written down with the event's Inbox row
//! in one transaction ([`ledger`]), and each of it is settled once ([`send`]): not needed any more, seen on a
//! connection ([`connections`]), or sent ([`mail`], worded in [`texts`]). A reminder waits in the ledger until the tick of
//! a schedule finds it due ([`remind`]); so does an ending while somebody seems to be there, until a heartbeat has shown
//! whether they are. What comes back undelivered is followed up ([`bounced`]).
//!
//! Where somebody gets e-mail is looked up in the moment of sending and kept nowhere here.

mod bounced;
pub mod connections;
pub mod decide;
pub mod ledger;
pub mod mail;
mod remind;
mod send;
pub mod texts;

use std::sync::Arc;

use async_trait::async_trait;
use events_schema::catalogue::AnyEvent;
use lambda_host::delivery::live_event;
use lambda_host::inbox::Inbox;
use lambda_host::{ConfigError, Deadlines, Function, HandlerError, Invocation, Live, Runtime};
use serde_json::{Value, json};

use decide::owed;
use send::Post;

/// Names this consumer in the Inbox; never changed.
const CONSUMER: &str = "notices";

struct Notices {
    inbox: Inbox,
    deadlines: Deadlines,
    post: Post,
}

/// Settings: `INBOX_TABLE`, `NOTICES_TABLE`, `BOOKINGS_TABLE`, `CONNECTIONS_TABLE`, `DECISIONS_TABLE`, `PEOPLE_TABLE`,
/// `PAGE_ORIGIN`, those of `Passengers` and [`mail::Mail`], and `CLARIFICATION_S` as the planner has it.
pub fn function(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    Ok(Arc::new(Notices {
        inbox: Inbox::from_runtime(runtime)?,
        deadlines: Deadlines::from_settings(runtime)?,
        post: Post::from_runtime(runtime)?,
    }))
}

#[async_trait]
impl Function for Notices {
    async fn call(&self, payload: Value, _invocation: &Invocation) -> Result<Value, HandlerError> {
        if payload["source"] == "aws.events" {
            let Some(live) = Live::of(&payload) else {
                tracing::warn!("a replayed tick was ignored");
                return Ok(Value::Null);
            };
            let tick = payload["id"].as_str().unwrap_or_default();
            let reminders = remind::due(&self.post, &live, tick).await?;
            return Ok(json!({"reminders": reminders}));
        }
        if let Some((booking, tag)) = bounced::tags(&payload) {
            if let Some(live) = Live::of(&payload) {
                bounced::bounced(&self.post, &live, booking, tag).await?;
            }
            return Ok(Value::Null);
        }
        let Some((event, live)) = live_event(payload)? else {
            return Ok(Value::Null);
        };
        let meta = &event.detail.meta;
        let rows = owed(&AnyEvent::read(&event)?, meta, &self.deadlines);
        let writes = rows
            .iter()
            .map(|row| self.post.ledger.owe(row))
            .collect::<Result<_, _>>()?;
        // Whether it is new or came again: what is still owed of it is settled now.
        self.inbox.apply(CONSUMER, "", meta, writes).await?;
        let at_once = rows.iter().filter(|row| row.due_at.is_none());
        let at_once = at_once.map(|row| row.key()).collect();
        self.post.settle_all(&live, at_once).await?;
        Ok(Value::Null)
    }
}
