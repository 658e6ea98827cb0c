//! S3 as far as uploads, downloads and their events go: bodies in numbered files, an index of them in the store.
//!
//! A write is: the file, complete and flushed; then one transaction that points the key at it and records the
//! event; then the event goes to the bus. Killed before the transaction, the object is what it was and the file is
//! swept at the next start; killed after it, the event is still in the outbox and `resume_events` publishes it.
//! The parts of an upload in parts are files like any other until the upload is completed or aborted.
//! Versions, copies and sub-resources are not offered.

mod chunked;
mod error;
mod events;
mod files;
mod index;
mod listing;
mod multipart;
mod presigned;
mod request;
mod service;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use md5::{Digest as _, Md5};
use rusqlite::Transaction;

use crate::clock::Clock;
use crate::store::Store;
use files::Files;

pub use error::S3Error;
pub use events::{ObjectEvents, PublishError};
pub use index::{ObjectEvent, ObjectHead};

#[derive(Clone, Debug)]
pub struct S3Config {
    pub region: String,
    pub account: String,
    /// Holds one folder per bucket; created if missing.
    pub folder: PathBuf,
    pub buckets: Vec<BucketConfig>,
}

#[derive(Clone, Debug)]
pub struct BucketConfig {
    pub name: String,
    /// `NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled`.
    pub event_bridge: bool,
}

pub struct Buckets {
    config: S3Config,
    buckets: BTreeMap<String, BucketConfig>,
    store: Store,
    clock: Clock,
    files: Files,
    events: Arc<dyn ObjectEvents>,
}

impl Buckets {
    /// Opens the buckets over what the folder and `store` already hold. Call `resume_events` once the bus runs.
    pub fn new(
        config: S3Config,
        store: Store,
        clock: Clock,
        events: Arc<dyn ObjectEvents>,
    ) -> Result<Arc<Self>, S3Error> {
        if let Some(bucket) = config.buckets.iter().find(|bucket| !is_bucket_name(&bucket.name)) {
            return Err(S3Error::InvalidRequest(format!(
                "{:?} cannot name a bucket",
                bucket.name
            )));
        }
        let buckets: BTreeMap<_, _> = config
            .buckets
            .iter()
            .map(|bucket| (bucket.name.clone(), bucket.clone()))
            .collect();
        let mut in_use = BTreeSet::new();
        {
            let connection = store.lock();
            index::create(&connection)?;
            multipart::create(&connection)?;
            in_use.extend(index::files(&connection)?);
            in_use.extend(multipart::files(&connection)?);
        }
        let files = Files::open(config.folder.clone(), &in_use)?;
        Ok(Arc::new(Self {
            config,
            buckets,
            store,
            clock,
            files,
            events,
        }))
    }

    /// Stores an object and announces it. `headers` are kept and given back: `content-type`, `x-amz-meta-…`, in
    /// lower case. With `only_if_absent` an existing object is left alone and the call refused.
    pub async fn put(
        &self,
        bucket: &str,
        key: &str,
        content: &Bytes,
        headers: BTreeMap<String, String>,
        only_if_absent: bool,
    ) -> Result<ObjectHead, S3Error> {
        self.bucket(bucket)?;
        let object = ObjectHead {
            key: key.into(),
            size: content.len() as u64,
            etag: format!("\"{}\"", hex::encode(Md5::digest(content))),
            headers,
            modified_ms: self.clock.now().as_millisecond(),
            file: self.files.next_number(),
        };
        self.files.write(bucket, object.file, content)?;
        self.commit(bucket, object, "PutObject", only_if_absent).await
    }

    pub fn head(&self, bucket: &str, key: &str) -> Result<ObjectHead, S3Error> {
        self.bucket(bucket)?;
        index::get(&self.store.lock(), bucket, key)?.ok_or_else(|| S3Error::NoSuchKey(key.into()))
    }

    /// `length` bytes of an object from `start`.
    pub fn read(&self, bucket: &str, object: &ObjectHead, start: u64, length: u64) -> Result<Bytes, S3Error> {
        Ok(self.files.read(bucket, object.file, start, length)?)
    }

    /// Succeeds, without an event, if there is no such object.
    pub async fn delete(&self, bucket: &str, key: &str) -> Result<(), S3Error> {
        let settings = self.bucket(bucket)?;
        let (removed, announced) = {
            let mut connection = self.store.lock();
            let transaction = connection.transaction()?;
            let Some(removed) = index::get(&transaction, bucket, key)? else {
                return Ok(());
            };
            index::remove(&transaction, bucket, key)?;
            let now_ms = self.clock.now().as_millisecond();
            let event = |sequence| events::deleted(bucket, &self.config.account, key, sequence, now_ms);
            let announced = announce(&transaction, settings, event)?;
            transaction.commit()?;
            (removed, announced)
        };
        self.files.remove(bucket, removed.file)?;
        self.publish(announced).await
    }

    /// Offers the bus every event it has not taken yet: after a start, and after the bus refused some.
    pub async fn resume_events(&self) -> Result<(), S3Error> {
        let waiting = index::unannounced(&self.store.lock())?;
        for (seq, event) in waiting {
            self.publish(Some((seq, event))).await?;
        }
        Ok(())
    }

    fn bucket(&self, name: &str) -> Result<&BucketConfig, S3Error> {
        self.buckets
            .get(name)
            .ok_or_else(|| S3Error::NoSuchBucket(name.into()))
    }

    /// Points the key at a file that is already written, and announces it.
    async fn commit(
        &self,
        bucket: &str,
        object: ObjectHead,
        reason: &str,
        only_if_absent: bool,
    ) -> Result<ObjectHead, S3Error> {
        let settings = self.bucket(bucket)?;
        let (replaced, announced) = {
            let mut connection = self.store.lock();
            let transaction = connection.transaction()?;
            let before = index::get(&transaction, bucket, &object.key)?;
            if only_if_absent && before.is_some() {
                self.files.remove(bucket, object.file)?;
                return Err(S3Error::PreconditionFailed);
            }
            index::put(&transaction, bucket, &object)?;
            let event = |sequence| events::created(bucket, &self.config.account, &object, reason, sequence);
            let announced = announce(&transaction, settings, event)?;
            transaction.commit()?;
            (before, announced)
        };
        if let Some(replaced) = replaced {
            self.files.remove(bucket, replaced.file)?;
        }
        self.publish(announced).await?;
        Ok(object)
    }

    /// The write has happened, whatever the bus says: a refusal is logged and the event stays in the outbox.
    async fn publish(&self, event: Option<(i64, ObjectEvent)>) -> Result<(), S3Error> {
        let Some((seq, event)) = event else { return Ok(()) };
        match self.events.publish(event).await {
            Ok(()) => {
                index::announced(&self.store.lock(), seq)?;
            }
            Err(error) => tracing::warn!(
                seq,
                error = &error as &dyn std::error::Error,
                "object event stays in the outbox"
            ),
        }
        Ok(())
    }
}

/// Puts the event of a change into the outbox, if the bucket's changes are announced. Its sequence is taken in the
/// change's own transaction: of two writes to one key, the one that stands has the later.
fn announce(
    transaction: &Transaction<'_>,
    bucket: &BucketConfig,
    event: impl FnOnce(i64) -> ObjectEvent,
) -> Result<Option<(i64, ObjectEvent)>, S3Error> {
    if !bucket.event_bridge {
        return Ok(None);
    }
    let event = event(index::next_sequence(transaction)?);
    Ok(Some((index::announce(transaction, &event)?, event)))
}

fn is_bucket_name(name: &str) -> bool {
    let is_allowed = |character: char| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || "-.".contains(character)
    };
    (3..=63).contains(&name.len()) && name.chars().all(is_allowed) && !name.starts_with('.')
}

#[cfg(test)]
mod tests;
