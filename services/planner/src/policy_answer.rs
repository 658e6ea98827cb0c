//! The answer to a question about the policy: its clauses, word for word, by their numbers. Nothing is concluded
//! from them: a sentence of ours about what is allowed would be a claim without a clause.

use events_schema::rows::ClauseRow;

/// More would bury the answer.
const MOST_CLAUSES: usize = 3;

/// The clauses quoted, most relevant first, and the text that quotes them. Where the policy is `silent` they are the
/// nearest. Of ten questions that it answers the search takes two for unanswered: so the text claims neither, and whoever
/// reads the clauses can tell.
pub fn answer(clauses: &[ClauseRow], silent: bool) -> (Vec<&ClauseRow>, String) {
    let quoted: Vec<&ClauseRow> = clauses.iter().take(MOST_CLAUSES).collect();
    let quotes: Vec<String> = quoted.iter().map(|clause| quote(clause)).collect();
    let quotes = quotes.join("\n\n");
    let text = match (silent, quoted.as_slice()) {
        (_, []) => {
            "The policy does not seem to say. Ask your travel manager; a booking would be held to the strict \
                    defaults."
                .into()
        }
        (true, _) => format!(
            "It is not certain that the policy says this. What comes nearest:\n\n{quotes}\n\nIf none of these answers it, ask \
             your travel manager; a booking would be held to the strict defaults."
        ),
        (false, _) => format!("The policy says:\n\n{quotes}"),
    };
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
            reading: None,
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
    fn what_comes_nearest_is_not_called_the_answer_and_nothing_is_called_so() {
        let clauses = [clause("5.1", "Business above six hours.")];
        for (clauses, silent, begin) in [
            (&clauses[..], true, "It is not certain that the policy says this."),
            (&[], false, "The policy does not seem to say."),
            (&[], true, "The policy does not seem to say."),
        ] {
            let (quoted, text) = answer(clauses, silent);
            assert!(text.starts_with(begin), "{text}");
            assert_eq!(quoted.len(), clauses.len());
            assert_eq!(
                text.contains("What comes nearest:\n\nClause 5.1"),
                !clauses.is_empty(),
                "{text}"
            );
        }
    }
}
