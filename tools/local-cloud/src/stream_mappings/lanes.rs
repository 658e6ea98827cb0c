//! What has been read of a stream and is not settled yet, in lanes. All records of an item are in one lane, so they
//! stay in order, while no lane waits for another. No I/O here, and no clock.
//!
//! Source: the Lambda developer guide on DynamoDB streams: `ParallelizationFactor` batches of a shard are processed at
//! once, "in order at the item (partition and sort key) level". A function that counts on more is found out here too.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use super::position::{Places, Position};
use crate::dynamodb::DynamoDb;

pub(super) struct Lanes {
    /// Sequence of the last record read.
    read: i64,
    lanes: Vec<Lane>,
}

struct Lane {
    unsettled: VecDeque<Value>,
    position: Position,
}

/// What a lane hands over next.
pub(super) struct Batch {
    pub records: Vec<Value>,
    /// Those that failed before.
    pub attempts: u32,
    /// It failed before, or is what is left of one that did.
    pub again: bool,
}

impl Lanes {
    pub fn starting_at(places: Places) -> Self {
        let lane = |position| Lane {
            unsettled: VecDeque::new(),
            position,
        };
        Self {
            read: places.through,
            lanes: places.lanes.into_iter().map(lane).collect(),
        }
    }

    /// The records that follow on what was read. Those that are not selected, and those that a lane has settled before
    /// a restart, are passed over.
    pub fn take_in(&mut self, records: Vec<Value>, selected: impl Fn(&Value) -> bool) {
        for record in records {
            let Some(sequence) = DynamoDb::sequence_of(&record) else {
                continue;
            };
            self.read = sequence;
            let lane = lane_of(&record, self.lanes.len());
            let lane = &mut self.lanes[lane];
            if sequence > lane.position.after && selected(&record) {
                lane.unsettled.push_back(record);
            }
        }
    }

    pub fn batch(&self, lane: usize, size: usize) -> Option<Batch> {
        let Lane { unsettled, position } = &self.lanes[lane];
        let size = position.held.unwrap_or(size).min(size);
        let records: Vec<Value> = unsettled.iter().take(size).cloned().collect();
        (!records.is_empty()).then_some(Batch {
            records,
            attempts: position.attempts,
            again: position.held.is_some(),
        })
    }

    /// The first `count` records of the lane are through.
    pub fn settle(&mut self, lane: usize, count: usize) {
        let lane = &mut self.lanes[lane];
        if let Some(last) = lane.unsettled.drain(..count).next_back() {
            let after = DynamoDb::sequence_of(&last).unwrap_or(lane.position.after);
            lane.position = Position::at(after);
        }
    }

    /// The first `held` records of the lane are to be handed over again, by themselves.
    pub fn hold(&mut self, lane: usize, held: usize, attempts: u32) {
        let position = &mut self.lanes[lane].position;
        position.attempts = attempts;
        position.held = Some(held);
    }

    /// How many of the lane's records are from before the stream's oldest.
    pub fn gone(&self, lane: usize, oldest: i64) -> usize {
        let gone = |record: &&Value| DynamoDb::sequence_of(record).is_some_and(|sequence| sequence < oldest);
        self.lanes[lane].unsettled.iter().take_while(gone).count()
    }

    pub fn read(&self) -> i64 {
        self.read
    }

    pub fn unsettled(&self) -> usize {
        self.lanes.iter().map(|lane| lane.unsettled.len()).sum()
    }

    pub fn has_work(&self, lane: usize) -> bool {
        !self.lanes[lane].unsettled.is_empty()
    }

    /// What must be known after a restart.
    pub fn places(&self) -> Places {
        let firsts = self.lanes.iter().filter_map(|lane| lane.unsettled.front());
        let first = firsts.filter_map(DynamoDb::sequence_of).min();
        let through = first.map_or(self.read, |first| first - 1);
        let place = |lane: &Lane| Position {
            after: lane.position.after.max(through),
            ..lane.position
        };
        Places {
            through,
            lanes: self.lanes.iter().map(place).collect(),
        }
    }
}

/// The same in every process: where lanes stand is kept by their numbers.
pub(super) fn lane_of(record: &Value, lanes: usize) -> usize {
    if lanes == 1 {
        return 0;
    }
    let keys = record["dynamodb"]["Keys"].as_object();
    let item: BTreeMap<&String, &Value> = keys.into_iter().flatten().collect();
    let hash = crc32fast::hash(&serde_json::to_vec(&item).unwrap_or_default());
    hash as usize % lanes
}
