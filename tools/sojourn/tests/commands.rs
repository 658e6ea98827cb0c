//! The `sojourn` command from outside: the real binary, its output and exit status, against a cloud that is another
//! process. What the commands find is tested beside them.

#[path = "commands/away.rs"]
mod away;
#[path = "commands/office.rs"]
mod office;
#[path = "commands/readme.rs"]
mod readme;
#[path = "commands/said.rs"]
mod said;
#[path = "commands/terminal.rs"]
mod terminal;

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

const STRANGER: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
/// A debug build on a busy machine makes its first signing key.
const PATIENCE: Duration = Duration::from_secs(600);
const LOOK: Duration = Duration::from_millis(100);

#[allow(clippy::disallowed_methods, reason = "the real binary runs by the real clock")]
fn sentence() -> String {
    sojourn::commands::suggestion::request(jiff::Timestamp::now())
}

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
            .stdout(File::create(log.with_extension("greeting")).expect("a file"))
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
    let commands: [&[&str]; 10] = [
        &["tail"],
        &["executions"],
        &["executions", STRANGER],
        &["trace", STRANGER],
        &["events", STRANGER],
        &["audit", STRANGER],
        &["dlq", "list"],
        &["dlq", "redrive", "Planner"],
        &["replay", "list"],
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
    said::greeting(&data, &log.with_extension("greeting"));
    let confirmed = tail(&data, r#"{"detail-type": ["BookingConfirmed"]}"#);
    let frames = documents(&printed(&data, &["book", "--yes", "--json", &sentence()]));
    let booking = frames.iter().find_map(|frame| frame["bookingId"].as_str());
    let booking = booking.expect("a frame about a booking").to_owned();

    let confirmed = confirmed.join().expect("no panic");
    assert_eq!(confirmed["detail"]["meta"]["aggregateId"], *booking);
    follow_the_trace(&data, &booking);
    list_executions(&data, &booking);
    said::history(&data, &booking);
    look_for_dead_letters(&data);
    approve_in_anothers_place(&data);
    said::ends_without_a_booking(&data);
    import_many_people(&data);
    drop(cloud);
    read_the_log(&std::fs::read_to_string(&log).expect("text"), &booking);
}

/// The traveller waits in one terminal, the delegate answers in another.
fn approve_in_anothers_place(data: &Path) {
    printed(
        data,
        &[
            "people", "delegate", "sample-manager", "--to", "sample-traveller-2",
        ],
    );
    assert_eq!(
        printed(data, &["approve", "--as", "traveller-2"]),
        "Nothing waits for you.\n"
    );
    let mut child = sojourn(data, &["book", "--choose", "5", &sentence()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command runs");
    // Waits for the approver, then buys.
    child
        .stdin
        .take()
        .expect("piped")
        .write_all(b"w\n\n")
        .expect("written");
    let waiting = (0..PATIENCE.as_millis() / LOOK.as_millis()).find_map(|_| {
        std::thread::sleep(LOOK);
        let listed = printed(data, &["approve", "--as", "traveller-2"]);
        listed
            .lines()
            .nth(1)
            .map(|line| line.split("  ").next().unwrap_or_default().to_owned())
    });
    let booking = waiting.expect("an approval is asked for");
    let stranger = complaint(data, &["approve", &booking, "--as", "travel-manager"]);
    assert!(stranger.contains("waits for travel-manager"), "{stranger}");
    let said = printed(
        data,
        &["approve", &booking, "--as", "traveller-2", "--comment", "go"],
    );
    assert_eq!(said, "Approved, as asked of sample-manager.\n");
    let output = child.wait_with_output().expect("it ends");
    let shown = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{shown}");
    assert!(
        shown.contains("sample-traveller-2 approved for sample-manager"),
        "{shown}"
    );
    assert!(shown.contains("Confirmed for"), "{shown}");
    printed(data, &["people", "delegate", "sample-manager"]);
}

/// More than one message and one transaction take; approvers stand behind those they approve for.
fn import_many_people(data: &Path) {
    let file = data.join("people.csv");
    let mut csv = "employeeId,name,level,approvers,costCentre,zone,locale\n".to_owned();
    for number in 0..230 {
        let boss = if number < 229 {
            format!("many-{}", number + 1)
        } else {
            "sample-travel-manager".into()
        };
        csv.push_str(&format!(
            "many-{number},\"Sample Person, {number} of Many\",L2,{boss},CC-100,Europe/Berlin,en-GB\n"
        ));
    }
    std::fs::write(&file, &csv).expect("written");
    let path = file.to_str().expect("text");
    let before = printed(data, &["people", "list"]);
    let told = printed(data, &["people", "import", path, "--dry-run"]);
    assert!(
        told.contains("     2 + many-0\n") && told.contains("   231 + many-229\n"),
        "{told}"
    );
    assert!(
        told.ends_with("Would be done: 230 added, 0 changed, 0 as they were.\n"),
        "{told}"
    );
    assert_eq!(
        printed(data, &["people", "list"]),
        before,
        "nothing is done by saying so"
    );
    let done = printed(data, &["people", "import", path]);
    assert!(
        done.contains("Part 1 of 3: ") && done.contains("Part 3 of 3: "),
        "{done}"
    );
    assert!(
        done.ends_with("Done: 230 added, 0 changed, 0 as they were.\n"),
        "{done}"
    );
    let again = printed(data, &["people", "import", path]);
    assert!(
        again.ends_with("Done: 0 added, 0 changed, 230 as they were.\n"),
        "{again}"
    );
    std::fs::write(&file, csv.replace("many-7,\"", "many-7,\"\",L9,\"")).expect("written");
    let wrong = sojourn(data, &["people", "import", path])
        .output()
        .expect("the command runs");
    let said = String::from_utf8(wrong.stdout).expect("text");
    assert_eq!(wrong.status.code(), Some(1));
    assert!(
        said.contains("people.csv:9: ") && said.contains("Nothing was changed."),
        "{said}"
    );
}

/// Five travel, and only four samples are there: the fifth is asked for, and asked again for what the server refuses.
#[test]
fn who_is_not_known_is_asked_for() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let data = directory.path();
    let for_five = "Munich to Vienna 14-16 January for 5, flights only";
    let output = sojourn(data, &["book", "--yes", for_five])
        .output()
        .expect("the command runs");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(
        said.contains("only 4 sample people") && said.contains("--passengers FILE"),
        "{said}"
    );

    let details = "New\nPerson\n1990-13-99\n1990-05-17\nnew@example.com\n";
    let typed = format!(
        "\n\n\n{details}12345\nsample-traveller-1\nsample-traveller-2\nsample-manager\nsample-travel-manager\n\n{details}\
         +4930000000\n\n\n"
    );
    let mut child = sojourn(data, &["book", for_five])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command runs");
    child
        .stdin
        .take()
        .expect("piped")
        .write_all(typed.as_bytes())
        .expect("written");
    let output = child.wait_with_output().expect("it ends");
    let shown = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{shown}");
    for part in [
        "Year, month and day, please", "\"phone\" must be", "Confirmed for",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }

    let file = data.join("passengers.json");
    std::fs::write(&file, r#"[{"details": {"givenName": "Only"}}]"#).expect("written");
    let given = file.to_str().expect("text");
    let output = sojourn(data, &["book", "--yes", "--passengers", given, &sentence()]).output();
    let output = output.expect("the command runs");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).expect("text");
    for field in ["familyName", "bornOn", "email", "phone"] {
        assert!(said.contains(&format!("\"{field}\" is missing")), "{said}");
    }
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
        "BookingRequested", "OptionsRanked", "PresentOptions", "OptionSelected", "BookingConfirmed",
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

/// In JSON, a line for each step, with what a search in a log needs; what is said in the middle of one names its function.
fn read_the_log(log: &str, booking: &str) {
    let lines = documents(log);
    let (steps, between): (Vec<_>, Vec<_>) = lines
        .iter()
        .filter(|line| line["booking"] == booking)
        .partition(|line| line["message"] == "step");
    assert!(steps.len() > 20, "{log}");
    for line in between {
        assert!(line["span"]["function"].is_string(), "{line}");
    }
    for member in [
        "timestamp", "level", "function", "outcome", "ms", "trace_id", "span_id",
    ] {
        assert!(
            steps.iter().all(|step| !step[member].is_null()),
            "{member} is missing in\n{log}"
        );
    }
}
