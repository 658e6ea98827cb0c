//! `sojourn attention …`: bookings that a travel manager has to see to.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use events_schema::booking::{LegOutcome, SettledLeg};
use events_schema::ids::BookingId;
use events_schema::socket::{AttentionItem, AttentionLeg, FrameBody, OfficeCommand, Resolution};

use super::table::table;
use super::{Desk, Office, role_name, unexpected};
use crate::commands::CommandError;
use crate::traveller::action_id;
use lambda_host::counted::counted;

#[derive(Args)]
pub(in crate::commands) struct AttentionArgs {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    office: Office,
}

#[derive(Subcommand)]
enum Action {
    /// List what waits, the longest waiting first.
    List,
    /// Show one booking with its evidence: legs, keys, what suppliers said last, money.
    Show {
        /// As `attention list` shows it.
        booking: BookingId,
    },
    /// Say what you found out; the money is settled by it and nothing stays set aside.
    #[command(
        after_help = "Example: attention resolve BOOKING --outcome undone --note \"The hotel has no such order\"\n\
                            or leg by leg: --leg 0=kept:SMPL-7Q2KXD --leg 1=undone --note \"…\""
    )]
    Resolve {
        /// As `attention list` shows it.
        booking: BookingId,
        /// What became of every open leg that --leg does not name.
        #[arg(long)]
        outcome: Option<Outcome>,
        /// What became of one leg: NUMBER=undone, or NUMBER=kept with the supplier's reference behind a colon.
        #[arg(long = "leg", value_name = "N=OUTCOME[:REFERENCE]", value_parser = leg)]
        legs: Vec<SettledLeg>,
        /// How you know.
        #[arg(long)]
        note: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Outcome {
    /// Booked, and it stays so.
    Kept,
    /// Not booked: it never was, or was cancelled.
    Undone,
}

fn leg(text: &str) -> Result<SettledLeg, String> {
    let wrong = || format!("\"{text}\" should be like 1=undone or 0=kept:REFERENCE");
    let (number, rest) = text.split_once('=').ok_or_else(wrong)?;
    let (outcome, reference) = match rest.split_once(':') {
        Some((outcome, reference)) => (outcome, Some(reference.to_owned())),
        None => (rest, None),
    };
    let outcome = match outcome {
        "kept" => LegOutcome::Kept,
        "undone" => LegOutcome::Undone,
        _ => return Err(wrong()),
    };
    Ok(SettledLeg {
        leg: number.parse().map_err(|_| wrong())?,
        outcome,
        reference,
        charged: None,
    })
}

pub(in crate::commands) async fn attention(args: AttentionArgs) -> Result<ExitCode, CommandError> {
    let mut desk = Desk::open(&args.office).await?;
    match args.action {
        Action::List => {
            let body = desk.ask(&OfficeCommand::ListAttention {}).await?;
            let FrameBody::Attention { items } = body else {
                return Err(unexpected(&body));
            };
            desk.say(&list(&items))?;
        }
        Action::Show { booking } => {
            let (item, legs) = detail(&mut desk, booking).await?;
            show(&desk, &item, &legs)?;
        }
        Action::Resolve {
            booking,
            outcome,
            legs,
            note,
        } => resolve(&mut desk, booking, outcome, legs, note).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn detail(
    desk: &mut Desk,
    booking_id: BookingId,
) -> Result<(AttentionItem, Vec<AttentionLeg>), CommandError> {
    match desk.ask(&OfficeCommand::ShowAttention { booking_id }).await? {
        FrameBody::AttentionDetail { item, legs } => Ok((item, legs)),
        other => Err(unexpected(&other)),
    }
}

async fn resolve(
    desk: &mut Desk,
    booking_id: BookingId,
    outcome: Option<Outcome>,
    mut legs: Vec<SettledLeg>,
    note: String,
) -> Result<(), CommandError> {
    let (_, known) = detail(desk, booking_id).await?;
    if let Some(outcome) = outcome {
        let named: Vec<u32> = legs.iter().map(|leg| leg.leg).collect();
        let rest = known.iter().filter(|leg| leg.open && !named.contains(&leg.leg));
        legs.extend(rest.map(|leg| SettledLeg {
            leg: leg.leg,
            outcome: match outcome {
                Outcome::Kept => LegOutcome::Kept,
                Outcome::Undone => LegOutcome::Undone,
            },
            reference: None,
            charged: None,
        }));
    }
    let command = OfficeCommand::ResolveAttention {
        action_id: action_id(),
        booking_id,
        legs,
        note,
    };
    match desk.ask(&command).await? {
        FrameBody::Accepted { .. } => {}
        other => return Err(unexpected(&other)),
    }
    let (item, legs) = detail(desk, booking_id).await?;
    desk.say("Resolved; nothing is set aside any more.\n")?;
    show(desk, &item, &legs)
}

fn list(items: &[AttentionItem]) -> String {
    if items.is_empty() {
        return "Nothing needs attention.".into();
    }
    let rows: Vec<_> = items
        .iter()
        .map(|item| {
            [
                item.booking_id.to_string(),
                role_name(item.owner).to_owned(),
                age(item.age_minutes),
                due(item),
                item.employee_id.to_string(),
                in_question(item),
                item.reason.clone(),
            ]
        })
        .collect();
    table(
        [
            "BOOKING", "OWNER", "WAITS", "DUE", "TRAVELLER", "MONEY", "WHAT IS OPEN",
        ],
        &rows,
    )
}

/// In UTC, as all times here.
fn due(item: &AttentionItem) -> String {
    let at = item.due_at.strftime("%Y-%m-%d %H:%MZ");
    match item.reminders {
        0 => at.to_string(),
        _ => format!("{at} (overdue)"),
    }
}

/// What of the budget hangs on it.
fn in_question(item: &AttentionItem) -> String {
    let set_aside = item.reserved.map(|money| format!("{money} set aside"));
    let spent = item.captured.map(|money| format!("{money} spent"));
    set_aside.or(spent).unwrap_or_else(|| "none".into())
}

fn age(minutes: u64) -> String {
    match minutes {
        0..60 => format!("{minutes} min"),
        60..2880 => format!("{} h {} min", minutes / 60, minutes % 60),
        _ => format!("{} d", minutes / 1440),
    }
}

fn show(desk: &Desk, item: &AttentionItem, legs: &[AttentionLeg]) -> Result<(), CommandError> {
    let money = |money: Option<events_schema::money::Money>| {
        money.map_or_else(|| "nothing".into(), |money| money.to_string())
    };
    let (open, waits) = match item.resolved {
        Some(_) => ("was open", "waited"),
        None => ("open", "waits"),
    };
    let mut lines = vec![
        ("booking", item.booking_id.to_string()),
        ("traveller", item.employee_id.to_string()),
        ("owner", role_name(item.owner).to_owned()),
        (open, item.reason.clone()),
        (
            waits,
            format!(
                "{}, {}",
                age(item.age_minutes),
                counted(item.reminders, "reminder", "reminders")
            ),
        ),
        ("cost centre", item.cost_centre.to_string()),
        ("set aside", money(item.reserved)),
        ("spent", money(item.captured)),
    ];
    if let Some(Resolution { at, by }) = &item.resolved {
        lines.push(("resolved", format!("{} by {by}", at.strftime("%Y-%m-%d %H:%MZ"))));
    }
    for (name, value) in lines {
        desk.say(&format!("{name:<12} {value}"))?;
    }
    for leg in legs {
        let open = if leg.open {
            "  <- say what became of it"
        } else {
            ""
        };
        desk.say(&format!(
            "\nleg {}  {} at {}, {}{open}",
            leg.leg, leg.state, leg.supplier, leg.total
        ))?;
        desk.say(&format!("  key        {}", leg.idempotency_key))?;
        desk.say(&format!(
            "  reference  {}",
            leg.reference.as_deref().unwrap_or("none")
        ))?;
        if let Some(answer) = &leg.last_answer {
            desk.say(&format!("  they said  {answer}"))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leg_is_told_in_one_word() {
        let kept = leg("0=kept:SMPL-1:2").unwrap();
        assert_eq!((kept.leg, kept.outcome), (0, LegOutcome::Kept));
        assert_eq!(kept.reference.as_deref(), Some("SMPL-1:2"));
        assert_eq!(leg("3=undone").unwrap().reference, None);
        for wrong in ["", "1", "x=undone", "1=lost", "=kept"] {
            assert!(leg(wrong).is_err(), "{wrong:?}");
        }
    }
}
