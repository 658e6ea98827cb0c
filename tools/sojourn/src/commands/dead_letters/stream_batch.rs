//! A batch of stream records that its function gave up on. The letter names only the place in the stream, so the
//! records are read there again, which a stream allows for a day.

use aws_sdk_dynamodbstreams::Client;
use aws_sdk_dynamodbstreams::primitives::DateTime;
use aws_sdk_dynamodbstreams::types::{AttributeValue, Record, ShardIteratorType};
use serde_json::{Map, Value, json};

use crate::commands::CommandError;

/// `DDBStreamBatchInfo` of the letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StreamBatch {
    stream_arn: String,
    shard_id: String,
    /// Sequence numbers, as DynamoDB writes them.
    first: String,
    last: String,
    size: usize,
}

impl StreamBatch {
    /// `None` if a part is missing: then nobody can say which records these were.
    pub fn read(info: &Value) -> Option<Self> {
        let text = |name: &str| info[name].as_str().map(str::to_owned);
        Some(Self {
            stream_arn: text("streamArn")?,
            shard_id: text("shardId")?,
            first: text("startSequenceNumber")?,
            last: text("endSequenceNumber")?,
            size: usize::try_from(info["batchSize"].as_u64()?).ok()?,
        })
    }

    /// The batch as the function was given it. An error if these are not all of the records, or not only they.
    pub async fn event(&self, streams: &Client) -> Result<Value, CommandError> {
        let records = self.records(streams).await?;
        match records.len() {
            found if found == self.size => {}
            found if found < self.size => {
                let size = self.size;
                return Err(format!(
                    "the stream holds only {found} of its {size} records any more: it keeps them for a day"
                )
                .into());
            }
            found => {
                let size = self.size;
                return Err(format!(
                    "its {size} records are some of {found}: a filter chose among them, which is not known here"
                )
                .into());
            }
        }
        let records: Vec<_> = records
            .iter()
            .map(|record| as_lambda_sees(record, &self.stream_arn))
            .collect();
        Ok(json!({ "Records": records }))
    }

    async fn records(&self, streams: &Client) -> Result<Vec<Record>, CommandError> {
        let start = streams
            .get_shard_iterator()
            .stream_arn(&self.stream_arn)
            .shard_id(&self.shard_id)
            .shard_iterator_type(ShardIteratorType::AtSequenceNumber)
            .sequence_number(&self.first)
            .send()
            .await;
        let mut place = match start {
            Ok(start) => start.shard_iterator,
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|known| known.is_trimmed_data_access_exception()) =>
            {
                return Ok(Vec::new());
            }
            Err(error) => return Err(error.into()),
        };
        let (first, last) = (number(&self.first), number(&self.last));
        let mut found = Vec::new();
        while let Some(iterator) = place {
            let page = streams.get_records().shard_iterator(iterator).send().await?;
            // An open shard always has a next place; behind the last record there is nothing to wait for.
            let mut through = page.records().is_empty();
            for record in page.records() {
                let at = sequence(record).map(number);
                through |= at >= Some(last);
                if (Some(first)..=Some(last)).contains(&at) {
                    found.push(record.clone());
                }
            }
            place = page.next_shard_iterator.filter(|_| !through);
        }
        Ok(found)
    }
}

fn sequence(record: &Record) -> Option<&str> {
    record.dynamodb()?.sequence_number()
}

/// Up to 40 digits on AWS, 21 so far: a number that does not fit is behind every one that does.
fn number(sequence: &str) -> u128 {
    sequence.parse().unwrap_or(u128::MAX)
}

/// GetRecords and Lambda write a record alike, but for the stream's ARN, which only Lambda adds.
fn as_lambda_sees(record: &Record, stream_arn: &str) -> Value {
    let mut seen = json!({
        "eventID": record.event_id(),
        "eventName": record.event_name().map(|name| name.as_str()),
        "eventVersion": record.event_version(),
        "eventSource": record.event_source(),
        "awsRegion": record.aws_region(),
        "eventSourceARN": stream_arn,
    });
    if let Some(identity) = record.user_identity() {
        seen["userIdentity"] = json!({ "type": identity.r#type(), "principalId": identity.principal_id() });
    }
    let Some(change) = record.dynamodb() else {
        return seen;
    };
    let mut dynamodb = Map::new();
    let created = change.approximate_creation_date_time().map(DateTime::as_secs_f64);
    dynamodb.insert("ApproximateCreationDateTime".into(), created.into());
    dynamodb.insert("SequenceNumber".into(), change.sequence_number().into());
    dynamodb.insert("SizeBytes".into(), change.size_bytes().into());
    let view = change.stream_view_type().map(|view| view.as_str());
    dynamodb.insert("StreamViewType".into(), view.into());
    let images = [
        ("Keys", change.keys()),
        ("NewImage", change.new_image()),
        ("OldImage", change.old_image()),
    ];
    for (name, image) in images {
        if let Some(image) = image {
            let image = image.iter().map(|(name, value)| (name.clone(), plain(value)));
            dynamodb.insert(name.into(), Value::Object(image.collect()));
        }
    }
    seen["dynamodb"] = Value::Object(dynamodb);
    seen
}

/// `{"S": "…"}` and so on, as DynamoDB's own JSON.
fn plain(value: &AttributeValue) -> Value {
    let value = serde_dynamo::AttributeValue::from(value.clone());
    serde_json::to_value(value).unwrap_or_default()
}
