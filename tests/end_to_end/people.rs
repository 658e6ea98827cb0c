//! A person with a socket, for tests: sends commands, and waits for the frame that matters.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use events_schema::ids::{ActionId, BookingId, EmployeeId};
use events_schema::problem::ErrorCode;
use events_schema::socket::{Command, Frame, FrameBody, OfficeCommand, Verdict};
use local_cloud::clock::Clock;
use local_cloud::edge::websocket::{Handshake, Refusal, Session, WebSocketApi};
use serde_json::Value;
use sojourn::laptop::{Identity, person_named};

use super::world::World;

/// Simulated time, longer than anything automated may take.
const PATIENCE: Duration = Duration::from_secs(20 * 60);

pub struct Person {
    /// `None` only while the line is broken.
    session: Option<Session>,
    door: Arc<WebSocketApi>,
    identity: Identity,
    clock: Clock,
    /// Commands that were sent again on a connection with a fresh token; what is refused then is refused.
    renewed: BTreeSet<ActionId>,
    seen: BTreeMap<BookingId, u64>,
    /// Everything received, in order, without repeats.
    pub frames: Vec<Frame>,
    actions: u32,
    /// Every command sent, as text, to be sent again after a lost connection: the same id is the same command.
    sent: Mutex<Vec<String>>,
    /// A travel manager's, which are sent again only where a fresh token is asked for.
    asked: Mutex<Vec<String>>,
    name: String,
    device: String,
}

impl Person {
    /// A further device of somebody who has one already: it draws ids of its own for its commands.
    pub async fn on_device(world: &World, name: &str, device: &str) -> Self {
        let mut person = Self::connect(world, name).await;
        person.device = format!("{name}-{device}");
        person
    }

    pub async fn connect(world: &World, name: &str) -> Self {
        let door = door(world);
        let (identity, clock) = (world.laptop.identity.clone(), world.laptop.clock);
        let session = enter(&door, &token(&identity, clock, name))
            .await
            .expect("let in");
        Self {
            session: Some(session),
            door,
            identity,
            clock,
            renewed: BTreeSet::new(),
            seen: BTreeMap::new(),
            frames: Vec::new(),
            actions: 0,
            sent: Mutex::new(Vec::new()),
            asked: Mutex::new(Vec::new()),
            name: name.into(),
            device: name.into(),
        }
    }

    pub fn session(&self) -> &Session {
        self.session.as_ref().expect("the line stands")
    }

    /// Takes a connection with a fresh token in place of the one there is, as clients do when they are told to.
    pub async fn renew(&mut self) {
        let token = token(&self.identity, self.clock, &self.name);
        self.session = Some(enter(&self.door, &token).await.expect("let in"));
        for (booking, after) in self.seen.clone() {
            self.resume(booking, after);
        }
    }

    /// What a client does when its connection broke: it knows what it saw, and not whether its commands arrived.
    pub async fn reconnect(self, world: &World) -> Self {
        let sent = self.sent.lock().expect("no panic while sending").clone();
        let again = self.resumed(world).await;
        for text in sent {
            again.send_text(text.clone());
            again.sent.lock().expect("no panic while sending").push(text);
        }
        again
    }

    /// The line breaks and is back after a while; what was said meanwhile was said to nobody.
    pub async fn cut(mut self, world: &World, away: Duration) -> Self {
        self.session = None;
        tokio::time::sleep(away).await;
        self.reconnect(world).await
    }

    /// Takes up after a connection that ended in time: every command had its answer.
    pub async fn resumed(self, world: &World) -> Self {
        let mut again = Self::connect(world, &self.name).await;
        (again.seen, again.frames, again.actions) = (self.seen, self.frames, self.actions);
        again.device = self.device;
        for (booking, after) in again.seen.clone() {
            again.resume(booking, after);
        }
        again
    }

    pub fn action(&mut self) -> ActionId {
        self.actions += 1;
        ActionId::new(format!("{}-{}", self.device, self.actions))
    }

    pub fn send(&self, command: &Command) {
        let text = serde_json::to_string(command).expect("JSON");
        if !matches!(command, Command::Resume { .. }) {
            self.sent
                .lock()
                .expect("no panic while sending")
                .push(text.clone());
        }
        self.send_text(text);
    }

    /// The command was answered: it need not be sent again.
    pub fn forget(&self, answered: &ActionId) {
        let mut sent = self.sent.lock().expect("no panic while sending");
        sent.retain(|text| !is_under(text, answered));
    }

    /// Any text, though it be no command.
    pub fn send_text(&self, text: String) {
        tokio::spawn(self.session().message(text));
    }

    /// Sends a travel manager's command and gives its answer; what comes of bookings meanwhile is kept in `frames`.
    pub async fn ask(&mut self, command: &OfficeCommand) -> FrameBody {
        let text = serde_json::to_string(command).expect("JSON");
        self.asked
            .lock()
            .expect("no panic while sending")
            .push(text.clone());
        self.send_text(text);
        self.answer().await
    }

    /// The next frame that answers a command.
    pub async fn answer(&mut self) -> FrameBody {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.next()).await;
            let frame = next.unwrap_or_else(|_| panic!("{} gets no answer", self.name));
            let heard = matches!(frame.body, FrameBody::Heartbeat { .. });
            if frame.cursor.is_none() && !heard {
                return frame.body;
            }
        }
    }

    /// Asks for a trip and gives its id.
    pub async fn request(&mut self, text: &str) -> BookingId {
        let request_id = self.action();
        self.send(&Command::RequestBooking {
            request_id,
            text: text.into(),
            fields: None,
        });
        let accepted = self
            .until(|body| matches!(body, FrameBody::Accepted { .. }))
            .await;
        accepted
            .booking_id
            .expect("an accepted request names its booking")
    }

    /// The next frame that `wanted` is true of; what comes before it is kept in `frames`.
    pub async fn until(&mut self, wanted: impl Fn(&FrameBody) -> bool) -> Frame {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.next()).await;
            let frame =
                next.unwrap_or_else(|_| panic!("{} waits in vain after {:#?}", self.name, self.frames));
            if wanted(&frame.body) {
                return frame;
            }
            if let FrameBody::Error { code, message, .. } = &frame.body {
                panic!("{}: {code:?} {message} after {:#?}", self.name, self.frames);
            }
        }
    }

    /// The frame that ends the booking.
    pub async fn until_the_end(&mut self) -> FrameBody {
        self.until(FrameBody::is_final).await.body
    }

    /// The next frame that is new.
    pub async fn next(&mut self) -> Frame {
        loop {
            let text = self.session().next_frame().await.expect("the connection stands");
            let frame: Frame = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            if self.again_with_a_fresh_token(&frame).await {
                continue;
            }
            if self.is_new(&frame) {
                self.frames.push(frame.clone());
                return frame;
            }
        }
    }

    /// Told that a decision about money needs a fresh token: connects with one and sends it again, once.
    async fn again_with_a_fresh_token(&mut self, frame: &Frame) -> bool {
        let FrameBody::Error {
            code: ErrorCode::AuthFailed,
            action_id: Some(refused),
            ..
        } = &frame.body
        else {
            return false;
        };
        let lists =
            [&self.sent, &self.asked].map(|list| list.lock().expect("no panic while sending").clone());
        let again = lists.concat().into_iter().find(|text| is_under(text, refused));
        let Some(again) = again.filter(|_| self.renewed.insert(refused.clone())) else {
            return false;
        };
        self.renew().await;
        self.send_text(again);
        true
    }

    fn is_new(&mut self, frame: &Frame) -> bool {
        let Some(booking) = frame.booking_id else {
            return true;
        };
        let Some(cursor) = frame.cursor else {
            // Nothing seen of it yet, but known from now on: there is something to go on from.
            self.seen.entry(booking).or_insert(0);
            return true;
        };
        let seen = self.seen.get(&booking).copied().unwrap_or(0);
        if cursor.sequence <= seen {
            return false;
        }
        if cursor.previous > seen {
            self.resume(booking, seen);
            return false;
        }
        self.seen.insert(booking, cursor.sequence);
        true
    }

    pub fn resume(&self, booking: BookingId, after: u64) {
        self.send(&Command::Resume {
            booking_id: booking,
            after,
        });
    }

    /// Takes the option at `index` of the ones just presented.
    pub fn select(&mut self, options: &Frame, index: usize) {
        let FrameBody::Options {
            decision_id,
            nonce,
            options: list,
            ..
        } = &options.body
        else {
            panic!("no options: {options:?}")
        };
        let command = Command::SelectOption {
            action_id: self.action(),
            booking_id: options.booking_id.expect("a booking"),
            decision_id: decision_id.clone(),
            nonce: nonce.clone(),
            option_id: list[index].id.clone(),
        };
        self.send(&command);
    }

    pub fn decide(&mut self, request: &Frame, decision: Verdict) {
        self.answer_approval(request, decision, None);
    }

    pub fn decide_saying(&mut self, request: &Frame, decision: Verdict, comment: &str) {
        self.answer_approval(request, decision, Some(comment.into()));
    }

    fn answer_approval(&mut self, request: &Frame, decision: Verdict, comment: Option<String>) {
        let FrameBody::ApprovalRequested {
            decision_id,
            nonce,
            quote_hash,
            ..
        } = &request.body
        else {
            panic!("no approval asked: {request:?}")
        };
        let command = Command::DecideApproval {
            action_id: self.action(),
            booking_id: request.booking_id.expect("a booking"),
            decision_id: decision_id.clone(),
            nonce: nonce.clone(),
            quote_hash: quote_hash.clone(),
            decision,
            comment,
        };
        self.send(&command);
    }

    pub fn confirm(&mut self, request: &Frame, decision: Verdict) {
        let command = self.confirmation(request, decision);
        self.send(&command);
    }

    pub fn confirmation(&mut self, request: &Frame, decision: Verdict) -> Command {
        let FrameBody::PurchaseConfirmationRequested {
            decision_id,
            nonce,
            quote_hash,
            ..
        } = &request.body
        else {
            panic!("no confirmation asked: {request:?}")
        };
        Command::ConfirmPurchase {
            action_id: self.action(),
            booking_id: request.booking_id.expect("a booking"),
            decision_id: decision_id.clone(),
            nonce: nonce.clone(),
            quote_hash: quote_hash.clone(),
            decision,
        }
    }
}

/// Where people come in.
pub fn door(world: &World) -> Arc<WebSocketApi> {
    let api = world.laptop.cloud.parts().websocket.clone();
    api.expect("a WebSocket API")
}

/// Opens a socket with this token, if the door lets it.
pub async fn enter(door: &Arc<WebSocketApi>, token: &str) -> Result<Session, Refusal> {
    let mut handshake = Handshake {
        source_ip: "127.0.0.1".into(),
        ..Handshake::default()
    };
    let protocols = format!("sojourn.v1, bearer.{token}").parse().expect("a header");
    handshake.headers.insert("Sec-WebSocket-Protocol", protocols);
    door.connect(handshake).await
}

fn token(identity: &Identity, clock: Clock, name: &str) -> String {
    let sample = person_named(name).expect("a sample person");
    let employee = EmployeeId::new(sample.employee);
    identity
        .token(&employee, sample.roles, clock.now())
        .expect("a token")
}

/// Whether a command carries this id.
fn is_under(text: &str, id: &ActionId) -> bool {
    let command: Value = serde_json::from_str(text).expect("JSON");
    let given = command.get("actionId").or_else(|| command.get("requestId"));
    given.and_then(Value::as_str) == Some(id.as_str())
}

pub fn is_options(body: &FrameBody) -> bool {
    matches!(body, FrameBody::Options { .. })
}

pub fn is_approval_request(body: &FrameBody) -> bool {
    matches!(body, FrameBody::ApprovalRequested { .. })
}

pub fn is_confirmation_request(body: &FrameBody) -> bool {
    matches!(body, FrameBody::PurchaseConfirmationRequested { .. })
}
