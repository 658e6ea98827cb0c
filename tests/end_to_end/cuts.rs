//! Covers: the line breaks at every single message of a booking, on both sides of it, and for as long as it likes;
//! whoever resumes by cursor sees each frame once, in order, and none is missing. Commands that were sent into a broken
//! line are sent again under their ids. Does not cover the process dying: `crashes`.

use std::collections::BTreeMap;
use std::time::Duration;

use events_schema::ids::BookingId;
use events_schema::problem::ErrorCode;
use events_schema::socket::{Command, Frame, FrameBody, Verdict};

use super::people::Person;
use super::trips::LISBON;
use super::world::World;

/// What the answer to too many messages says, and a little more.
const TOLD_TO_WAIT: Duration = Duration::from_secs(11);

/// What a traveller wants of a trip.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wish {
    Buy,
    /// An option that needs an approval.
    Exceed,
    /// Refused when asked to buy.
    Decline,
    /// Called off while choosing.
    CallOff,
    /// Bought, and cancelled at the conditions shown.
    Cancel,
    /// Asked back first.
    Clarify,
}

/// When the line breaks: after which message that somebody received, counted from 1.
#[derive(Clone, Copy, Debug)]
enum Breaks {
    Never,
    AfterEach,
    After(usize),
}

impl Breaks {
    fn now(self, heard: usize) -> bool {
        match self {
            Self::Never => false,
            Self::AfterEach => true,
            Self::After(number) => heard == number,
        }
    }
}

/// Somebody on a line that breaks.
struct Device<'a> {
    world: &'a World,
    /// `None` only while the line is being mended.
    person: Option<Person>,
    breaks: Breaks,
    away: Duration,
    heard: usize,
}

impl<'a> Device<'a> {
    async fn of(world: &'a World, name: &str, breaks: Breaks, away: Duration) -> Self {
        Self {
            world,
            person: Some(Person::connect(world, name).await),
            breaks,
            away,
            heard: 0,
        }
    }

    fn person(&mut self) -> &mut Person {
        self.person.as_mut().expect("the line stands")
    }

    /// `None`: whoever comes back at once after every message asks too much. The device waited as it was told and is back
    /// on a new line, where it asks again.
    async fn hear(&mut self) -> Option<Frame> {
        let waiting = tokio::time::timeout(Duration::from_secs(20 * 60), self.person().next()).await;
        let Ok(frame) = waiting else {
            panic!("nothing comes after {:#?}", self.person().frames.last());
        };
        match &frame.body {
            FrameBody::Accepted { action_id, .. } => self.person().forget(action_id),
            FrameBody::Error {
                code: ErrorCode::RateLimited,
                ..
            } => {
                self.reconnect(TOLD_TO_WAIT).await;
                return None;
            }
            FrameBody::Error { code, message, .. } => panic!("{code:?}: {message}"),
            _ => {}
        }
        self.heard += 1;
        Some(frame)
    }

    async fn reconnect(&mut self, away: Duration) {
        let person = self.person.take().expect("the line stands");
        self.person = Some(person.cut(self.world, away).await);
    }

    /// Breaks the line if it is time to.
    async fn break_off(&mut self) {
        if !self.breaks.now(self.heard) {
            return;
        }
        self.reconnect(self.away).await;
    }
}

/// From the request to the end; whoever is cut right after sending does not know whether it arrived.
async fn travel(device: &mut Device<'_>, wish: Wish) -> Vec<BookingId> {
    let text = match wish {
        Wish::Clarify => "Berlin to Portland 3-8 December, flight only",
        _ => LISBON,
    };
    let request_id = device.person().action();
    device.person().send(&Command::RequestBooking {
        request_id,
        text: text.into(),
        fields: None,
    });
    device.break_off().await;
    let mut bookings = Vec::new();
    loop {
        let Some(frame) = device.hear().await else {
            continue;
        };
        if let (FrameBody::Accepted { .. }, Some(booking)) = (&frame.body, frame.booking_id) {
            // Its frames may have been posted while nobody listened.
            if !bookings.contains(&booking) {
                bookings.push(booking);
            }
            device.person().resume(booking, 0);
        }
        let is_over = answer(device, wish, &frame, bookings.len());
        device.break_off().await;
        if is_over {
            return bookings;
        }
    }
}

/// Does what the wish says to a frame; whether nothing follows.
fn answer(device: &mut Device<'_>, wish: Wish, frame: &Frame, bookings: usize) -> bool {
    let person = device.person();
    let booking = frame.booking_id;
    match (&frame.body, booking) {
        (FrameBody::Clarification { round, .. }, Some(booking_id)) => {
            let action_id = person.action();
            let text = "Portland, Oregon".into();
            person.send(&Command::Clarify {
                action_id,
                booking_id,
                text,
                round: Some(*round),
            });
        }
        (FrameBody::Options { .. }, Some(booking_id)) if matches!(wish, Wish::CallOff | Wish::Clarify) => {
            let action_id = person.action();
            person.send(&Command::CancelBooking {
                action_id,
                booking_id,
            });
        }
        (FrameBody::Options { options, .. }, _) => {
            let compliant = wish != Wish::Exceed;
            let wanted = options
                .iter()
                .position(|option| option.verdict.compliant == compliant);
            person.select(frame, wanted.expect("an option of either kind"));
        }
        (FrameBody::PurchaseConfirmationRequested { .. }, _) => {
            let verdict = if wish == Wish::Decline {
                Verdict::No
            } else {
                Verdict::Yes
            };
            person.confirm(frame, verdict);
        }
        (FrameBody::Confirmed { .. }, Some(booking_id)) if wish == Wish::Cancel && bookings == 1 => {
            let action_id = person.action();
            person.send(&Command::CancelBooking {
                action_id,
                booking_id,
            });
        }
        (
            FrameBody::CancellationConfirmationRequested {
                decision_id,
                nonce,
                quote_hash,
                ..
            },
            Some(booking_id),
        ) => {
            let command = Command::ConfirmCancellation {
                action_id: person.action(),
                booking_id,
                decision_id: decision_id.clone(),
                nonce: nonce.clone(),
                quote_hash: quote_hash.clone(),
                decision: Verdict::Yes,
            };
            person.send(&command);
        }
        (body, _) if body.is_final() => return true,
        _ => {}
    }
    false
}

/// The approver's side: told by a frame, or by the list of what waits where that frame was missed.
async fn approve(device: &mut Device<'_>) {
    let list = r#"{"action":"list_approvals","actionId":"inbox"}"#;
    device.person().send_text(list.into());
    loop {
        let Some(frame) = device.hear().await else {
            device.person().send_text(list.into());
            continue;
        };
        match &frame.body {
            FrameBody::ApprovalRequested { .. } => device.person().decide(&frame, Verdict::Yes),
            FrameBody::Approvals { items } => {
                for item in items {
                    device.person().resume(item.booking_id, 0);
                }
            }
            _ => {}
        }
        let heard_of = matches!(frame.body, FrameBody::ApprovalDecided { .. });
        // Only what comes by itself: an answer that is cut off every time would be asked for for ever.
        if frame.cursor.is_some() {
            device.break_off().await;
            device.person().send_text(list.into());
        }
        if heard_of {
            return;
        }
    }
}

/// Each frame once, in order, each telling of the one before it, and all that the server has.
fn check_seen(who: &str, seen: &[Frame], kept: &[u64], booking: BookingId) {
    let cursors: Vec<_> = seen
        .iter()
        .filter(|frame| frame.booking_id == Some(booking))
        .filter_map(|frame| frame.cursor)
        .collect();
    let sequences: Vec<_> = cursors.iter().map(|cursor| cursor.sequence).collect();
    assert_eq!(sequences, kept[..sequences.len()], "{who}: a gap or a repeat");
    let previous: Vec<_> = cursors.iter().map(|cursor| cursor.previous).collect();
    let before: Vec<_> = std::iter::once(0)
        .chain(sequences.iter().copied())
        .take(previous.len())
        .collect();
    assert_eq!(previous, before, "{who}: frames name the one before them");
}

/// The sequences of the frames that were made for somebody.
async fn kept(world: &World, employee: &str, booking: BookingId) -> Vec<u64> {
    let rows = world
        .query("FramesTable", "recipient", &format!("{employee}#{booking}"))
        .await;
    rows.iter()
        .map(|row| row["sequence"].as_u64().expect("a number"))
        .collect()
}

/// Plays a trip on a line that breaks, and gives how often the traveller heard something.
async fn play(wish: Wish, breaks: Breaks, away: Duration) -> usize {
    let world = World::start().await;
    let mut traveller = Device::of(&world, "traveller", breaks, away).await;
    let mut manager = Device::of(&world, "manager", breaks, away).await;
    let bookings = if wish == Wish::Exceed {
        let (bookings, _) = tokio::join!(travel(&mut traveller, wish), approve(&mut manager));
        bookings
    } else {
        travel(&mut traveller, wish).await
    };
    world.laptop.cloud.idle().await;
    let mut ends = BTreeMap::new();
    for booking in bookings {
        let made = kept(&world, "sample-traveller-1", booking).await;
        assert_eq!(
            made,
            (1..=made.len() as u64).collect::<Vec<_>>(),
            "every event has its frame"
        );
        check_seen("traveller", &traveller.person().frames, &made, booking);
        let made = kept(&world, "sample-manager", booking).await;
        check_seen("manager", &manager.person().frames, &made, booking);
        ends.insert(booking, world.event_names(booking).await.last().cloned());
        world.check_ended(booking).await;
    }
    let expected = match wish {
        Wish::Buy | Wish::Exceed => vec!["BookingConfirmed"],
        Wish::Decline => vec!["BookingCancelled"],
        Wish::CallOff | Wish::Clarify => vec!["BookingCancelled"],
        Wish::Cancel => vec!["BookingCancelled", "BookingConfirmed"],
    };
    let mut ends: Vec<_> = ends.into_values().flatten().collect();
    ends.sort();
    assert_eq!(ends, expected, "{wish:?} {breaks:?}");
    println!(
        "{wish:?}, line broken {breaks:?} for {away:?}: {} messages, no gap, no repeat",
        traveller.heard
    );
    traveller.heard
}

const AT_ONCE: Duration = Duration::ZERO;
/// Long enough for everything automated to happen meanwhile.
const LONG: Duration = Duration::from_secs(20);

#[tokio::test(start_paused = true)]
async fn a_purchase_on_a_line_cut_at_every_message() {
    let messages = play(Wish::Buy, Breaks::Never, AT_ONCE).await;
    for away in [AT_ONCE, Duration::from_millis(300), LONG] {
        play(Wish::Buy, Breaks::AfterEach, away).await;
    }
    for number in (0..=messages).step_by(4) {
        play(Wish::Buy, Breaks::After(number), LONG).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_approval_on_two_lines_cut_at_every_message() {
    for away in [AT_ONCE, LONG] {
        play(Wish::Exceed, Breaks::AfterEach, away).await;
    }
}

#[tokio::test(start_paused = true)]
async fn cancellations_on_a_line_cut_at_every_message() {
    for wish in [Wish::CallOff, Wish::Cancel] {
        for away in [AT_ONCE, LONG] {
            play(wish, Breaks::AfterEach, away).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn questions_and_a_no_on_a_line_cut_at_every_message() {
    for wish in [Wish::Clarify, Wish::Decline] {
        for away in [AT_ONCE, LONG] {
            play(wish, Breaks::AfterEach, away).await;
        }
    }
}
