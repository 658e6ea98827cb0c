//! `policy list`.

use std::io::Write;

use super::desk::Desk;
use crate::commands::CommandError;
use lambda_host::counted::counted;

pub(super) async fn list(out: &mut impl Write, desk: &Desk) -> Result<(), CommandError> {
    for row in desk.policies.versions().await? {
        let about = row.reason.unwrap_or_else(|| {
            let rules = match (&row.rules, &row.draft) {
                (Some(_), None) => "",
                (Some(_), Some(_)) => ", rules drafted",
                (None, _) => ", without rules",
            };
            format!("{}{rules}", counted(row.clauses, "clause", "clauses"))
        });
        writeln!(
            out,
            "{:<30} {:<10} {}  {about}",
            row.version.as_str(),
            row.state.as_str(),
            row.document
        )?;
    }
    Ok(())
}
