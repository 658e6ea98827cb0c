//! # progress: tells people, as it happens
//!
//! Reads the stream of Bookings. For every event of a booking, in order: [`material`] gathers what a frame needs,
//! [`render`] makes the frames for those it concerns (pure), [`frames`] keeps them so that they can be sent again,
//! [`fan_out`] posts them to every open socket of those people. What they read is in [`texts`].
//!
//! Frames are ordered and at least once: after a crash they are stored and posted again, the very same; clients drop
//! what they have. A post that fails is not repeated later: the connection is closed, and its client resumes.

pub mod fan_out;
pub mod frames;
pub mod material;
pub mod render;
pub mod texts;

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use events_schema::catalogue::AnyEvent;
use events_schema::ids::EmployeeId;
use events_schema::rows::JournalRow;
use events_schema::socket::{Cursor, Frame};
use lambda_host::history::History;
use lambda_host::parking::Parking;
use lambda_host::stream::{Rise, for_each_rise};
use lambda_host::{Clock, ConfigError, Function, HandlerError, Invocation, Live, Runtime};
use serde_json::{Value, json};

use fan_out::FanOut;
use frames::Frames;
use material::Shelves;

struct Progress {
    history: History,
    shelves: Shelves,
    frames: Frames,
    fan_out: FanOut,
    parking: Parking,
    clock: Arc<dyn Clock>,
}

/// Settings: `JOURNAL_TABLE`, `FRAMES_TABLE`, `CONNECTIONS_TABLE`, `OPTIONS_TABLE`, `PRIVATE_TEXT_TABLE`,
/// `POLICY_CLAUSES_TABLE`, `DECISIONS_TABLE`, `PARKED_TABLE`, `MANAGEMENT_ENDPOINT`.
pub fn function(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    let dynamo = Client::new(&runtime.aws);
    Ok(Arc::new(Progress {
        history: History::new(dynamo.clone(), runtime.setting("JOURNAL_TABLE")?),
        shelves: Shelves::from_runtime(runtime)?,
        frames: Frames::new(dynamo, runtime.setting("FRAMES_TABLE")?),
        fan_out: FanOut::from_runtime(runtime)?,
        parking: Parking::from_runtime(runtime, "progress")?,
        clock: runtime.clock.clone(),
    }))
}

#[async_trait]
impl Function for Progress {
    async fn call(&self, payload: Value, _invocation: &Invocation) -> Result<Value, HandlerError> {
        let Some(live) = Live::of(&payload) else {
            tracing::warn!("a replayed batch was ignored");
            return Ok(json!({"batchItemFailures": []}));
        };
        for_each_rise(
            payload,
            |rise| self.tell(&live, rise),
            |record, reason| async move { Ok(self.parking.park(&record, &reason).await?) },
        )
        .await
    }
}

impl Progress {
    async fn tell(&self, live: &Live, rise: Rise) -> Result<(), HandlerError> {
        let head = &rise.head;
        // Every event of a booking gives its traveller a frame, so their newest frame is the last event rendered.
        // Behind it lie records the stream lost; from `before` on lies what an earlier try may not have posted.
        let booking = head.booking_id.into();
        let (told, rows) = tokio::join!(
            self.frames.newest(&head.employee_id, head.booking_id),
            self.history.after(&booking, rise.before),
        );
        let told = told?;
        let rows = match told < rise.before {
            true => self.history.after(&booking, told).await?,
            false => rows?,
        };
        let now = self.clock.now();
        let mut newest = told;
        for row in rows.iter().take_while(|row| row.sequence <= head.sequence) {
            // Frames this old were dropped on purpose.
            if frames::expires(row.occurred_at) > now {
                self.tell_event(live, &rise, row, newest).await?;
                newest = newest.max(row.sequence);
            }
        }
        Ok(())
    }

    /// `newest` is the traveller's newest frame.
    async fn tell_event(
        &self,
        live: &Live,
        rise: &Rise,
        row: &JournalRow,
        newest: u64,
    ) -> Result<(), HandlerError> {
        let head = &rise.head;
        let recorded = row.recorded()?;
        let addressed = match AnyEvent::read(&recorded) {
            Ok(event) => {
                let material = self
                    .shelves
                    .gather(&event, head.booking_id, &self.history)
                    .await?;
                render::render(&event, &recorded.detail.meta, &head.employee_id, &material)
            }
            // Newer than this build: people still see that something happened, and the sequence has no hole.
            Err(error) => {
                tracing::warn!(%error, booking = %head.booking_id, "event not understood");
                vec![render::unknown(&recorded, &head.employee_id)]
            }
        };
        for render::Addressed { to, body } in addressed {
            let previous = match to == head.employee_id && newest < row.sequence {
                true => newest,
                false => self.frames.before(&to, head.booking_id, row.sequence).await?,
            };
            let frame = Frame {
                body,
                booking_id: Some(head.booking_id),
                cursor: Some(Cursor {
                    sequence: row.sequence,
                    previous,
                }),
            };
            self.send(live, &to, frame, row).await?;
        }
        Ok(())
    }

    /// Stored first: what was posted can always be sent again.
    async fn send(
        &self,
        live: &Live,
        to: &EmployeeId,
        frame: Frame,
        row: &JournalRow,
    ) -> Result<(), HandlerError> {
        let text = frames::fitting(frame)?;
        self.frames.keep(to, row, &text).await?;
        self.fan_out.post(live, to, &text).await
    }
}
