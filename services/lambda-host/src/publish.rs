//! Putting events on the bus. An HTTP 200 of PutEvents can hide refused entries; those, and only those, are sent
//! again.

use std::time::Duration;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use events_schema::envelope::Recorded;

use crate::live::Live;

/// Our own bound on one entry's size in bytes, well under the documented 256 KB: larger bodies go by reference.
pub const MAX_ENTRY_BYTES: usize = 200 * 1024;
const MAX_ENTRIES: usize = 10;
const ATTEMPTS: u32 = 4;

#[derive(Clone)]
pub struct Publisher {
    eventbridge: Client,
    bus: String,
}

#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error("PutEvents failed")]
    Call(#[source] Box<aws_sdk_eventbridge::Error>),
    #[error("EventBridge refused {name}: {code}: {message}")]
    Refused {
        name: String,
        code: String,
        message: String,
    },
    #[error("{name} is {bytes} bytes; an event holds at most {MAX_ENTRY_BYTES}")]
    TooLarge { name: String, bytes: usize },
    #[error("the event could not be written as JSON")]
    Json(#[from] serde_json::Error),
}

impl Publisher {
    pub fn new(eventbridge: Client, bus: impl Into<String>) -> Self {
        Self {
            eventbridge,
            bus: bus.into(),
        }
    }

    /// Returns once EventBridge accepted every event.
    pub async fn publish(&self, _live: &Live, events: &[Recorded]) -> Result<(), PublishError> {
        for chunk in events.chunks(MAX_ENTRIES) {
            let entries = chunk
                .iter()
                .map(|event| self.entry(event))
                .collect::<Result<Vec<_>, _>>()?;
            self.put(entries).await?;
        }
        Ok(())
    }

    async fn put(&self, mut entries: Vec<PutEventsRequestEntry>) -> Result<(), PublishError> {
        for attempt in 1.. {
            let answer = self
                .eventbridge
                .put_events()
                .set_entries(Some(entries.clone()))
                .send()
                .await
                .map_err(|error| PublishError::Call(Box::new(error.into())))?;
            // Results are index-aligned with the entries; one with an error code was not accepted.
            let refused: Vec<_> = entries
                .into_iter()
                .zip(answer.entries())
                .filter_map(|(entry, result)| {
                    result
                        .error_code()
                        .map(|code| (entry, code, result.error_message()))
                })
                .collect();
            let Some((entry, code, message)) = refused.first() else {
                return Ok(());
            };
            if attempt == ATTEMPTS {
                return Err(PublishError::Refused {
                    name: entry.detail_type().unwrap_or_default().into(),
                    code: (*code).into(),
                    message: message.unwrap_or_default().into(),
                });
            }
            entries = refused.into_iter().map(|(entry, ..)| entry).collect();
            tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
        }
        unreachable!("the loop ends by returning")
    }

    fn entry(&self, event: &Recorded) -> Result<PutEventsRequestEntry, PublishError> {
        let detail = serde_json::to_string(&event.detail)?;
        check_size(event, detail.len())?;
        let meta = &event.detail.meta;
        Ok(PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source(&event.source)
            .detail_type(&event.detail_type)
            .detail(detail)
            .time(DateTime::from_millis(meta.occurred_at.as_millisecond()))
            .build())
    }
}

/// Checked before a transition is saved, so that nothing is saved that cannot be announced.
pub fn check_size(event: &Recorded, detail_bytes: usize) -> Result<(), PublishError> {
    let bytes = 14 + event.source.len() + event.detail_type.len() + detail_bytes;
    if bytes > MAX_ENTRY_BYTES {
        return Err(PublishError::TooLarge {
            name: event.detail_type.clone(),
            bytes,
        });
    }
    Ok(())
}
