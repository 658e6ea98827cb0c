//! One DynamoDB operation by name, JSON in and out.

use std::sync::PoisonError;

use dynoxide::actions::{self, vector_lifecycle::VectorIndexLifecycle};
use futures_util::FutureExt;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{aws_error, unreadable};
use super::{DynamoDb, tokens};
use crate::wire::AwsError;

/// Operations after which a table's stream may hold something new.
pub(super) fn writes(operation: &str) -> bool {
    matches!(
        operation,
        "PutItem" | "UpdateItem" | "DeleteItem" | "BatchWriteItem" | "TransactWriteItems"
    )
}

/// Runs one of the engine's futures, which are async only for another backend's sake.
pub(super) fn at_once<T>(work: impl Future<Output = dynoxide::Result<T>>) -> dynoxide::Result<T> {
    let pending = || dynoxide::DynoxideError::InternalServerError("the storage engine waited".into());
    work.now_or_never().unwrap_or_else(|| Err(pending()))
}

impl DynamoDb {
    pub(super) fn dispatch(&self, operation: &str, body: &[u8]) -> Result<String, AwsError> {
        match operation {
            "GetItem" => self.run(body, |s, r| at_once(actions::get_item::execute(s, r))),
            "PutItem" => self.run(body, |s, r| at_once(actions::put_item::execute(s, r))),
            "UpdateItem" => self.run(body, |s, r| at_once(actions::update_item::execute(s, r))),
            "DeleteItem" => self.run(body, |s, r| at_once(actions::delete_item::execute(s, r))),
            "Query" => self.run(body, |s, r| at_once(actions::query::execute(s, r))),
            "Scan" => self.run(body, |s, r| at_once(actions::scan::execute(s, r))),
            "BatchGetItem" => self.run(body, |s, r| at_once(actions::batch_get_item::execute(s, r))),
            "BatchWriteItem" => self.run(body, |s, r| at_once(actions::batch_write_item::execute(s, r))),
            "TransactGetItems" => self.run(body, |s, r| at_once(actions::transact_get_items::execute(s, r))),
            "TransactWriteItems" => self.transact_write(body),
            "ListTables" => self.run(body, |s, r| at_once(actions::list_tables::execute(s, r))),
            "DescribeTimeToLive" => self.run(body, |s, r| {
                at_once(actions::describe_time_to_live::execute(s, r))
            }),
            "DescribeTable" => {
                let none = VectorIndexLifecycle::new();
                self.run(body, |s, r| {
                    at_once(actions::describe_table::execute(s, r, &none))
                })
                .map(|a| self.localised(a))
            }
            "ListStreams" => self
                .run(body, |s, r| at_once(actions::list_streams::execute(s, r)))
                .map(|a| self.localised(a)),
            "DescribeStream" => {
                self.known_stream(body)?;
                self.run(body, |s, r| at_once(actions::describe_stream::execute(s, r)))
                    .map(|a| self.localised(a))
            }
            "GetShardIterator" => {
                self.known_stream(body)?;
                self.run(body, |s, r| at_once(actions::get_shard_iterator::execute(s, r)))
            }
            "GetRecords" => self.get_records(body),
            _ => Err(AwsError::not_offered("dynamodb", operation)),
        }
    }

    fn run<Request: DeserializeOwned, Answer: Serialize>(
        &self,
        body: &[u8],
        execute: impl FnOnce(&dynoxide::storage::Storage, Request) -> dynoxide::Result<Answer>,
    ) -> Result<String, AwsError> {
        let request = serde_json::from_slice(body).map_err(|e| unreadable(&e))?;
        let answer = execute(&self.storage(), request).map_err(aws_error)?;
        serde_json::to_string(&answer)
            .map_err(|e| AwsError::new("InternalServerError", e.to_string()).with_status(500))
    }

    fn transact_write(&self, body: &[u8]) -> Result<String, AwsError> {
        let execute = || self.run(body, |s, r| at_once(actions::transact_write_items::execute(s, r)));
        let Some((token, digest)) = tokens::of(body) else {
            return execute();
        };
        // Held across the write: of two equal calls the second waits and is answered from memory.
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = tokens.find(&token, &digest, self.clock.now())? {
            return Ok(answer);
        }
        let answer = execute()?;
        tokens.keep(token, digest, answer.clone(), self.clock.now());
        Ok(answer)
    }

    /// The engine writes ARNs of a region of its own.
    pub(super) fn localised(&self, answer: String) -> String {
        let theirs = format!("arn:aws:dynamodb:{}:", dynoxide::streams::LOCAL_REGION);
        answer.replace(&theirs, &format!("arn:aws:dynamodb:{}:", self.region))
    }
}
