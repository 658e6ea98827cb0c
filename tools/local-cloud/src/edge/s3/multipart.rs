//! Uploads in parts, as the CLI and boto3 send files of more than 8 MB. A part's file and its row outlive a
//! restart; whoever began an upload completes or aborts it.

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use md5::{Digest as _, Md5};
use rusqlite::{Connection, OptionalExtension as _, params};
use uuid::Uuid;

use super::request::{Part, Upload};
use super::{Buckets, ObjectHead, S3Error};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS s3_uploads (
    id TEXT PRIMARY KEY,
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    headers TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS s3_parts (
    upload TEXT NOT NULL REFERENCES s3_uploads (id),
    number INTEGER NOT NULL,
    file INTEGER NOT NULL,
    size INTEGER NOT NULL,
    md5 TEXT NOT NULL,
    PRIMARY KEY (upload, number)
) STRICT, WITHOUT ROWID;
";

pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(SCHEMA)
}

/// The files that hold parts: bucket and number.
pub(super) fn files(connection: &Connection) -> rusqlite::Result<Vec<(String, i64)>> {
    let mut statement =
        connection.prepare("SELECT bucket, file FROM s3_parts JOIN s3_uploads ON id = upload")?;
    statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// A part as it was uploaded.
struct Stored {
    number: u32,
    file: i64,
    size: u64,
    /// In hex.
    md5: String,
}

impl Buckets {
    /// Returns the upload's id.
    pub(super) fn create_upload(
        &self,
        bucket: &str,
        key: &str,
        headers: BTreeMap<String, String>,
    ) -> Result<String, S3Error> {
        self.bucket(bucket)?;
        let began = self.clock.now().as_nanosecond();
        let name = format!("s3/{bucket}/{key}/{began}/{}", self.files.next_number());
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
            .simple()
            .to_string();
        self.store
            .lock()
            .prepare_cached("INSERT INTO s3_uploads (id, bucket, key, headers) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![id, bucket, key, serde_json::to_string(&headers)?])?;
        Ok(id)
    }

    /// Stores a part, in place of one with the same number; returns its entity tag.
    pub(super) fn upload_part(&self, part: &Part, content: &Bytes) -> Result<String, S3Error> {
        let upload = &part.upload;
        headers_of(&self.store.lock(), upload)?;
        let (file, md5) = (self.files.next_number(), hex::encode(Md5::digest(content)));
        self.files.write(&upload.bucket, file, content)?;
        let replaced = {
            let mut connection = self.store.lock();
            let transaction = connection.transaction()?;
            // It may have been completed or aborted while the file was written.
            headers_of(&transaction, upload)?;
            let replaced = stored_parts(&transaction, &upload.id)?
                .into_iter()
                .find(|stored| stored.number == part.number);
            transaction
                .prepare_cached("INSERT OR REPLACE INTO s3_parts (upload, number, file, size, md5) VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![upload.id, part.number, file, content.len(), md5])?;
            transaction.commit()?;
            replaced
        };
        if let Some(replaced) = replaced {
            self.files.remove(&upload.bucket, replaced.file)?;
        }
        Ok(format!("\"{md5}\""))
    }

    /// Joins the listed parts into the object. The object is there before the parts go: killed in between, the
    /// upload can be completed again, to the same object.
    pub(super) async fn complete_upload(
        &self,
        upload: &Upload,
        listed: &[u8],
    ) -> Result<ObjectHead, S3Error> {
        let (headers, stored) = {
            let connection = self.store.lock();
            (
                headers_of(&connection, upload)?,
                stored_parts(&connection, &upload.id)?,
            )
        };
        let mut content = BytesMut::new();
        let mut digests = Md5::new();
        let listed = listed_parts(listed)?;
        for (number, md5) in &listed {
            let part = stored
                .iter()
                .find(|part| part.number == *number && part.md5 == *md5)
                .ok_or(S3Error::InvalidPart)?;
            content.extend_from_slice(&self.files.read(&upload.bucket, part.file, 0, part.size)?);
            digests.update(hex::decode(&part.md5).map_err(|_| S3Error::InvalidPart)?);
        }
        let object = ObjectHead {
            key: upload.key.clone(),
            size: content.len() as u64,
            etag: format!("\"{}-{}\"", hex::encode(digests.finalize()), listed.len()),
            headers,
            modified_ms: self.clock.now().as_millisecond(),
            file: self.files.next_number(),
        };
        self.files.write(&upload.bucket, object.file, &content.freeze())?;
        let object = self
            .commit(&upload.bucket, object, "CompleteMultipartUpload", false)
            .await?;
        self.abort_upload(upload)?;
        Ok(object)
    }

    /// Forgets an upload and its parts.
    pub(super) fn abort_upload(&self, upload: &Upload) -> Result<(), S3Error> {
        let stored = {
            let mut connection = self.store.lock();
            let transaction = connection.transaction()?;
            headers_of(&transaction, upload)?;
            let stored = stored_parts(&transaction, &upload.id)?;
            transaction
                .prepare_cached("DELETE FROM s3_parts WHERE upload = ?1")?
                .execute([&upload.id])?;
            transaction
                .prepare_cached("DELETE FROM s3_uploads WHERE id = ?1")?
                .execute([&upload.id])?;
            transaction.commit()?;
            stored
        };
        stored
            .iter()
            .try_for_each(|part| self.files.remove(&upload.bucket, part.file))?;
        Ok(())
    }
}

/// The headers that the object of an upload shall have; an unknown upload is refused.
fn headers_of(connection: &Connection, upload: &Upload) -> Result<BTreeMap<String, String>, S3Error> {
    let headers: Option<String> = connection
        .prepare_cached("SELECT headers FROM s3_uploads WHERE id = ?1 AND bucket = ?2 AND key = ?3")?
        .query_row(params![upload.id, upload.bucket, upload.key], |row| row.get(0))
        .optional()?;
    Ok(serde_json::from_str(&headers.ok_or(S3Error::NoSuchUpload)?)?)
}

fn stored_parts(connection: &Connection, upload_id: &str) -> rusqlite::Result<Vec<Stored>> {
    connection
        .prepare_cached("SELECT number, file, size, md5 FROM s3_parts WHERE upload = ?1 ORDER BY number")?
        .query_map([upload_id], |row| {
            Ok(Stored {
                number: row.get(0)?,
                file: row.get(1)?,
                size: row.get(2)?,
                md5: row.get(3)?,
            })
        })?
        .collect()
}

/// The parts a client lists, in rising order: each one's number and MD5 in hex.
fn listed_parts(document: &[u8]) -> Result<Vec<(u32, String)>, S3Error> {
    let document = std::str::from_utf8(document).map_err(|_| S3Error::MalformedXml)?;
    let mut parts = Vec::<(u32, String)>::new();
    for part in document.split("<Part>").skip(1) {
        let number = text_of(part, "PartNumber").and_then(|number| number.trim().parse().ok());
        let etag = text_of(part, "ETag").map(|etag| etag.replace("&quot;", "").replace("&#34;", ""));
        let (number, etag) = number.zip(etag).ok_or(S3Error::MalformedXml)?;
        if parts.last().is_some_and(|(before, _)| *before >= number) {
            return Err(S3Error::InvalidPartOrder);
        }
        parts.push((number, etag.trim().trim_matches('"').to_owned()));
    }
    if parts.is_empty() {
        Err(S3Error::MalformedXml)
    } else {
        Ok(parts)
    }
}

fn text_of<'x>(element: &'x str, name: &str) -> Option<&'x str> {
    let (_, behind) = element.split_once(&format!("<{name}>"))?;
    Some(behind.split_once("</")?.0)
}
