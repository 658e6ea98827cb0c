//! The answer to a question about the policy: its clauses, word for word, by their numbers. Nothing is concluded
//! from them: a sentence of ours about what is allowed would be a claim without a clause.

use events_schema::rows::ClauseRow;

/// More would bury the answer.
const MOST_CLAUSES: usize = 3;

/// The clauses quoted, most relevant first, and the text that quotes them.
pub fn answer(clauses: &[ClauseRow], silent: bool) -> (Vec<&ClauseRow>, String) {
    if silent || clauses.is_empty() {
        let text = "The policy does not say. Ask your travel manager; a booking would be held to the strict defaults.";
        return (Vec::new(), text.into());
    }
    let quoted: Vec<&ClauseRow> = clauses.iter().take(MOST_CLAUSES).collect();
    let quotes: Vec<String> = quoted.iter().map(|clause| quote(clause)).collect();
    let text = format!("The policy says:\n\n{}", quotes.join("\n\n"));
    (quoted, text)
}

fn quote(clause: &ClauseRow) -> String {
    let page = clause
        .page
        .map(|page| format!(", page {page}"))
        .unwrap_or_default();
    format!(
        "Clause {} ({}{page}): “{}”",
        clause.clause_id,
        clause.section.trim(),
        clause.text.trim()
    )
}

#[cfg(test)]
mod tests {
    use events_schema::ids::{ClauseId, PolicyVersion};

    use super::*;

    fn clause(id: &str, text: &str) -> ClauseRow {
        ClauseRow {
            version: PolicyVersion::new("v1"),
            clause_id: ClauseId::new(id),
            section: "5 Cabins".into(),
            page: Some(7),
            text: text.into(),
            vector: None,
        }
    }

    #[test]
    fn clauses_are_quoted_by_number() {
        let clauses = [clause("5.1", "Business above six hours.\n")];
        let (quoted, text) = answer(&clauses, false);
        assert_eq!(quoted.len(), 1);
        assert_eq!(
            text,
            "The policy says:\n\nClause 5.1 (5 Cabins, page 7): “Business above six hours.”"
        );
    }

    #[test]
    fn a_silent_policy_is_said_to_be_silent() {
        let clauses = [clause("5.1", "Business above six hours.")];
        for (clauses, silent) in [(&clauses[..], true), (&[], false)] {
            let (quoted, text) = answer(clauses, silent);
            assert!(quoted.is_empty() && text.starts_with("The policy does not say."));
        }
    }
}
