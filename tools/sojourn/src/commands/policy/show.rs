//! `policy show [VERSION]`: what an administrator reads before activating: each rule beside the clause it cites.

use std::io::Write;

use events_schema::ids::PolicyVersion;
use events_schema::rows::Drafter;
use policy::in_words;

use super::desk::Desk;
use crate::commands::CommandError;

pub(super) async fn show(
    out: &mut impl Write,
    desk: &Desk,
    version: Option<PolicyVersion>,
) -> Result<(), CommandError> {
    let version = desk.version(version.as_ref()).await?;
    writeln!(out, "{}", version.name)?;
    let mut section = "";
    for clause in &version.clauses {
        if clause.section != section {
            section = &clause.section;
            writeln!(out, "\n{section}")?;
        }
        let page = clause
            .page
            .map(|page| format!(" (page {page})"))
            .unwrap_or_default();
        writeln!(
            out,
            "  {}{page}  {}",
            clause.clause_id,
            clause.text.replace('\n', "\n      ")
        )?;
        let rules = version.rules.iter().flat_map(|rules| &rules.rules);
        for rule in rules.filter(|rule| rule.clause == clause.clause_id) {
            writeln!(out, "      → {}: {}", rule.id, in_words(&rule.kind))?;
        }
        for amount in version.unheld(clause) {
            writeln!(out, "      ! no rule holds {amount}")?;
        }
    }
    if let Some(draft) = &version.draft {
        let by = match draft.by {
            Drafter::Model => "a model",
            Drafter::Rules => "patterns",
        };
        writeln!(
            out,
            "\nThe rules were drafted by {by} from the text: compare each with its clause."
        )?;
        for reason in &draft.refused {
            writeln!(out, "  not taken: {reason}")?;
        }
    }
    if version.rules.is_none() {
        writeln!(
            out,
            "\nIt has no typed rules: it can be asked and not be activated."
        )?;
    }
    Ok(())
}
