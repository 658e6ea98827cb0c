//! `policy ask "QUESTION"`: found and worded by the code that answers on sockets.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use events_schema::ids::{ClauseId, PolicyVersion};
use events_schema::rows::ClauseRow;
use planner::policy_answer::answer;
use policy::{Found, Index};
use serde_json::json;

use super::desk::{Desk, from_file};
use crate::commands::CommandError;

/// No clause answers it for certain.
const SILENT: u8 = 5;

#[derive(Args)]
#[command(
    after_help = "Exit status: 0 answered; 5 no clause answers it for certain: what comes nearest is shown."
)]
pub struct AskArgs {
    pub question: String,
    /// Ask a file that was never uploaded; no cloud is needed.
    #[arg(long, value_name = "FILE", conflicts_with = "version")]
    pub file: Option<PathBuf>,
    /// Ask this version (default: the active one).
    #[arg(long, value_parser = super::version)]
    pub version: Option<PolicyVersion>,
    /// One JSON document.
    #[arg(long)]
    pub json: bool,
}

pub(super) async fn ask(out: &mut impl Write, desk: &Desk, args: &AskArgs) -> Result<ExitCode, CommandError> {
    let edition = desk.edition(args.version.as_ref()).await?;
    let found = desk.library.find(&edition, &args.question).await;
    print(out, &edition.row.version, &edition.clauses, &found, args.json)
}

pub(super) fn ask_file(
    out: &mut impl Write,
    question: &str,
    file: &Path,
    json: bool,
) -> Result<ExitCode, CommandError> {
    let version = from_file(file, None)?;
    let found = Index::of(&version.clauses).search(question);
    print(out, &version.name, &version.clauses, &found, json)
}

fn print(
    out: &mut impl Write,
    version: &PolicyVersion,
    all: &[ClauseRow],
    found: &Found,
    json: bool,
) -> Result<ExitCode, CommandError> {
    // By id, from the version itself: what is quoted exists there.
    let row = |id: &ClauseId| all.iter().find(|clause| clause.clause_id == *id);
    let clauses: Vec<ClauseRow> = found.clauses.iter().filter_map(row).cloned().collect();
    let (quoted, text) = answer(&clauses, found.silent);
    if json {
        let clauses: Vec<_> = quoted
            .iter()
            .map(|clause| {
                json!({"clause": clause.clause_id, "section": clause.section, "page": clause.page, "text": clause.text})
            })
            .collect();
        let code = found.silent.then_some("POLICY_SILENT");
        let document = json!({"version": version, "code": code, "answer": text, "clauses": clauses});
        writeln!(out, "{document}")?;
    } else {
        writeln!(out, "{text}")?;
    }
    Ok(if found.silent {
        ExitCode::from(SILENT)
    } else {
        ExitCode::SUCCESS
    })
}
