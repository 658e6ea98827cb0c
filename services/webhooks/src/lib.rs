//! # webhooks: tells addresses outside AWS what became of a booking
//!
//! A rule's event comes through a queue and is spread over whoever wants it ([`decide`], pure): one message per webhook,
//! back into the same queue, so that one deaf receiver delays nobody else. Such a message is signed ([`signature`], pure)
//! and posted, if the address leads where it may ([`address`], pure). A failure hides the message for longer each time; the
//! queue itself gives up and dead-letters it.
//!
//! Spreading twice does no harm: a receiver knows a repetition by `webhook-id`.

pub mod address;
pub mod decide;
pub mod signature;
pub mod webhook;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use events_schema::envelope::Recorded;
use http::Request;
use lambda_host::delivery::live_event;
use lambda_host::http::HttpClient;
use lambda_host::{Clock, ConfigError, Function, HandlerError, Invocation, Runtime};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use address::{Besides, NotAllowed};
use webhook::{Secrets, Webhook, Webhooks};

/// A receiver that needs longer should answer first and work later.
const PATIENCE: Duration = Duration::from_secs(10);

/// One event for one webhook, as it waits in the queue.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Errand {
    webhook_id: String,
    event: Recorded,
}

/// Why a receiver is to be told again.
#[derive(Debug, thiserror::Error)]
enum NotTold {
    #[error("the address may not be used: {0}")]
    NotAllowed(#[from] NotAllowed),
    #[error("no answer within {} s", PATIENCE.as_secs())]
    Late,
    #[error("it answered {0}")]
    Refused(http::StatusCode),
}

struct Sender {
    webhooks: Webhooks,
    secrets: Secrets,
    sqs: aws_sdk_sqs::Client,
    queue_url: String,
    http: Arc<dyn HttpClient>,
    clock: Arc<dyn Clock>,
    besides: Besides,
    first_wait_s: u32,
}

/// Settings: `WEBHOOKS_TABLE`, `WEBHOOKS_QUEUE_URL`, `WEBHOOK_SECRETS_KEY`, `LOOPBACK_ALLOWED`, `FIRST_RETRY_S`.
pub fn function(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    let besides = match runtime.setting_or("LOOPBACK_ALLOWED", false)? {
        true => Besides::Loopback,
        false => Besides::Nothing,
    };
    Ok(Arc::new(Sender {
        webhooks: Webhooks::new(
            aws_sdk_dynamodb::Client::new(&runtime.aws),
            runtime.setting("WEBHOOKS_TABLE")?,
        ),
        secrets: Secrets::new(
            aws_sdk_kms::Client::new(&runtime.aws),
            runtime.setting("WEBHOOK_SECRETS_KEY")?,
        ),
        sqs: aws_sdk_sqs::Client::new(&runtime.aws),
        queue_url: runtime.setting("WEBHOOKS_QUEUE_URL")?.into(),
        http: runtime.http.clone(),
        clock: runtime.clock.clone(),
        besides,
        first_wait_s: runtime.setting_or("FIRST_RETRY_S", 30)?,
    }))
}

#[async_trait]
impl Function for Sender {
    async fn call(&self, payload: Value, _invocation: &Invocation) -> Result<Value, HandlerError> {
        let mut failed = Vec::new();
        for record in payload["Records"].as_array().into_iter().flatten() {
            if let Err(error) = self.message(record).await {
                tracing::warn!(%error, "a webhook is to be told again");
                failed.push(json!({ "itemIdentifier": record["messageId"] }));
            }
        }
        Ok(json!({ "batchItemFailures": failed }))
    }
}

impl Sender {
    async fn message(&self, record: &Value) -> Result<(), HandlerError> {
        let body = record["body"].as_str().unwrap_or_default();
        if let Ok(errand) = serde_json::from_str::<Errand>(body) {
            return self.run(errand, record).await;
        }
        // The capability goes no further: telling somebody is what the live event is for.
        match live_event(serde_json::from_str(body)?)? {
            Some((event, _live)) => self.spread(&event).await,
            None => Ok(()),
        }
    }

    async fn spread(&self, event: &Recorded) -> Result<(), HandlerError> {
        let webhooks = self.webhooks.all().await?;
        for webhook in decide::wanting(&webhooks, &event.detail_type) {
            let errand = Errand {
                webhook_id: webhook.webhook_id.clone(),
                event: event.clone(),
            };
            let message = self.sqs.send_message().queue_url(&self.queue_url);
            message
                .message_body(serde_json::to_string(&errand)?)
                .send()
                .await?;
        }
        Ok(())
    }

    async fn run(&self, errand: Errand, record: &Value) -> Result<(), HandlerError> {
        let webhooks = self.webhooks.all().await?;
        let Some(webhook) = webhooks
            .iter()
            .find(|webhook| webhook.webhook_id == errand.webhook_id)
        else {
            // Removed since: nobody wants to know any more.
            return Ok(());
        };
        let told = self.tell(webhook, &errand.event).await?;
        if let Err(why) = told {
            self.hide(record).await?;
            return Err(why.into());
        }
        Ok(())
    }

    /// The outer error is ours, the inner one the receiver's.
    async fn tell(&self, webhook: &Webhook, event: &Recorded) -> Result<Result<(), NotTold>, HandlerError> {
        let now = self.clock.now();
        let mut secrets = Vec::new();
        for sealed in decide::active(&webhook.secrets, now) {
            secrets.push(self.secrets.open(&webhook.webhook_id, sealed).await?);
        }
        let id = event.detail.meta.event_id.to_string();
        let body = decide::body(event).to_string();
        let uri = match self.allowed(&webhook.address).await {
            Ok(uri) => uri,
            Err(why) => return Ok(Err(why.into())),
        };
        let request = Request::post(uri)
            .header(http::header::CONTENT_TYPE, "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", now.as_second())
            .header(
                "webhook-signature",
                signature::signature(&secrets, &id, now.as_second(), &body),
            )
            .body(Bytes::from(body))?;
        Ok(
            match tokio::time::timeout(PATIENCE, self.http.send(request)).await {
                Ok(Ok(response)) if response.status().is_success() => Ok(()),
                Ok(Ok(response)) => Err(NotTold::Refused(response.status())),
                Ok(Err(_)) | Err(_) => Err(NotTold::Late),
            },
        )
    }

    /// What the name leads to is looked up right before: it may have changed since the address was added.
    async fn allowed(&self, address: &str) -> Result<http::Uri, NotAllowed> {
        let (uri, host, port) = address::parse(address, self.besides)?;
        let resolved = tokio::net::lookup_host((host.as_str(), port))
            .await
            .map_err(|_| NotAllowed::Nowhere)?;
        let resolved: Vec<IpAddr> = resolved.map(|socket| socket.ip()).collect();
        address::judge(&resolved, self.besides)?;
        Ok(uri)
    }

    /// The message comes again when its time of being hidden ends.
    async fn hide(&self, record: &Value) -> Result<(), HandlerError> {
        let attempts = record["attributes"]["ApproximateReceiveCount"].as_str();
        let attempt = attempts.and_then(|count| count.parse().ok()).unwrap_or(1);
        let wait_s = i32::try_from(decide::wait_s(attempt, self.first_wait_s)).unwrap_or(i32::MAX);
        let change = self.sqs.change_message_visibility().queue_url(&self.queue_url);
        let receipt = record["receiptHandle"].as_str().unwrap_or_default();
        change
            .receipt_handle(receipt)
            .visibility_timeout(wait_s)
            .send()
            .await?;
        Ok(())
    }
}
