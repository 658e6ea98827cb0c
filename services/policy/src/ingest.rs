//! A document was uploaded: it becomes a version that can be activated, or a failure somebody can act on. The active
//! version is never touched.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use events_schema::ids::PolicyVersion;
use events_schema::policy::{PolicyIngested, PolicyIngestionFailed};
use events_schema::rows::{ClauseRow, PolicyRow, PolicyRules, PolicyState, RuleDraft, Vector};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use iso_currency::Currency;
use jiff::Timestamp;
use lambda_host::converse::Model;
use lambda_host::{Clock, ConfigError, Function, HandlerError, Invocation, Live, Runtime};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::data_automation::DataAutomation;
use crate::documents::{Content, Documents, MOST_BYTES};
use crate::draft::{self, Drafted};
use crate::embed::{self, Bedrock, EmbedError, Embedder, Purpose};
use crate::parser::{Document, RuleText, Unreadable, parser_for};
use crate::policies::Policies;
use crate::reader::{InProcess, ReadError, Reader, Upload};
use crate::record::{Record, RecordError};
use crate::retrieval;
use crate::rules::read_rules;
use crate::uploads;

/// Reacts to S3's `Object Created`. Settings: those of [`Policies`] and of the record, `DOCUMENT_READER`
/// (`data-automation` or `in-process`), `MODEL_ID`, `MODEL_CALL_TIMEOUT_S` (60), `EMBEDDING_MODEL_ID`.
pub fn ingest(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    let documents = Documents::new(aws_sdk_s3::Client::new(&runtime.aws));
    let call_timeout = Duration::from_secs(runtime.setting_or("MODEL_CALL_TIMEOUT_S", 60)?);
    Ok(Arc::new(Ingest {
        reader: reader(runtime, &documents)?,
        documents,
        policies: Policies::from_runtime(runtime)?,
        record: Record::from_runtime(runtime)?,
        model: Model::new(&runtime.aws, runtime.setting("MODEL_ID")?, call_timeout),
        embedder: Arc::new(Bedrock::new(&runtime.aws)),
        embedding_model: embed::configured(runtime)?,
        clock: runtime.clock.clone(),
    }))
}

fn reader(runtime: &Runtime, documents: &Documents) -> Result<Arc<dyn Reader>, ConfigError> {
    match runtime.setting("DOCUMENT_READER")? {
        "data-automation" => Ok(Arc::new(DataAutomation::from_runtime(
            runtime,
            documents.clone(),
        )?)),
        "in-process" => Ok(Arc::new(InProcess)),
        other => Err(ConfigError::Invalid {
            name: "DOCUMENT_READER".into(),
            wanted: "data-automation or in-process",
            reason: format!("{other:?} is neither"),
        }),
    }
}

/// What the keys of objects end with that hold rules for another object.
const RULES_SUFFIX: &str = ".rules.json";
/// Kept back from the invocation's time for saving and announcing.
const TIME_TO_SAVE: Duration = Duration::from_secs(30);
/// Clauses embedded side by side.
const EMBEDDED_AT_ONCE: usize = 8;

struct Ingest {
    reader: Arc<dyn Reader>,
    documents: Documents,
    policies: Policies,
    record: Record,
    model: Model,
    embedder: Arc<dyn Embedder>,
    embedding_model: Option<String>,
    clock: Arc<dyn Clock>,
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

/// All that a version becomes.
struct Prepared {
    rules: Option<PolicyRules>,
    draft: Option<RuleDraft>,
    clauses: Vec<ClauseRow>,
    embedded_by: Option<String>,
}

#[async_trait]
impl Function for Ingest {
    async fn call(&self, payload: Value, invocation: &Invocation) -> Result<Value, HandlerError> {
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
        let hash = match &content {
            Content::Bytes { document, rules } => hash_of(document, rules.as_deref()),
            Content::TooLarge(bytes) => hex::encode(Sha256::digest(format!("{bucket}/{key}/{bytes}"))),
        };
        let row = PolicyRow {
            version: self.version(key, upload.time, &hash).await?,
            state: PolicyState::Processing,
            document: key.clone(),
            document_hash: hash,
            rules: None,
            draft: None,
            clauses: 0,
            embedded_by: None,
            reason: None,
            uploaded_at: upload.time,
            sequence: 0,
        };
        if !self.policies.begin(&row).await? {
            // An earlier delivery read this upload to the end; only its event may be missing.
            self.record.publish_again(&live, &row.version).await?;
            return Ok(Value::String(row.version.to_string()));
        }
        let prepared = self.prepare(&live, bucket, &row, content, invocation).await?;
        self.save(&live, &row, prepared).await?;
        Ok(Value::String(row.version.to_string()))
    }
}

impl Ingest {
    /// An upload that was announced has its version's name in its key.
    async fn version(&self, key: &str, at: Timestamp, hash: &str) -> Result<PolicyVersion, HandlerError> {
        if let Some(announced) = uploads::version_in(key)
            && self.policies.row(&announced).await?.is_some()
        {
            return Ok(announced);
        }
        // Two files of the same content are two uploads, even within a second.
        let named = hex::encode(Sha256::digest(format!("{key}/{hash}")));
        Ok(version_of(at, &named))
    }

    fn time_left(&self, invocation: &Invocation) -> Duration {
        let left = invocation.deadline.duration_since(self.clock.now());
        Duration::try_from(left)
            .unwrap_or(Duration::ZERO)
            .saturating_sub(TIME_TO_SAVE)
    }

    /// Everything that must exist before the version is ready, or why the document cannot become one.
    async fn prepare(
        &self,
        live: &Live,
        bucket: &str,
        row: &PolicyRow,
        content: Content,
        invocation: &Invocation,
    ) -> Result<Result<Prepared, Unreadable>, HandlerError> {
        let (bytes, beside) = match content {
            Content::Bytes { document, rules } => (document, rules),
            Content::TooLarge(bytes) => return Ok(Err(too_large(bytes))),
        };
        let read = self
            .read(bucket, row, &bytes, beside.as_deref(), invocation)
            .await;
        let document = match read {
            Ok(document) => document,
            Err(ReadError::Unreadable(reason)) => return Ok(Err(reason)),
            Err(ReadError::Failed(error)) => return Err(error),
        };
        let (rules, draft) = match rules_of(&row.version, &document) {
            Ok(Some(rules)) => (Some(rules), None),
            Ok(None) => {
                let drafted = self.draft(live, row, &document, invocation).await?;
                (drafted.rules, Some(drafted.draft))
            }
            Err(reason) => return Ok(Err(reason)),
        };
        let mut clauses = read_clauses(&document, &row.version);
        if let Some(model) = &self.embedding_model {
            match self.embed(model, &mut clauses).await {
                Ok(()) => {}
                Err(error) if error.is_final() => return Ok(Err(not_embedded(model, &error))),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Ok(Prepared {
            rules,
            draft,
            clauses,
            embedded_by: self.embedding_model.clone(),
        }))
    }

    async fn read(
        &self,
        bucket: &str,
        row: &PolicyRow,
        bytes: &[u8],
        beside: Option<&[u8]>,
        invocation: &Invocation,
    ) -> Result<Document, ReadError> {
        check(&row.document, bytes)?;
        let upload = Upload {
            bucket,
            key: &row.document,
            bytes,
            reading: row.version.as_str(),
        };
        let document = self.reader.read(&upload, self.time_left(invocation)).await?;
        Ok(with_rules(document, beside)?)
    }

    /// Rates are the active policy's: a document that nobody typed has none.
    async fn draft(
        &self,
        live: &Live,
        row: &PolicyRow,
        document: &Document,
        invocation: &Invocation,
    ) -> Result<Drafted, HandlerError> {
        let known = self.active_rules().await?;
        let rates = |currency: Currency| {
            let known = known.as_ref();
            known.map_or_else(draft::Rates::new, |rules| draft::rates_in(currency, rules))
        };
        let time_left = self.time_left(invocation);
        Ok(draft::draft(live, &self.model, &row.version, document, rates, time_left).await?)
    }

    async fn active_rules(&self) -> Result<Option<PolicyRules>, HandlerError> {
        let Some(active) = self.policies.active().await? else {
            return Ok(None);
        };
        let row = self.policies.row(&active.active_version).await?;
        let rules = row.and_then(|row| row.rules);
        Ok(rules.as_deref().map(serde_json::from_str).transpose()?)
    }

    async fn embed(&self, model: &str, clauses: &mut [ClauseRow]) -> Result<(), EmbedError> {
        let texts: Vec<String> = clauses
            .iter()
            .map(|clause| format!("{}\n{}", clause.section, clause.text))
            .collect();
        let embedded: Vec<_> = texts
            .iter()
            .map(|text| self.embedder.embed(model, text, Purpose::Index))
            .collect();
        let embedded = stream::iter(embedded).buffered(EMBEDDED_AT_ONCE);
        let vectors: Vec<Vec<f32>> = embedded.try_collect().await?;
        for (clause, vector) in clauses.iter_mut().zip(vectors) {
            clause.vector = Some(Vector::of(&vector));
        }
        Ok(())
    }

    async fn save(
        &self,
        live: &Live,
        row: &PolicyRow,
        prepared: Result<Prepared, Unreadable>,
    ) -> Result<(), HandlerError> {
        let saved = match prepared {
            Ok(prepared) => self.ready(live, row, prepared).await,
            Err(reason) => self.failed(live, row, reason).await,
        };
        match saved {
            // Another delivery of the same upload was faster: it publishes.
            Err(SaveError::Record(RecordError::Conflict)) => Ok(()),
            other => Ok(other?),
        }
    }

    /// Clauses first, their vectors with them: a version is ready only when all of it can be found.
    async fn ready(&self, live: &Live, row: &PolicyRow, prepared: Prepared) -> Result<(), SaveError> {
        self.policies.put_clauses(&prepared.clauses).await?;
        let after = PolicyRow {
            state: PolicyState::Ready,
            rules: prepared.rules.as_ref().map(serde_json::to_string).transpose()?,
            draft: prepared.draft,
            clauses: prepared.clauses.len() as u32,
            embedded_by: prepared.embedded_by,
            sequence: 1,
            ..row.clone()
        };
        let event = PolicyIngested {
            version: row.version.clone(),
            document_hash: row.document_hash.clone(),
            clauses: after.clauses,
            rules: prepared.rules.map_or(0, |rules| rules.rules.len() as u32),
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

/// Some ten milliseconds a clause.
pub(crate) fn read_clauses(document: &Document, version: &PolicyVersion) -> Vec<ClauseRow> {
    let rows = document.clauses.iter().map(|clause| clause.row(version));
    let mut clauses: Vec<ClauseRow> = rows.collect();
    retrieval::read(&mut clauses);
    clauses
}

fn too_large(bytes: i64) -> Unreadable {
    Unreadable(format!(
        "the document has {bytes} bytes; {MOST_BYTES} is the most: upload the policy's text alone, without large \
         pictures"
    ))
}

fn not_embedded(model: &str, error: &EmbedError) -> Unreadable {
    Unreadable(format!(
        "its clauses could not be embedded by {model} ({error}): an administrator must grant access to the model or \
         name another, then upload the document again"
    ))
}

/// The rules somebody wrote; none where the document has none.
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

/// Reads a document in process, with the rules from beside it where it has none itself.
pub fn parse(name: &str, bytes: &[u8], rules: Option<&[u8]>) -> Result<Document, Unreadable> {
    check(name, bytes)?;
    with_rules(parser_for(name)?.parse(bytes)?, rules)
}

/// What can be said before it is read.
fn check(name: &str, bytes: &[u8]) -> Result<(), Unreadable> {
    parser_for(name)?;
    if bytes.len() > MOST_BYTES {
        return Err(too_large(i64::try_from(bytes.len()).unwrap_or(i64::MAX)));
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        let name = uploads::file_name(name);
        return Err(Unreadable(format!("{name} is empty: upload the policy's text")));
    }
    Ok(())
}

fn with_rules(mut document: Document, rules: Option<&[u8]>) -> Result<Document, Unreadable> {
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
