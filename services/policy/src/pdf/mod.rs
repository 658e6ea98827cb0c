//! PDF policies: characters at their places on the page (`glyphs`) become lines and rows of tables (`lines`), and those
//! become headings and blocks with the page they stand on. A PDF holds no typed rules: they come in a file beside it.

mod glyphs;
mod lines;

use crate::clauses::{Clauses, number};
use crate::parser::{Document, Parser, Unreadable};

pub use glyphs::check;
use glyphs::glyphs;
use lines::{Line, lines};

pub struct Pdf;

/// Letters this much larger than the text's are a heading's.
const HEADING: f64 = 1.12;
/// A heading is no paragraph.
const LONGEST_HEADING: usize = 90;
/// Of the height of a line: a larger distance parts paragraphs.
const PARAGRAPH_GAP: f64 = 1.75;

impl Parser for Pdf {
    fn parse(&self, document: &[u8]) -> Result<Document, Unreadable> {
        let glyphs = glyphs(document)?;
        if glyphs.iter().all(|glyph| glyph.text.trim().is_empty()) {
            return Err(Unreadable(
                "the PDF holds pictures and no text, as scanned pages do: upload one that was exported from a text \
                 program, or have the text recognised first"
                    .into(),
            ));
        }
        Ok(Document {
            clauses: clauses(&lines(&glyphs))?,
            settings: None,
            rules: Vec::new(),
        })
    }
}

fn clauses(lines: &[Line]) -> Result<Vec<crate::parser::Clause>, Unreadable> {
    let body = body_size(lines);
    let mut clauses = Clauses::default();
    // A paragraph is gathered line by line until something else begins.
    let mut paragraph: Option<(String, u32)> = None;
    let mut before: Option<&Line> = None;
    let mut item = 0;
    for line in lines {
        let text = line.text();
        let heading = line.size > body * HEADING && text.len() <= LONGEST_HEADING;
        let row = line.is_row();
        // Any line may begin with a number and a full stop, by where it was broken: a list's go up one by one.
        let numbered = line
            .as_numbered()
            .filter(|(number, _)| [1, item + 1].contains(number));
        let begins = heading || row || line.is_item() || numbered.is_some() || number(&text).is_some();
        let goes_on = !begins && follows(before, line);
        before = Some(line);
        if goes_on && let Some((paragraph, _)) = &mut paragraph {
            join(paragraph, &text);
            continue;
        }
        end(&mut clauses, paragraph.take())?;
        if heading {
            clauses.heading(&text, Some(line.page))?;
        } else if row {
            clauses.block(&text, Some(line.page))?;
        } else if let Some((number, text)) = numbered {
            item = number;
            paragraph = Some((text, line.page));
        } else {
            paragraph = Some((line.as_item().unwrap_or(text), line.page));
        }
    }
    end(&mut clauses, paragraph)?;
    clauses.finish()
}

fn end(clauses: &mut Clauses, paragraph: Option<(String, u32)>) -> Result<(), Unreadable> {
    paragraph.map_or(Ok(()), |(text, page)| clauses.block(&text, Some(page)))
}

/// Whether a line goes on where the one before it ended: close below it, or on top of the next page.
fn follows(before: Option<&Line>, line: &Line) -> bool {
    before.is_some_and(|before| {
        !before.is_row()
            && (before.page != line.page
                || (before.y - line.y).abs() <= PARAGRAPH_GAP * line.size.max(before.size))
    })
}

/// A word parted at the end of a line is one word again.
fn join(paragraph: &mut String, text: &str) {
    let parted = paragraph.ends_with('-')
        && paragraph.chars().rev().nth(1).is_some_and(char::is_lowercase)
        && text.starts_with(char::is_lowercase);
    if parted {
        paragraph.pop();
    } else {
        paragraph.push(' ');
    }
    paragraph.push_str(text);
}

/// The size most letters have.
fn body_size(lines: &[Line]) -> f64 {
    let mut letters = std::collections::BTreeMap::<u64, usize>::new();
    for line in lines {
        *letters.entry((line.size * 10.0).round() as u64).or_default() += line.text().len();
    }
    let most = letters.into_iter().max_by_key(|(_, letters)| *letters);
    most.map_or(0.0, |(size, _)| size as f64 / 10.0)
}
