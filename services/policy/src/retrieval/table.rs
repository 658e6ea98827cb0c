//! The vectors of words that come with the service (`vectors/README.md`): what a sentence model takes each to mean.

use std::collections::HashMap;
use std::sync::LazyLock;

const TOKENS: &str = include_str!("../../vectors/tokens.txt");
/// A row of whole numbers for each token, in the order of the tokens: its direction.
const VECTORS: &[u8] = include_bytes!("../../vectors/vectors.bin");
pub const DIMENSIONS: usize = 128;

pub type Vector = [f32; DIMENSIONS];

static ROWS: LazyLock<HashMap<&str, usize>> = LazyLock::new(|| {
    TOKENS
        .lines()
        .enumerate()
        .map(|(row, token)| (token, row))
        .collect()
});

/// A word in lower case as a vector of length one: its own, or that of the longest parts it can be put together from.
/// `None` where a letter of it is in no token.
pub fn of_word(word: &str) -> Option<Vector> {
    let mut sum = [0.0; DIMENSIONS];
    let mut rest = word;
    while !rest.is_empty() {
        let (length, row) = longest(rest, rest.len() == word.len())?;
        add(&mut sum, &unit(direction(row)));
        rest = &rest[length..];
    }
    (!word.is_empty()).then(|| unit(sum))
}

/// The longest token that the text begins with, and its row. Tokens within a word are marked by `##`.
fn longest(text: &str, begins_word: bool) -> Option<(usize, usize)> {
    let mark = if begins_word { "" } else { "##" };
    let ends = (1..=text.len()).rev().filter(|end| text.is_char_boundary(*end));
    ends.map(|end| (end, ROWS.get(format!("{mark}{}", &text[..end]).as_str())))
        .find_map(|(end, row)| Some((end, *row?)))
}

fn direction(row: usize) -> Vector {
    let mut vector = [0.0; DIMENSIONS];
    let stored = &VECTORS[row * DIMENSIONS..(row + 1) * DIMENSIONS];
    for (value, byte) in vector.iter_mut().zip(stored) {
        *value = f32::from(i8::from_le_bytes([*byte]));
    }
    vector
}

pub fn add(sum: &mut Vector, other: &Vector) {
    for (sum, value) in sum.iter_mut().zip(other) {
        *sum += value;
    }
}

/// Its direction; nothing stays nothing.
pub fn unit(vector: Vector) -> Vector {
    let length = dot(&vector, &vector).sqrt();
    if length > 0.0 {
        vector.map(|value| value / length)
    } else {
        vector
    }
}

/// Summed in lanes, which the compiler may add side by side; a plain sum it must add one by one.
pub fn dot(one: &Vector, other: &Vector) -> f32 {
    const LANES: usize = 8;
    let mut sums = [0.0_f32; LANES];
    for (one, other) in one.chunks_exact(LANES).zip(other.chunks_exact(LANES)) {
        for ((sum, a), b) in sums.iter_mut().zip(one).zip(other) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_has_a_row() {
        assert_eq!(VECTORS.len(), TOKENS.lines().count() * DIMENSIONS);
        assert_eq!(ROWS.len(), TOKENS.lines().count(), "a token stands there twice");
    }

    #[test]
    fn words_of_like_meaning_are_nearer_than_others() {
        let near = |one: &str, other: &str| dot(&of_word(one).unwrap(), &of_word(other).unwrap());
        for (word, like, unlike) in [
            ("hotel", "accommodation", "train"),
            ("laundry", "washing", "airport"),
            ("taxi", "cab", "breakfast"),
        ] {
            let (like, unlike) = (near(word, like), near(word, unlike));
            assert!(like > unlike + 0.1, "{word}: {like} {unlike}");
        }
    }

    #[test]
    fn a_word_is_put_together_from_its_longest_parts() {
        assert_eq!(longest("hotel", true).map(|(length, _)| length), Some(5));
        let known = ROWS.contains_key("zzyzx");
        assert!(!known && of_word("zzyzx").is_some(), "letters are parts too");
        assert_eq!(of_word(""), None);
        assert_eq!(of_word("語"), None);
    }
}
