//! A service that misbehaves when told to, in the ways AWS does.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use local_cloud::wire::{Access, AwsError, AwsService, Call, Protocol};
use serde_json::{Value, json};

type Interlude = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What happens to one call.
pub enum Fault {
    /// The process is gone before the call: nothing is done, nobody answers.
    DiesBefore,
    /// The process is gone after it: it is done, nobody hears of it.
    DiesAfter,
    /// It is done, but the answer is an error of the kind that clients retry.
    AnswerLost,
    /// It collides with another transaction.
    Conflict,
    /// Somebody else is faster; then it goes on.
    Meanwhile(Interlude),
    /// PutEvents answers 200, but without these entries.
    Refuses(Vec<usize>),
}

impl Fault {
    pub fn meanwhile(interlude: impl Future<Output = ()> + Send + 'static) -> Self {
        Self::Meanwhile(Box::pin(interlude))
    }
}

/// One call that was answered.
#[derive(Clone, Debug)]
pub struct Answered {
    pub operation: String,
    pub request: Value,
    /// Null for an error.
    pub response: Value,
}

pub struct Faulty {
    inner: Arc<dyn AwsService>,
    faults: Mutex<VecDeque<(&'static str, Fault)>>,
    answered: Mutex<Vec<Answered>>,
}

impl Faulty {
    pub fn new(inner: Arc<dyn AwsService>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            faults: Mutex::default(),
            answered: Mutex::default(),
        })
    }

    /// The next call of `operation` without a fault yet meets this one.
    pub fn next(&self, operation: &'static str, fault: Fault) {
        self.faults.lock().unwrap().push_back((operation, fault));
    }

    /// Every call answered so far, in order.
    pub fn answered(&self) -> Vec<Answered> {
        self.answered.lock().unwrap().clone()
    }

    /// What was asked by calls of `operation`, in order, failed ones included.
    pub fn requests(&self, operation: &str) -> Vec<Value> {
        let answered = self.answered();
        answered
            .into_iter()
            .filter(|call| call.operation == operation)
            .map(|call| call.request)
            .collect()
    }

    /// Whether every fault has been met: a test whose fault never happened shows nothing.
    pub fn all_faults_met(&self) -> bool {
        self.faults.lock().unwrap().is_empty()
    }

    fn fault(&self, operation: &str) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap();
        let index = faults.iter().position(|(name, _)| *name == operation)?;
        faults.remove(index).map(|(_, fault)| fault)
    }

    fn note(&self, call: &Call, outcome: &Result<http::Response<Bytes>, AwsError>) {
        let response = outcome
            .as_ref()
            .map(|answer| json_of(answer.body()))
            .unwrap_or_default();
        let request = json_of(&call.body);
        self.answered.lock().unwrap().push(Answered {
            operation: call.operation.clone(),
            request,
            response,
        });
    }

    async fn pass_on(&self, call: Call) -> Result<http::Response<Bytes>, AwsError> {
        let outcome = self.inner.call(call.clone()).await;
        self.note(&call, &outcome);
        outcome
    }

    async fn without(&self, call: Call, refused: &[usize]) -> Result<http::Response<Bytes>, AwsError> {
        let request = json_of(&call.body);
        let entries = request["Entries"].as_array().cloned().unwrap_or_default();
        let taken: Vec<_> = (0..entries.len())
            .filter(|index| !refused.contains(index))
            .collect();
        let mut results =
            vec![json!({"ErrorCode": "ThrottlingException", "ErrorMessage": "told to"}); entries.len()];
        if !taken.is_empty() {
            let kept: Vec<_> = taken.iter().map(|&index| entries[index].clone()).collect();
            let part = Call {
                body: Bytes::from(json!({"Entries": kept}).to_string()),
                ..call.clone()
            };
            let answer = json_of(self.inner.call(part).await?.body());
            for (&index, result) in taken
                .iter()
                .zip(answer["Entries"].as_array().into_iter().flatten())
            {
                results[index] = result.clone();
            }
        }
        let body = json!({"FailedEntryCount": refused.len(), "Entries": results}).to_string();
        let outcome = Ok(http::Response::new(Bytes::from(body)));
        self.note(&call, &outcome);
        outcome
    }
}

#[async_trait::async_trait]
impl AwsService for Faulty {
    fn signing_name(&self) -> &'static str {
        self.inner.signing_name()
    }

    fn protocol(&self) -> Protocol {
        self.inner.protocol()
    }

    fn access(&self, call: &Call) -> Result<Vec<Access>, AwsError> {
        self.inner.access(call)
    }

    async fn call(&self, call: Call) -> Result<http::Response<Bytes>, AwsError> {
        match self.fault(&call.operation) {
            None => self.pass_on(call).await,
            Some(Fault::DiesBefore) => std::future::pending().await,
            Some(Fault::DiesAfter) => {
                self.pass_on(call).await?;
                std::future::pending().await
            }
            Some(Fault::AnswerLost) => {
                self.pass_on(call).await?;
                Err(AwsError::new("InternalServerError", "told to").with_status(500))
            }
            Some(Fault::Conflict) => {
                let outcome = Err(conflict(&call));
                self.note(&call, &outcome);
                outcome
            }
            Some(Fault::Meanwhile(interlude)) => {
                interlude.await;
                self.pass_on(call).await
            }
            Some(Fault::Refuses(entries)) => self.without(call, &entries).await,
        }
    }
}

/// As DynamoDB reports it: a reason per item, in order.
fn conflict(call: &Call) -> AwsError {
    let items = json_of(&call.body)["TransactItems"]
        .as_array()
        .map_or(0, Vec::len);
    let mut reasons = vec![json!({"Code": "None"}); items];
    reasons[0] = json!({"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"});
    AwsError::new("TransactionCanceledException", "Transaction cancelled")
        .with_member("CancellationReasons", Value::Array(reasons))
}

fn json_of(body: &Bytes) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}
