//! `sojourn cancel BOOKING`: a traveller calls a trip off.

use std::collections::VecDeque;
use std::process::ExitCode;

use events_schema::booking::CancellationTerms;
use events_schema::ids::{ActionId, BookingId};
use events_schema::socket::{Command, Frame, FrameBody, Verdict};

use super::book::{PATIENCE, name, read_line};
use super::connection::Connection;
use super::link::Link;
use super::{CancelArgs, CommandError, options};
use crate::traveller::action_id;

/// Ended, and not cancelled.
const NOT_CANCELLED: u8 = 3;

pub(super) async fn cancel(args: CancelArgs) -> Result<ExitCode, CommandError> {
    let connection = Connection::running(args.data.clone()).await?;
    let mut traveller = Link::open(&connection, &args.person).await?;
    let mine = action_id();
    let command = Command::CancelBooking {
        action_id: mine.clone(),
        booking_id: args.booking,
    };
    traveller.send(&command).await?;
    let mut followed = Followed::default();
    loop {
        let frame = traveller.next_within(PATIENCE).await?.frame;
        if let Some(code) = refused(&frame, &mine) {
            return Ok(code);
        }
        if is_accepted(&frame, &mine) {
            if let Some(booking) = frame.booking_id.filter(|booking| *booking != args.booking) {
                println!("Cancellation {booking} of {}", args.booking);
                // Its first frames may have been sent before this connection was made.
                traveller.follow(booking).await?;
            }
            followed.booking = frame.booking_id;
        } else {
            followed.heard.push_back(frame);
        }
        while let Some(frame) = followed.next() {
            if let Some(code) = follow(&mut traveller, frame, args.yes).await? {
                return Ok(code);
            }
        }
    }
}

/// The booking that is called off, or its cancellation: the acceptance says which, and may come behind what it begins.
#[derive(Default)]
struct Followed {
    booking: Option<BookingId>,
    heard: VecDeque<Frame>,
}

impl Followed {
    /// The next frame of it; none while it is not known.
    fn next(&mut self) -> Option<Frame> {
        let booking = self.booking?;
        std::iter::from_fn(|| self.heard.pop_front()).find(|frame| frame.booking_id == Some(booking))
    }
}

fn is_accepted(frame: &Frame, mine: &ActionId) -> bool {
    matches!(&frame.body, FrameBody::Accepted { action_id, .. } if action_id == mine)
}

fn refused(frame: &Frame, mine: &ActionId) -> Option<ExitCode> {
    let FrameBody::Error {
        code,
        message,
        action_id,
        ..
    } = &frame.body
    else {
        return None;
    };
    if action_id.as_ref().is_some_and(|id| id != mine) {
        return None;
    }
    eprintln!("{}: {message}", name(*code));
    Some(ExitCode::FAILURE)
}

/// Shows a frame, and answers the one question there is.
async fn follow(traveller: &mut Link<'_>, frame: Frame, yes: bool) -> Result<Option<ExitCode>, CommandError> {
    let booking = frame.booking_id;
    match frame.body {
        FrameBody::Progress { message, at, .. } => println!("  {}  {message}", options::clock(at)),
        FrameBody::CancellationConfirmationRequested {
            decision_id,
            nonce,
            quote_hash,
            legs,
            refund,
            fee,
            ..
        } => {
            println!();
            legs.iter().for_each(|leg| println!("  {}", conditions(leg)));
            println!("  Together: {refund} back, {fee} lost.");
            let Some(booking_id) = booking else {
                return Ok(None);
            };
            let decision = decide(yes).await?;
            let command = Command::ConfirmCancellation {
                action_id: action_id(),
                booking_id,
                decision_id,
                nonce,
                quote_hash,
                decision,
            };
            traveller.send(&command).await?;
        }
        FrameBody::Cancelled { message, .. } => {
            println!("\n{message}");
            return Ok(Some(ExitCode::SUCCESS));
        }
        body if body.is_final() => {
            println!("\n{}", ending(body));
            return Ok(Some(ExitCode::from(NOT_CANCELLED)));
        }
        _ => {}
    }
    Ok(None)
}

/// Money is at stake: no answer is a no.
async fn decide(yes: bool) -> Result<Verdict, CommandError> {
    if yes {
        return Ok(Verdict::Yes);
    }
    let answer = read_line("  Cancel the trip at these conditions? [y/N] ").await?;
    Ok(match answer.as_deref() {
        Some("y" | "Y" | "yes") => Verdict::Yes,
        _ => Verdict::No,
    })
}

fn conditions(leg: &CancellationTerms) -> String {
    let CancellationTerms {
        reference,
        paid,
        refund,
        fee,
        ..
    } = leg;
    let what = options::content_line(&leg.content);
    format!(
        "{reference}  {} paid {paid}, back {refund}, lost {fee}",
        what.trim_end_matches(';')
    )
}

fn ending(body: FrameBody) -> String {
    match body {
        FrameBody::Kept { message, .. }
        | FrameBody::Expired { message }
        | FrameBody::NeedsAttention { message } => message,
        FrameBody::Failed { code, message, .. } => format!("{}: {message}", name(code)),
        FrameBody::Confirmed { total, .. } => {
            format!("It was confirmed for {total} before it could be stopped.")
        }
        _ => "It has ended.".into(),
    }
}

#[cfg(test)]
mod tests {
    use events_schema::ids::EmployeeId;

    use super::*;

    fn of(booking: BookingId) -> Frame {
        Frame {
            body: FrameBody::Expired {
                message: "Too late.".into(),
            },
            booking_id: Some(booking),
            cursor: None,
        }
    }

    #[test]
    fn what_comes_before_the_acceptance_is_shown_after_it() {
        let employee = EmployeeId::new("traveller");
        let [cancelled, other] =
            ["1", "2"].map(|request| BookingId::of_request(&employee, &ActionId::new(request)));
        let mut followed = Followed::default();
        followed.heard.extend([of(cancelled), of(other)]);
        assert!(followed.next().is_none());
        followed.booking = Some(cancelled);
        assert_eq!(
            followed.next().and_then(|frame| frame.booking_id),
            Some(cancelled)
        );
        followed.heard.push_back(of(other));
        assert!(followed.next().is_none());
        followed.heard.push_back(of(cancelled));
        assert!(followed.next().is_some());
        assert!(followed.next().is_none());
    }
}
