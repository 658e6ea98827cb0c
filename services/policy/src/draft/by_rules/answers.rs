//! How long an approver has, and what silence then means.

use events_schema::approval::Silence;

use super::advance::days;
use super::read::{Read, approvers};
use super::sentences::Sentence;
use super::special::is_special;
use super::whereabouts::Whereabouts;
use crate::draft::proposal::ProposedRule;

const NO_ANSWER: [&str; 40] = [
    "no answer", "if they do not", "if he does not", "if she does not", "otherwise", "without an answer",
    "without answer", "silence", "silent", "unanswered", "no reply", "no response", "not answered",
    "not answer", "does not respond", "not responded", "not respond", "failing which", "failing that",
    "not refused", "not decided", "no decision", "does not arrive", "hears nothing", "hear nothing",
    "doesn't answer", "doesn't respond", "not reply", "lapse", "lapses", "refused after",
    "not been answered", "without a reaction", "no reaction", "without reaction", "nobody answered",
    "nobody has answered", "not come back", "without a reply", "not given",
];
const DECLINED: [&str; 14] = [
    "declined", "turned down", "refused", "rejected", "means no", "denied", "refusal", "rejection", "a no",
    "not granted", "not agreed", "lapses", "lapse", "not approved",
];
const APPROVED: [&str; 14] = [
    "approved", "granted", "means yes", "accepted", "consent", "agreed", "approval", "agreement", "a yes",
    "allowed", "go ahead", "goes ahead", "can book", "may book",
];
const ANSWERING: [&str; 20] = [
    "answer", "answers", "answered", "respond", "responds", "decide", "decides", "decided", "determined",
    "reply", "replies", "approver", "approvers", "has", "have", "approves", "approve", "given", "react",
    "reacts",
];
const HOURS_A_DAY: u32 = 24;

/// Only where both are said, and of the silence.
pub fn sla(clause: &Read<'_>) -> Vec<ProposedRule> {
    let parts = clause.parts();
    let Some(silent) = parts.iter().find(|part| part.says(&NO_ANSWER)) else {
        return Vec::new();
    };
    let place = Whereabouts::of(&silent.tokens);
    if is_special(silent) || silent.says(&["never"]) || !place.is_nowhere() {
        return Vec::new();
    }
    let answering = parts
        .iter()
        .filter(|part| part.says(&ANSWERING) || !approvers(part).is_empty());
    let timed = std::iter::once(silent)
        .chain(answering)
        .find_map(|part| Some((hours(part)?, part)));
    let Some((silence, (hours, part))) = meaning(silent).zip(timed) else {
        return Vec::new();
    };
    vec![ProposedRule {
        hours: Some(hours),
        silence: Some(silence),
        ..ProposedRule::new("approver_sla", &clause.clause.id, &part.text)
    }]
}

/// "Requests for approval …, failing which they are refused": what comes behind counts, if it says anything.
fn meaning(silent: &Sentence) -> Option<Silence> {
    let behind = silent.after(&NO_ANSWER);
    let behind = behind.filter(|behind| behind.says(&DECLINED) || behind.says(&APPROVED));
    let outcome = behind.as_ref().unwrap_or(silent);
    match (outcome.says(&DECLINED), outcome.says(&APPROVED)) {
        (true, false) => Some(Silence::Declines),
        (false, true) => Some(Silence::Approves),
        // "Requests not refused within a day are granted."
        (true, true) if silent.says(&["not refused", "not declined", "not rejected"]) => {
            Some(Silence::Approves)
        }
        (true, true) if silent.says(&["not granted", "not approved", "not agreed"]) => {
            Some(Silence::Declines)
        }
        _ => None,
    }
}

/// None of "reminded after three days and refused after seven": nobody can tell which. "One day (24 hours)" is one.
fn hours(part: &Sentence) -> Option<u32> {
    let in_days = days(part).into_iter().map(|days| days * HOURS_A_DAY);
    let in_hours = part.numbers_of(&["hours", "hour"]);
    let all: Vec<u32> = in_hours
        .into_iter()
        .map(|(_, hours)| hours)
        .chain(in_days)
        .collect();
    let numbers = part.tokens.iter().filter(|token| token.number.is_some()).count();
    let first = *all.first()?;
    (numbers <= all.len() && all.iter().all(|hours| *hours == first)).then_some(first)
}
