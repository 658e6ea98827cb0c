//! People's details and words are kept where they can be forgotten, and nowhere else. What it cannot cover: what
//! suppliers keep, who have to know who travels.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use events_schema::ids::{ActionId, EmployeeId};
use events_schema::socket::{
    Command, FrameBody, OfficeCommand, Passenger, PassengerDetails, PersonChange, Verdict,
};
use jiff::civil;

use super::listening::{Listening, listen as listening_to};
use super::people::{Person, is_approval_request, is_confirmation_request, is_options};
use super::world::World;

/// None of these is a word of anybody else's.
const MARKERS: [&str; 6] = [
    "Zqgivenmarker", "Zqfamilymarker", "1961-02-03", "zqmail@marker.example", "+499990001112",
    "zqwordsmarker",
];
const COMMENT: &str = "zqcommentmarker";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic while logging").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// As deployed functions log.
fn listen(log: &Log) -> Listening {
    let log = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::INFO)
        .with_writer(move || log.clone())
        .finish();
    listening_to(&subscriber.into())
}

fn marked() -> PassengerDetails {
    PassengerDetails {
        given_name: MARKERS[0].into(),
        family_name: MARKERS[1].into(),
        born_on: Some(civil::date(1961, 2, 3)),
        email: MARKERS[3].into(),
        phone: MARKERS[4].into(),
        ticket: None,
    }
}

fn set_passengers(traveller: &mut Person, booking: events_schema::ids::BookingId, details: PassengerDetails) {
    let command = Command::SetPassengers {
        action_id: traveller.action(),
        booking_id: booking,
        passengers: vec![Passenger::Details(details)],
    };
    traveller.send(&command);
}

/// Every file the cloud wrote, but what is the supplier's.
fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.display().to_string();
        if path.is_dir() {
            files(&path, found);
        } else if !name.contains("sample-supplier") {
            found.push((name, std::fs::read(&path).expect("a file")));
        }
    }
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|part| part == word.as_bytes())
}

#[tokio::test(start_paused = true)]
async fn neither_tables_nor_events_nor_logs_hold_who_somebody_is_or_what_they_said() {
    let log = Log::default();
    let _listening = listen(&log);
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let text = format!(
        "Berlin to Lisbon 3-5 December, hotel under 150 a night. {}",
        MARKERS[5]
    );
    let booking = traveller.request(&text).await;
    let options = traveller.until(is_options).await;
    set_passengers(&mut traveller, booking, marked());
    let FrameBody::Options { options: list, .. } = &options.body else {
        panic!("no options")
    };
    // One that somebody has to approve, so that somebody says something about it.
    let beyond = list.iter().position(|option| !option.verdict.compliant);
    traveller.select(&options, beyond.expect("an option beyond the policy"));
    let mut manager = Person::connect(&world, "manager").await;
    traveller.until(is_approval_request).await;
    manager.resume(booking, 0);
    let asked = manager.until(is_approval_request).await;
    manager.decide_saying(&asked, Verdict::Yes, COMMENT);
    let request = traveller.until(is_confirmation_request).await;
    traveller.confirm(&request, Verdict::Yes);
    let end = traveller.until_the_end().await;
    assert!(matches!(end, FrameBody::Confirmed { .. }), "{end:?}");
    world.laptop.cloud.idle().await;

    let mut kept = Vec::new();
    files(world.data_dir(), &mut kept);
    assert!(kept.len() >= 2, "databases are among the files");
    for marker in MARKERS.iter().chain([&COMMENT]) {
        for (name, bytes) in &kept {
            assert!(!holds(bytes, marker), "{marker} in {name}");
        }
        assert!(!holds(&log.0.lock().unwrap(), marker), "{marker} in the log");
    }
    assert!(!log.0.lock().unwrap().is_empty(), "something was logged");
    // They are kept all the same, sealed.
    let set = world
        .query("PassengersTable", "owner", &booking.to_string())
        .await;
    assert_eq!(set.len(), 1);
    let words = world.scan("PrivateTextTable").await;
    assert!(words.len() >= 2, "the request and the comment: {words:?}");
    let answers = world.scan("PlannerAnswersTable").await;
    assert!(!answers.is_empty(), "what the model said");
    let sealed = set
        .iter()
        .map(|row| &row["sealed"])
        .chain(words.iter().chain(&answers).map(|row| &row["text"]));
    for value in sealed {
        assert!(
            value.as_str().is_some_and(|text| text.starts_with("sealed:1:")),
            "{value}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_named_for_each_passenger() {
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = traveller
        .request("Berlin to Lisbon 3-5 December for 2, hotel under 150 a night")
        .await;
    traveller.until(is_options).await;
    let command = Command::SetPassengers {
        action_id: traveller.action(),
        booking_id: booking,
        passengers: vec![
            Passenger::Details(PassengerDetails {
                email: String::new(),
                ..marked()
            }),
            Passenger::Details(PassengerDetails {
                given_name: MARKERS[0].into(),
                phone: "call me".into(),
                ..PassengerDetails::default()
            }),
        ],
    };
    traveller.send(&command);
    let FrameBody::Error { message, .. } = traveller.answer().await else {
        panic!("taken")
    };
    let expected = [
        "Passenger 1: \"email\" is missing",
        "Passenger 2: \"familyName\" is missing",
        "Passenger 2: \"bornOn\" is missing",
        "Passenger 2: \"email\" is missing",
        "Passenger 2: \"phone\" must be",
    ];
    for part in expected {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert!(
        !message.contains("call me") && !message.contains("givenName"),
        "{message}"
    );
}

#[tokio::test(start_paused = true)]
async fn who_is_erased_is_forgotten_once_nothing_needs_them() {
    let world = World::start().await;
    let mut office = Person::connect(&world, "travel-manager").await;
    let erase = |action: &str, id: &str| OfficeCommand::ErasePerson {
        action_id: ActionId::new(action),
        employee_id: EmployeeId::new(id),
    };
    let refused = |body| match body {
        FrameBody::Error { message, .. } => message,
        other => panic!("not refused: {other:?}"),
    };
    // An approver of others is needed.
    let answer = refused(office.ask(&erase("a", "sample-manager")).await);
    assert!(answer.contains("sample-traveller-1"), "{answer}");

    let mut leaver = Person::connect(&world, "traveller-2").await;
    let booking = leaver
        .request(&format!("may I fly business to Tokyo? {}", MARKERS[5]))
        .await;
    leaver.until_the_end().await;
    world.laptop.cloud.idle().await;
    let answer = office.ask(&erase("b", "sample-traveller-2")).await;
    assert!(matches!(answer, FrameBody::PersonErased { .. }), "{answer:?}");
    assert_eq!(
        office.ask(&erase("b", "sample-traveller-2")).await,
        answer,
        "sent twice, done once"
    );

    let keys = world
        .query("PersonKeysTable", "employeeId", "sample-traveller-2")
        .await;
    assert!(
        keys[0]["erasedAt"].is_string() && keys[0]["wrappedKey"].is_null(),
        "{keys:?}"
    );
    let own = world
        .query("PassengersTable", "owner", "sample-traveller-2")
        .await;
    assert!(
        own[0]["erasedAt"].is_string() && own[0]["sealed"].is_null(),
        "{own:?}"
    );
    assert!(
        world
            .query("PeopleTable", "employeeId", "sample-traveller-2")
            .await
            .is_empty()
    );
    world.laptop.cloud.idle().await;
    let trail = world
        .query("AuditLogTable", "bookingId", "directory#people")
        .await;
    assert!(
        trail.iter().any(|row| row["action"] == "PersonErased"),
        "{trail:?}"
    );
    // What is known by id stays, and says nothing of the person.
    world.check_ended(booking).await;

    // Nothing new is kept of them, and nobody else becomes them.
    leaver.send(&Command::RequestBooking {
        request_id: ActionId::new("again"),
        text: "Berlin to Lisbon 3-5 December".into(),
        fields: None,
    });
    assert!(refused(leaver.answer().await).contains("directory"));
    let sheet = "employeeId,name,level,costCentre,zone,locale\n\
                 sample-traveller-2,Sample Other,L1,CC-100,Europe/Berlin,en-GB\n";
    let import = OfficeCommand::ImportPeople {
        action_id: ActionId::new("c"),
        csv: sheet.into(),
        dry_run: false,
    };
    assert!(refused(office.ask(&import).await).contains("was erased"));
    let gone = OfficeCommand::ChangePerson {
        action_id: ActionId::new("d"),
        employee_id: EmployeeId::new("sample-traveller-2"),
        change: PersonChange::default(),
    };
    assert!(refused(office.ask(&gone).await).contains("directory"));
}

#[tokio::test(start_paused = true)]
async fn nobody_is_erased_before_they_travelled() {
    let world = World::start().await;
    let mut office = Person::connect(&world, "travel-manager").await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = traveller
        .request("Berlin to Lisbon 3-5 December, hotel under 150 a night")
        .await;
    let options = traveller.until(is_options).await;
    let erase = |action: &str| OfficeCommand::ErasePerson {
        action_id: ActionId::new(action),
        employee_id: EmployeeId::new("sample-traveller-1"),
    };
    let message = |body| match body {
        FrameBody::Error { message, .. } => message,
        other => panic!("not refused: {other:?}"),
    };
    let running = message(office.ask(&erase("a")).await);
    assert!(
        running.contains("under way") && running.contains(&booking.to_string()),
        "{running}"
    );
    traveller.select(&options, 0);
    let request = traveller.until(is_confirmation_request).await;
    traveller.confirm(&request, Verdict::Yes);
    traveller.until_the_end().await;
    let travelling = message(office.ask(&erase("b")).await);
    assert!(travelling.contains("2026-12-05"), "{travelling}");
}
