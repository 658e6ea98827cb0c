//! Who must say yes: by how early something is booked, by how far it is above a cap, within what time, and under which
//! code.

use events_schema::approval::{ApprovalLevel, Silence};
use events_schema::rows::ExceptionKind;

use super::read::{Read, added, approvers};
use super::tokens::Sentence;
use crate::draft::proposal::{ProposedBand, ProposedRule};

const BOOKING: [&str; 8] = [
    "booked",
    "book",
    "purchase",
    "purchased",
    "buy",
    "bought",
    "reserve",
    "reserved",
];
const AHEAD: [&str; 9] = [
    "advance",
    "in advance",
    "ahead",
    "earlier",
    "out",
    "notice",
    "beforehand",
    "before departure",
    "before the flight",
];
const INSIDE: [&str; 7] = ["inside", "within", "under", "less", "fewer", "below", "later"];
const SHORTER: [&str; 5] = ["shorter", "less", "later", "otherwise", "below that"];
const CAPS: [&str; 10] = [
    "cap", "caps", "ceiling", "ceilings", "limit", "limits", "over", "overage", "exceeds", "above",
];
const PERCENT: [&str; 2] = ["percent", "per cent"];
const DECLINED: [&str; 6] = [
    "declined",
    "turned down",
    "refused",
    "rejected",
    "means no",
    "denied",
];
const APPROVED: [&str; 5] = ["approved", "granted", "means yes", "accepted", "consent"];

pub fn advance_purchase(clause: &Read<'_>) -> Vec<ProposedRule> {
    if !clause.says(&BOOKING) || !clause.says(&AHEAD) {
        return Vec::new();
    }
    let parts = clause.parts();
    let Some(first) = parts
        .iter()
        .find(|part| !days(part).is_empty() && approvers(part).is_empty())
    else {
        return Vec::new();
    };
    let Some(free) = days(first).into_iter().max() else {
        return Vec::new();
    };
    let mut bands = vec![(free, Vec::new())];
    let (mut asked, mut inside) = (Vec::new(), Vec::new());
    for part in parts.iter().filter(|part| !approvers(part).is_empty()) {
        asked = added(&asked, approvers(part));
        match days(part).as_slice() {
            [from, _] => bands.push((*from, asked.clone())),
            [below] if part.says(&INSIDE) => inside.push((*below, asked.clone())),
            [] if part.says(&SHORTER) => bands.push((0, asked.clone())),
            _ => {}
        }
    }
    // "Inside three weeks … inside five days": each reaches down to where the next begins.
    for (position, (_, approvals)) in inside.iter().enumerate() {
        let from = inside.get(position + 1).map_or(0, |(below, _)| *below);
        bands.push((from, approvals.clone()));
    }
    if !bands.iter().any(|(days, _)| *days == 0) {
        let all = if asked.is_empty() {
            vec![ApprovalLevel::L1]
        } else {
            asked
        };
        bands.push((0, all));
    }
    let band = |(min_days, approvals): (u32, Vec<ApprovalLevel>)| ProposedBand {
        min_days: Some(min_days),
        approvals,
        ..ProposedBand::default()
    };
    vec![ProposedRule {
        bands: bands.into_iter().map(band).collect(),
        ..ProposedRule::new("advance_purchase", &clause.clause.id, &first.text)
    }]
}

fn days(part: &Sentence) -> Vec<u32> {
    let weeks = part
        .numbers_of(&["weeks", "week"])
        .into_iter()
        .map(|(at, weeks)| (at, weeks * 7));
    let mut all: Vec<(usize, u32)> = part
        .numbers_of(&["days", "day"])
        .into_iter()
        .chain(weeks)
        .collect();
    all.sort_unstable();
    all.into_iter().map(|(_, days)| days).collect()
}

/// "Up to 20 percent over, the manager; up to 50, Finance as well; beyond that, also the director."
pub fn by_overage(clause: &Read<'_>) -> Vec<ProposedRule> {
    if !clause.says(&CAPS) || !clause.says(&PERCENT) || clause.says(&["cheapest", "lowest", "dearer"]) {
        return Vec::new();
    }
    let mut bands: Vec<ProposedBand> = Vec::new();
    let mut asked = Vec::new();
    let mut quote: Option<String> = None;
    for part in clause.parts() {
        let named = approvers(&part);
        let percent = part.number_of(&PERCENT);
        let further = part.says(&[
            "beyond that",
            "above that",
            "more than that",
            "beyond",
            "over that",
        ]);
        if named.is_empty() || percent.is_none() && !further {
            continue;
        }
        asked = added(&asked, named);
        quote.get_or_insert(part.text.clone());
        let up_to = percent.filter(|_| part.says(&["up to", "at most", "within", "to"]));
        // "Above 40 percent": what was open at the top ends there.
        if let (None, Some(percent)) = (up_to, percent)
            && let Some(open) = bands.last_mut().filter(|band| band.up_to_percent.is_none())
        {
            open.up_to_percent = Some(percent);
        }
        bands.push(ProposedBand {
            up_to_percent: up_to,
            approvals: asked.clone(),
            ..ProposedBand::default()
        });
    }
    let Some(quote) = quote.filter(|_| bands.len() > 1) else {
        return Vec::new();
    };
    vec![ProposedRule {
        bands,
        ..ProposedRule::new("approval_by_overage", &clause.clause.id, &quote)
    }]
}

pub fn sla(clause: &Read<'_>) -> Vec<ProposedRule> {
    let answering = [
        "answer",
        "answers",
        "answered",
        "unanswered",
        "respond",
        "decide",
        "decides",
        "approvers",
    ];
    let hours = clause
        .sentences
        .iter()
        .find(|sentence| sentence.says(&answering) && sentence.number_of(&["hours", "hour"]).is_some());
    let silence = match (clause.says(&DECLINED), clause.says(&APPROVED)) {
        (true, false) => Silence::Declines,
        (false, true) => Silence::Approves,
        _ => return Vec::new(),
    };
    let rule = |sentence: &Sentence| ProposedRule {
        hours: sentence.number_of(&["hours", "hour"]),
        silence: Some(silence),
        ..ProposedRule::new("approver_sla", &clause.clause.id, &sentence.text)
    };
    hours.map(rule).into_iter().collect()
}

/// "A1 for short notice, F1 for a fare above its cap": a code, and what it is for.
pub fn codes(clause: &Read<'_>) -> Vec<ProposedRule> {
    if !clause.says(&["code", "codes", "coded"]) {
        return Vec::new();
    }
    let mut rule = ProposedRule::new("reason_codes", &clause.clause.id, &clause.clause.text);
    for sentence in &clause.sentences {
        let starts: Vec<usize> = (0..sentence.tokens.len())
            .filter(|at| is_code(sentence, *at))
            .collect();
        for (position, at) in starts.iter().enumerate() {
            let end = starts.get(position + 1).copied().unwrap_or(sentence.tokens.len());
            let about = Sentence::of(&sentence.tokens[at + 2..end], String::new());
            if let Some(kind) = exception(&about) {
                rule.codes
                    .entry(kind)
                    .or_insert_with(|| sentence.tokens[*at].raw.clone());
            }
        }
    }
    if rule.codes.is_empty() {
        Vec::new()
    } else {
        vec![rule]
    }
}

fn is_code(sentence: &Sentence, at: usize) -> bool {
    let raw = &sentence.tokens[at].raw;
    let letters = raw
        .bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let mixed =
        raw.bytes().any(|byte| byte.is_ascii_digit()) && raw.bytes().any(|byte| byte.is_ascii_uppercase());
    letters && mixed && sentence.tokens.get(at + 1).is_some_and(|next| next.word == "for")
}

fn exception(about: &Sentence) -> Option<ExceptionKind> {
    let kinds: [(&[&str], ExceptionKind); 7] = [
        (&["notice", "late", "advance"], ExceptionKind::AdvancePurchase),
        (
            &["hotel", "lodging", "room", "accommodation"],
            ExceptionKind::HotelCap,
        ),
        (&["cheapest", "lowest"], ExceptionKind::LowestLogicalFare),
        (&["fare", "ticket", "flight"], ExceptionKind::FareCap),
        (&["cabin", "class"], ExceptionKind::Cabin),
        (
            &["contract", "preferred", "airline", "supplier"],
            ExceptionKind::PreferredSuppliers,
        ),
        (&["refundable", "refund"], ExceptionKind::Refundability),
    ];
    kinds
        .iter()
        .find(|(words, _)| about.says(words))
        .map(|(_, kind)| *kind)
}
