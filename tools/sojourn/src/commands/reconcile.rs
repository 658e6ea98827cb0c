//! `sojourn reconcile [BOOKING]`: whether head, Journal, audit trail and bus tell the same history. The function of the
//! cloud compares and repairs, under its own permissions; this asks it and prints its answer.

use std::io::Write;
use std::process::ExitCode;

use audit::reconcile::report::{Outcome, Report, Reported};
use serde_json::json;

use super::connection::Connection;
use super::functions::Functions;
use super::{CommandError, ReconcileArgs, outside};
use lambda_host::counted::counted;

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
    writeln!(out, "{}", in_short(report))
}

/// `9 histories compared, 1 still moving: 2 findings, 1 repaired, 1 harmless`. What is not there is not spoken of.
fn in_short(report: &Report) -> String {
    let mut looked_at = vec![format!(
        "{} compared",
        counted(report.compared, "history", "histories")
    )];
    let others = [(report.moving, "still moving"), (report.left, "not got to")];
    looked_at.extend(not_none(others));
    if report.findings.is_empty() {
        return format!("{}: nothing is missing or extra", looked_at.join(", "));
    }
    let outcomes = [
        (Outcome::Repaired, "repaired"),
        (Outcome::Repairable, "can be repaired with --repair"),
        (Outcome::Harmless, "harmless"),
        (Outcome::Left, "left"),
    ];
    let count = |outcome| {
        let findings = report.findings.iter();
        findings.filter(|one| one.outcome == outcome).count()
    };
    let mut found = vec![counted(report.findings.len(), "finding", "findings")];
    found.extend(not_none(outcomes.map(|(outcome, words)| (count(outcome), words))));
    format!("{}: {}", looked_at.join(", "), found.join(", "))
}

fn not_none<const N: usize>(counts: [(usize, &'static str); N]) -> impl Iterator<Item = String> {
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    counts.map(|(count, words)| format!("{count} {words}"))
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Repaired => "repaired",
        Outcome::Repairable => "with --repair",
        Outcome::Harmless => "harmless",
        Outcome::Left => "left",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(outcome: Outcome) -> serde_json::Value {
        json!({
            "aggregateId": "00000000-0000-0000-0000-000000000001", "kind": "audit_missing", "sequence": 2,
            "evidence": "the Journal has it", "outcome": outcome, "says": "written again",
        })
    }

    #[test]
    fn the_last_line_says_what_there_is_and_nothing_else() {
        use Outcome::{Harmless, Left, Repairable, Repaired};
        let cases: [(usize, usize, usize, &[Outcome], &str); 4] = [
            (9, 0, 0, &[], "9 histories compared: nothing is missing or extra"),
            (
                1,
                2,
                3,
                &[],
                "1 history compared, 2 still moving, 3 not got to: nothing is missing or extra",
            ),
            (
                4,
                0,
                0,
                &[Repaired],
                "4 histories compared: 1 finding, 1 repaired",
            ),
            (
                4,
                1,
                0,
                &[Repairable, Harmless, Left],
                "4 histories compared, 1 still moving: 3 findings, 1 can be repaired with --repair, 1 harmless, 1 left",
            ),
        ];
        for (compared, moving, left, outcomes, expected) in cases {
            let findings: Vec<_> = outcomes.iter().copied().map(finding).collect();
            let report = json!({"compared": compared, "moving": moving, "left": left, "findings": findings});
            let report: Report = serde_json::from_value(report).expect("a report");
            assert_eq!(in_short(&report), expected);
        }
    }
}
