//! Event source mappings: functions fed from a DynamoDB stream or an SQS queue.
//!
//! Each mapping is a few loops that sleep until its source has something. They know the sources' in-process reading
//! side and the [`Functions`] port; what a failed batch means differs per source and is told in `lane` and `queue`.

mod lane;
mod lanes;
mod position;
mod queue;
mod records;
mod stream;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::clock::Clock;
use crate::dynamodb::DynamoDb;
use crate::edge::sqs::Queues;
use crate::pattern::{MAX_FILTER_PATTERN, Pattern};
use crate::ports::{Functions, SharedTargets};
use crate::store::Store;
use position::Positions;

/// One mapping, as the template says.
#[derive(Clone, Debug)]
pub struct MappingConfig {
    /// Names its position in the store: must stay the same across restarts.
    pub id: String,
    pub source: Source,
    pub function_arn: String,
    pub batch_size: usize,
    pub batching_window: Duration,
    /// `ParallelizationFactor`: of a stream, as many batches are handed over at once, each of other items.
    pub batches_at_once: usize,
    /// A record is handed over if one matches; empty: every record.
    pub filters: Vec<Value>,
    /// `None`: until the record leaves the stream.
    pub max_retries: Option<u32>,
    pub max_record_age: Option<Duration>,
    pub bisect: bool,
    pub reports_item_failures: bool,
    /// ARN of the queue, function or bus that gets a record about a batch given up.
    pub on_failure: Option<String>,
}

#[derive(Clone, Debug)]
pub enum Source {
    /// A table's stream; read from its oldest record, or only from what is written after the mapping's first start.
    Stream {
        table: String,
        from_oldest: bool,
    },
    Queue {
        arn: String,
    },
}

/// What the loops work with.
#[derive(Clone)]
pub struct Surroundings {
    pub dynamodb: Arc<DynamoDb>,
    pub queues: Arc<Queues>,
    pub functions: Arc<dyn Functions>,
    pub targets: SharedTargets,
    pub store: Store,
    pub clock: Clock,
}

#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    #[error("mapping {0}: table {1} has no stream")]
    NoStream(String, String),
    #[error("mapping {0}: a filter is wrong")]
    Filter(String, #[source] crate::pattern::PatternError),
    #[error("the mappings' positions could not be read")]
    Store(#[from] rusqlite::Error),
    #[error("mapping {0}: the stream could not be read")]
    Stream(String, #[source] crate::wire::AwsError),
}

/// All mappings of a cloud, opened but not running yet.
pub struct Mappings {
    streams: Vec<Arc<stream::StreamMapping>>,
    queues: Vec<Arc<queue::QueueMapping>>,
}

impl Mappings {
    /// Checks every mapping and fixes where new ones start to read.
    pub fn open(configs: Vec<MappingConfig>, around: &Surroundings) -> Result<Arc<Self>, MappingError> {
        let positions = Positions::open(around.store.clone())?;
        let (mut streams, mut queues) = (Vec::new(), Vec::new());
        for config in configs {
            let filters = Filters::parse(&config)?;
            match config.source.clone() {
                Source::Stream { table, from_oldest } => {
                    streams.push(Arc::new(stream::StreamMapping::open(
                        config,
                        table,
                        from_oldest,
                        filters,
                        positions.clone(),
                        around,
                    )?));
                }
                Source::Queue { arn } => {
                    queues.push(Arc::new(queue::QueueMapping::new(config, arn, filters, around)))
                }
            }
        }
        Ok(Arc::new(Self { streams, queues }))
    }

    /// What feeds the functions, each for as long as it is polled. As tasks of their own functions run side by side.
    pub fn loops(&self) -> Vec<BoxFuture<'static, ()>> {
        let mut loops: Vec<BoxFuture<'static, ()>> = Vec::new();
        for stream in &self.streams {
            loops.extend(stream.loops());
        }
        for queue in self.queues.iter().cloned() {
            loops.push(Box::pin(async move { queue.run().await }));
        }
        loops
    }

    /// Mappings that are not through with their source, whatever they wait for.
    pub fn pending(&self) -> usize {
        let streams = self.streams.iter().filter(|m| m.pending()).count();
        streams + self.queues.iter().filter(|m| m.pending()).count()
    }

    /// Stream mappings with records to hand over, and queue batches in a function's hands. Zero once nothing
    /// happens without time passing; a batch that waits for its retry does not count.
    pub fn busy(&self) -> usize {
        let streams = self.streams.iter().filter(|m| m.busy()).count();
        streams + self.queues.iter().map(|m| m.in_flight()).sum::<usize>()
    }
}

/// The filter criteria of one mapping.
struct Filters(Vec<Pattern>);

impl Filters {
    fn parse(config: &MappingConfig) -> Result<Self, MappingError> {
        let parse = |filter: &Value| Pattern::parse_within(filter, MAX_FILTER_PATTERN);
        let patterns = config.filters.iter().map(parse).collect::<Result<_, _>>();
        patterns
            .map(Self)
            .map_err(|e| MappingError::Filter(config.id.clone(), e))
    }

    fn select(&self, record: &Value) -> bool {
        self.0.is_empty() || self.0.iter().any(|pattern| pattern.matches(record))
    }
}

/// Counts what is in a function's hands, also when the future is dropped half-way.
struct InFlight<'a>(&'a AtomicUsize);

impl<'a> InFlight<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The identifiers a function reported as failed. `None`: the answer reports nothing readable, which counts as
/// the whole batch failing; an answer without `batchItemFailures` reports success.
fn reported_failures(answer: &Value) -> Option<Vec<String>> {
    let Some(failures) = answer.get("batchItemFailures").filter(|f| !f.is_null()) else {
        return Some(Vec::new());
    };
    let identifier = |f: &Value| {
        f["itemIdentifier"]
            .as_str()
            .filter(|id| !id.is_empty())
            .map(str::to_string)
    };
    failures.as_array()?.iter().map(identifier).collect()
}
