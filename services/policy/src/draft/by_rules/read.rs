//! A clause as the patterns look at it: its sentences, its tables' rows, and what it is about.

use events_schema::approval::ApprovalLevel;
use events_schema::person::EmployeeLevel;
use events_schema::rows::Reach;
use iso_currency::Currency;

use super::reach::reaches;
use super::sentences::{Sentence, sentences};
use super::special::is_special;
use super::tokens::{Token, tokens};
use super::whereabouts::Whereabouts;
use crate::draft::DataClause;

pub const FLIGHT: [&str; 20] = [
    "airfares", "airfare", "airlines", "airplane", "round trip", "round-trip", "round trips", "flight",
    "flights", "flying", "flown", "fly", "flies", "fare", "fares", "ticket", "tickets", "air", "plane",
    "airline",
];
pub const HOTEL: [&str; 13] = [
    "hotel", "hotels", "room", "rooms", "lodging", "accommodation", "nightly", "sleep", "stay", "stays",
    "overnight", "guesthouse", "night",
];
pub const AT_MOST: [&str; 43] = [
    "at most", "most", "maximum", "max", "up to", "no more than", "not more than", "cap", "caps", "capped",
    "ceiling", "ceilings", "limit", "limits", "limited to", "not exceed", "must not cost more than",
    "or less", "below", "under", "may cost", "limited", "not be higher than", "no higher than",
    "not exceeding", "less than", "maximums", "max.", "not cost more than", "not go over", "not above",
    "not over", "go up to", "allowed rate", "in excess of", "stay within", "not spend more than",
    "don't spend more than", "not pay more than", "not be over", "cannot cost more than",
    "can not cost more than", "not to exceed",
];
pub const MORE_THAN: [&str; 9] = [
    "more than", "above", "over", "exceeding", "exceeds", "dearer than", "beyond", "from",
    "more expensive than",
];
pub const REFUND: [&str; 8] = [
    "refundable", "money back", "refund", "refunded", "flexible", "free to cancel", "cancellable",
    "freely cancellable",
];

/// "20 %" and "20 per cent" are read so, too.
pub const PERCENT: [&str; 1] = ["percent"];
pub const RAIL: [&str; 14] = [
    "train", "trains", "rail", "railway", "railways", "tgv", "ice", "acela", "amtrak", "eurostar",
    "second class", "ferry", "ferries", "bus",
];
/// Somebody's consent, whoever gives it.
pub const CONSENT: [&str; 31] = [
    "agreement", "agrees", "agree", "consent", "consents", "approval", "approvals", "approve", "approves",
    "permission", "permit", "permits", "authorise", "authorises", "authorisation", "authorize", "authorizes",
    "authorization", "approved by", "authorised by", "sign-off", "signs", "allow", "decides", "request",
    "certificate", "yes", "signature", "okay", "ok", "blessing",
];

pub struct Read<'a> {
    pub clause: &'a DataClause,
    pub sentences: Vec<Sentence>,
    pub rows: Vec<Sentence>,
    /// The clause before says what nights may cost.
    pub follows_hotels: bool,
    section: Sentence,
    whole: Sentence,
}

impl<'a> Read<'a> {
    pub fn of(clause: &'a DataClause) -> Self {
        // Rows may share a line.
        let between = |line: &str| if line.contains(" | ") { "; " } else { " || " };
        let lines = clause.text.lines().flat_map(|line| line.split(" || "));
        let lines = lines.flat_map(|line| line.split(between(line)));
        let (rows, prose): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.contains(" | "));
        Self {
            clause,
            sentences: sentences(&prose.join(" ")),
            rows: rows
                .into_iter()
                .map(|row| Sentence::of(&tokens(row), row.into()))
                .collect(),
            follows_hotels: false,
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

    /// In the headings above it.
    pub fn is_under(&self, phrases: &[&str]) -> bool {
        self.section.says(phrases)
    }

    /// Whether the headings say that it is about some people or circumstance.
    pub fn is_under_special(&self) -> bool {
        is_special(&self.section)
    }

    /// Whether both stand under the same headings.
    pub fn is_beside(&self, section: &str) -> bool {
        self.clause.section == section
    }

    /// How far flights go that the headings are about.
    pub fn reaches(&self) -> Vec<Reach> {
        reaches(&self.section)
    }

    /// What the headings name.
    pub fn place(&self) -> Whereabouts {
        Whereabouts::of(&self.section.tokens)
    }

    /// The one currency that the clause and its headings name.
    pub fn currency(&self) -> Option<Currency> {
        let tokens = self.section.tokens.iter().chain(&self.whole.tokens);
        let mut named: Vec<Currency> = tokens.filter_map(|token| token.currency).collect();
        named.dedup();
        match named[..] {
            [only] => Some(only),
            _ => None,
        }
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
        "manager's manager", "vice president", "vp", "head of department", "heads of department",
        "head of the department", "department head", "department's head", "second approver",
    ];
    let first = [
        "lead", "lead's", "leader", "leader's", "supervisor", "supervisor's", "boss", "boss's", "superior's",
    ];
    let is = |at: usize, words: &[&str]| words.contains(&sentence.tokens[at].word.as_str());
    let mut found = Vec::new();
    let (mut manager, mut director) = (false, false);
    for at in 0..sentence.tokens.len() {
        let before = at.checked_sub(1).map(|before| &sentence.tokens[before]);
        let behind = &sentence.tokens[at + 1..];
        let next = |word: &str| behind.first().is_some_and(|next| next.word == word);
        let named = |before: &Token| before.ends.is_some() || WHOSE.contains(&before.word.as_str());
        // The manager in "the manager's manager" is the one above, the travel manager is nobody's.
        let manager_here = is(at, &["manager", "manager's", "managers"]) && !next("manager");
        manager |= manager_here && before.is_none_or(named) || is(at, &["superior"]) && !next("to");
        let of_finance = before
            .is_some_and(|before| ["finance", "financial"].contains(&before.word.as_str()))
            || behind.iter().take(2).any(|token| token.word == "finance");
        director |= is(at, &["director", "director's", "directors"]) && !of_finance;
    }
    if coded("l1") || manager || sentence.says(&first) {
        found.push(ApprovalLevel::L1);
    }
    if coded("l2") || director || sentence.says(&above) {
        found.push(ApprovalLevel::L2);
    }
    if sentence.says(&FINANCE) {
        found.push(ApprovalLevel::Finance);
    }
    found
}

/// What may stand before a traveller's own manager.
const WHOSE: [&str; 30] = [
    "the", "your", "their", "his", "her", "our", "a", "an", "line", "reporting", "direct", "immediate",
    "own", "responsible", "traveller's", "traveler's", "employee's", "member's", "person's", "by", "and",
    "of", "or", "respective", "without", "no", "+", "=", "percent", "|",
];
const FINANCE: [&str; 7] = [
    "finance", "financial director", "cfo", "cfo's", "chief financial officer", "controller",
    "financial department",
];

pub const HOURS: [&str; 5] = ["hours", "hour", "hrs", "h", "hours'"];
const BELOW: [&str; 10] = [
    "under", "below", "less", "shorter", "fewer", "within", "until", "most", "maximum", "max",
];
const FROM: [&str; 12] = [
    "above", "over", "more", "longer", "from", "least", "exceeding", "exceeds", "exceed", "beyond",
    "superior", "after",
];
const FROM_BEHIND: [&str; 9] = [
    "more", "longer", "upwards", "up", "plus", "onwards", "on", "over", "above",
];
const BELOW_BEHIND: [&str; 2] = ["less", "shorter"];

/// The length of a flight: from so many hours on, below so many. "Over 3 hours and under 8" counts both.
pub fn hours(part: &Sentence) -> (Option<u32>, Option<u32>) {
    let counted = part.numbers_of(&HOURS);
    hours_of(part, &counted)
}

/// The same where a phrase before it has named the unit: "business from twelve".
pub fn further_hours(part: &Sentence) -> (Option<u32>, Option<u32>) {
    let bare = |at: usize, token: &Token| {
        let behind = at.checked_sub(1).map(|before| part.tokens[before].word.as_str());
        let named = behind.is_some_and(|word| {
            ["from", "under", "over", "above", "below", "beyond", "to", "than"].contains(&word)
        });
        token.whole().filter(|_| named).map(|number| (at, number))
    };
    let numbers: Vec<(usize, u32)> = part
        .tokens
        .iter()
        .enumerate()
        .filter_map(|(at, token)| bare(at, token))
        .collect();
    hours_of(part, &numbers)
}

fn hours_of(part: &Sentence, counted: &[(usize, u32)]) -> (Option<u32>, Option<u32>) {
    let says =
        |tokens: &[Token], words: &[&str]| tokens.iter().any(|token| words.contains(&token.word.as_str()));
    let (mut from, mut below) = (None, None);
    for (at, token) in part.tokens.iter().enumerate() {
        let Some(number) = token.whole() else { continue };
        let last = &part.tokens[at.saturating_sub(1)..at];
        let elided = !counted.is_empty()
            && token.ends.is_none()
            && says(last, &["under", "below", "over", "above", "than"]);
        // "From a flight time of ten hours"
        let reach = if says(last, &["of"]) { 6 } else { 2 };
        let before = &part.tokens[at.saturating_sub(reach)..at];
        let earlier = &part.tokens[at.saturating_sub(4)..at];
        let after = &part.tokens[at + 1..part.tokens.len().min(at + 4)];
        let is_priced = after.first().is_some_and(|next| next.currency.is_some()) || says(last, &["percent"]);
        if is_priced || !elided && !counted.iter().any(|(counted, _)| *counted == at) {
            continue;
        }
        let ranges = after.first().is_some_and(|next| next.word == "to")
            && after.get(1).is_some_and(|next| next.number.is_some());
        let in_range = says(last, &["to"]) && from.is_some() && !says(before, &["up"]);
        let negated = says(earlier, &["no", "not"]);
        if ranges || says(last, &FROM) && !negated {
            from = from.or(Some(number));
        } else if in_range || says(before, &BELOW) || says(last, &["to"]) && says(before, &["up"]) {
            below = below.or(Some(number));
        } else if says(before, &FROM) {
            match negated {
                true => below = below.or(Some(number)),
                false => from = from.or(Some(number)),
            }
        } else if says(after, &FROM_BEHIND) {
            from = from.or(Some(number));
        } else if says(after, &BELOW_BEHIND) {
            below = below.or(Some(number));
        }
    }
    (from, below)
}

/// Somebody must be named: the traveller's manager, if nobody is.
pub fn or_first(named: Vec<ApprovalLevel>) -> Vec<ApprovalLevel> {
    if named.is_empty() {
        vec![ApprovalLevel::L1]
    } else {
        named
    }
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
    let said = tokens
        .iter()
        .position(|token| words.contains(&token.word.as_str()));
    // "L4 travels in business"
    let begins = tokens.first().is_some_and(|token| named(token).is_some());
    let Some(at) = said.map(|at| at + 1).or(begins.then_some(0)) else {
        return Vec::new();
    };
    let mut found: Vec<usize> = Vec::new();
    let mut range = false;
    for token in &tokens[at..] {
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
