//! A clause as the patterns look at it: its sentences, its tables' rows, and what it is about.

use events_schema::approval::ApprovalLevel;
use events_schema::person::EmployeeLevel;

use super::tokens::{Sentence, Token, sentences, tokens};
use crate::draft::DataClause;

pub const FLIGHT: [&str; 14] = [
    "flight", "flights", "flying", "flown", "fly", "flies", "fare", "fares", "airfare", "ticket", "tickets",
    "air", "plane", "airline",
];
pub const HOTEL: [&str; 13] = [
    "hotel",
    "hotels",
    "room",
    "rooms",
    "lodging",
    "accommodation",
    "nightly",
    "sleep",
    "stay",
    "stays",
    "overnight",
    "guesthouse",
    "night",
];
pub const AT_MOST: [&str; 20] = [
    "at most",
    "most",
    "maximum",
    "max",
    "up to",
    "no more than",
    "not more than",
    "cap",
    "caps",
    "capped",
    "ceiling",
    "ceilings",
    "limit",
    "limits",
    "limited to",
    "not exceed",
    "must not cost more than",
    "or less",
    "below",
    "under",
];
pub const MORE_THAN: [&str; 8] = [
    "more than",
    "above",
    "over",
    "exceeding",
    "exceeds",
    "dearer than",
    "beyond",
    "from",
];
pub const REFUND: [&str; 5] = ["refundable", "money back", "refund", "refunded", "flexible"];

pub struct Read<'a> {
    pub clause: &'a DataClause,
    pub sentences: Vec<Sentence>,
    pub rows: Vec<Sentence>,
    section: Sentence,
    whole: Sentence,
}

impl<'a> Read<'a> {
    pub fn of(clause: &'a DataClause) -> Self {
        let (rows, prose): (Vec<&str>, Vec<&str>) =
            clause.text.lines().partition(|line| line.contains(" | "));
        Self {
            clause,
            sentences: sentences(&prose.join(" ")),
            rows: rows
                .into_iter()
                .map(|row| Sentence::of(&tokens(row), row.into()))
                .collect(),
            section: Sentence::of(&tokens(&clause.section), String::new()),
            whole: Sentence::of(&tokens(&clause.text), String::new()),
        }
    }

    pub fn says(&self, phrases: &[&str]) -> bool {
        self.whole.says(phrases)
    }

    /// In the clause itself or in the headings above it.
    pub fn is_about(&self, phrases: &[&str]) -> bool {
        self.says(phrases) || self.section.says(phrases)
    }

    /// Sentences, parted further at semicolons.
    pub fn parts(&self) -> Vec<Sentence> {
        self.sentences.iter().flat_map(Sentence::parts).collect()
    }
}

/// Who is asked, in the order of the approver chain. `L1` is an approver, and in "levels L1 to L3" it is none.
pub fn approvers(sentence: &Sentence) -> Vec<ApprovalLevel> {
    let coded = |code: &str| levels(&sentence.tokens).is_empty() && sentence.says(&[code]);
    let above = [
        "manager's manager",
        "director",
        "vice president",
        "head of department",
        "second approver",
    ];
    let first = ["manager", "manager's", "lead", "supervisor", "boss", "superior"];
    // The manager in "the manager's manager" is the one above, not the first.
    let alone = !sentence.says(&["manager's manager"]) || sentence.says(&["lead", "supervisor"]);
    let mut found = Vec::new();
    if coded("l1") || alone && sentence.says(&first) {
        found.push(ApprovalLevel::L1);
    }
    if coded("l2") || sentence.says(&above) {
        found.push(ApprovalLevel::L2);
    }
    if sentence.says(&["finance"]) {
        found.push(ApprovalLevel::Finance);
    }
    found
}

pub fn added(before: &[ApprovalLevel], more: Vec<ApprovalLevel>) -> Vec<ApprovalLevel> {
    let mut all: Vec<ApprovalLevel> = before.iter().copied().chain(more).collect();
    all.sort();
    all.dedup();
    all
}

const LEVELS: [EmployeeLevel; 5] = [
    EmployeeLevel::L1,
    EmployeeLevel::L2,
    EmployeeLevel::L3,
    EmployeeLevel::L4,
    EmployeeLevel::L5,
];

/// `levels L1 to L3`, `grades L4 and L5`. Approvers are called alike, so that the word must stand before them.
pub fn levels(tokens: &[Token]) -> Vec<EmployeeLevel> {
    let named = |token: &Token| LEVELS.iter().position(|level| format!("{level:?}") == token.raw);
    let words = ["level", "levels", "grade", "grades"];
    let Some(at) = tokens
        .iter()
        .position(|token| words.contains(&token.word.as_str()))
    else {
        return Vec::new();
    };
    let mut found: Vec<usize> = Vec::new();
    let mut range = false;
    for token in &tokens[at + 1..] {
        match (named(token), token.word.as_str()) {
            (Some(level), _) => {
                let from = found
                    .last()
                    .map_or(level, |last| if range { last + 1 } else { level });
                found.extend(from..=level);
                range = false;
            }
            (None, "to" | "through") => range = true,
            (None, "and" | "or") => {}
            (None, _) => break,
        }
    }
    found.into_iter().map(|level| LEVELS[level]).collect()
}

/// All the others.
pub fn other_levels(levels: &[EmployeeLevel]) -> Vec<EmployeeLevel> {
    LEVELS
        .into_iter()
        .filter(|level| !levels.contains(level))
        .collect()
}
