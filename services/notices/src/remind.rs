//! Every minute: reminders that are due, and endings to look at again. A tick takes them out of the index's common
//! partition into one of its own, so that no other tick tries them at the same time: if one cannot be sent, this tick
//! fails, is tried again with what is left in its partition, and is dead-lettered in the end, to be redriven for just
//! those.

use lambda_host::{HandlerError, Live};

use crate::ledger::NoticeRow;
use crate::send::Post;

/// Those left are still the longest waiting a minute later.
const MOST: usize = 500;

/// How many were settled.
pub(crate) async fn due(post: &Post, live: &Live, tick: &str) -> Result<usize, HandlerError> {
    let now = post.clock.now();
    let partition = format!("tick#{tick}");
    // What an earlier try of this very tick could not send.
    let mut mine = post.ledger.due(&partition, now, MOST).await?;
    for key in post.ledger.due(NoticeRow::WAITING, now, MOST).await? {
        if post.ledger.take(&key, &partition).await? {
            mine.push(key);
        }
    }
    let count = mine.len();
    post.settle_all(live, mine).await?;
    Ok(count)
}
