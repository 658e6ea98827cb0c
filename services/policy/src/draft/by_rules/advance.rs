//! Who must allow a flight that is booked late.

use events_schema::approval::ApprovalLevel;

use super::amounts::amounts;
use super::reach::reaches;
use super::read::{CONSENT, FLIGHT, HOTEL, RAIL, Read, added, approvers, or_first};
use super::sentences::Sentence;
use super::special::is_special;
use super::tokens::Token;
use crate::draft::proposal::{ProposedBand, ProposedRule};

const BOOKING: [&str; 13] = [
    "booked", "book", "booking", "bookings", "purchase", "purchased", "buy", "bought", "reserve", "reserved",
    "reservation", "issued", "ticketed",
];
/// What is ordered ahead without being a flight.
const NO_BOOKING: [&str; 29] = [
    "visa", "visas", "passport", "passports", "pass", "papers", "data", "hall", "halls", "dates", "arrival",
    "cancel", "cancelled", "changed", "fees", "fee", "advance of", "refunded", "claim", "claims", "receipts",
    "permit", "permits", "vaccination", "carnets", "prepared", "arrive", "sailing", "hospital",
];
const AHEAD: [&str; 20] = [
    "advance", "in advance", "ahead", "earlier", "out", "notice", "beforehand", "before", "prior to",
    "prior", "days before", "weeks before", "before you fly", "before departure", "before the flight",
    "before travel", "minimum", "in front", "lead time", "early",
];
const INSIDE: [&str; 11] = [
    "inside", "within", "under", "less", "fewer", "below", "later", "shorter", "not", "next", "last",
];
const SHORTER: [&str; 16] = [
    "shorter", "less", "later", "otherwise", "below that", "under that", "not possible", "can't", "cannot",
    "after that", "closer", "at short notice", "late", "short-notice", "if not", "after this",
];
const OR_ELSE: [&str; 5] = ["or", "otherwise", "failing which", "else", "if not"];
const FREE: [&str; 6] = [
    "no approval", "nobody", "nobody's", "go ahead", "free to book", "free",
];
/// Words within which a new statement names its days.
const SOON: usize = 13;
/// Words of a piece that says nothing but how far ahead.
const BARE: usize = 9;
const DAYS_A_WEEK: u32 = 7;

pub fn advance_purchase(clause: &Read<'_>) -> Vec<ProposedRule> {
    let about = clause.says(&BOOKING) || clause.is_about(&FLIGHT);
    if !about || !clause.is_about(&AHEAD) && !clause.says(&INSIDE) {
        return Vec::new();
    }
    let says_when = |piece: &Sentence| !days(piece).is_empty() || piece.says(&SHORTER);
    let mut notice = Notice::default();
    for piece in clause
        .sentences
        .iter()
        .flat_map(|line| line.pieces(begins_new, says_when))
    {
        let read = match approvers(&piece) {
            named if named.is_empty() => notice.free(clause, &piece),
            named => {
                notice.asked(clause, &piece, named);
                Ok(())
            }
        };
        if read.is_err() {
            return Vec::new();
        }
    }
    let rule = |(bands, quote): (Vec<ProposedBand>, String)| ProposedRule {
        bands,
        ..ProposedRule::new("advance_purchase", &clause.clause.id, &quote)
    };
    notice.bands().map(rule).into_iter().collect()
}

/// It says something that no rule can.
struct Inexpressible;

/// What a clause says of booking ahead, as far as it is read.
#[derive(Default)]
struct Notice {
    /// From so many days on nobody is asked; and the words that say it.
    free: Option<(u32, String)>,
    /// From so many days on these are asked.
    from: Vec<(u32, Vec<ApprovalLevel>)>,
    /// Below so many.
    below: Vec<(u32, Vec<ApprovalLevel>)>,
    /// What is free is said, and does not only follow.
    stated: bool,
}

impl Notice {
    /// A piece that names nobody.
    fn free(&mut self, clause: &Read<'_>, piece: &Sentence) -> Result<(), Inexpressible> {
        let days = days(piece);
        let said = self
            .free
            .as_ref()
            .is_some_and(|(free, _)| days.iter().all(|days| days <= free));
        if days.is_empty() || said {
            // Who may allow it is nobody a rule can name.
            let by_others = piece.says(&CONSENT) && piece.says(&SHORTER);
            return if by_others { Err(Inexpressible) } else { Ok(()) };
        }
        let bare = piece.tokens.len() <= BARE && piece.says(&FLIGHT) || piece.says(&FREE);
        let ahead = piece.says(&AHEAD) || clause.is_under(&BOOKING);
        let of_hotels = piece.says(&HOTEL) && !piece.says(&FLIGHT);
        let of_something_else = piece.says(&NO_BOOKING) || of_hotels || !amounts(&piece.tokens).is_empty();
        if ahead && (piece.says(&BOOKING) || bare) && !of_something_else && !is_special(piece) {
            let free = of_flights(piece, &days).ok_or(Inexpressible)?;
            self.free = Some((free, piece.text.clone()));
            self.stated = true;
        }
        Ok(())
    }

    /// A piece that names somebody.
    fn asked(&mut self, clause: &Read<'_>, piece: &Sentence, named: Vec<ApprovalLevel>) {
        let days = days(piece);
        let less = piece.says(&["less", "fewer", "under", "inside"]);
        let or_else = piece.says(&OR_ELSE) && piece.says(&AHEAD) && !less;
        let free_before = self.free.as_ref().map(|(free, _)| *free);
        // From so many days on nobody is asked, as far as this says.
        let mut free = None;
        match (days.as_slice(), free_before) {
            ([one, other], _) => {
                self.from.push((*one.min(other), named));
                free = Some(one.max(other) + 1);
            }
            // "Two weeks ahead, or ask your manager."
            ([ahead], _) if or_else => {
                self.below.push((*ahead, named));
                free = Some(*ahead);
            }
            ([below], _) if piece.says(&INSIDE) => {
                self.below.push((*below, named));
                free = Some(*below);
            }
            ([], Some(free)) if piece.says(&SHORTER) => self.below.push((free, named)),
            _ => {}
        }
        let about = clause.says(&BOOKING) || clause.says(&FLIGHT);
        let further = |free: &u32| about && !self.stated && free_before.is_none_or(|before| before < *free);
        if let Some(free) = free.filter(further) {
            self.free = Some((free, piece.text.clone()));
        }
    }

    fn bands(mut self) -> Option<(Vec<ProposedBand>, String)> {
        let (free, quote) = self.free?;
        // "Inside three weeks … inside five days": each reaches down to where the next begins.
        self.below.sort_by_key(|(below, _)| std::cmp::Reverse(*below));
        let begins: Vec<u32> = self
            .below
            .iter()
            .skip(1)
            .map(|(below, _)| *below)
            .chain([0])
            .collect();
        let below = self
            .below
            .into_iter()
            .zip(begins)
            .map(|((_, named), from)| (from, named));
        let mut late: Vec<(u32, Vec<ApprovalLevel>)> = self.from.into_iter().chain(below).collect();
        late.sort_by_key(|(days, _)| std::cmp::Reverse(*days));
        if late.last().is_none_or(|(days, _)| *days > 0) {
            let last = late.last().map(|(_, named)| named.clone());
            late.push((0, or_first(last.unwrap_or_default())));
        }
        let mut bands = vec![ProposedBand {
            min_days: Some(free),
            ..ProposedBand::default()
        }];
        // Whoever is asked is asked for what is later as well.
        let mut asked = Vec::new();
        for (days, named) in late {
            asked = added(&asked, named);
            match bands.last_mut().filter(|band| band.min_days == Some(days)) {
                Some(band) => band.approvals.clone_from(&asked),
                None => bands.push(ProposedBand {
                    min_days: Some(days),
                    approvals: asked.clone(),
                    ..ProposedBand::default()
                }),
            }
        }
        Some((bands, quote))
    }
}

/// Of "flights 14 days, trains 3 days" the former; of several by how far a flight goes none, since no rule can say it.
fn of_flights(piece: &Sentence, days: &[u32]) -> Option<u32> {
    if !reaches(piece).is_empty() {
        return None;
    }
    let rail = piece.says(&RAIL);
    let at = |words: &[&str]| {
        piece
            .tokens
            .iter()
            .position(|token| words.contains(&token.word.as_str()))
    };
    match days {
        [only] if !rail => Some(*only),
        // "Flights and trains", and not "rail seven days, flights fourteen".
        [only] => (at(&FLIGHT)? < at(&RAIL)?).then_some(*only),
        [first, second] if rail => match (at(&FLIGHT), at(&RAIL)) {
            (Some(flight), Some(rail)) if flight > rail => Some(*second),
            (Some(_), _) => Some(*first),
            _ => None,
        },
        _ => None,
    }
}

/// Soon a number of days, or later than one.
fn begins_new(tokens: &[Token]) -> bool {
    let soon = Sentence::of(&tokens[..tokens.len().min(SOON)], String::new());
    !days(&soon).is_empty() || soon.says(&SHORTER)
}

/// Numbers of days and weeks, as days.
pub fn days(part: &Sentence) -> Vec<u32> {
    let weeks = part
        .numbers_of(&["weeks", "week"])
        .into_iter()
        .map(|(at, weeks)| (at, weeks * DAYS_A_WEEK));
    let mut all: Vec<(usize, u32)> = part
        .numbers_of(&["days", "day", "days'"])
        .into_iter()
        .chain(weeks)
        .collect();
    all.sort_unstable();
    all.into_iter().map(|(_, days)| days).collect()
}
