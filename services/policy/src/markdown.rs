//! Markdown policies. A heading opens a section; a heading or paragraph that begins with a number such as `4.2` opens
//! a clause, which goes on to the next number or section. Typed rules are JSON in a block fenced as `rules`, under the
//! clause they come from; currency, rates and strict defaults are JSON in one block fenced as `policy`.

use events_schema::ids::ClauseId;
use iso_currency::Currency;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser as Cmark, Tag, TagEnd};
use serde_json::Value;

use crate::parser::{Clause, Document, Parser, RuleText, Unreadable};

pub struct Markdown;

impl Parser for Markdown {
    fn parse(&self, document: &[u8]) -> Result<Document, Unreadable> {
        let text = std::str::from_utf8(document)
            .map_err(|_| Unreadable("the document is not UTF-8 text: save it as UTF-8 Markdown".into()))?;
        let mut reader = Reader::default();
        for event in Cmark::new_ext(text, Options::ENABLE_TABLES) {
            reader.take(event)?;
        }
        reader.finish()
    }
}

/// The blocks whose text is gathered whole before it is looked at.
#[derive(Default)]
struct Reader {
    document: Document,
    section: String,
    block: String,
    /// The fence we are inside of: `rules`, `policy`, or any other.
    fence: Option<String>,
    in_clause: bool,
    /// Clauses that a heading opened.
    headings: Vec<ClauseId>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) -> Result<(), Unreadable> {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                self.end_block()?;
                self.fence = Some(match kind {
                    CodeBlockKind::Fenced(info) => info.split_whitespace().next().unwrap_or_default().into(),
                    CodeBlockKind::Indented => String::new(),
                });
            }
            Event::End(TagEnd::CodeBlock) => self.end_fence()?,
            Event::Start(Tag::Heading { .. } | Tag::Paragraph) => self.end_block()?,
            Event::Start(Tag::Item) => {
                self.end_block()?;
                self.block.push_str("- ");
            }
            Event::End(TagEnd::Heading(_)) => self.end_heading()?,
            Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::TableRow | TagEnd::TableHead) => {
                self.end_block()?
            }
            Event::End(TagEnd::TableCell) => self.block.push_str(" | "),
            Event::Text(text) | Event::Code(text) => self.block.push_str(&text),
            Event::SoftBreak | Event::HardBreak => self.block.push(' '),
            _ => {}
        }
        Ok(())
    }

    fn end_heading(&mut self) -> Result<(), Unreadable> {
        if let Some((id, _)) = number(self.block.trim()) {
            self.headings.push(id);
            return self.end_block();
        }
        self.section = std::mem::take(&mut self.block).trim().into();
        self.in_clause = false;
        Ok(())
    }

    fn end_block(&mut self) -> Result<(), Unreadable> {
        let block = std::mem::take(&mut self.block);
        let block = block.trim().trim_end_matches('|').trim_end();
        if block.is_empty() || block == "-" {
            // A loose list puts a paragraph inside the item: the mark belongs to what follows.
            self.block = if block == "-" { "- ".into() } else { String::new() };
            return Ok(());
        }
        if let Some((id, text)) = number(block) {
            if self.document.clauses.iter().any(|clause| clause.id == id) {
                return Err(Unreadable(format!(
                    "clause {id} occurs twice: give every clause a number of its own"
                )));
            }
            self.document.clauses.push(Clause {
                id,
                section: self.section.clone(),
                page: None,
                text: text.into(),
            });
            self.in_clause = true;
        } else if self.in_clause
            && let Some(clause) = self.document.clauses.last_mut()
        {
            if !clause.text.is_empty() {
                clause.text.push('\n');
            }
            clause.text.push_str(block);
        }
        Ok(())
    }

    fn end_fence(&mut self) -> Result<(), Unreadable> {
        let text = std::mem::take(&mut self.block);
        let under = self
            .in_clause
            .then(|| self.document.clauses.last().map(|clause| clause.id.clone()))
            .flatten();
        let place = under.as_ref().map_or("before the first clause".into(), |clause| {
            format!("under clause {clause}")
        });
        let read = |fence: &str| {
            serde_json::from_str::<Value>(&text)
                .map_err(|error| Unreadable(format!("the {fence} block {place} is not JSON: {error}")))
        };
        match self.fence.take().as_deref() {
            Some("rules") => {
                let rules = match read("rules")? {
                    Value::Array(rules) => rules,
                    single => vec![single],
                };
                let rules = rules.into_iter().map(|rule| RuleText {
                    under: under.clone(),
                    rule,
                });
                self.document.rules.extend(rules);
            }
            Some("policy") => {
                let settings = read("policy")?;
                if self.document.settings.replace(settings).is_some() {
                    return Err(Unreadable(
                        "there are two policy blocks: keep one, with currency, rates and strict defaults"
                            .into(),
                    ));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Document, Unreadable> {
        self.end_block()?;
        self.head_sections();
        if self.document.clauses.is_empty() {
            return Err(Unreadable(
                "no numbered clause was found: begin each clause with its number, as in \"4.2 Hotels in Lisbon …\"".into(),
            ));
        }
        Ok(self.document)
    }
}

impl Reader {
    /// `2.1 Air` above `2.1.1 Coach is …` says nothing of itself: it heads the section of the clauses below it.
    fn head_sections(&mut self) {
        let mut headings: Vec<Clause> = Vec::new();
        let clauses = std::mem::take(&mut self.document.clauses);
        let mut clauses = clauses.into_iter().peekable();
        while let Some(mut clause) = clauses.next() {
            headings.retain(|heading| is_below(&clause.id, &heading.id));
            let heads = clauses.peek().is_some_and(|next| is_below(&next.id, &clause.id));
            if heads && self.headings.contains(&clause.id) && !clause.text.contains('\n') {
                headings.push(clause);
                continue;
            }
            for heading in &headings {
                clause.section = format!("{} / {} {}", clause.section, heading.id, heading.text);
            }
            self.document.clauses.push(clause);
        }
    }
}

fn is_below(clause: &ClauseId, heading: &ClauseId) -> bool {
    let rest = clause.as_str().strip_prefix(heading.as_str());
    rest.is_some_and(|rest| rest.starts_with('.'))
}

/// `4.2 Lisbon` is clause 4.2; `2026 plans` and `1. First` are not: a clause's number has a dot inside.
fn number(block: &str) -> Option<(ClauseId, &str)> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Document, String> {
        Markdown.parse(text.as_bytes()).map_err(|error| error.0)
    }

    #[test]
    fn numbers_open_clauses_under_their_section_and_fences_are_rules() {
        let document = parse(
            "# Policy\n\nAn introduction.\n\n## 4 Hotels\n\n4.1 Rooms are booked\nthrough Sojourn.\n\n- single rooms\n- no suites\n\n\
             ```rules\n[{\"id\": \"a\"}, {\"id\": \"b\"}]\n```\n\n### 4.2 Lisbon\n\nAt most 140.00 EUR.\n\n| city | cap |\n|---|---|\n| Lisbon | 140 |\n\n\
             ## 5 Meals\n\nNot a clause.\n\n**5.1** Breakfast is included.\n\n```policy\n{\"currency\": \"EUR\"}\n```\n",
        )
        .unwrap();
        let clauses: Vec<_> = document
            .clauses
            .iter()
            .map(|clause| (clause.id.as_str(), clause.section.as_str(), clause.text.as_str()))
            .collect();
        assert_eq!(
            clauses,
            [
                (
                    "4.1",
                    "4 Hotels",
                    "Rooms are booked through Sojourn.\n- single rooms\n- no suites"
                ),
                (
                    "4.2",
                    "4 Hotels",
                    "Lisbon\nAt most 140.00 EUR.\ncity | cap\nLisbon | 140"
                ),
                ("5.1", "5 Meals", "Breakfast is included."),
            ]
        );
        assert_eq!(document.rules.len(), 2);
        assert_eq!(document.rules[0].under, Some(ClauseId::new("4.1")));
        assert_eq!(document.settings.unwrap()["currency"], "EUR");
    }

    #[test]
    fn what_cannot_be_read_says_where_and_what_to_do() {
        for (text, expected) in [
            ("# Policy\n\nBe reasonable.\n", "no numbered clause"),
            ("", "no numbered clause"),
            ("1.1 One\n\n1.1 Again\n", "clause 1.1 occurs twice"),
            (
                "1.1 One\n\n```rules\n{nope}\n```\n",
                "rules block under clause 1.1 is not JSON",
            ),
            (
                "```policy\n{}\n```\n\n1.1 One\n\n```policy\n{}\n```\n",
                "two policy blocks",
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
        assert!(Markdown.parse(&[0xff, 0xfe]).is_err());
    }

    #[test]
    fn amounts_and_list_numbers_are_no_clauses() {
        for text in [
            "140.00 EUR",
            "99.95 EUR",
            "2026 plans",
            "1. First",
            "4",
            "2.5 % more",
            "4.2nd",
            "v4.2 text",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
        assert_eq!(number("4.2: Lisbon"), Some((ClauseId::new("4.2"), "Lisbon")));
        assert_eq!(number("4.2.1. Lisbon"), Some((ClauseId::new("4.2.1"), "Lisbon")));
    }
}
