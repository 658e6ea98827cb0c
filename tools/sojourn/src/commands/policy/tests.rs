//! Covers: policies through the upload of a cloud of our own, asked, checked and compared as a person would. It books one
//! trip to have a past. Retrieval and judging themselves are tested in their services.

use std::path::{Path, PathBuf};

use aws_sdk_dynamodb::Client;
use events_schema::rows::PolicyState;

use super::*;
use crate::commands::book::book;
use crate::commands::events::table;
use crate::commands::up::Server;
use crate::commands::{BookArgs, own_cloud};

mod files;
mod trips;

const HANDBOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sample/field-handbook.md");

async fn desk(server: &Server) -> Desk {
    Desk::new(&server.running).await.expect("a desk")
}

fn file(directory: &Path, name: &str, text: &str) -> PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, text).expect("a file");
    path
}

/// An action with what was typed behind it.
fn typed(action: &str, words: &[&str]) -> Action {
    #[derive(clap::Parser)]
    struct Typed {
        #[command(subcommand)]
        action: Action,
    }
    let words = ["policy", action].into_iter().chain(words.iter().copied());
    let typed = <Typed as clap::Parser>::try_parse_from(words).expect("a command");
    typed.action
}

/// Runs an `add` as typed, and gives what it printed or why it failed.
async fn add_as_typed(desk: &Desk, words: &[&str]) -> Result<String, String> {
    let Action::Add(args) = typed("add", words) else {
        unreachable!("add was typed")
    };
    let mut out = Vec::new();
    let added = add::add(&mut out, desk, &args).await;
    added.map_err(|error| error.to_string())?;
    Ok(String::from_utf8(out).expect("text"))
}

#[tokio::test]
async fn a_policy_is_added_refused_activated_and_asked() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let server = own_cloud::start(directory.path()).await;
    let desk = desk(&server).await;
    let before = desk
        .policies
        .active()
        .await
        .expect("read")
        .expect("the sample policy");

    let prose = file(
        directory.path(),
        "prose.md",
        "# Rules of the house\n\n## Pets\n\nDogs travel in the hold.\n",
    );
    let broken = file(
        directory.path(),
        "broken.md",
        "1.1 Strict.\n\n```rules\n{\"id\": \"a\"}\n```\n",
    );
    let word = file(directory.path(), "policy.docx", "not really");
    let empty = file(directory.path(), "empty.md", "");
    for (path, reason) in [
        (&broken, "there is no policy block"),
        (&word, "of a kind that cannot be read"),
        (&empty, "is empty"),
    ] {
        let refused = add_as_typed(&desk, &[&path.to_string_lossy(), "--activate"])
            .await
            .expect_err("refused");
        assert!(refused.contains(reason), "{refused}");
    }
    let refused = add_as_typed(&desk, &[HANDBOOK, "--as", "traveller"])
        .await
        .expect_err("refused");
    assert!(refused.contains("no travel manager"), "{refused}");
    let refused = add_as_typed(&desk, &[&prose.to_string_lossy(), "--activate"])
        .await
        .expect_err("no rules can be drafted from it");
    assert!(refused.contains("no typed rules"), "{refused}");
    let large = file(directory.path(), "large.md", &"x".repeat(20 * 1024 * 1024));
    let refused = add_as_typed(&desk, &[&large.to_string_lossy()])
        .await
        .expect_err("too large");
    assert!(
        refused.contains("20971520 bytes; 10485760 is the most"),
        "{refused}"
    );
    assert_eq!(
        desk.policies.active().await.expect("read").as_ref(),
        Some(&before),
        "the old version is untouched"
    );

    let added = add_as_typed(&desk, &[HANDBOOK, "--activate"])
        .await
        .expect("added");
    assert!(added.contains("active; it replaces"), "{added}");
    let now = desk.version(None).await.expect("a version");
    assert_ne!(now.name, before.active_version);
    let old = desk.row(&before.active_version).await.expect("kept");
    assert_eq!(old.state, PolicyState::Retired);

    let answer = ask_as_typed(&desk, "how much is the per diem", false).await;
    assert!(
        answer.contains("Clause 1.2") && answer.contains("68 USD"),
        "{answer}"
    );
    let answer = ask_as_typed(&desk, "may I charter a helicopter", true).await;
    let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
    assert_eq!(answer["code"], "POLICY_SILENT");
    let mut out = Vec::new();
    show::show(&mut out, &desk, None).await.expect("shown");
    let shown = String::from_utf8(out).expect("text");
    assert!(shown.contains("→ sleep-nairobi"), "{shown}");
}

/// What `policy ask` prints.
async fn ask_as_typed(desk: &Desk, question: &str, json: bool) -> String {
    let args = ask::AskArgs {
        question: question.into(),
        file: None,
        version: None,
        json,
    };
    let mut out = Vec::new();
    ask::ask(&mut out, desk, &args).await.expect("asked");
    String::from_utf8(out).expect("text")
}

/// The same question by the command and on a socket, answered and unanswered.
#[tokio::test]
async fn a_terminal_and_a_socket_give_the_same_answer() {
    use crate::commands::connection::Connection;
    use crate::traveller::action_id;
    use events_schema::socket::{Command, FrameBody};

    let directory = tempfile::tempdir().expect("a temporary directory");
    let server = own_cloud::start(directory.path()).await;
    let desk = desk(&server).await;
    let connection = Connection::to(server.running.clone());
    let mut traveller = connection.connect("traveller").await.expect("signed in");
    let mut silences = 0;
    for question in [
        "May I fly business to Tokyo?",
        "What is the hotel limit in London?",
        "What does the travel policy say about taxis?",
    ] {
        let typed: serde_json::Value =
            serde_json::from_str(&ask_as_typed(&desk, question, true).await).expect("JSON");
        let asked = Command::RequestBooking {
            request_id: action_id(),
            text: question.into(),
            fields: None,
        };
        traveller.send(&asked).await.expect("sent");
        let (text, clauses, silent) = loop {
            match traveller.next().await.expect("a frame").frame.body {
                FrameBody::Answer {
                    text,
                    clauses,
                    silent,
                } => break (text, clauses, silent),
                FrameBody::Clarification { questions, .. } => panic!("{question}: asked back {questions:?}"),
                _ => {}
            }
        };
        silences += usize::from(silent);
        assert_eq!(typed["answer"], text, "{question}");
        assert_eq!(typed["code"] == "POLICY_SILENT", silent, "{question}");
        let quoted: Vec<[String; 3]> = clauses
            .into_iter()
            .map(|clause| [clause.clause.to_string(), clause.section, clause.text])
            .collect();
        let of = |clause: &serde_json::Value, member| clause[member].as_str().expect("text").to_owned();
        let by_command: Vec<[String; 3]> = typed["clauses"]
            .as_array()
            .expect("clauses")
            .iter()
            .map(|clause| ["clause", "section", "text"].map(|member| of(clause, member)))
            .collect();
        assert_eq!(quoted, by_command, "{question}");
    }
    assert_eq!(silences, 1, "of taxis the sample policy says nothing");
}

async fn journal_size(server: &Server) -> i32 {
    let dynamo = Client::new(&crate::commands::outside::sdk_config(&server.running));
    let journal = table(&dynamo, "JournalTable").await.expect("a journal");
    dynamo
        .scan()
        .table_name(journal)
        .send()
        .await
        .expect("a scan")
        .count()
}

#[tokio::test]
async fn what_if_lists_what_a_draft_would_change_and_changes_nothing() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let server = own_cloud::start(directory.path()).await;
    let args = BookArgs {
        ics: None,
        passengers: None,
        request: Some(crate::commands::suggestion::request(crate::commands::up::now())),
        resume: None,
        reconnect_for: 300,
        person: "traveller".into(),
        choose: None,
        yes: true,
        json: false,
        data: Some(directory.path().to_path_buf()),
    };
    book(args).await.expect("a booking");
    let desk = desk(&server).await;
    let sample = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/sample/travel-policy.md"));
    let strict = sample
        .expect("the sample")
        .replace("\"130.00\"", "\"1.00\"")
        .replace("\"440.00\"", "\"2.00\"");
    let draft = file(directory.path(), "draft.md", &strict);
    let size = journal_size(&server).await;
    let said = what_if_of(&desk, &draft).await;
    assert!(
        said.contains("1 booking judged") && said.contains("1 change"),
        "{said}"
    );
    assert!(said.contains("within policy → needs approval"), "{said}");
    for rule in [
        "hotel-cap-lisbon (clause 4.2) newly broken",
        "fare-cap-continental (clause 3.5) newly broken",
    ] {
        assert!(said.contains(rule), "{rule}: {said}");
    }
    // Rules that nobody typed, in another currency: at the rates of those that are active.
    let in_pounds = "4.1 A hotel costs at most 1 500 GBP a night.\n\n4.2 In Lisbon a hotel costs at most 21 GBP a night.\n";
    let said = what_if_of(&desk, &file(directory.path(), "pounds.md", in_pounds)).await;
    assert!(
        said.contains("hotel-cap-4.2-2 (clause 4.2) newly broken"),
        "{said}"
    );
    let unknown = in_pounds.replace("GBP", "NZD");
    let said = what_if_of(&desk, &file(directory.path(), "far.md", &unknown)).await;
    assert!(
        said.contains("0 bookings judged by far.md")
            && said.contains("1 booking is not judged: far.md has no rate"),
        "{said}"
    );
    assert_eq!(journal_size(&server).await, size, "nothing was recorded");
}

async fn what_if_of(desk: &Desk, policy: &Path) -> String {
    let mut out = Vec::new();
    what_if::what_if(&mut out, desk, &policy.to_string_lossy())
        .await
        .expect("judged");
    String::from_utf8(out).expect("text")
}
