//! From a document's headings and blocks to its clauses, whatever format they were read from. A heading or block that
//! begins with a number such as `4.2` opens a clause, which goes on to the next number or section. A document without
//! any such number is numbered by us: its third section's second paragraph or item is clause 3.2.

use events_schema::ids::ClauseId;
use iso_currency::Currency;

use crate::parser::{Clause, Unreadable};

#[derive(Default)]
pub struct Clauses {
    clauses: Vec<Clause>,
    /// Clauses that a heading opened.
    headings: Vec<ClauseId>,
    section: String,
    in_clause: bool,
    unnumbered: Unnumbered,
}

impl Clauses {
    /// A heading, without its mark-up.
    pub fn heading(&mut self, text: &str, page: Option<u32>) -> Result<(), Unreadable> {
        let text = text.trim();
        if let Some((id, _)) = number(text) {
            self.headings.push(id);
            return self.block(text, page);
        }
        self.section = text.into();
        self.in_clause = false;
        self.unnumbered.heading(text);
        Ok(())
    }

    /// A paragraph, an item of a list (`- ` or `1. ` before it) or a row of a table (cells parted by ` | `).
    pub fn block(&mut self, text: &str, page: Option<u32>) -> Result<(), Unreadable> {
        let text = text.trim();
        if let Some((id, text)) = number(text) {
            if self.clauses.iter().any(|clause| clause.id == id) {
                return Err(Unreadable(format!(
                    "clause {id} occurs twice: give every clause a number of its own"
                )));
            }
            self.clauses.push(Clause {
                id,
                section: self.section.clone(),
                page,
                text: text.into(),
            });
            self.in_clause = true;
        } else if self.in_clause
            && let Some(clause) = self.clauses.last_mut()
        {
            if !clause.text.is_empty() {
                clause.text.push('\n');
            }
            clause.text.push_str(text);
        } else if self.clauses.is_empty() {
            self.unnumbered.block(text, &self.section, page);
        }
        Ok(())
    }

    /// The clause that the next block would belong to.
    pub fn open(&self) -> Option<&ClauseId> {
        let open = self.clauses.last().filter(|_| self.in_clause);
        open.map(|clause| &clause.id)
    }

    pub fn finish(mut self) -> Result<Vec<Clause>, Unreadable> {
        if self.clauses.is_empty() {
            self.clauses = self.unnumbered.clauses;
        }
        if self.clauses.is_empty() {
            return Err(Unreadable(
                "there is no clause in it: a policy needs text below its headings, best with a number before each \
                 clause, as in \"4.2 Hotels in Lisbon …\""
                    .into(),
            ));
        }
        Ok(head_sections(self.clauses, &self.headings))
    }
}

/// The clauses of a document in which no block bears a number such as `4.2`.
#[derive(Default)]
struct Unnumbered {
    sections: u32,
    paragraphs: u32,
    clauses: Vec<Clause>,
    /// What the last of them began with.
    mark: Mark,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Mark {
    #[default]
    None,
    /// `- `
    Dash,
    /// `1. `
    Number,
}

impl Mark {
    /// The mark of a block, and what it says behind that.
    fn of(block: &str) -> (Self, &str) {
        if let Some(text) = block.strip_prefix("- ") {
            return (Self::Dash, text);
        }
        match block.split_once(' ') {
            Some((mark, text)) if list_number(mark).is_some() => (Self::Number, text),
            _ => (Self::None, block),
        }
    }
}

impl Unnumbered {
    fn heading(&mut self, _text: &str) {
        // Headings upon headings are one section.
        if self.paragraphs > 0 || self.sections == 0 {
            self.sections += 1;
            self.paragraphs = 0;
        }
    }

    fn block(&mut self, block: &str, section: &str, page: Option<u32>) {
        let (mark, text) = Mark::of(block);
        let is_row = block.contains(" | ");
        let last = self.clauses.last_mut().filter(|_| self.paragraphs > 0);
        if let Some(clause) = last
            && (is_row || goes_on(mark, self.mark, &clause.text))
        {
            clause.text.push('\n');
            clause.text.push_str(block);
            return;
        }
        self.paragraphs += 1;
        self.mark = mark;
        self.clauses.push(Clause {
            id: ClauseId::new(format!("{}.{}", self.sections.max(1), self.paragraphs)),
            section: section.into(),
            page,
            text: text.into(),
        });
    }
}

/// Whether an item belongs to the clause before it, or is one: the items of a list without a paragraph before it are
/// clauses, and so are numbered ones unless that paragraph announces them.
fn goes_on(mark: Mark, before: Mark, text: &str) -> bool {
    let announces = || text.lines().next().unwrap_or_default().ends_with(':');
    match mark {
        Mark::None => false,
        Mark::Dash => before != Mark::Dash,
        Mark::Number => before == Mark::None && announces(),
    }
}

/// `2.1 Air` above `2.1.1 Coach is …` says nothing of itself: it heads the section of the clauses below it.
fn head_sections(clauses: Vec<Clause>, opened_by_heading: &[ClauseId]) -> Vec<Clause> {
    let mut headings: Vec<Clause> = Vec::new();
    let mut kept = Vec::new();
    let mut clauses = clauses.into_iter().peekable();
    while let Some(mut clause) = clauses.next() {
        headings.retain(|heading| is_below(&clause.id, &heading.id));
        let heads = clauses.peek().is_some_and(|next| is_below(&next.id, &clause.id));
        if heads && opened_by_heading.contains(&clause.id) && !clause.text.contains('\n') {
            headings.push(clause);
            continue;
        }
        for heading in &headings {
            clause.section = format!("{} / {} {}", clause.section, heading.id, heading.text);
        }
        kept.push(clause);
    }
    kept
}

fn is_below(clause: &ClauseId, heading: &ClauseId) -> bool {
    let rest = clause.as_str().strip_prefix(heading.as_str());
    rest.is_some_and(|rest| rest.starts_with('.'))
}

/// `4.2 Lisbon` is clause 4.2; `2026 plans` and `1. First` are not: a clause's number has a dot inside.
pub fn number(block: &str) -> Option<(ClauseId, &str)> {
    let end = block
        .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .unwrap_or(block.len());
    let number = block[..end].trim_end_matches('.');
    let parts: Vec<&str> = number.split('.').collect();
    // `140.00` is an amount: no clause is numbered 0, nor above 999.
    if parts.len() < 2
        || parts
            .iter()
            .any(|part| part.is_empty() || part.starts_with('0') || part.len() > 3)
    {
        return None;
    }
    let rest = &block[end..];
    let text = rest.trim_start_matches([' ', ':', '\u{a0}']);
    if rest.is_empty() {
        return Some((ClauseId::new(number), ""));
    }
    // `2.5 % more` and `99.95 EUR` begin with an amount: a clause's text begins with a word.
    let word = text.split_whitespace().next().unwrap_or_default();
    let starts_clause = text.len() < rest.len()
        && text.starts_with(char::is_alphabetic)
        && Currency::from_code(word).is_none();
    starts_clause.then(|| (ClauseId::new(number), text))
}

/// `3.` stands before the third item of a list. A year does not.
pub fn list_number(mark: &str) -> Option<u32> {
    let number = mark.strip_suffix('.')?;
    number.parse().ok().filter(|_| number.len() <= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_list_numbers_are_no_clauses() {
        for text in [
            "140.00 EUR", "99.95 EUR", "2026 plans", "1. First", "4", "2.5 % more", "4.2nd", "v4.2 text",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
        assert_eq!(number("4.2: Lisbon"), Some((ClauseId::new("4.2"), "Lisbon")));
        assert_eq!(number("4.2.1. Lisbon"), Some((ClauseId::new("4.2.1"), "Lisbon")));
    }

    #[test]
    fn a_numbered_heading_without_text_heads_a_section() {
        let mut clauses = Clauses::default();
        clauses.heading("Part 2", None).unwrap();
        clauses.heading("2.1 Air", None).unwrap();
        clauses.block("2.1.1 Coach is the rule.", None).unwrap();
        clauses.heading("2.2 Rail", None).unwrap();
        clauses.block("Second class.", None).unwrap();
        let found: Vec<_> = clauses
            .finish()
            .unwrap()
            .into_iter()
            .map(|clause| (clause.id.to_string(), clause.section, clause.text))
            .collect();
        let clause =
            |id: &str, section: &str, text: &str| (id.to_owned(), section.to_owned(), text.to_owned());
        assert_eq!(
            found,
            [
                clause("2.1.1", "Part 2 / 2.1 Air", "Coach is the rule."),
                clause("2.2", "Part 2", "Rail\nSecond class."),
            ]
        );
    }

    #[test]
    fn a_document_without_numbers_is_numbered_by_section_and_paragraph() {
        let mut clauses = Clauses::default();
        for (heading, blocks) in [
            ("Travel", &[][..]),
            (
                "Flights",
                &["Fly economy.", "Book early.", "- a week", "- or more"],
            ),
            ("Hotels", &["At most 140 EUR."]),
        ] {
            clauses.heading(heading, Some(1)).unwrap();
            for block in blocks {
                clauses.block(block, Some(1)).unwrap();
            }
        }
        let found = clauses.finish().unwrap();
        let ids: Vec<&str> = found.iter().map(|clause| clause.id.as_str()).collect();
        assert_eq!(ids, ["1.1", "1.2", "2.1"]);
        assert_eq!(found[1].text, "Book early.\n- a week\n- or more");
        assert_eq!(found[2].section, "Hotels");
    }
}
