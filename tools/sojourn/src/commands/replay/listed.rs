//! Every replay there was: from Journal, and of EventBridge's own.

use ::replay::Ticket;
use serde_json::json;

use super::place::Desk;
use crate::commands::CommandError;
use lambda_host::counted::noun;

pub(super) async fn list(desk: &Desk, json: bool) -> Result<(), CommandError> {
    let tickets = desk.replays.all().await?;
    let mut none = tickets.is_empty();
    for ticket in tickets {
        match json {
            true => println!("{}", serde_json::to_string(&ticket)?),
            false => println!("{}", line(&ticket)),
        }
    }
    let mut token = None;
    loop {
        let events = &desk.replays.stack.eventbridge;
        let page = events.list_replays().set_next_token(token).send().await?;
        none &= page.replays().is_empty();
        for replay in page.replays() {
            let (name, state) = (replay.replay_name(), replay.state().map(|state| state.as_str()));
            let (name, state) = (name.unwrap_or_default(), state.unwrap_or_default().to_lowercase());
            match json {
                true => println!(
                    "{}",
                    json!({"replayName": name, "state": state, "source": "archive"})
                ),
                false => println!("{name:<28} {state:<10} from the archive"),
            }
        }
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    if none && !json {
        eprintln!("there was no replay yet: `replay preview` shows what one would do");
    }
    Ok(())
}

fn line(ticket: &Ticket) -> String {
    let Ticket {
        replay_name,
        state,
        delivered,
        total,
        started_at,
        ..
    } = ticket;
    format!(
        "{replay_name:<28} {:<10} {delivered} of {total} {}, since {started_at:.0}",
        state.name(),
        noun(total, "delivery", "deliveries")
    )
}
