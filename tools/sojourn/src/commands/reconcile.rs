//! `sojourn reconcile [BOOKING]`: whether head, Journal, audit trail and bus tell the same history. The function of the
//! cloud compares and repairs, under its own permissions; this asks it and prints its answer.

use std::io::Write;
use std::process::ExitCode;

use audit::reconcile::report::{Outcome, Report, Reported};
use serde_json::json;

use super::connection::Connection;
use super::counted::counted;
use super::functions::Functions;
use super::{CommandError, ReconcileArgs, outside};

/// As the template names it.
const FUNCTION: &str = "AuditReconciliationFunction";

pub(super) async fn reconcile(args: ReconcileArgs) -> Result<ExitCode, CommandError> {
    let connection = Connection::running(args.data).await?;
    let functions = Functions::new(&outside::sdk_config(&connection.running), outside::connector());
    let ask = json!({
        "repair": args.repair, "settledS": args.settled, "aggregateId": args.booking.map(|id| id.to_string()),
    });
    let answer = functions.ask(FUNCTION, &ask).await?;
    if answer.failed {
        return Err(format!("the comparison failed: {}", answer.payload["errorMessage"]).into());
    }
    let report: Report = serde_json::from_value(answer.payload)?;
    let mut out = Vec::new();
    match args.json {
        true => report
            .findings
            .iter()
            .try_for_each(|finding| writeln!(out, "{}", json!(finding)))?,
        false => print(&mut out, &report)?,
    }
    std::io::stdout().lock().write_all(&out)?;
    let open = |finding: &Reported| matches!(finding.outcome, Outcome::Left | Outcome::Repairable);
    Ok(match report.findings.iter().any(open) {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

fn print(out: &mut impl Write, report: &Report) -> std::io::Result<()> {
    let mut about = None;
    for finding in &report.findings {
        if about != Some(&finding.aggregate_id) {
            writeln!(out, "{}", finding.aggregate_id)?;
            about = Some(&finding.aggregate_id);
        }
        let kind = json!(finding.kind);
        let kind = kind.as_str().unwrap_or_default().replace('_', " ");
        let event = finding.event.as_deref().unwrap_or("");
        writeln!(out, "{:>5}  {kind:<16} {event}", finding.sequence)?;
        writeln!(out, "       {}", finding.evidence)?;
        writeln!(out, "       {}: {}", word(finding.outcome), finding.says)?;
    }
    let count = |outcome| {
        report
            .findings
            .iter()
            .filter(|one| one.outcome == outcome)
            .count()
    };
    writeln!(
        out,
        "{} compared, {} still moving, {} not got to: {}, {} repaired, {} can be, {} harmless, {} left",
        counted(report.compared, "history", "histories"),
        report.moving,
        report.left,
        counted(report.findings.len(), "finding", "findings"),
        count(Outcome::Repaired),
        count(Outcome::Repairable),
        count(Outcome::Harmless),
        count(Outcome::Left),
    )
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Repaired => "repaired",
        Outcome::Repairable => "with --repair",
        Outcome::Harmless => "harmless",
        Outcome::Left => "left",
    }
}
