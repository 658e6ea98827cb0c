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
            followed.is(frame.booking_id);
        } else {
            followed.hears(frame);
        }
        while let Some(frame) = followed.news.pop_front() {
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
    /// Not known yet to be of it or of another.
    early: Vec<Frame>,
    news: VecDeque<Frame>,
}

impl Followed {
    fn is(&mut self, booking: Option<BookingId>) {
        self.booking = booking;
        let early = std::mem::take(&mut self.early);
        early.into_iter().for_each(|frame| self.hears(frame));
    }

    fn hears(&mut self, frame: Frame) {
        if self.booking.is_none() {
            self.early.push(frame);
        } else if frame.booking_id == self.booking {
            self.news.push_back(frame);
        }
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
        followed.hears(of(cancelled));
        followed.hears(of(other));
        assert!(followed.news.is_empty());
        followed.is(Some(cancelled));
        assert_eq!(
            followed.news.pop_front().and_then(|frame| frame.booking_id),
            Some(cancelled)
        );
        followed.hears(of(other));
        assert!(followed.news.is_empty());
        followed.hears(of(cancelled));
        assert_eq!(followed.news.len(), 1);
    }
}
