//! How well patterns draft rules from policies that nobody typed: every rule of every clause was written down by people
//! who read them (`drafts/README.md` says how), and what is drafted is held against that.

use std::collections::{BTreeMap, BTreeSet};

use events_schema::approval::{ApprovalLevel, Silence};
use events_schema::ids::{ClauseId, PolicyVersion};
use events_schema::rows::{FlightTime, LegKind, RuleKind, Season};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::draft::{Rates, by_patterns};
use crate::parser::{Clause, Document};

/// Policies with what people found in them.
pub struct Set {
    pub name: &'static str,
    /// Policy, clause, heading and text, parted by tabs.
    clauses: &'static str,
    /// Of these only policies whose name begins so; all where it is empty.
    policies: &'static [char],
    /// Policy, clause and rule; `?` before a rule says that it may be drafted or not.
    rules: &'static str,
    /// The patterns were tuned on it, so that its clauses may be looked at.
    pub is_fitted: bool,
}

pub const SETS: [Set; 3] = [
    Set {
        name: "short policies",
        // Written to teach the sentence model; see there.
        clauses: include_str!("../../../embedding/model/taught/short-clauses.tsv"),
        policies: &['g', 'h', 'k', 'l', 'm', 'n', 'o', 'w', 'x'],
        rules: include_str!("../../drafts/short-rules.tsv"),
        is_fitted: true,
    },
    Set {
        name: "flights and hotels",
        clauses: include_str!("../../drafts/dense.tsv"),
        policies: &[],
        rules: include_str!("../../drafts/dense-rules.tsv"),
        is_fitted: true,
    },
    Set {
        name: "the same, held out",
        clauses: include_str!("../../drafts/held-out.tsv"),
        policies: &[],
        rules: include_str!("../../drafts/held-out-rules.tsv"),
        is_fitted: false,
    },
];

/// Currencies that may stand there as a sign or a word.
const SIGNED: [&str; 14] = [
    "EUR", "USD", "GBP", "CHF", "JPY", "CAD", "AUD", "NZD", "HKD", "SGD", "BRL", "INR", "PLN", "ZAR",
];

/// What a clause says in the notation of `drafts/README.md`.
type Rules = BTreeMap<(String, String), BTreeSet<String>>;

#[derive(Clone, Debug, Default)]
pub struct Score {
    pub clauses: usize,
    /// Rules that people found in the clauses,
    pub stated: usize,
    /// and of these the ones drafted.
    pub right: usize,
    /// Rules drafted that nobody found there.
    pub wrong: usize,
    /// A line for each rule wrong (`+`) or missing (`-`), with its clause; none of a set that is held out.
    pub differences: Vec<String>,
}

impl Score {
    /// The share of drafted rules that are right.
    pub fn precision(&self) -> f64 {
        self.right as f64 / (self.right + self.wrong).max(1) as f64
    }

    /// The share of stated rules that are drafted.
    pub fn recall(&self) -> f64 {
        self.right as f64 / self.stated.max(1) as f64
    }
}

pub fn evaluate(set: &Set) -> Score {
    let (mut stated, mut doubtful): (Rules, Rules) = Default::default();
    for line in set.rules.lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let [policy, clause, rule] = columns[..] else {
            continue;
        };
        if !is_expressible(rule) {
            continue;
        }
        let (rules, rule) = match rule.strip_prefix('?') {
            Some(rule) => (&mut doubtful, rule),
            None => (&mut stated, rule),
        };
        rules
            .entry((policy.into(), clause.into()))
            .or_default()
            .insert(in_order(rule));
    }
    let mut score = Score::default();
    for (policy, document) in documents(set) {
        let mut drafted = drafted(&document);
        for clause in &document.clauses {
            let key = (policy.clone(), clause.id.to_string());
            let drafted = drafted.remove(clause.id.as_str()).unwrap_or_default();
            let stated = stated.remove(&key).unwrap_or_default();
            let doubtful = doubtful.remove(&key).unwrap_or_default();
            let wrong = drafted
                .difference(&stated)
                .filter(|rule| !doubtful.contains(*rule));
            let wrong: Vec<String> = wrong.map(|rule| format!("  + {rule}")).collect();
            let missing: Vec<String> = stated
                .difference(&drafted)
                .map(|rule| format!("  - {rule}"))
                .collect();
            score.clauses += 1;
            score.stated += stated.len();
            score.right += stated.len() - missing.len();
            score.wrong += wrong.len();
            if set.is_fitted && !(wrong.is_empty() && missing.is_empty()) {
                score
                    .differences
                    .push(format!("{policy} {} {}", clause.id, clause.text));
                score.differences.extend(wrong.into_iter().chain(missing));
            }
        }
    }
    score
}

fn documents(set: &Set) -> BTreeMap<String, Document> {
    let mut documents: BTreeMap<String, Document> = BTreeMap::new();
    for line in set.clauses.lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        if let [policy, clause, section, text] = columns[..]
            && (set.policies.is_empty() || policy.starts_with(set.policies))
        {
            documents.entry(policy.into()).or_default().clauses.push(Clause {
                id: ClauseId::new(clause),
                section: section.into(),
                page: None,
                text: text.into(),
            });
        }
    }
    documents
}

/// By clause. Codes for the accounts are not among the rules that were written down.
fn drafted(document: &Document) -> BTreeMap<String, BTreeSet<String>> {
    // Any rate does: amounts are compared as they stand.
    let codes = document
        .clauses
        .iter()
        .flat_map(|clause| clause.text.split(|letter: char| !letter.is_alphabetic()));
    let rates: Rates = codes
        .filter(|word| word.len() == 3)
        .map(|code| (code.into(), Decimal::ONE))
        .chain(SIGNED.map(|code| (code.into(), Decimal::ONE)))
        .collect();
    let rules = by_patterns(&PolicyVersion::new("evaluated"), document, |_| rates.clone()).rules;
    let mut drafted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for rule in rules.into_iter().flat_map(|rules| rules.rules) {
        if let Some(notation) = notation(&rule.kind) {
            drafted
                .entry(rule.clause.to_string())
                .or_default()
                .insert(in_order(&notation));
        }
    }
    drafted
}

/// A rule as `drafts/README.md` writes it.
pub(crate) fn notation(rule: &RuleKind) -> Option<String> {
    Some(match rule {
        RuleKind::HotelCap {
            city,
            country,
            season,
            per_night,
        } => format!(
            "hotel {} {}{}{}{}",
            per_night.amount.normalize(),
            per_night.currency.code(),
            field("city", city.clone()),
            field("country", country.clone()),
            field("season", season.map(days)),
        ),
        RuleKind::FareCap {
            reach,
            flight_time,
            levels,
            per_traveller,
        } => format!(
            "fare {} {}{}{}{}",
            per_traveller.amount.normalize(),
            per_traveller.currency.code(),
            field("reach", reach.map(named)),
            length(*flight_time),
            field("levels", list(levels)),
        ),
        RuleKind::CabinLimit {
            flight_time,
            levels,
            highest,
            approvals,
        } => format!(
            "cabin {}{}{}{}",
            named(highest),
            length(*flight_time),
            field("levels", list(levels)),
            by(approvals),
        ),
        RuleKind::AdvancePurchase { bands } => {
            let mut bands = bands.clone();
            bands.sort_by_key(|band| std::cmp::Reverse(band.min_days));
            let bands = bands
                .iter()
                .map(|band| format!("{}: {}", band.min_days, people(&band.approvals)));
            format!("advance {}", bands.collect::<Vec<_>>().join("; "))
        }
        RuleKind::ApprovalByOverage { bands } => {
            let up_to = |percent: Option<u32>| percent.map_or("*".into(), |percent| percent.to_string());
            let bands = bands
                .iter()
                .map(|band| format!("{}: {}", up_to(band.up_to_percent), people(&band.approvals)));
            format!("overage {}", bands.collect::<Vec<_>>().join("; "))
        }
        RuleKind::Refundability {
            legs,
            above,
            approvals,
        } => format!(
            "refund {} {} {}{}",
            leg(*legs),
            above.amount.normalize(),
            above.currency.code(),
            by(approvals)
        ),
        RuleKind::LowestLogicalFare {
            window_minutes,
            tolerance_percent,
            approvals,
        } => {
            format!("lowest {window_minutes}min {tolerance_percent}%{}", by(approvals))
        }
        RuleKind::PreferredSuppliers {
            suppliers,
            legs,
            within_percent,
            approvals,
        } => format!(
            "preferred {} {} {within_percent}%{}",
            suppliers.join(","),
            leg(*legs),
            by(approvals)
        ),
        RuleKind::ExcludedSuppliers { suppliers } => format!("excluded {}", suppliers.join(",")),
        RuleKind::ApproverSla { hours, silence } => {
            let silence = match silence {
                Silence::Approves => "approves",
                Silence::Declines => "declines",
            };
            format!("sla {hours}h {silence}")
        }
        RuleKind::ReasonCodes { .. } => return None,
    })
}

fn field(name: &str, value: Option<String>) -> String {
    value.map(|value| format!(" {name}={value}")).unwrap_or_default()
}

fn named(value: impl Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|name| name.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn days(season: Season) -> String {
    format!("{}..{}", String::from(season.from), String::from(season.to))
}

fn length(time: FlightTime) -> String {
    let hours = |minutes: Option<u32>| {
        minutes.map(|minutes| format!("{}h", (Decimal::from(minutes) / Decimal::from(60)).normalize()))
    };
    format!(
        "{}{}",
        field("from", hours(time.from_minutes)),
        field("below", hours(time.below_minutes))
    )
}

fn list(values: &[impl Serialize]) -> Option<String> {
    (!values.is_empty()).then(|| values.iter().map(named).collect::<Vec<_>>().join(","))
}

fn people(approvals: &[ApprovalLevel]) -> String {
    let mut names: Vec<String> = approvals.iter().map(|level| format!("{level:?}")).collect();
    names.sort_by_key(|name| ["L1", "L2", "Finance"].iter().position(|other| other == name));
    if names.is_empty() {
        "-".into()
    } else {
        names.join("+")
    }
}

fn by(approvals: &[ApprovalLevel]) -> String {
    if approvals.is_empty() {
        String::new()
    } else {
        format!(" by={}", people(approvals))
    }
}

fn leg(legs: LegKind) -> &'static str {
    match legs {
        LegKind::Flight => "flight",
        LegKind::Stay => "stay",
    }
}

/// Rules that policies state and our kinds do not have: cabins by reach, overages that nobody may allow, approvers' time
/// beyond three days.
fn is_expressible(rule: &str) -> bool {
    let hours = rule
        .strip_prefix("sla ")
        .and_then(|rest| rest.split_once('h')?.0.parse::<u32>().ok());
    !(rule.starts_with("cabin") && rule.contains("reach=")
        || rule.starts_with("overage") && !rule.contains('*')
        || hours.is_some_and(|hours| !(4..=72).contains(&hours)))
}

/// "20: L1; *: Finance" as approvals are kept: whoever is asked for less is asked for more as well.
fn added_up(bands: &str) -> String {
    let mut asked: BTreeSet<&str> = BTreeSet::new();
    let mut text = Vec::new();
    for band in bands.split("; ") {
        let Some((border, people)) = band.split_once(": ") else {
            continue;
        };
        asked.extend(people.split('+').filter(|people| *people != "-"));
        let levels = ["L1", "L2", "Finance"]
            .into_iter()
            .filter(|level| asked.contains(level));
        let levels = levels.collect::<Vec<_>>().join("+");
        text.push(format!(
            "{border}: {}",
            if levels.is_empty() { "-" } else { &levels }
        ));
    }
    text.join("; ")
}

/// The same rule is the same text: fields in order, cities as the airports call them, suppliers in order.
fn in_order(rule: &str) -> String {
    let banded = rule
        .split_once(' ')
        .filter(|(kind, _)| ["advance", "overage"].contains(kind));
    if let Some((kind, bands)) = banded {
        return format!("{kind} {}", added_up(bands));
    }
    let (mut head, mut fields): (Vec<&str>, BTreeMap<&str, String>) = Default::default();
    let mut open: Option<&str> = None;
    for word in rule.split_whitespace() {
        match (word.split_once('='), open) {
            (Some((name, value)), _) => {
                fields.insert(name, value.into());
                open = Some(name);
            }
            (None, Some(name)) => {
                let value = fields.entry(name).or_default();
                value.push(' ');
                value.push_str(word);
            }
            (None, None) => head.push(word),
        }
    }
    // Of Singapore the city is the country.
    if let Some(country) = fields.get("city").and_then(|city| places::country(city)) {
        fields.remove("city");
        fields.insert("country", country.into());
    }
    if let Some(city) = fields.get_mut("city")
        && let Some(known) = places::by_city(city).into_iter().next()
    {
        *city = known.name.to_owned();
    }
    let mut rule = head.join(" ");
    if rule.starts_with("preferred ") || rule.starts_with("excluded ") {
        let ending = if rule.starts_with("preferred ") {
            head.len().saturating_sub(2)
        } else {
            head.len()
        };
        let names = head[1..ending].join(" ").to_lowercase();
        let mut names: Vec<&str> = names.split(',').map(str::trim).collect();
        names.sort_unstable();
        rule = format!("{} {} {}", head[0], names.join(","), head[ending..].join(" "));
    }
    for (name, value) in fields {
        rule.push_str(&format!(" {name}={value}"));
    }
    rule
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_rule_is_one_text() {
        for (one, other) in [
            (
                "hotel 190 EUR season=06-01..08-31 city=Rome",
                "hotel 190 EUR city=Rome season=06-01..08-31",
            ),
            ("hotel 190 EUR city=New Delhi", "hotel 190 EUR city=Delhi"),
            (
                "preferred Sample Air,Other Air flight 10% by=L1",
                "preferred Other Air,Sample Air flight 10% by=L1",
            ),
        ] {
            assert_eq!(in_order(one), in_order(other));
        }
    }

    #[test]
    fn what_is_drafted_and_what_is_stated_are_told_apart() {
        let clauses = "p\t1\tHotels\tA hotel in Rome costs at most 150 EUR a night.\np\t2\t\tA hotel in Oslo costs at most 180 EUR.\n\
            p\t3\t\tA hotel costs at most 100 EUR.\n";
        let rules = "p\t1\thotel 150 EUR city=Rome\np\t2\thotel 170 EUR city=Oslo\np\t3\t?hotel 100 EUR\n";
        let score = evaluate(&Set {
            name: "",
            clauses,
            policies: &[],
            rules,
            is_fitted: true,
        });
        assert_eq!(
            (score.clauses, score.stated, score.right, score.wrong),
            (3, 2, 1, 1)
        );
        assert_eq!(score.differences.len(), 3, "{:?}", score.differences);
    }
}
