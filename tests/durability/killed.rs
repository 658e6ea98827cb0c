//! Fifty bookings, through sockets, while the process is killed again and again; then everything that must hold of
//! them. The seed decides when it is killed, counted in what travellers have seen, so a slow machine is no excuse.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sojourn::commands::outside;

use super::journey::{Journey, Plan, Question, Wish};
use super::process::{self, Process};
use super::supplier::Outside;
use super::{checks, contest::Decided, poison, promises, travellers};

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
    let mut dice = fastrand::Rng::with_seed(SEED);
    let plans = Plan::draw(BOOKINGS, &mut dice);
    let supplier = Outside::start();
    let up = Up {
        data: folder.path().join("data"),
        template: supplier.template(folder.path()),
    };
    let process = up.start().await;
    poison::put(&outside::sdk_config(&process.running)).await;
    let journey = Journey::new(plans, &up.data, process.running.clone(), supplier.clone());
    let people = travellers::set_off(&journey);

    let (process, kills) = interrupt(process, &up, &journey, &mut dice).await;
    until_all_have_ended(&journey, &up.data).await;
    for person in people {
        person.await.expect("no traveller gives up");
    }
    let contests = journey.contests().await;
    of_each_question_one(&contests, &journey);
    // What was decided is, for another process, too.
    let process = up.kill(process, &journey, None).await;
    for contest in &contests {
        contest.again(&journey).await;
    }
    let ended = journey.ended();
    let summary = checks::check(&process.running, &up.data, &supplier, &ended, &contests).await;
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

/// The command under test, and how it is started every time.
struct Up {
    data: PathBuf,
    template: PathBuf,
}

impl Up {
    fn options(&self) -> [&str; 2] {
        ["--template", self.template.to_str().expect("UTF-8")]
    }

    async fn start(&self) -> Process {
        Process::start_with(&self.data, &self.options()).await
    }

    /// Kills and starts again, killed once more that long into a start; whatever people were promised before must be
    /// there.
    async fn kill(&self, process: Process, journey: &Journey, starting: Option<Duration>) -> Process {
        let accepted = journey.board().accepted.clone();
        let ended = journey.ended();
        process.kill().await;
        if let Some(moment) = starting {
            let mut starting = process::spawn(&self.data, &self.options());
            tokio::time::sleep(moment).await;
            starting.kill().await.expect("a process of ours");
        }
        let process = self.start().await;
        journey.moved_to(process.running.clone());
        promises::are_kept(&process.running, &accepted, &ended).await;
        process
    }
}

/// People were in two minds about everything they are asked.
fn of_each_question_one(contests: &[Decided], journey: &Journey) {
    let accepted = &journey.board().accepted;
    for question in [Question::Choice, Question::Approval, Question::Purchase] {
        let of_it = |decided: &&Decided| accepted[&decided.contest.booking] == Wish::Waver(question);
        assert!(contests.iter().any(|decided| of_it(&decided)), "{question:?}");
    }
}

/// Kills and restarts. Every fourth time the new process is killed while it starts, too.
async fn interrupt(
    mut process: Process,
    up: &Up,
    journey: &Journey,
    dice: &mut fastrand::Rng,
) -> (Process, usize) {
    let mut kills = 0;
    while kills < KILLS && journey.remaining() > 0 {
        let more = dice.u64(3..=FRAMES_BETWEEN);
        see_more(journey, &up.data, more).await;
        // Not always right behind a frame: a moment later something else is half done.
        tokio::time::sleep(Duration::from_millis(dice.u64(0..60))).await;
        let starting = (kills % 4 == 2).then(|| Duration::from_millis(dice.u64(0..500)));
        process = up.kill(process, journey, starting).await;
        kills += 1 + usize::from(starting.is_some());
        println!(
            "killed {kills} times, {} bookings under way or to come",
            journey.remaining()
        );
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
