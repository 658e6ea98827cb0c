//! How attempts end: the answer on the wire, and what the audit says of them. `--nocapture` prints the table.

use std::collections::BTreeSet;
use std::sync::Arc;

use audit::AuditRow;
use events_schema::ids::{ActionId, EmployeeId};
use events_schema::person::Role;
use events_schema::problem::ErrorCode;
use events_schema::socket::{Frame, FrameBody};
use local_cloud::edge::websocket::{Session, WebSocketApi};
use serde::Serialize;
use serde_json::Value;
use sojourn::laptop::person_named;

use crate::end_to_end::people::{door, enter};
use crate::end_to_end::world::World;
use crate::repository;

/// A socket without a client's good manners: it neither resumes nor connects anew.
pub struct Bare(pub Session);

impl Bare {
    pub async fn connect(world: &World, door: &Arc<WebSocketApi>, name: &str) -> Self {
        let sample = person_named(name).expect("a sample person");
        let token = world.laptop.token(sample).expect("a token");
        Self(enter(door, &token).await.expect("let in"))
    }

    /// Somebody whose token says these roles and no others, whatever the directory says of them.
    pub async fn with_roles(world: &World, employee: &str, roles: &[Role]) -> Self {
        let identity = &world.laptop.identity;
        let token = identity.token(&EmployeeId::new(employee), roles, world.laptop.now());
        Self(
            enter(&door(world), &token.expect("a token"))
                .await
                .expect("let in"),
        )
    }

    /// Sends any text and gives the first frame that answers a command.
    pub async fn say(&self, text: impl Into<String>) -> Frame {
        self.0.message(text.into()).await;
        self.answer().await
    }

    pub async fn send(&self, command: &impl Serialize) -> Frame {
        self.say(serde_json::to_string(command).expect("JSON")).await
    }

    pub async fn answer(&self) -> Frame {
        loop {
            let text = self.0.next_frame().await.expect("the connection stands");
            let frame: Frame = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            let heard = matches!(frame.body, FrameBody::Heartbeat { .. });
            if frame.cursor.is_none() && !heard {
                return frame;
            }
        }
    }
}

/// The code an attempt was refused with.
pub fn code(frame: &Frame) -> Option<ErrorCode> {
    match &frame.body {
        FrameBody::Error { code, .. } => Some(*code),
        _ => None,
    }
}

/// One line of the table; fails where the attempt ended otherwise.
pub fn check(attempt: &str, answer: &Frame, expected: ErrorCode) {
    println!("{attempt:<72} {}", name(expected));
    assert_eq!(code(answer), Some(expected), "{attempt}: {answer:?}");
}

/// The actions of one kind of command by the published schema: what a test of every action is held against.
pub fn actions_of(kind: &str) -> BTreeSet<String> {
    let schema = repository::read("events-schema/schemas/socket-command.json");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let commands = schema["$defs"][kind]["oneOf"].as_array().expect("commands");
    let name = |command: &Value| {
        command["properties"]["action"]["const"]
            .as_str()
            .map(str::to_owned)
    };
    commands
        .iter()
        .map(|command| name(command).expect("an action"))
        .collect()
}

/// `FORBIDDEN`, as on the wire.
pub fn name(code: ErrorCode) -> String {
    serde_json::to_value(code)
        .expect("JSON")
        .as_str()
        .expect("text")
        .into()
}

pub fn action(number: usize) -> ActionId {
    ActionId::new(format!("attempt-{number}"))
}

/// The chain of somebody's refused attempts, whole and unbroken.
pub async fn refused(world: &World, who: &str) -> Vec<AuditRow> {
    world.laptop.cloud.idle().await;
    let rows = world
        .query("AuditLogTable", "bookingId", &format!("refused#{who}"))
        .await;
    let rows: Vec<AuditRow> = rows
        .into_iter()
        .map(|row| serde_json::from_value(row).expect("an audit row"))
        .collect();
    audit::verify(&rows).expect("the chain holds");
    rows
}
