//! What the sentence model makes of a version's clauses, and how that is kept: a clause is read once, a question each time.

use embedding::{Direction, Model};
use events_schema::rows::{Bytes, ClauseRow};

/// How many clauses are read, some ten seconds' work; later ones are found by their words alone.
const MOST_CLAUSES: usize = 1000;

/// Reads the clauses, so that whoever searches them later need not.
pub fn read(clauses: &mut [ClauseRow]) {
    for clause in clauses.iter_mut().take(MOST_CLAUSES) {
        clause.reading = Some(kept(&meaning(clause)));
    }
}

/// The clauses as they were read; one that was not is read now.
pub fn meanings(clauses: &[ClauseRow]) -> Vec<Direction> {
    let read = clauses.iter().enumerate().map(|(position, clause)| {
        let known = clause.reading.as_ref().and_then(known);
        match known {
            Some(known) => known,
            None if position < MOST_CLAUSES => meaning(clause),
            None => Direction::of_nothing(),
        }
    });
    read.collect()
}

/// Of a clause under its heading.
fn meaning(clause: &ClauseRow) -> Direction {
    Model::shared().embed(&match title(&clause.section) {
        "" => clause.text.clone(),
        title => format!("{title}: {}", clause.text),
    })
}

/// Begins with the edition of the model that read it: what another has read is read again.
fn kept(meaning: &Direction) -> Bytes {
    let edition = Model::shared().edition().into_iter();
    Bytes(edition.chain(meaning.bytes()).collect())
}

fn known(kept: &Bytes) -> Option<Direction> {
    let (edition, meaning) = kept.0.split_first_chunk()?;
    let is_ours = *edition == Model::shared().edition();
    is_ours.then(|| Direction::from_bytes(meaning)).flatten()
}

/// A heading without its number: `4 Hotels`, `Part 2 — Hotels`.
fn title(section: &str) -> &str {
    let section = section.rsplit_once(" — ").map_or(section, |(_, title)| title);
    section
        .trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.')
        .trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_read_without_their_numbers() {
        for (section, expected) in [
            ("4.1 Hotels", "Hotels"),
            ("Part 2 — Hotels", "Hotels"),
            ("Hotels", "Hotels"),
            ("", ""),
        ] {
            assert_eq!(title(section), expected);
        }
    }

    #[test]
    fn what_was_kept_is_what_was_read() {
        let read = Model::shared().embed("Hotels: A room costs at most 150. It has a window.");
        let bytes = kept(&read);
        assert_eq!(known(&bytes), Some(read));
        let mut other = bytes.clone();
        other.0[0] ^= 1;
        for unknown in [other, Bytes(bytes.0[..100].to_vec()), Bytes(Vec::new())] {
            assert_eq!(known(&unknown), None);
        }
    }
}
