//! An e-mail that SES took came back. Who it was for is not reached by another one, so whoever can do something else is
//! told: of an approver who was asked, the traveller; anybody else finds what it said on the page.
//!
//! SES says it on the default bus, with the address. The rule hands on the e-mail's tags alone, which are ours.

use events_schema::ids::BookingId;
use lambda_host::{HandlerError, Live};
use serde_json::Value;

use crate::ledger::{Notice, NoticeRow, State};
use crate::mail::{BOOKING, NOTICE};
use crate::send::Post;

/// What an e-mail was about, from its tags; `None` for what is no bounce.
pub(crate) fn tags(payload: &Value) -> Option<(BookingId, &str)> {
    let first = |name: &str| payload[name][0].as_str();
    Some((first(BOOKING)?.parse().ok()?, first(NOTICE)?))
}

pub(crate) async fn bounced(
    post: &Post,
    live: &Live,
    booking: BookingId,
    tag: &str,
) -> Result<(), HandlerError> {
    let rows = post.ledger.of(booking).await?;
    let Some(row) = rows.iter().find(|row| row.tag() == tag) else {
        tracing::warn!(%booking, "an e-mail came back that nobody here remembers");
        return Ok(());
    };
    tracing::warn!(%booking, to = %row.to, notice = row.says.name(), "e-mail came back");
    // Before the bounce is noted: dying in between, it is told again and owed once.
    let owed = unreached(row);
    if let Some(owed) = &owed {
        post.ledger.owe_once(owed).await?;
    }
    post.ledger.settle(&row.key(), State::Bounced).await?;
    post.settle_all(live, owed.iter().map(NoticeRow::key).collect())
        .await
}

/// What the traveller is owed, once for all e-mail of one question that comes back.
fn unreached(row: &NoticeRow) -> Option<NoticeRow> {
    let Notice::ApprovalWanted { .. } = row.says.question() else {
        return None;
    };
    let says = Notice::ApproverUnreached {
        approver: row.to.clone(),
    };
    Some(NoticeRow {
        notice: format!("{:06}#{}#{}", row.sequence, says.name(), row.to),
        to: row.traveller.clone(),
        says,
        due_at: None,
        due_partition: None,
        state: State::Owed,
        claimed_until: None,
        ..row.clone()
    })
}
