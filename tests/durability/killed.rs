//! Fifty bookings, through sockets, while the process is killed again and again; then everything that must hold of
//! them. The seed decides when it is killed, counted in what travellers have seen, so a slow machine is no excuse.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use sojourn::commands::outside;

use super::checks;
use super::journey::{Journey, Plan};
use super::poison;
use super::process::{self, Process};
use super::travellers;

const SEED: u64 = 20_261_121;
const BOOKINGS: usize = 50;
const KILLS: usize = 16;
/// How much more is seen before the next kill, at most.
const FRAMES_BETWEEN: u64 = 90;
/// Longer than any retry waits; only a booking that is lost is silent for as long.
const PATIENCE: Duration = Duration::from_secs(300);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_moments_fifty_bookings_end_as_they_should() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let mut dice = fastrand::Rng::with_seed(SEED);
    let plans = Plan::draw(BOOKINGS, &mut dice);
    let process = Process::start(&data).await;
    poison::put(&outside::sdk_config(&process.running)).await;
    let journey = Journey::new(plans, &data, process.running.clone());
    let people = travellers::set_off(&journey);

    let (process, kills) = interrupt(process, &data, &journey, &mut dice).await;
    until_all_have_ended(&journey, &data).await;
    for person in people {
        person.await.expect("no traveller gives up");
    }
    let ended = journey.ended();
    let summary = checks::check(&process.running, &data, &ended).await;
    process.kill().await;

    let mut ends = BTreeMap::<&str, usize>::new();
    for end in &ended {
        *ends.entry(end.how).or_default() += 1;
    }
    println!("{BOOKINGS} bookings over {kills} kills: {ends:?}; {summary}");
    assert_eq!(
        kills, KILLS,
        "the bookings were through before the process was killed often enough"
    );
}

/// Kills and restarts. Every fourth time the new process is killed while it starts, too.
async fn interrupt(
    mut process: Process,
    data: &Path,
    journey: &Journey,
    dice: &mut fastrand::Rng,
) -> (Process, usize) {
    let mut kills = 0;
    while kills < KILLS && journey.remaining() > 0 {
        let more = dice.u64(3..=FRAMES_BETWEEN);
        see_more(journey, data, more).await;
        // Not always right behind a frame: a moment later something else is half done.
        tokio::time::sleep(Duration::from_millis(dice.u64(0..60))).await;
        process.kill().await;
        kills += 1;
        if kills % 4 == 3 {
            let mut starting = process::spawn(data);
            tokio::time::sleep(Duration::from_millis(dice.u64(0..500))).await;
            starting.kill().await.expect("a process of ours");
            kills += 1;
        }
        println!(
            "killed {kills} times, {} bookings under way or to come",
            journey.remaining()
        );
        process = Process::start(data).await;
        journey.moved_to(process.running.clone());
    }
    (process, kills)
}

async fn see_more(journey: &Journey, data: &Path, more: u64) {
    let goal = journey.frames() + more;
    travel_until(journey, data, |journey| journey.frames() >= goal).await;
}

async fn until_all_have_ended(journey: &Journey, data: &Path) {
    travel_until(journey, data, |_| false).await;
}

/// Or until all have ended.
async fn travel_until(journey: &Journey, data: &Path, reached: impl Fn(&Journey) -> bool) {
    loop {
        let seen = journey.frames();
        if reached(journey) || journey.remaining() == 0 {
            return;
        }
        let next = tokio::time::timeout(PATIENCE, journey.frame_after(seen)).await;
        next.unwrap_or_else(|_| panic!("nothing moves:\n{}\n{}", journey.describe(), process::log(data)));
    }
}
