//! A person with a socket, for tests: sends commands, and waits for the frame that matters.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use events_schema::ids::{ActionId, BookingId};
use events_schema::socket::{Command, Frame, FrameBody, OfficeCommand, Verdict};
use local_cloud::edge::websocket::{Handshake, Session};
use sojourn::laptop::person_named;

use super::world::World;

/// Simulated time, longer than anything automated may take.
const PATIENCE: Duration = Duration::from_secs(20 * 60);

pub struct Person {
    session: Session,
    seen: BTreeMap<BookingId, u64>,
    /// Everything received, in order, without repeats.
    pub frames: Vec<Frame>,
    actions: u32,
    /// Every command sent, to be sent again after a lost connection: the same id is the same command.
    sent: Mutex<Vec<Command>>,
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
        let sample = person_named(name).expect("a sample person");
        let token = world.laptop.token(sample).expect("a token");
        let mut handshake = Handshake {
            source_ip: "127.0.0.1".into(),
            ..Handshake::default()
        };
        let protocols = format!("sojourn.v1, bearer.{token}").parse().expect("a header");
        handshake.headers.insert("Sec-WebSocket-Protocol", protocols);
        let api = world
            .laptop
            .cloud
            .parts()
            .websocket
            .clone()
            .expect("a WebSocket API");
        let session = api.connect(handshake).await.expect("let in");
        let sent = Mutex::new(Vec::new());
        Self {
            session,
            seen: BTreeMap::new(),
            frames: Vec::new(),
            actions: 0,
            sent,
            name: name.into(),
            device: name.into(),
        }
    }

    /// What a client does when its connection broke: it knows what it saw, and not whether its commands arrived.
    pub async fn reconnect(self, world: &World) -> Self {
        let mut again = Self::connect(world, &self.name).await;
        (again.seen, again.frames, again.actions) = (self.seen, self.frames, self.actions);
        for command in self.sent.into_inner().expect("no panic while sending") {
            again.send(&command);
        }
        for (booking, after) in again.seen.clone() {
            again.resume(booking, after);
        }
        again
    }

    /// Takes up after a connection that ended in time: every command had its answer.
    pub async fn resumed(self, world: &World) -> Self {
        let mut again = Self::connect(world, &self.name).await;
        (again.seen, again.frames, again.actions) = (self.seen, self.frames, self.actions);
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
        if !matches!(command, Command::Resume { .. }) {
            self.sent
                .lock()
                .expect("no panic while sending")
                .push(command.clone());
        }
        tokio::spawn(
            self.session
                .message(serde_json::to_string(command).expect("JSON")),
        );
    }

    /// Sends a travel manager's command and gives its answer; what comes of bookings meanwhile is kept in `frames`.
    pub async fn ask(&mut self, command: &OfficeCommand) -> FrameBody {
        tokio::spawn(
            self.session
                .message(serde_json::to_string(command).expect("JSON")),
        );
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

    async fn next(&mut self) -> Frame {
        loop {
            let text = self.session.next_frame().await.expect("the connection stands");
            let frame: Frame = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            if self.is_new(&frame) {
                self.frames.push(frame.clone());
                return frame;
            }
        }
    }

    fn is_new(&mut self, frame: &Frame) -> bool {
        let (Some(booking), Some(cursor)) = (frame.booking_id, frame.cursor) else {
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

pub fn is_options(body: &FrameBody) -> bool {
    matches!(body, FrameBody::Options { .. })
}

pub fn is_approval_request(body: &FrameBody) -> bool {
    matches!(body, FrameBody::ApprovalRequested { .. })
}

pub fn is_confirmation_request(body: &FrameBody) -> bool {
    matches!(body, FrameBody::PurchaseConfirmationRequested { .. })
}
