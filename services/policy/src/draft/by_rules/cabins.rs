//! Which cabin may be flown, by the length of the flight and the traveller's level.

use events_schema::person::EmployeeLevel;
use events_schema::trip::Cabin;

use super::amounts::amounts;
use super::reach::reaches;
use super::read::{
    CONSENT, FLIGHT, HOURS, RAIL, Read, approvers, further_hours, hours, levels, other_levels,
};
use super::sentences::Sentence;
use super::special::{is_conditional, is_conditional_within, is_special};
use super::tokens::Token;
use super::whereabouts::Whereabouts;
use crate::draft::proposal::ProposedRule;

const NOT: [&str; 13] = [
    "not", "nobody", "never", "no one", "unless", "except", "cannot", "none", "neither", "no", "excluded",
    "save", "reserved",
];
/// Of economy: "no discussion" is none of them.
const NOT_EVEN: [&str; 7] = ["not", "nobody", "never", "unless", "except", "cannot", "neither"];
const FREELY: [&str; 5] = [
    "without approval", "no approval", "without asking", "without further approval", "no consent",
];
const PREMIUM: [&str; 5] = [
    "premium economy", "premium", "economy comfort", "economy plus", "comfort class",
];
/// Business that is no cabin.
const NO_CABINS: [&str; 20] = [
    "account", "trip", "trips", "meeting", "meetings", "travel", "day", "days", "purpose", "purposes",
    "partner", "partners", "reason", "reasons", "hours", "need", "needs", "unit", "card", "lunch",
];
/// Hours beside these are those of departures; nights are no lengths either.
const NOT_BY_LENGTH: [&str; 13] = [
    "leaving", "leaves", "departing", "departs", "earlier", "later", "cheapest", "lowest", "overnight",
    "night flight", "night flights", "working day", "window",
];
const THESE: [&str; 4] = ["these flights", "those flights", "such flights", "these"];
const LONGER: [&str; 11] = [
    "longer", "beyond that", "above that", "over that", "more than that", "beyond", "from there",
    "after that", "afterwards", "thereafter", "above",
];
const SHORTER: [&str; 7] = [
    "shorter", "below that", "under that", "up to that", "less than that", "below it", "below",
];
const OTHERS: [&str; 5] = ["others", "all other", "other", "otherwise", "elsewhere"];
/// Everybody whom no sentence before was about.
const ELSE: [&str; 13] = [
    "others fly", "others travel", "others sit", "everyone else", "everybody else", "all other staff",
    "all other employees", "all other travellers", "all other officers", "other staff", "other employees",
    "the rest of us", "others go",
];
const EVERYBODY: [&str; 8] = [
    "everybody", "everyone", "all staff", "all employees", "all travellers", "for all", "all of us",
    "everyone's",
];

pub fn cabins(clause: &Read<'_>) -> Vec<ProposedRule> {
    let by_air = clause.is_about(&FLIGHT) || clause.says(&["economy"]) && !clause.says(&RAIL);
    if !by_air || clause.says(&RAIL) && !clause.says(&FLIGHT) {
        return Vec::new();
    }
    let mut reading = Reading {
        last: (None, None),
        clause,
        everywhere: clause.reaches().is_empty(),
        rules: Vec::new(),
        border: None,
        before: Said::default(),
    };
    for sentence in &clause.sentences {
        if sentence.says(&RAIL) && !sentence.says(&FLIGHT) {
            continue;
        }
        reading.before = Said {
            local: reading.before.local,
            ..Said::default()
        };
        for phrase in phrases(sentence) {
            reading.take(&phrase);
        }
    }
    apart(reading.rules)
}

/// From so many hours on, below so many.
type Length = (Option<u32>, Option<u32>);

struct Reading<'a> {
    clause: &'a Read<'a>,
    /// The headings name no part of the world.
    everywhere: bool,
    rules: Vec<ProposedRule>,
    /// The last length that was named, whichever side of it was meant.
    border: Option<u32>,
    /// The flights that were last spoken of.
    last: Length,
    before: Said,
}

/// What the phrase before was about, of the same sentence.
#[derive(Clone, Default)]
struct Said {
    /// The part of the sentence it stands in; none before the first.
    part: Option<String>,
    levels: Vec<EmployeeLevel>,
    length: Length,
    /// Some flights only, by where they go; holds beyond the sentence.
    local: bool,
    /// Some people only.
    of_some: bool,
}

impl Reading<'_> {
    fn take(&mut self, phrase: &Sentence) {
        let before = self.before.clone();
        let is_for_rest = phrase.says(&ELSE);
        let special = is_special(phrase) && !phrase.says(&EVERYBODY);
        self.before.of_some = !is_for_rest && (special || before.of_some);
        let Some(cabin) = cabin(phrase) else { return };
        self.understand(phrase, &before, is_for_rest);
        let others = is_for_rest && cabin > Cabin::Economy || !is_for_rest && phrase.says(&OTHERS);
        let local_others = others && before.local;
        self.before.local = local_others || is_local(phrase) || !self.everywhere;
        let said = self.before.clone();
        let rail = phrase.says(&RAIL) && !phrase.says(&FLIGHT);
        // "For L4, who may sit in business, 5,200 EUR" is about the amount.
        if said.of_some || said.local || rail || !amounts(&phrase.tokens).is_empty() {
            return;
        }
        if is_unclear(phrase, cabin, said.length) {
            return;
        }
        if is_for_rest && cabin == Cabin::Economy {
            // What was said before was for some.
            self.rules.retain(|rule| !rule.levels.is_empty());
        }
        if !approvers(phrase).is_empty() && !phrase.says(&FREELY) {
            let of_before = match said.length {
                (None, None) if before.part == said.part => Some(before.length),
                (None, None) if phrase.says(&THESE) => Some(self.last),
                _ => None,
            };
            self.consented(phrase, cabin, of_before);
        } else if is_free(phrase, cabin) {
            self.rules.push(ProposedRule {
                cabin: Some(cabin),
                levels: said.levels,
                ..self.rule(phrase, said.length)
            });
        }
    }

    /// Whom and which flights a phrase is about. "… is business for L3, economy for L1 and L2": of the same flights.
    /// "Levels L3 and L4 fly economy under six hours and business from six hours on": the same people.
    fn understand(&mut self, phrase: &Sentence, before: &Said, is_for_rest: bool) {
        let (mut levels, mut length) = (levels(&phrase.tokens), length_of(phrase, self.border));
        if length == (None, None)
            && !levels.is_empty()
            && !before.levels.is_empty()
            && levels != before.levels
        {
            length = before.length;
        }
        if levels.is_empty() && !is_for_rest {
            levels.clone_from(&before.levels);
        }
        self.border = length.0.or(length.1).or(self.border);
        self.before.part = Some(phrase.text.clone());
        self.before.levels = levels;
        self.before.length = length;
        if length != (None, None) {
            self.last = length;
        }
    }

    /// "Business class needs the manager's approval": an exception from what was said before, of the flights that the phrase
    /// before it is about; or from economy, where a length is named.
    fn consented(&mut self, phrase: &Sentence, cabin: Cabin, of_before: Option<Length>) {
        let (asked, length) = (approvers(phrase), self.before.length);
        if of_before.is_some() || length == (None, None) {
            let same = |rule: &ProposedRule| {
                of_before.is_none_or(|length| (rule.from_hours, rule.below_hours) == length)
            };
            let lower = |rule: &&mut ProposedRule| rule.cabin < Some(cabin) && same(rule);
            let lower = self.rules.iter_mut().filter(lower);
            lower.for_each(|rule| rule.approvals.clone_from(&asked));
        } else if cabin > Cabin::Economy {
            // What nobody is asked for there.
            let covers = |rule: &&ProposedRule| {
                let (from, below) = (rule.from_hours.unwrap_or(0), rule.below_hours.unwrap_or(u32::MAX));
                (from..=below).contains(&length.0.unwrap_or(0)) && rule.cabin < Some(cabin)
            };
            let free = self
                .rules
                .iter()
                .filter(covers)
                .filter_map(|rule| rule.cabin)
                .max();
            self.rules.push(ProposedRule {
                cabin: free.or(Some(Cabin::Economy)),
                approvals: asked,
                levels: levels(&phrase.tokens),
                ..self.rule(phrase, length)
            });
        }
    }

    fn rule(&self, phrase: &Sentence, (from_hours, below_hours): Length) -> ProposedRule {
        ProposedRule {
            from_hours,
            below_hours,
            ..ProposedRule::new("cabin_limit", &self.clause.clause.id, &phrase.text)
        }
    }
}

/// Whether a phrase allows its cabin to everybody it is about, without asking.
fn is_free(phrase: &Sentence, cabin: Cabin) -> bool {
    match cabin {
        Cabin::Economy => !phrase.says(&NOT_EVEN),
        Cabin::PremiumEconomy | Cabin::Business => {
            !phrase.says(&NOT) && (!phrase.says(&CONSENT) || phrase.says(&FREELY))
        }
        Cabin::First => false,
    }
}

/// Of which flights a phrase speaks; "longer ones" are those from the border on that was named before.
fn length_of(phrase: &Sentence, border: Option<u32>) -> Length {
    match hours(phrase) {
        (None, None) if phrase.says(&ELSE) => (None, None),
        (None, None) if border.is_some() && further_hours(phrase) != (None, None) => further_hours(phrase),
        (None, None) if phrase.says(&LONGER) => (border, None),
        (None, None) if phrase.says(&SHORTER) || phrase.says(&OTHERS) => (None, border),
        said => said,
    }
}

/// "The Rector may travel in business class", "business class for the Rector".
fn is_of_somebody(phrase: &Sentence) -> bool {
    let named = |pair: &[Token]| pair[0].word == "the" && pair[1].is_capital();
    phrase.tokens.windows(2).any(named) && approvers(phrase).is_empty()
}

/// Some flights only, by where they go.
fn is_local(phrase: &Sentence) -> bool {
    let place = Whereabouts::of(&phrase.tokens);
    // "Long hauls of nine hours or more" are told by their hours.
    let long_haul = phrase.says(&["long haul", "long hauls", "long-haul"]) && hours(phrase) != (None, None);
    let by_reach = !reaches(phrase).is_empty() && !long_haul;
    place.unknown || !place.is_nowhere() || by_reach
}

/// Parted at semicolons, and at commas and "and" where each side speaks of a cabin of its own.
fn phrases(sentence: &Sentence) -> Vec<Sentence> {
    let mut phrases: Vec<Sentence> = Vec::new();
    for part in sentence.parts() {
        // "… business class; the director decides": of what was said before.
        let decides = cabin(&part).is_none() && (!approvers(&part).is_empty() || part.says(&CONSENT));
        if let Some(last) = phrases.last_mut().filter(|_| decides) {
            let both: Vec<Token> = last.tokens.iter().chain(&part.tokens).cloned().collect();
            *last = Sentence::of(&both, last.text.clone());
            continue;
        }
        let mut start = 0;
        let tokens = &part.tokens;
        for at in 1..tokens.len() {
            let joint = tokens[at - 1].ends == Some(',')
                || ["and", "but", "while"].contains(&tokens[at].word.as_str());
            let side = |tokens: &[Token]| cabin(&Sentence::of(tokens, String::new()));
            if joint
                && let (Some(one), Some(other)) = (side(&tokens[start..at]), side(&tokens[at..]))
                && one != other
            {
                phrases.push(Sentence::of(&tokens[start..at], part.text.clone()));
                start = at;
            }
        }
        phrases.push(Sentence::of(&tokens[start..], part.text.clone()));
    }
    phrases
}

/// Economy for all flights holds unless on a condition; of everything else more must be understood.
fn is_unclear(phrase: &Sentence, cabin: Cabin, length: Length) -> bool {
    if cabin == Cabin::Economy && length == (None, None) {
        return is_conditional(phrase);
    }
    let unread_length = length == (None, None) && !phrase.numbers_of(&HOURS).is_empty();
    unread_length || phrase.says(&NOT_BY_LENGTH) || is_of_somebody(phrase) || has_further_condition(phrase)
}

/// Besides the length: "if the fare is below", "and work begins within twelve hours".
fn has_further_condition(phrase: &Sentence) -> bool {
    if !phrase.numbers_of(&["days", "day", "weeks", "week"]).is_empty() || phrase.says(&["code", "percent"]) {
        return true;
    }
    let lengths = phrase.numbers_of(&HOURS);
    let is_range = matches!(lengths[..], [(one, _), (other, _)] if other <= one + 3);
    if lengths.len() > 1 && !is_range {
        return true;
    }
    // "If your manager agrees" names who may allow it.
    if !approvers(phrase).is_empty() {
        return false;
    }
    let conditional =
        is_conditional(phrase) || is_conditional_within(phrase) || phrase.says(&["when", "where", "because"]);
    match lengths.first() {
        None => conditional,
        Some((at, _)) => {
            let rest = &phrase.tokens[(at + 2).min(phrase.tokens.len())..];
            conditional
                && rest
                    .iter()
                    .any(|token| ["and", "if", "provided"].contains(&token.word.as_str()))
        }
    }
}

/// The one cabin a phrase speaks of; of several the lowest, so that doubt never allows more.
fn cabin(phrase: &Sentence) -> Option<Cabin> {
    let words = || phrase.tokens.iter().map(|token| token.word.as_str());
    let pairs = || words().zip(words().skip(1).map(Some).chain([None]));
    // Without the classes that are called alike.
    let economies = pairs()
        .filter(|(word, next)| *word == "economy" && !matches!(next, Some("plus" | "comfort")))
        .count();
    let business =
        pairs().any(|(word, next)| word == "business" && next.is_none_or(|next| !NO_CABINS.contains(&next)));
    if phrase.says(&["coach", "economy-class"]) || economies > usize::from(phrase.says(&["premium economy"]))
    {
        Some(Cabin::Economy)
    } else if phrase.says(&PREMIUM) {
        Some(Cabin::PremiumEconomy)
    } else if business || phrase.says(&["business-class"]) {
        Some(Cabin::Business)
    } else if phrase.says(&["first class", "first-class"]) {
        Some(Cabin::First)
    } else {
        None
    }
}

/// "Coach is the rule. Above ten hours L4 sits in premium": the rule is for shorter flights, and for the others. "Premium
/// economy beyond four hours, business beyond nine": the former up to nine.
fn apart(mut rules: Vec<ProposedRule>) -> Vec<ProposedRule> {
    let begins: Vec<_> = rules
        .iter()
        .map(|rule| (rule.from_hours, rule.levels.clone()))
        .collect();
    for rule in rules.iter_mut().filter(|rule| rule.below_hours.is_none()) {
        let Some(from) = rule.from_hours else { continue };
        let same = begins.iter().filter(|(_, levels)| *levels == rule.levels);
        rule.below_hours = same
            .filter_map(|(other, _)| *other)
            .filter(|other| *other > from)
            .min();
    }
    let long = rules.iter().filter(|rule| rule.from_hours.is_some());
    let Some(long) = long.min_by_key(|rule| rule.from_hours).cloned() else {
        return rules;
    };
    rules.into_iter().flat_map(|rule| beside(rule, &long)).collect()
}

/// A rule for all flights, where another is for long ones.
fn beside(rule: ProposedRule, long: &ProposedRule) -> Vec<ProposedRule> {
    let general = rule.from_hours.is_none() && rule.below_hours.is_none() && rule.levels.is_empty();
    if !general || rule.cabin >= long.cabin && long.approvals.is_empty() {
        return vec![rule];
    }
    let mut parted = vec![ProposedRule {
        below_hours: long.from_hours,
        ..rule.clone()
    }];
    if !long.levels.is_empty() {
        parted.push(ProposedRule {
            from_hours: long.from_hours,
            levels: other_levels(&long.levels),
            ..rule
        });
    }
    parted
}
