//! `sojourn approve`: what waits for somebody's approval, and their answer. For approvers and their delegates alike.

use std::process::ExitCode;

use events_schema::ids::{BookingId, DecisionId};
use events_schema::socket::{ApprovalSummary, Command, FrameBody, Verdict};

use super::connection::Connection;
use super::office::table;
use super::{ApproveArgs, CommandError};
use crate::traveller::{Traveller, action_id};

use super::book::PATIENCE;

pub(super) async fn approve(args: ApproveArgs) -> Result<ExitCode, CommandError> {
    let connection = Connection::running(args.data.clone()).await?;
    let mut inbox = connection.connect(&args.person).await?;
    let waiting = waiting(&mut inbox).await?;
    let Some(booking) = args.booking else {
        list(&waiting);
        return Ok(ExitCode::SUCCESS);
    };
    let asked = waiting
        .iter()
        .find(|item| item.booking_id == booking)
        .ok_or_else(|| format!("nothing of booking {booking} waits for {}", args.person))?;
    let verdict = if args.no { Verdict::No } else { Verdict::Yes };
    decide(&mut inbox, booking, &asked.decision_id, verdict, args.comment).await?;
    let said = if args.no { "Declined" } else { "Approved" };
    println!("{said}, as asked of {}.", asked.approver);
    Ok(ExitCode::SUCCESS)
}

/// What is still open for this person, soonest deadline first.
pub(super) async fn waiting(inbox: &mut Traveller) -> Result<Vec<ApprovalSummary>, CommandError> {
    let command = Command::ListApprovals {
        action_id: action_id(),
    };
    inbox.send(&command).await?;
    loop {
        match inbox.next_within(PATIENCE).await?.frame.body {
            FrameBody::Approvals { items } => {
                return Ok(items.into_iter().filter(|item| item.open).collect());
            }
            FrameBody::Error { message, .. } => return Err(message.into()),
            _ => {}
        }
    }
}

/// Answers exactly what was asked: price and nonce come with the question, which a resume sends again.
pub(super) async fn decide(
    inbox: &mut Traveller,
    booking: BookingId,
    decision: &DecisionId,
    verdict: Verdict,
    comment: Option<String>,
) -> Result<(), CommandError> {
    inbox
        .send(&Command::Resume {
            booking_id: booking,
            after: 0,
        })
        .await?;
    let (nonce, quote_hash) = loop {
        let frame = inbox.next_within(PATIENCE).await?.frame;
        match frame.body {
            FrameBody::ApprovalRequested {
                decision_id,
                nonce,
                quote_hash,
                ..
            } if decision_id == *decision && frame.booking_id == Some(booking) => break (nonce, quote_hash),
            FrameBody::Error { message, .. } => return Err(message.into()),
            _ => {}
        }
    };
    let mine = action_id();
    let command = Command::DecideApproval {
        action_id: mine.clone(),
        booking_id: booking,
        decision_id: decision.clone(),
        nonce,
        quote_hash,
        decision: verdict,
        comment,
    };
    inbox.send(&command).await?;
    loop {
        match inbox.next_within(PATIENCE).await?.frame.body {
            FrameBody::Accepted { action_id, .. } if action_id == mine => return Ok(()),
            FrameBody::Error { message, .. } => return Err(message.into()),
            _ => {}
        }
    }
}

fn list(waiting: &[ApprovalSummary]) {
    if waiting.is_empty() {
        println!("Nothing waits for you.");
        return;
    }
    let rows: Vec<_> = waiting.iter().map(row).collect();
    println!(
        "{}",
        table::table(["BOOKING", "OF", "ASKED", "TOTAL", "UNTIL", "WHY"], &rows)
    );
}

fn row(item: &ApprovalSummary) -> [String; 6] {
    let why: Vec<_> = item.reasons.iter().map(|reason| reason.reason.as_str()).collect();
    [
        item.booking_id.to_string(),
        item.employee_id.to_string(),
        item.approver.to_string(),
        item.total.map(|total| total.to_string()).unwrap_or_default(),
        item.deadline_at.strftime("%-d %b %H:%M UTC").to_string(),
        why.join("; "),
    ]
}
