//! Lines of text, top to bottom, from characters at their places. Wide gaps part the cells of a table's row; what stands
//! at the same height of several pages in the same words is the pages' own and left out.

use std::collections::BTreeMap;

use super::glyphs::Glyph;
use crate::clauses::{list_number, number};

/// Of the size of the letters: characters whose feet are nearer stand on one line.
const SAME_LINE: f64 = 0.4;
const WORD_GAP: f64 = 0.15;
const CELL_GAP: f64 = 1.6;
const BULLETS: [char; 7] = ['•', '◦', '▪', '–', '-', '*', '·'];

#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub page: u32,
    pub y: f64,
    pub size: f64,
    pub cells: Vec<String>,
}

impl Line {
    pub fn text(&self) -> String {
        let mark = match self.cells.as_slice() {
            // A clause's number and a bullet stand apart from their text, yet no table begins.
            [first, ..] if is_mark(first) => " ",
            _ => " | ",
        };
        let (first, rest) = self
            .cells
            .split_first()
            .map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
        match rest {
            [] => first.into(),
            rest => format!("{first}{mark}{}", rest.join(" | ")),
        }
    }

    /// Whether it is the row of a table.
    pub fn is_row(&self) -> bool {
        let marked = self.cells.first().is_some_and(|first| is_mark(first));
        self.cells.len() > 1 + usize::from(marked)
    }

    pub fn is_item(&self) -> bool {
        self.as_item().is_some()
    }

    /// An item of a list, as `- item`.
    pub fn as_item(&self) -> Option<String> {
        let text = self.text();
        let rest = text.strip_prefix(BULLETS)?;
        rest.starts_with(' ').then(|| format!("-{rest}"))
    }

    /// An item of a numbered list, `1.` or `1)`, with its number and as `1. item`.
    pub fn as_numbered(&self) -> Option<(u32, String)> {
        let text = self.text();
        let (mark, item) = text.split_once(' ')?;
        let number = item_number(mark)?;
        Some((number, format!("{number}. {item}")))
    }
}

fn is_mark(cell: &str) -> bool {
    number(cell).is_some_and(|(_, rest)| rest.is_empty())
        || item_number(cell).is_some()
        || cell.chars().all(|letter| BULLETS.contains(&letter))
}

/// `3.`, or `3)` as some write it.
fn item_number(mark: &str) -> Option<u32> {
    list_number(&mark.replace(')', "."))
}

pub fn lines(glyphs: &[Glyph]) -> Vec<Line> {
    let mut pages: BTreeMap<u32, Vec<&Glyph>> = BTreeMap::new();
    for glyph in glyphs.iter().filter(|glyph| glyph.size > 0.0) {
        pages.entry(glyph.page).or_default().push(glyph);
    }
    let lines: Vec<Line> = pages.into_values().flat_map(of_page).collect();
    without_running_heads(lines)
}

fn of_page(mut glyphs: Vec<&Glyph>) -> Vec<Line> {
    glyphs.sort_by(|a, b| b.y.total_cmp(&a.y).then(a.x.total_cmp(&b.x)));
    let mut rows: Vec<Vec<&Glyph>> = Vec::new();
    for glyph in glyphs {
        match rows.last_mut() {
            Some(row)
                if row
                    .first()
                    .is_some_and(|first| first.y - glyph.y <= SAME_LINE * first.size) =>
            {
                row.push(glyph);
            }
            _ => rows.push(vec![glyph]),
        }
    }
    rows.into_iter().filter_map(line).collect()
}

fn line(mut glyphs: Vec<&Glyph>) -> Option<Line> {
    glyphs.sort_by(|a, b| a.x.total_cmp(&b.x));
    let first = glyphs.first()?;
    let (page, y) = (first.page, first.y);
    let size = glyphs.iter().map(|glyph| glyph.size).fold(0.0, f64::max);
    let mut cells = vec![String::new()];
    let mut end = first.x;
    for glyph in glyphs.into_iter().filter(|glyph| !glyph.text.trim().is_empty()) {
        let gap = (glyph.x - end) / glyph.size;
        let cell = cells.last_mut()?;
        if cell.is_empty() || gap < WORD_GAP {
            cell.push_str(&glyph.text);
        } else if gap < CELL_GAP {
            cell.push(' ');
            cell.push_str(&glyph.text);
        } else {
            cells.push(glyph.text.clone());
        }
        end = glyph.x + glyph.width;
    }
    let cells: Vec<String> = cells.into_iter().filter(|cell| !cell.is_empty()).collect();
    (!cells.is_empty()).then_some(Line { page, y, size, cells })
}

/// Heads and feet: the same words (page numbers aside) at the same height on more than half of at least two pages.
fn without_running_heads(lines: Vec<Line>) -> Vec<Line> {
    let key = |line: &Line| {
        let words: String = line
            .text()
            .chars()
            .filter(|letter| !letter.is_ascii_digit())
            .collect();
        (line.y.round() as i64, words)
    };
    let pages: std::collections::BTreeSet<u32> = lines.iter().map(|line| line.page).collect();
    let mut seen: BTreeMap<(i64, String), usize> = BTreeMap::new();
    for line in &lines {
        *seen.entry(key(line)).or_default() += 1;
    }
    let repeats = |line: &Line| {
        let times = seen.get(&key(line)).copied().unwrap_or(0);
        times >= 2 && times * 2 > pages.len()
    };
    lines.into_iter().filter(|line| !repeats(line)).collect()
}
