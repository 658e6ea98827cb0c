//! Deliveries by ARN: what rules, schedules, destinations and mappings hand over, and who takes it.
//!
//! Held by the very services it delivers to, so it refers to them weakly and is filled in as they start. Until a
//! service is there, and once the cloud has stopped, a delivery fails as retryable: nothing is lost to the order in
//! which parts come up.

use std::sync::{Arc, OnceLock, Weak};

use async_trait::async_trait;
use futures_util::future::join_all;
use serde_json::Value;

use crate::edge::sqs::{Outgoing, Queues, SqsError};
use crate::events::{EventsService, NewEvent, PublishError};
use crate::functions::Lambda;
use crate::ports::{Delivery, DeliveryError, Functions, InvokeError, Targets};
use crate::states::StatesService;

/// A queue takes these in one transaction, which costs about as much as one message does.
const MESSAGES_AT_ONCE: usize = 64;

pub(super) struct CloudTargets {
    queues: Arc<Queues>,
    lambda: OnceLock<Weak<Lambda>>,
    states: OnceLock<Weak<StatesService>>,
    events: OnceLock<Weak<EventsService>>,
}

impl CloudTargets {
    pub fn new(queues: Arc<Queues>) -> Self {
        Self {
            queues,
            lambda: OnceLock::new(),
            states: OnceLock::new(),
            events: OnceLock::new(),
        }
    }

    pub fn set_lambda(&self, lambda: &Arc<Lambda>) {
        let _ = self.lambda.set(Arc::downgrade(lambda));
    }

    pub fn set_states(&self, states: &Arc<StatesService>) {
        let _ = self.states.set(Arc::downgrade(states));
    }

    pub fn set_events(&self, events: &Arc<EventsService>) {
        let _ = self.events.set(Arc::downgrade(events));
    }

    pub fn lambda(&self) -> Result<Arc<Lambda>, DeliveryError> {
        alive(&self.lambda)
    }

    pub fn events(&self) -> Result<Arc<EventsService>, DeliveryError> {
        alive(&self.events)
    }

    async fn to_function(&self, arn: &str, payload: Value) -> Result<(), DeliveryError> {
        self.lambda()?
            .invoke_async(arn, payload)
            .await
            .map_err(|error| match &error {
                InvokeError::NotFound(_) => refused("ResourceNotFoundException", &error),
                InvokeError::TooLarge { .. } => refused("RequestEntityTooLargeException", &error),
                InvokeError::Function(_) => later(&error),
            })
    }

    fn to_queue(&self, arn: &str, deliveries: &[Delivery]) -> Vec<Result<(), DeliveryError>> {
        let message =
            |delivery: &Delivery| Outgoing::text(delivery.payload.to_string(), &delivery.attributes);
        let messages: Vec<_> = deliveries.iter().map(message).collect();
        match self.queues.send_all(arn, &messages) {
            Ok(sent) => sent
                .into_iter()
                .map(|one| one.map(drop).map_err(|error| not_queued(&error)))
                .collect(),
            Err(error) => vec![Err(not_queued(&error)); deliveries.len()],
        }
    }

    fn to_machine(&self, arn: &str, input: Value) -> Result<(), DeliveryError> {
        let started = alive(&self.states)?.start_execution(arn, None, input);
        started.map(|_| ()).map_err(|error| {
            if error.status < 500 {
                refused(&error.code, &error)
            } else {
                later(&error)
            }
        })
    }

    async fn to_bus(&self, name: &str, payload: &Value) -> Result<(), DeliveryError> {
        let text = |member: &str| payload[member].as_str().unwrap_or_default().to_string();
        let resources = payload["resources"].as_array().into_iter().flatten();
        let event = NewEvent {
            source: text("source"),
            detail_type: text("detail-type"),
            detail: payload["detail"].clone(),
            resources: resources.filter_map(|r| r.as_str().map(str::to_string)).collect(),
            time: payload["time"].as_str().and_then(|t| t.parse().ok()),
        };
        self.events()?
            .publish(name, event)
            .await
            .map(|_| ())
            .map_err(|error| match &error {
                PublishError::UnknownBus(_) => refused("ResourceNotFoundException", &error),
                PublishError::Store(_) => later(&error),
            })
    }
}

#[async_trait]
impl Targets for CloudTargets {
    async fn deliver(&self, delivery: Delivery) -> Result<(), DeliveryError> {
        let arn = delivery.target_arn.as_str();
        if arn.contains(":function:") {
            self.to_function(arn, delivery.payload.clone()).await
        } else if is_queue(arn) {
            let mut sent = self.to_queue(arn, std::slice::from_ref(&delivery));
            sent.pop().unwrap_or(Ok(()))
        } else if arn.contains(":stateMachine:") {
            self.to_machine(arn, delivery.payload.clone())
        } else if let Some((_, bus)) = arn.split_once(":event-bus/") {
            self.to_bus(bus, &delivery.payload).await
        } else {
            let message = format!("the local cloud cannot deliver to {arn}");
            Err(DeliveryError {
                code: "INVALID_PARAMETER".into(),
                message,
                retryable: false,
            })
        }
    }

    async fn deliver_all(&self, deliveries: Vec<Delivery>) -> Vec<Result<(), DeliveryError>> {
        match deliveries.first() {
            Some(first) if is_queue(&first.target_arn) => self.to_queue(&first.target_arn, &deliveries),
            _ => join_all(deliveries.into_iter().map(|delivery| self.deliver(delivery))).await,
        }
    }

    fn at_once(&self, target_arn: &str) -> usize {
        match is_queue(target_arn) {
            true => MESSAGES_AT_ONCE,
            false => 1,
        }
    }
}

fn is_queue(arn: &str) -> bool {
    arn.contains(":sqs:")
}

fn not_queued(error: &SqsError) -> DeliveryError {
    match error {
        SqsError::NonExistentQueue => refused("AWS.SimpleQueueService.NonExistentQueue", error),
        SqsError::InvalidParameterValue(_) => refused("InvalidParameterValue", error),
        _ => later(error),
    }
}

fn alive<T>(service: &OnceLock<Weak<T>>) -> Result<Arc<T>, DeliveryError> {
    service
        .get()
        .and_then(Weak::upgrade)
        .ok_or_else(|| DeliveryError {
            code: "ServiceUnavailable".into(),
            message: "the target's service is starting or stopping".into(),
            retryable: true,
        })
}

fn refused(code: &str, error: &dyn std::error::Error) -> DeliveryError {
    DeliveryError {
        code: code.into(),
        message: error.to_string(),
        retryable: false,
    }
}

fn later(error: &dyn std::error::Error) -> DeliveryError {
    DeliveryError {
        code: "SDK_CLIENT_ERROR".into(),
        message: error.to_string(),
        retryable: true,
    }
}
