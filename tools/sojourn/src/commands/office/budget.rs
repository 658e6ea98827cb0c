//! `sojourn budget …`: what cost centres may spend.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use events_schema::ids::CostCentre;
use events_schema::money::Money;
use events_schema::socket::{Budget, BudgetChange, BudgetEntry, FrameBody, OfficeCommand};

use super::table::table;
use super::{Desk, Office, unexpected};
use crate::commands::CommandError;
use crate::traveller::action_id;

#[derive(Args)]
pub(in crate::commands) struct BudgetArgs {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    office: Office,
}

#[derive(Subcommand)]
enum Action {
    /// Set what a cost centre may spend in all: 250000 EUR.
    Set {
        /// Its id, such as CC-100; a new one is added.
        cost_centre: String,
        /// Such as 250000 or 1249.50.
        #[arg(allow_negative_numbers = true)]
        amount: String,
        /// ISO 4217 code, such as EUR.
        currency: String,
    },
    /// Show one budget with its bookings and how its limit was set; without a cost centre, all budgets.
    Show {
        /// As `budget list` shows it.
        cost_centre: Option<String>,
    },
    /// List all budgets.
    List,
}

pub(in crate::commands) async fn budget(args: BudgetArgs) -> Result<ExitCode, CommandError> {
    let limit = match &args.action {
        Action::Set { amount, currency, .. } => Some(money(amount, currency)?),
        _ => None,
    };
    let mut desk = Desk::open(&args.office).await?;
    let command = match (args.action, limit) {
        (Action::Set { cost_centre, .. }, Some(limit)) => OfficeCommand::SetBudget {
            action_id: action_id(),
            cost_centre: CostCentre::new(cost_centre),
            limit,
        },
        (
            Action::Show {
                cost_centre: Some(centre),
            },
            _,
        ) => OfficeCommand::ShowBudget {
            cost_centre: CostCentre::new(centre),
        },
        _ => OfficeCommand::ListBudgets {},
    };
    match desk.ask(&command).await? {
        FrameBody::Budgets { items } => desk.say(&list(&items))?,
        FrameBody::Budget {
            budget,
            entries,
            history,
        } => show(&desk, budget, &entries, &history)?,
        other => return Err(unexpected(&other)),
    }
    Ok(ExitCode::SUCCESS)
}

fn money(amount: &str, currency: &str) -> Result<Money, CommandError> {
    let value = serde_json::json!({"amount": amount, "currency": currency.to_uppercase()});
    serde_json::from_value(value).map_err(|_| {
        format!("\"{amount} {currency}\" is no amount of money; write it like 1249.50 EUR").into()
    })
}

fn list(budgets: &[Budget]) -> String {
    let or =
        |money: Option<Money>, otherwise: &str| money.map_or_else(|| otherwise.into(), |m| m.to_string());
    let rows: Vec<_> = budgets
        .iter()
        .map(|budget| {
            [
                budget.cost_centre.to_string(),
                or(budget.limit, "not limited"),
                budget.reserved.to_string(),
                budget.captured.to_string(),
                budget.released.to_string(),
                or(budget.available, "not limited"),
            ]
        })
        .collect();
    table(
        [
            "COST CENTRE", "SET", "RESERVED", "CAPTURED", "RELEASED", "AVAILABLE",
        ],
        &rows,
    )
}

fn show(
    desk: &Desk,
    budget: Budget,
    entries: &[BudgetEntry],
    history: &[BudgetChange],
) -> Result<(), CommandError> {
    desk.say(&list(std::slice::from_ref(&budget)))?;
    if !entries.is_empty() {
        let rows: Vec<_> = entries
            .iter()
            .map(|entry| {
                [
                    entry.booking_id.to_string(),
                    entry.state.clone(),
                    entry.amount.to_string(),
                ]
            })
            .collect();
        desk.say(&format!("\n{}", table(["BOOKING", "STATE", "AMOUNT"], &rows)))?;
    }
    if !history.is_empty() {
        let rows: Vec<_> = history
            .iter()
            .map(|change| {
                let before = change
                    .before
                    .map_or_else(|| "not limited".into(), |money| money.to_string());
                let at = change.at.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
                [at, change.by.to_string(), before, change.limit.to_string()]
            })
            .collect();
        desk.say(&format!("\n{}", table(["SET AT", "BY", "FROM", "TO"], &rows)))?;
    }
    Ok(())
}
