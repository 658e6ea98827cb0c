//! What the table says of a sentence, held against what was said.

const ANYTHING: char = '…';

/// Whether a text reads as the table has it: word for word, but for each `…`, which stands for some text.
pub fn reads_as(expected: &str, text: &str) -> bool {
    let mut parts = expected.split(ANYTHING);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some((before, after)) = rest.split_once(part) else {
            return false;
        };
        if before.is_empty() {
            return false;
        }
        rest = after;
    }
    rest.strip_suffix(last).is_some_and(|between| !between.is_empty())
}

#[test]
fn only_the_gaps_are_free() {
    let cases = [
        ("Kept.", "Kept.", true),
        ("Kept.", "Kept. And more.", false),
        ("", "", true),
        ("", "Words.", false),
        ("Back … and keep ….", "Back 9 EUR and keep 1 EUR.", true),
        ("Back … and keep ….", "Back  and keep 1 EUR.", false),
        ("Back … and keep ….", "Back 9 EUR and keep .", false),
        ("Back … and keep ….", "Back 9 EUR and keep 1 EUR", false),
        ("Back … and keep ….", "Give back 9 EUR and keep 1 EUR.", false),
        ("With key …", "With key k", true),
        ("With key …", "With key ", false),
    ];
    for (expected, text, reads) in cases {
        assert_eq!(reads_as(expected, text), reads, "{expected:?} {text:?}");
    }
}
