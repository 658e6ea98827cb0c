//! The `sojourn` command from outside: the real binary, its output and exit status, against a cloud that is another
//! process. What the commands find is tested beside them.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

const SENTENCE: &str = "Berlin to Lisbon 3-5 December, hotel under 150 a night";
const STRANGER: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
/// A debug build on a busy machine makes its first signing key.
const PATIENCE: Duration = Duration::from_secs(600);
const LOOK: Duration = Duration::from_millis(100);

fn sojourn(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sojourn"));
    command.args(arguments).arg("--data").arg(data);
    command.stdin(Stdio::null()).env_remove("RUST_LOG");
    command
}

/// What a command that succeeds prints.
fn printed(data: &Path, arguments: &[&str]) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = sojourn(data, arguments).output().expect("the command runs");
    assert!(
        status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&stderr)
    );
    String::from_utf8(stdout).expect("text")
}

/// What a command that fails says.
fn complaint(data: &Path, arguments: &[&str]) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = sojourn(data, arguments).output().expect("the command runs");
    assert_eq!(status.code(), Some(1), "{arguments:?}");
    assert!(stdout.is_empty(), "{arguments:?}");
    String::from_utf8(stderr).expect("text")
}

fn documents(text: &str) -> Vec<Value> {
    let document = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(document).collect()
}

/// `sojourn up`, ended with the test.
struct Cloud(Child);

impl Cloud {
    fn start(data: &Path, log: &Path) -> Self {
        let arguments = ["up", "--port", "0", "--web-port", "0", "--log-format", "json"];
        let child = sojourn(data, &arguments)
            .env("RUST_LOG", "info")
            .stdout(Stdio::null())
            .stderr(File::create(log).expect("a file"))
            .spawn()
            .expect("the command runs");
        let mut cloud = Self(child);
        for _ in 0..PATIENCE.as_millis() / LOOK.as_millis() {
            // Whoever runs leaves this note, last.
            if data.join("running.json").exists() {
                return cloud;
            }
            let ended = cloud.0.try_wait().expect("a child");
            assert!(ended.is_none(), "up ended: {ended:?}");
            std::thread::sleep(LOOK);
        }
        panic!("the cloud does not start");
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        // Ended by itself is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn without_a_running_cloud_every_command_says_how_to_start_one() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let commands: [&[&str]; 9] = [
        &["tail"],
        &["executions"],
        &["executions", STRANGER],
        &["trace", STRANGER],
        &["events", STRANGER],
        &["audit", STRANGER],
        &["dlq", "list"],
        &["dlq", "redrive", "Planner"],
        &["doctor"],
    ];
    for command in commands {
        let said = complaint(directory.path(), command);
        assert!(said.starts_with("sojourn: no cloud is running on "), "{said}");
        assert!(said.contains("`cargo run`"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn a_booking_is_seen_from_outside() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (data, log) = (directory.path().join("data"), directory.path().join("log"));
    let cloud = Cloud::start(&data, &log);
    let confirmed = tail(&data, r#"{"detail-type": ["BookingConfirmed"]}"#);
    let frames = documents(&printed(&data, &["book", "--yes", "--json", SENTENCE]));
    let booking = frames.iter().find_map(|frame| frame["bookingId"].as_str());
    let booking = booking.expect("a frame about a booking").to_owned();

    let confirmed = confirmed.join().expect("no panic");
    assert_eq!(confirmed["detail"]["meta"]["aggregateId"], *booking);
    follow_the_trace(&data, &booking);
    list_executions(&data, &booking);
    look_for_dead_letters(&data);
    drop(cloud);
    read_the_log(&std::fs::read_to_string(&log).expect("text"), &booking);
}

/// The first event that the pattern selects.
fn tail(data: &Path, pattern: &str) -> JoinHandle<Value> {
    let mut child = sojourn(data, &["tail", "--json", "--pattern", pattern])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    // Only what comes from then on is shown.
    let mut said = String::new();
    let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
    stderr.read_line(&mut said).expect("text");
    assert!(said.starts_with("listening"), "{said}");
    std::thread::spawn(move || {
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        stdout.read_line(&mut line).expect("text");
        let _ = child.kill();
        let _ = child.wait();
        serde_json::from_str(&line).expect("an event")
    })
}

fn follow_the_trace(data: &Path, booking: &str) {
    let shown = printed(data, &["trace", booking]);
    for name in [
        "BookingRequested",
        "OptionsRanked",
        "PresentOptions",
        "OptionSelected",
        "BookingConfirmed",
    ] {
        assert!(shown.contains(name), "{name} is missing in\n{shown}");
    }
    let spans = documents(&printed(data, &["trace", "--json", booking]));
    let trace = shown.split([' ', ':']).nth(1).expect("the trace's id");
    assert!(spans.iter().all(|span| span["trace"] == trace), "{shown}");
    let known: Vec<_> = spans.iter().map(|span| &span["span"]).collect();
    let (roots, others): (Vec<_>, Vec<_>) = spans.iter().partition(|span| span["parent"].is_null());
    assert_eq!(roots.len(), 1, "{roots:?}");
    assert!(
        others.iter().all(|span| known.contains(&&span["parent"])),
        "{shown}"
    );
    let unknown = complaint(data, &["trace", STRANGER]);
    assert!(unknown.starts_with("sojourn: there is no booking "), "{unknown}");
}

fn list_executions(data: &Path, booking: &str) {
    let listed = documents(&printed(data, &["executions", "--json", "--status", "succeeded"]));
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["booking"], *booking);
    assert_eq!(listed[0]["status"], "SUCCEEDED");
    assert_eq!(printed(data, &["executions", "--json", "--status", "failed"]), "");
    let steps = printed(data, &["executions", booking]);
    assert!(
        steps.starts_with("SUCCEEDED") && steps.contains("AwaitChoice"),
        "{steps}"
    );
    let steps = documents(&printed(data, &["executions", "--json", booking]));
    assert!(
        steps[0]["steps"].as_array().is_some_and(|steps| steps.len() > 5),
        "{steps:?}"
    );
}

fn look_for_dead_letters(data: &Path) {
    let queues = documents(&printed(data, &["dlq", "list", "--json"]));
    assert!(queues.len() > 5, "{queues:?}");
    assert!(queues.iter().all(|queue| queue["messages"] == 0), "{queues:?}");
    let planner = printed(data, &["dlq", "show", "Planner"]);
    assert!(planner.ends_with("0 of 0 messages\n"), "{planner}");
    assert_eq!(printed(data, &["dlq", "show", "--json", "Planner"]), "");
    let none = complaint(data, &["dlq", "show", "nonsense"]);
    assert!(none.contains("there is no dead-letter queue nonsense"), "{none}");
}

/// In JSON, a line for each step, with what a search in a log needs.
fn read_the_log(log: &str, booking: &str) {
    let lines = documents(log);
    let steps: Vec<_> = lines.iter().filter(|line| line["booking"] == booking).collect();
    assert!(steps.len() > 20, "{log}");
    for member in [
        "timestamp",
        "level",
        "function",
        "outcome",
        "ms",
        "trace_id",
        "span_id",
    ] {
        assert!(
            steps.iter().all(|step| !step[member].is_null()),
            "{member} is missing in\n{log}"
        );
    }
}
