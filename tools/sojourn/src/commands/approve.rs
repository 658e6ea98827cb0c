//! `sojourn approve`: what waits for somebody's approval, and their answer. For approvers and their delegates alike.

#[cfg(test)]
mod tests;

use std::process::ExitCode;
use std::time::Duration;

use events_schema::ids::{BookingId, DecisionId};
use events_schema::socket::{ApprovalSummary, Command, Frame, FrameBody, Verdict};

use super::connection::Connection;
use super::office::table;
use super::{ApproveArgs, CommandError};
use crate::traveller::{Traveller, action_id};

/// How long an answer may take. What else comes meanwhile does not prolong it.
const ANSWERED_WITHIN: Duration = Duration::from_secs(60);

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
    let items = answer(inbox, |frame| match frame.body {
        FrameBody::Approvals { items } => Some(items),
        _ => None,
    });
    Ok(items.await?.into_iter().filter(|item| item.open).collect())
}

/// Answers exactly what was asked: price and nonce come with the question, which is read again.
pub(super) async fn decide(
    inbox: &mut Traveller,
    booking: BookingId,
    decision: &DecisionId,
    verdict: Verdict,
    comment: Option<String>,
) -> Result<(), CommandError> {
    // The question may have come while its place in the list was waited for.
    inbox.read_again(booking).await?;
    let (nonce, quote_hash) = answer(inbox, |frame| match frame.body {
        FrameBody::ApprovalRequested {
            decision_id,
            nonce,
            quote_hash,
            ..
        } if decision_id == *decision && frame.booking_id == Some(booking) => Some((nonce, quote_hash)),
        _ => None,
    })
    .await?;
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
    let accepted = answer(inbox, |frame| match frame.body {
        FrameBody::Accepted { action_id, .. } if action_id == mine => Some(()),
        _ => None,
    });
    accepted.await
}

/// The first frame that is `wanted`, however many others come meanwhile; an error ends it.
async fn answer<T>(
    inbox: &mut Traveller,
    mut wanted: impl FnMut(Frame) -> Option<T>,
) -> Result<T, CommandError> {
    let answered = async {
        loop {
            let frame = inbox.next().await?.frame;
            if let FrameBody::Error { message, .. } = frame.body {
                return Err(message.into());
            }
            if let Some(found) = wanted(frame) {
                return Ok(found);
            }
        }
    };
    let late = || format!("the cloud did not answer within {} s", ANSWERED_WITHIN.as_secs());
    tokio::time::timeout(ANSWERED_WITHIN, answered)
        .await
        .unwrap_or_else(|_| Err(late().into()))
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
