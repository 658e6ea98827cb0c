//! `ParallelizationFactor`: what is handed over at once, what stays in order, what a failing lane costs the others,
//! what is known after a kill, and how much is held. The function takes time here; stream, store and clock are the
//! real ones.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::stream_mappings::lanes::lane_of;

const LONG: Duration = Duration::from_secs(100 * 60 * 60);

/// What the function does with a batch.
struct Act {
    takes: Duration,
    fails: bool,
}

const QUICKLY: Act = Act {
    takes: Duration::from_millis(1),
    fails: false,
};

/// From the names of the records, and how often just these were handed over before.
type Acts = dyn Fn(&[String], usize) -> Act + Send + Sync;

struct Worker {
    acts: Box<Acts>,
    notes: Mutex<Notes>,
}

#[derive(Default)]
struct Notes {
    handed_over: BTreeMap<Vec<String>, usize>,
    /// The items of each batch that is being worked on.
    in_hand: Vec<BTreeSet<String>>,
    /// The most batches at once.
    most: usize,
    /// Items that were in two batches at once.
    torn: BTreeSet<String>,
    /// Records of batches that succeeded.
    done: Vec<String>,
}

/// `item:version`
fn name_of(record: &Value) -> String {
    let image = &record["dynamodb"]["NewImage"];
    let text = |name: &str| image[name]["S"].as_str().unwrap_or_default().to_string();
    format!("{}:{}", text("id"), text("version"))
}

fn item_of(name: &String) -> String {
    name.split(':').next().unwrap_or(name).to_string()
}

impl Worker {
    fn new(acts: impl Fn(&[String], usize) -> Act + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            acts: Box::new(acts),
            notes: Mutex::default(),
        })
    }

    fn done(&self) -> Vec<String> {
        self.notes.lock().unwrap().done.clone()
    }

    fn most(&self) -> usize {
        self.notes.lock().unwrap().most
    }

    fn begin(&self, names: &[String], items: &BTreeSet<String>) -> Act {
        let mut notes = self.notes.lock().unwrap();
        let before = notes.handed_over.entry(names.to_vec()).or_default();
        let act = (self.acts)(names, *before);
        *before += 1;
        let others: BTreeSet<String> = notes.in_hand.iter().flatten().cloned().collect();
        notes.torn.extend(items.intersection(&others).cloned());
        notes.in_hand.push(items.clone());
        notes.most = notes.most.max(notes.in_hand.len());
        act
    }
}

#[async_trait]
impl Functions for Worker {
    async fn invoke(&self, _: &str, payload: Value) -> Result<Value, InvokeError> {
        let names: Vec<String> = payload["Records"]
            .as_array()
            .unwrap()
            .iter()
            .map(name_of)
            .collect();
        let items: BTreeSet<String> = names.iter().map(item_of).collect();
        let act = self.begin(&names, &items);
        tokio::time::sleep(act.takes).await;
        let mut notes = self.notes.lock().unwrap();
        notes.in_hand.retain(|others| *others != items);
        if act.fails {
            let (error_type, message) = ("Boom".into(), names.join(" "));
            return Err(FunctionError { error_type, message }.into());
        }
        notes.done.extend(names);
        Ok(Value::Null)
    }
    async fn invoke_async(&self, function: &str, _: Value) -> Result<(), InvokeError> {
        Err(InvokeError::NotFound(function.into()))
    }
}

/// A world with this function.
fn with(worker: &Arc<Worker>) -> World {
    let mut world = world(|_, _| Ok(Value::Null));
    world.around.functions = worker.clone();
    world
}

impl World {
    async fn put_version(&self, item: &str, version: usize) {
        let item = json!({ "id": { "S": item }, "version": { "S": version.to_string() } });
        self.put_item(item).await;
    }
}

/// `count` items of the given lane out of two.
fn items_of_lane(lane: usize, count: usize) -> Vec<String> {
    let names = (0..).map(|number| format!("item-{number}"));
    let of_lane = |name: &String| {
        let record = json!({ "dynamodb": { "Keys": { "id": { "S": name } } } });
        lane_of(&record, 2) == lane
    };
    names.filter(of_lane).take(count).collect()
}

fn at_once(batches_at_once: usize) -> MappingConfig {
    MappingConfig {
        batches_at_once,
        batch_size: 1,
        ..config()
    }
}

async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(500)).await;
}

#[tokio::test(start_paused = true)]
async fn as_many_batches_are_worked_on_at_once_as_the_factor_says() {
    let second = || Act {
        takes: Duration::from_secs(1),
        fails: false,
    };
    let (first, other) = (&items_of_lane(0, 1)[0], &items_of_lane(1, 1)[0]);
    // Factor, items written, batches at once, seconds.
    let cases = [
        (1, [first, other], 1, 2),
        (2, [first, other], 2, 1),
        (2, [first, first], 1, 2),
    ];
    for (factor, items, most, seconds) in cases {
        let worker = Worker::new(move |_, _| second());
        let world = with(&worker);
        for (version, item) in items.into_iter().enumerate() {
            world.put_version(item, version).await;
        }
        let (mappings, running) = world.start(at_once(factor));
        let almost = Duration::from_secs(seconds) - Duration::from_millis(100);
        tokio::time::sleep(almost).await;
        assert!(
            worker.done().len() < 2 && mappings.busy() == 1,
            "{factor} {items:?}"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(
            (worker.done().len(), worker.most()),
            (2, most),
            "{factor} {items:?}"
        );
        assert_eq!(
            (mappings.busy(), mappings.pending()),
            (0, 0),
            "{factor} {items:?}"
        );
        running.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn an_items_records_stay_in_order_through_failures_halving_and_waiting() {
    // Every batch fails the first time; shorter ones are quicker, so a lane that went on would overtake itself.
    let worker = Worker::new(|names, before| Act {
        takes: Duration::from_millis(300 * names.len() as u64),
        fails: before == 0,
    });
    let world = with(&worker);
    let items: Vec<String> = (0..12).map(|number| format!("trip-{number}")).collect();
    let (_, running) = world.start(MappingConfig {
        batch_size: 4,
        bisect: true,
        max_retries: None,
        ..at_once(3)
    });
    for version in 0..5 {
        for item in &items {
            world.put_version(item, version).await;
        }
        a_moment().await;
    }
    for_a_while().await;
    running.abort();
    let done = worker.done();
    for item in &items {
        let versions: Vec<&String> = done.iter().filter(|name| item_of(name) == *item).collect();
        let expected: Vec<String> = (0..5).map(|version| format!("{item}:{version}")).collect();
        assert_eq!(versions, expected.iter().collect::<Vec<_>>());
    }
    assert_eq!(worker.notes.lock().unwrap().torn, BTreeSet::new());
    assert_eq!(worker.most(), 3, "lanes do work side by side here");
}

#[tokio::test(start_paused = true)]
async fn a_poison_record_holds_up_its_own_lane_alone_and_is_told_of() {
    let (lane, others) = (items_of_lane(0, 2), items_of_lane(1, 2));
    let poison = lane[0].clone();
    let worker = Worker::new(move |names, _| Act {
        fails: item_of(&names[0]) == poison,
        ..QUICKLY
    });
    let world = with(&worker);
    for item in [&lane[0], &lane[1], &others[0], &others[1]] {
        world.put_version(item, 0).await;
    }
    let (mappings, running) = world.start(at_once(2));
    a_moment().await;
    let of_others: Vec<String> = others.iter().map(|item| format!("{item}:0")).collect();
    assert_eq!(worker.done(), of_others);
    assert_eq!(
        (mappings.busy(), mappings.pending()),
        (0, 1),
        "the one waits for its retry"
    );
    for_a_while().await;
    running.abort();
    assert_eq!(worker.done()[2..], [format!("{}:0", lane[1])]);
    let handed_over = worker.notes.lock().unwrap().handed_over.clone();
    assert_eq!(handed_over[&vec![format!("{}:0", lane[0])]], 3, "two retries");
    let told = world.taken.0.lock().unwrap().clone();
    let [told] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!(told["requestContext"]["condition"], "RetryAttemptsExhausted");
    let (batch, stream) = (&told["DDBStreamBatchInfo"], &world.around.dynamodb);
    let first = &stream.records_after("journal", 0, 1).unwrap().records[0];
    let sequences = (&batch["startSequenceNumber"], &batch["endSequenceNumber"]);
    let sequence = &first["dynamodb"]["SequenceNumber"];
    assert_eq!(sequences, (sequence, sequence));
}

/// One lane is killed with a record in the function's hands, when the other has long gone on.
#[tokio::test(start_paused = true)]
async fn after_a_kill_each_lane_goes_on_from_what_it_had_not_finished() {
    let (slow, quick) = (items_of_lane(0, 2), items_of_lane(1, 2));
    let unfinished = [format!("{}:0", slow[0]), format!("{}:0", slow[1])];
    let finished = [format!("{}:0", quick[0]), format!("{}:0", quick[1])];
    // With another number of lanes there is only the place that all of them had passed.
    let all = [&unfinished[0], &finished[0], &unfinished[1], &finished[1]].map(Clone::clone);
    for (factor, expected) in [(2, unfinished.to_vec()), (1, all.to_vec()), (3, all.to_vec())] {
        let hangs = slow[0].clone();
        let worker = Worker::new(move |names, before| Act {
            takes: if item_of(&names[0]) == hangs && before == 0 {
                LONG
            } else {
                QUICKLY.takes
            },
            ..QUICKLY
        });
        let world = with(&worker);
        for item in [&slow[0], &quick[0], &slow[1], &quick[1]] {
            world.put_version(item, 0).await;
        }
        let (_, running) = world.start(at_once(2));
        a_moment().await;
        running.abort();
        let _ = running.await;
        assert_eq!(worker.done(), finished, "{factor}");
        let (_, running) = world.start(at_once(factor));
        a_moment().await;
        running.abort();
        let again: BTreeSet<String> = worker.done()[2..].iter().cloned().collect();
        assert_eq!(again, expected.into_iter().collect(), "{factor}");
    }
}

/// What has been told of lanes once does not concern other lanes later.
#[tokio::test(start_paused = true)]
async fn attempts_of_lanes_that_are_no_more_are_forgotten() {
    let worker = Worker::new(|_, _| Act {
        fails: true,
        ..QUICKLY
    });
    let world = with(&worker);
    world.put_version("one", 0).await;
    let handed_over = || worker.notes.lock().unwrap().handed_over.values().sum::<usize>();
    for (factor, attempts) in [(2, 1), (3, 1), (2, 3)] {
        let before = handed_over();
        let (_, running) = world.start(at_once(factor));
        if attempts == 1 {
            a_moment().await;
        } else {
            for_a_while().await;
        }
        running.abort();
        let _ = running.await;
        assert_eq!(handed_over() - before, attempts, "{factor}");
    }
    assert_eq!(world.taken.0.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lane_that_is_stuck_holds_a_bounded_number_of_records_and_goes_on_with_all() {
    const WRITTEN: usize = 1_050;
    let worker = Worker::new(|_, before| Act {
        takes: if before == 0 {
            Duration::from_secs(60)
        } else {
            QUICKLY.takes
        },
        fails: before == 0,
    });
    let world = with(&worker);
    for version in 0..WRITTEN {
        world.put_version("one", version).await;
    }
    let (mappings, running) = world.start(MappingConfig {
        batch_size: WRITTEN,
        ..at_once(1)
    });
    a_moment().await;
    assert_eq!(mappings.streams[0].lanes().unsettled(), 1_000);
    assert_eq!(mappings.busy(), 1);
    for_a_while().await;
    running.abort();
    let expected: Vec<String> = (0..WRITTEN).map(|version| format!("one:{version}")).collect();
    assert_eq!(worker.done(), expected);
}

#[tokio::test(start_paused = true)]
async fn what_has_left_the_stream_is_not_retried_any_longer() {
    let worker = Worker::new(|names, _| Act {
        fails: item_of(&names[0]) == "bad",
        ..QUICKLY
    });
    let world = with(&worker);
    let housekeeping = tokio::spawn(world.around.dynamodb.clone().housekeeping());
    world.put_version("bad", 0).await;
    let (_, running) = world.start(MappingConfig {
        max_retries: None,
        ..at_once(1)
    });
    let hour = Duration::from_secs(60 * 60);
    tokio::time::sleep(hour).await;
    world.put_version("good", 0).await;
    tokio::time::sleep(22 * hour).await;
    assert_eq!(worker.done(), [""; 0]);
    tokio::time::sleep(2 * hour).await;
    assert_eq!(worker.done(), ["good:0"]);
    running.abort();
    housekeeping.abort();
}

#[test]
fn a_lane_is_found_from_the_whole_key_and_from_nothing_else() {
    let record = |keys: Value| json!({ "dynamodb": { "Keys": keys } });
    let lane = |employee: usize, booking: usize| {
        let (employee, booking) = (employee.to_string(), booking.to_string());
        lane_of(
            &record(json!({ "employeeId": { "S": employee }, "bookingId": { "S": booking } })),
            10,
        )
    };
    // A person's bookings are items of their own: they are spread, and evenly.
    let mut of_lane = [0; 10];
    (0..1_000).for_each(|booking| of_lane[lane(1, booking)] += 1);
    assert!(
        of_lane.iter().all(|count| (70..=130).contains(count)),
        "{of_lane:?}"
    );
    // Kept places are by lane: another build must find the same ones.
    let lanes: Vec<usize> = (0..10).map(|booking| lane(7, booking)).collect();
    assert_eq!(lanes, [9, 8, 3, 6, 8, 7, 8, 3, 7, 8]);
    let mut changed = record(json!({ "bookingId": { "S": "3" }, "employeeId": { "S": "7" } }));
    changed["dynamodb"]["NewImage"] = json!({ "state": { "S": "CONFIRMED" } });
    assert_eq!(lane_of(&changed, 10), lane(7, 3));
}
