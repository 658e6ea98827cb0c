//! A document was uploaded: it becomes a version that can be activated, or a failure somebody can act on. The active
//! version is never touched.

use std::sync::Arc;

use async_trait::async_trait;
use events_schema::ids::PolicyVersion;
use events_schema::policy::{PolicyIngested, PolicyIngestionFailed};
use events_schema::rows::{ClauseRow, PolicyRow, PolicyRules, PolicyState};
use jiff::Timestamp;
use lambda_host::{ConfigError, Function, HandlerError, Invocation, Live, Runtime};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::documents::{Content, Documents, MOST_BYTES};
use crate::parser::{Document, RuleText, Unreadable, parser_for};
use crate::policies::Policies;
use crate::record::{Record, RecordError};
use crate::rules::read_rules;

/// Reacts to S3's `Object Created`.
pub fn ingest(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    Ok(Arc::new(Ingest {
        documents: Documents::new(aws_sdk_s3::Client::new(&runtime.aws)),
        policies: Policies::from_runtime(runtime)?,
        record: Record::from_runtime(runtime)?,
    }))
}

/// What the keys of objects end with that hold rules for another object.
const RULES_SUFFIX: &str = ".rules.json";

struct Ingest {
    documents: Documents,
    policies: Policies,
    record: Record,
}

/// What we need of S3's event on the default bus.
#[derive(Deserialize)]
struct ObjectCreated {
    time: Timestamp,
    detail: ObjectDetail,
}

#[derive(Deserialize)]
struct ObjectDetail {
    bucket: Named,
    object: Keyed,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct Keyed {
    key: String,
}

#[async_trait]
impl Function for Ingest {
    async fn call(&self, payload: Value, _invocation: &Invocation) -> Result<Value, HandlerError> {
        let Some(live) = Live::of(&payload) else {
            return Ok(Value::Null);
        };
        let upload: ObjectCreated = serde_json::from_value(payload)?;
        let (bucket, key) = (&upload.detail.bucket.name, &upload.detail.object.key);
        if key.ends_with(RULES_SUFFIX) {
            // Read together with the document it belongs to.
            return Ok(Value::Null);
        }
        let content = self.documents.read(bucket, key).await?;
        let (hash, read) = match content {
            Content::Bytes { document, rules } => (
                hash_of(&document, rules.as_deref()),
                parse(key, &document, rules.as_deref()),
            ),
            Content::TooLarge(bytes) => (
                hex::encode(Sha256::digest(format!("{bucket}/{key}/{bytes}"))),
                Err(Unreadable(format!(
                    "the document has {bytes} bytes; {MOST_BYTES} is the most: upload the policy's text alone, without \
                     large pictures"
                ))),
            ),
        };
        let row = PolicyRow {
            version: version_of(upload.time, &hash),
            state: PolicyState::Processing,
            document: key.clone(),
            document_hash: hash,
            rules: None,
            clauses: 0,
            reason: None,
            uploaded_at: upload.time,
            sequence: 0,
        };
        let version = row.version.clone();
        self.save(&live, row, read).await?;
        Ok(Value::String(version.to_string()))
    }
}

impl Ingest {
    async fn save(
        &self,
        live: &Live,
        row: PolicyRow,
        read: Result<Document, Unreadable>,
    ) -> Result<(), HandlerError> {
        let typed = read.and_then(|document| Ok((rules_of(&row.version, &document)?, document)));
        if !self.policies.begin(&row).await? {
            // An earlier delivery read this upload to the end; only its event may be missing.
            return Ok(self.record.publish_again(live, &row.version).await?);
        }
        let saved = match typed {
            Ok((rules, document)) => self.ready(live, &row, rules.as_ref(), &document).await,
            Err(reason) => self.failed(live, &row, reason).await,
        };
        match saved {
            // Another delivery of the same upload was faster: it publishes.
            Err(SaveError::Record(RecordError::Conflict)) => Ok(()),
            other => Ok(other?),
        }
    }

    /// Clauses first: a version is ready only when all of it can be found.
    async fn ready(
        &self,
        live: &Live,
        row: &PolicyRow,
        rules: Option<&PolicyRules>,
        document: &Document,
    ) -> Result<(), SaveError> {
        let clauses: Vec<ClauseRow> = document
            .clauses
            .iter()
            .map(|clause| ClauseRow {
                version: row.version.clone(),
                clause_id: clause.id.clone(),
                section: clause.section.clone(),
                page: clause.page,
                text: clause.text.clone(),
            })
            .collect();
        self.policies.put_clauses(&clauses).await?;
        let after = PolicyRow {
            state: PolicyState::Ready,
            rules: rules.map(serde_json::to_string).transpose()?,
            clauses: clauses.len() as u32,
            sequence: 1,
            ..row.clone()
        };
        let event = PolicyIngested {
            version: row.version.clone(),
            document_hash: row.document_hash.clone(),
            clauses: after.clauses,
            rules: rules.map_or(0, |rules| rules.rules.len() as u32),
        };
        let write = self.policies.change(row, &after)?;
        Ok(self
            .record
            .save(live, &row.version, 1, cause(row), &event, vec![write])
            .await?)
    }

    async fn failed(
        &self,
        live: &Live,
        row: &PolicyRow,
        Unreadable(reason): Unreadable,
    ) -> Result<(), SaveError> {
        tracing::warn!(version = %row.version, reason, "document is no policy");
        let after = PolicyRow {
            state: PolicyState::Failed,
            reason: Some(reason.clone()),
            sequence: 1,
            ..row.clone()
        };
        let event = PolicyIngestionFailed {
            version: row.version.clone(),
            document_hash: row.document_hash.clone(),
            reason,
        };
        let write = self.policies.change(row, &after)?;
        Ok(self
            .record
            .save(live, &row.version, 1, cause(row), &event, vec![write])
            .await?)
    }
}

/// A document without any typed rule can be read and asked, and not be activated.
pub fn rules_of(version: &PolicyVersion, document: &Document) -> Result<Option<PolicyRules>, Unreadable> {
    let untyped = document.settings.is_none() && document.rules.is_empty();
    if untyped {
        Ok(None)
    } else {
        read_rules(version, document).map(Some)
    }
}

#[derive(Debug, thiserror::Error)]
enum SaveError {
    #[error(transparent)]
    Policies(#[from] crate::policies::PoliciesError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error("the rules could not be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// The document, with the rules from beside it where it has none itself.
pub fn parse(name: &str, bytes: &[u8], rules: Option<&[u8]>) -> Result<Document, Unreadable> {
    let parser = parser_for(name)?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Unreadable(format!("{name} is empty: upload the policy's text")));
    }
    let mut document = parser.parse(bytes)?;
    if let Some(rules) = rules {
        let beside: Beside = serde_json::from_slice(rules)
            .map_err(|error| Unreadable(format!("the rules beside the document cannot be read: {error}")))?;
        document.settings = Some(beside.policy);
        let rules = beside
            .rules
            .into_iter()
            .map(|rule| RuleText { under: None, rule });
        document.rules = rules.collect();
    }
    Ok(document)
}

/// Typed rules in a file of their own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Beside {
    policy: Value,
    rules: Vec<Value>,
}

fn hash_of(document: &[u8], rules: Option<&[u8]>) -> String {
    let digest = Sha256::new().chain_update(document);
    hex::encode(digest.chain_update(rules.unwrap_or_default()).finalize())
}

/// The same upload delivered again is the same version; the same text uploaded again is a new one.
fn version_of(uploaded: Timestamp, hash: &str) -> PolicyVersion {
    let short: String = hash.chars().take(6).collect();
    PolicyVersion::new(format!("{}-{short}", uploaded.strftime("%Y-%m-%dT%H-%M-%SZ")))
}

fn cause(row: &PolicyRow) -> String {
    format!("policy-ingest:{}", row.document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_named_by_time_and_content() {
        let at: Timestamp = "2026-11-20T09:00:00Z".parse().unwrap();
        assert_eq!(
            version_of(at, "1f3a9cffff").as_str(),
            "2026-11-20T09-00-00Z-1f3a9c"
        );
    }

    #[test]
    fn an_upload_is_read_from_the_event_of_s3() {
        let upload: ObjectCreated = serde_json::from_value(serde_json::json!({
            "version": "0", "id": "17793124-05d4-b198-2fde-7ededc63b103", "detail-type": "Object Created",
            "source": "aws.s3", "account": "111122223333", "time": "2026-11-20T09:00:00Z", "region": "eu-west-1",
            "resources": ["arn:aws:s3:::policies"],
            "detail": {"version": "0", "bucket": {"name": "policies"},
                "object": {"key": "travel policy.md", "size": 5, "etag": "b1946ac92492d2347c6235b4d2611184",
                    "sequencer": "617f08299329d189"},
                "request-id": "N4N7GDK58NMKJ12R", "requester": "123456789012", "reason": "PutObject"}
        }))
        .unwrap();
        assert_eq!(upload.detail.object.key, "travel policy.md");
    }
}
