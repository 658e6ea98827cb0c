//! `policy show [VERSION]`: what an administrator reads before activating: each rule beside the clause it cites.

use std::io::Write;

use events_schema::ids::PolicyVersion;

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
            let mut json = serde_json::to_value(rule)?;
            if let Some(fields) = json.as_object_mut() {
                fields.remove("id");
                fields.remove("clause");
            }
            writeln!(out, "      → {}: {json}", rule.id)?;
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
