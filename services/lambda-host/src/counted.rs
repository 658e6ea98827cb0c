//! Numbers beside what they count: nobody says "1 deliveries".

use std::fmt::Display;

/// `1 delivery`, `4 deliveries`.
pub fn counted<N: Display + PartialEq + From<u8>>(count: N, one: &str, more: &str) -> String {
    let noun = noun(&count, one, more);
    format!("{count} {noun}")
}

/// What is counted, by itself: for `4 of 4 deliveries`.
pub fn noun<'a, N: PartialEq + From<u8>>(count: &N, one: &'a str, more: &'a str) -> &'a str {
    if *count == N::from(1) { one } else { more }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_is_one() {
        for (count, expected) in [(0, "0 histories"), (1, "1 history"), (21, "21 histories")] {
            assert_eq!(counted(count, "history", "histories"), expected);
        }
    }
}
