//! Looking, starting, and everything done to one that was started.

use std::process::ExitCode;
use std::time::Duration;

use ::replay::archive::{Archive, Standing, narrowed};
use ::replay::journal::Selection;
use ::replay::{Preview, Request, State, Ticket, rules};
use aws_sdk_eventbridge::types::ReplayState;
use indicatif::ProgressBar;

use super::bar;
use super::place::{Desk, patterns};
use super::selected::{AS_FAST_AS_IT_LIKES, Source, What};
use crate::commands::CommandError;
use lambda_host::counted::{counted, noun};

/// Between two looks at a replay that EventBridge makes.
const LOOK: Duration = Duration::from_millis(300);

pub(super) async fn preview(desk: &Desk, what: &What, json: bool) -> Result<(), CommandError> {
    let preview = desk.replays.preview(&what.request(None, None)?).await?;
    if json {
        println!("{}", serde_json::to_string(&preview)?);
        return Ok(());
    }
    print(&preview);
    Ok(())
}

fn print(preview: &Preview) {
    let Preview {
        events, aggregates, ..
    } = preview;
    match preview.first.zip(preview.last) {
        Some((first, last)) => {
            println!(
                "{} of {}, {first:.0} to {last:.0}; would fire:",
                counted(*events, "event", "events"),
                counted(*aggregates, "history", "histories")
            );
        }
        None => println!("no event is selected; nothing would fire"),
    }
    let width = preview.fires.keys().map(String::len).max().unwrap_or_default();
    for (rule, times) in &preview.fires {
        println!("  {rule:<width$}  {times:>6}");
    }
    println!(
        "{} other rules do not welcome replays, or were not chosen: they get nothing",
        preview.silent
    );
}

pub(super) async fn start(
    desk: &Desk,
    what: &What,
    name: Option<String>,
    rate: Option<u32>,
) -> Result<ExitCode, CommandError> {
    let request = what.request(name, rate)?;
    match (what.source(rate)?, &request.selection) {
        (Source::Archive, Selection::Time { from, until }) => {
            let chosen = rules::chosen(&rules::all(&desk.replays.stack).await?, &request.to)?;
            let chosen = match &request.pattern {
                Some(pattern) => narrowed(chosen, pattern, patterns)?,
                None => chosen,
            };
            let archive = archive(desk);
            archive.start(&request.name, (*from, *until), &chosen).await?;
            follow_archive(&archive, &request.name).await
        }
        _ => started(desk, &request).await,
    }
}

async fn started(desk: &Desk, request: &Request) -> Result<ExitCode, CommandError> {
    let ticket = desk.replays.start(request).await?;
    eprintln!(
        "{}: {} from Journal",
        ticket.replay_name,
        counted(ticket.total, "delivery", "deliveries")
    );
    follow(desk, ticket).await
}

/// Runs it from here; Ctrl-C pauses.
async fn follow(desk: &Desk, ticket: Ticket) -> Result<ExitCode, CommandError> {
    let name = ticket.replay_name.clone();
    let bar = bar::deliveries(ticket.total);
    let mut watch = |ticket: &Ticket| bar::show(&bar, ticket);
    let ended = {
        let run = desk.replays.run(ticket, &desk.functions, &mut watch);
        tokio::pin!(run);
        tokio::select! {
            biased;
            ended = &mut run => ended?,
            _ = tokio::signal::ctrl_c() => {
                // Ended meanwhile is as good.
                let _ = desk.replays.pause(&name).await;
                run.await?
            }
        }
    };
    bar.finish_and_clear();
    let Ticket {
        state,
        delivered,
        total,
        why,
        ..
    } = ended;
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    let deliveries = noun(&total, "delivery", "deliveries");
    println!(
        "{name}: {}, {delivered} of {total} {deliveries}{why}",
        state.name()
    );
    if matches!(state, State::Paused | State::Failed) {
        println!("  `replay resume {name}` goes on there");
    }
    Ok(match state {
        State::Completed => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn archive(desk: &Desk) -> Archive<'_> {
    Archive {
        stack: &desk.replays.stack,
    }
}

/// EventBridge makes it: leaving does not stop it.
async fn follow_archive(archive: &Archive<'_>, name: &str) -> Result<ExitCode, CommandError> {
    let bar: ProgressBar = bar::time();
    let ended = loop {
        let standing = archive.standing(name).await?.ok_or("the replay is gone")?;
        bar.set_position((standing.part() * bar::PARTS as f64) as u64);
        bar.set_message(standing.state.as_str().to_lowercase());
        if standing.ended() {
            break standing;
        }
        tokio::select! {
            biased;
            _ = tokio::signal::ctrl_c() => {
                bar.finish_and_clear();
                println!("{name} goes on without this terminal: `replay list`, `replay pause {name}`");
                return Ok(ExitCode::SUCCESS);
            }
            () = tokio::time::sleep(LOOK) => {}
        }
    };
    bar.finish_and_clear();
    println!("{}", in_words(&ended));
    Ok(match ended.state {
        ReplayState::Completed => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

pub(super) fn in_words(standing: &Standing) -> String {
    let reached = standing
        .reached
        .map(|at| format!(", reached {at:.0}"))
        .unwrap_or_default();
    let reason = standing
        .reason
        .as_ref()
        .map(|why| format!(": {why}"))
        .unwrap_or_default();
    let state = standing.state.as_str().to_lowercase();
    format!(
        "{}: {state}, to {}{reached}{reason}",
        standing.name,
        counted(standing.rules.len(), "rule", "rules")
    )
}

pub(super) async fn pause(desk: &Desk, name: &str) -> Result<(), CommandError> {
    if desk.replays.read(name).await?.is_some() {
        desk.replays.pause(name).await?;
    } else {
        stop_archive(desk, name).await?;
    }
    println!("{name} pauses; `replay resume {name}` goes on");
    Ok(())
}

pub(super) async fn cancel(desk: &Desk, name: &str) -> Result<(), CommandError> {
    if desk.replays.read(name).await?.is_some() {
        desk.replays.cancel(name).await?;
    } else {
        stop_archive(desk, name).await?;
    }
    println!("{name} is cancelled");
    Ok(())
}

async fn stop_archive(desk: &Desk, name: &str) -> Result<(), CommandError> {
    let archive = archive(desk);
    let standing = archive.standing(name).await?;
    let standing = standing.ok_or_else(|| format!("there is no replay {name}"))?;
    if standing.ended() {
        return Err(format!("{} is {}", standing.name, standing.state.as_str().to_lowercase()).into());
    }
    Ok(archive.cancel(&standing).await?)
}

pub(super) async fn resume(desk: &Desk, name: &str, rate: Option<u32>) -> Result<ExitCode, CommandError> {
    if desk.replays.read(name).await?.is_some() {
        return follow(desk, desk.replays.resume(name, rate).await?).await;
    }
    let archive = archive(desk);
    if rate.is_some() && archive.standing(name).await?.is_some() {
        return Err(format!("{AS_FAST_AS_IT_LIKES}: {name} cannot go on at a rate").into());
    }
    let again = archive.resume(name).await?;
    eprintln!("goes on as {again}");
    follow_archive(&archive, name).await
}
