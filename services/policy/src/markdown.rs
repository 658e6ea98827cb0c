//! Markdown policies: headings, paragraphs, items and tables go to `clauses`. Typed rules are JSON in a block fenced as `rules`, under the
//! clause they come from; currency, rates and strict defaults are JSON in one block fenced as `policy`.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser as Cmark, Tag, TagEnd};
use serde_json::Value;

use crate::clauses::{Clauses, list_number};
use crate::parser::{Document, Parser, RuleText, Unreadable};

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

/// Pieces of Markdown that another program made of pages, in order, each with its page. Nobody wrote rules there: a
/// fence is text like any other.
pub fn pages<'a>(parts: impl IntoIterator<Item = (&'a str, Option<u32>)>) -> Result<Document, Unreadable> {
    let mut reader = Reader {
        only_words: true,
        ..Reader::default()
    };
    for (text, page) in parts {
        reader.end_block()?;
        reader.page = page;
        for event in Cmark::new_ext(text, Options::ENABLE_TABLES) {
            reader.take(event)?;
        }
    }
    reader.finish()
}

/// The blocks whose text is gathered whole before it is looked at.
#[derive(Default)]
struct Reader {
    document: Document,
    clauses: Clauses,
    block: String,
    /// The fence we are inside of: `rules`, `policy`, or any other.
    fence: Option<String>,
    page: Option<u32>,
    /// Fences are no rules here.
    only_words: bool,
    /// The lists we are inside of, each with the number of its next item where it has numbers.
    lists: Vec<Option<u64>>,
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
            Event::Start(Tag::List(first)) => self.lists.push(first),
            Event::End(TagEnd::List(_)) => {
                self.lists.pop();
            }
            Event::Start(Tag::Item) => self.begin_item()?,
            Event::End(TagEnd::Heading(_)) => self.end_heading()?,
            Event::End(TagEnd::Item) if self.lists.len() > 1 => {}
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

    fn begin_item(&mut self) -> Result<(), Unreadable> {
        if self.lists.len() > 1 {
            // Part of the item that the list stands in.
            self.block.push_str("\n- ");
            return Ok(());
        }
        self.end_block()?;
        let mark = match self.lists.last_mut() {
            Some(Some(number)) => {
                let mark = format!("{number}. ");
                *number += 1;
                mark
            }
            _ => "- ".into(),
        };
        self.block.push_str(&mark);
        Ok(())
    }

    fn end_heading(&mut self) -> Result<(), Unreadable> {
        let heading = std::mem::take(&mut self.block);
        self.clauses.heading(&heading, self.page)
    }

    fn end_block(&mut self) -> Result<(), Unreadable> {
        let block = std::mem::take(&mut self.block);
        let block = block.trim().trim_end_matches('|').trim_end();
        if block.is_empty() {
            return Ok(());
        }
        if block == "-" || list_number(block).is_some() {
            // A loose list puts a paragraph inside the item: the mark belongs to what follows.
            self.block = format!("{block} ");
            return Ok(());
        }
        self.clauses.block(block, self.page)
    }

    fn end_fence(&mut self) -> Result<(), Unreadable> {
        if self.only_words {
            self.fence = None;
            return self.end_block();
        }
        let text = std::mem::take(&mut self.block);
        let under = self.clauses.open().cloned();
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
        self.document.clauses = self.clauses.finish()?;
        Ok(self.document)
    }
}

#[cfg(test)]
mod tests {
    use events_schema::ids::ClauseId;

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
    fn the_items_of_a_list_are_clauses_where_nothing_has_a_number_of_its_own() {
        for (text, expected) in [
            (
                "# Rules\n\n1. Go by coach.\n2. A bed costs 80 GBP.\n3. In Rome:\n   - spring 90\n   - summer 95\n4. Eat.\n",
                &[
                    ("1.1", "Go by coach."),
                    ("1.2", "A bed costs 80 GBP."),
                    ("1.3", "In Rome:\n- spring 90\n- summer 95"),
                    ("1.4", "Eat."),
                ][..],
            ),
            (
                "1. Go by coach.\n\n2. A bed costs 80 GBP.\n",
                &[("1.1", "Go by coach."), ("1.2", "A bed costs 80 GBP.")],
            ),
            (
                "# Beds\n\n- Rome 90\n- Oslo 95\n\n# Food\n\nThe trust pays:\n\n1. lunch\n2. tea\n\nIt does not pay wine.\n\n- nor beer\n",
                &[
                    ("1.1", "Rome 90"),
                    ("1.2", "Oslo 95"),
                    ("2.1", "The trust pays:\n1. lunch\n2. tea"),
                    ("2.2", "It does not pay wine.\n- nor beer"),
                ],
            ),
        ] {
            let document = parse(text).unwrap();
            let clauses = document.clauses.iter();
            let clauses: Vec<_> = clauses
                .map(|clause| (clause.id.as_str(), clause.text.as_str()))
                .collect();
            assert_eq!(clauses, expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_where_and_what_to_do() {
        for (text, expected) in [
            ("# Policy\n\n## Hotels\n", "there is no clause"),
            ("", "there is no clause"),
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
}
