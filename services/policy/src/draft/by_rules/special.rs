//! What is said for a circumstance or for some people only: no typed rule can express it, so none is drafted.

use super::sentences::Sentence;

/// A part that begins so is about a circumstance.
const CONDITIONS: [&str; 18] = [
    "if", "when", "where", "should", "whoever", "whenever", "wherever", "during", "after", "once", "those",
    "anyone", "someone", "provided", "before", "while", "until", "who",
];
/// Among the words.
const WITHIN: [&str; 15] = [
    "if", "in case", "provided that", "provided", "only where", "unless", "in an emergency", "only when",
    "those who", "staff who", "employees who", "travellers who", "anyone who", "people who",
    "colleagues who",
];
/// They stand for a part of the staff, or for none of it.
const PEOPLE: [&str; 78] = [
    "applicants", "applicant", "candidates", "candidate", "guests", "guest", "speakers", "speaker",
    "visitors", "visitor", "volunteers", "volunteer", "interns", "trainees", "apprentices", "students",
    "pupils", "consultants", "contractors", "engineers", "technicians", "fitters", "welders", "drivers",
    "pilots", "crew", "crews", "auditors", "partners", "partner's", "directors", "executives", "board",
    "trustees", "members", "chair", "presidents", "vice-presidents", "actors", "artists", "players",
    "teachers", "doctors", "nurses", "researchers", "professors", "fellows", "scholars", "delegates",
    "officers", "inspectors", "representatives", "judges", "interpreters", "spouse", "spouses", "family",
    "families", "children", "parents", "companions", "hosts", "host", "friends", "relatives", "clients",
    "customers", "freelancers", "managers", "ministers", "secretaries", "companion", "athletes",
    "team travel", "child", "minister", "external", "examiners",
];
const CIRCUMSTANCES: [&str; 80] = [
    "stranded", "delay", "delayed", "delays", "missed", "miss", "emergency", "emergencies", "fair", "fairs",
    "congress", "congresses", "exhibition", "exhibitions", "festival", "festivals", "events", "workshop",
    "workshops", "retreat", "conference", "conferences", "training", "trainings", "course", "courses",
    "seminar", "seminars", "illness", "medical", "doctor's", "disabled", "disability", "pregnant",
    "pregnancy", "private", "gift", "gifts", "weekend", "weekends", "saturday", "sunday", "bonus", "lump",
    "flat", "deposit", "deposits", "damage", "damages", "no-show", "apartment", "apartments", "month",
    "week", "instead", "on the way", "airbnb", "camping", "hostel", "hostels", "suite", "suites", "shared",
    "strike", "red-eyes", "red-eye", "ill", "care", "wheelchair", "oil fair", "camp", "couchettes",
    "sleeper", "meeting", "meetings", "summit", "annual", "an event", "the event", "special event",
];

/// Beside a level that no rule knows they are about some people, too.
pub const GRADES: [&str; 6] = ["grade", "grades", "level", "levels", "band", "bands"];

/// Whether the words are about some people or some circumstance.
pub fn is_special(words: &Sentence) -> bool {
    let president = words.says(&["president"]) && !words.says(&["vice president"]);
    president || words.says(&PEOPLE) || words.says(&CIRCUMSTANCES)
}

/// Whether a sentence begins with a condition.
pub fn is_conditional(part: &Sentence) -> bool {
    let first = part.tokens.first().map(|token| token.word.as_str());
    first.is_some_and(|word| CONDITIONS.contains(&word))
}

/// Whether words hold on a condition that stands among them.
pub fn is_conditional_within(words: &Sentence) -> bool {
    words.says(&WITHIN)
}
