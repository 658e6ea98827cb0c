//! Long lines folded between words, as terminals do not: what follows stands below the words, not below the time or
//! reference in front of them. Pure.

use console::measure_text_width;

/// What stands in front of the words is kept clear on further lines, unless it would take too much of them.
const DEEPEST: usize = 24;
/// Narrower than this, a terminal's own folding is no worse.
const NARROWEST: usize = 40;

/// `line` in as many lines as `columns` need.
pub(super) fn fold(line: &str, columns: usize) -> String {
    line.split('\n')
        .map(|line| fold_one(line, columns))
        .collect::<Vec<_>>()
        .join("\n")
}

fn fold_one(line: &str, columns: usize) -> String {
    if columns < NARROWEST || measure_text_width(line) <= columns {
        return line.into();
    }
    let indent = hanging(line);
    let mut folded = String::new();
    let mut used = 0;
    // Runs of spaces are part of how a line looks: only single ones are places to fold at.
    for word in line.split_inclusive(' ') {
        let width = measure_text_width(word.trim_end_matches(' '));
        if used + width > columns && used > indent {
            let length = folded.trim_end_matches(' ').len();
            folded.truncate(length);
            folded.push('\n');
            folded.push_str(&" ".repeat(indent));
            used = indent;
        }
        folded.push_str(word);
        used += measure_text_width(word);
    }
    folded
}

/// Where the words begin: behind the first gap of several spaces, else two columns in.
fn hanging(line: &str) -> usize {
    let leading = line.len() - line.trim_start_matches(' ').len();
    let text = &line[leading..];
    let gap = text.find("  ").map(|at| {
        let behind = text[at..].trim_start_matches(' ');
        leading + measure_text_width(&text[..text.len() - behind.len()])
    });
    gap.filter(|column| *column <= DEEPEST).unwrap_or(leading + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fold_between_words_and_below_their_words() {
        let cases = [
            ("short", 40, "short"),
            (
                "  22:36:20  Understood as: flight Berlin to Lisbon",
                40,
                "  22:36:20  Understood as: flight Berlin\n            to Lisbon",
            ),
            (
                "    Stay   Royal Fiction Rooms, not refundable",
                40,
                "    Stay   Royal Fiction Rooms, not\n           refundable",
            ),
            (
                "nothing in front of these words, which go on",
                40,
                "nothing in front of these words, which\n  go on",
            ),
            ("\nConfirmed", 40, "\nConfirmed"),
            // What has no place to fold at is left to the terminal.
            (
                "http://127.0.0.1:8080/a-very-long-address-indeed",
                40,
                "http://127.0.0.1:8080/a-very-long-address-indeed",
            ),
            ("a b c d e f g", 5, "a b c d e f g"),
        ];
        for (line, columns, expected) in cases {
            assert_eq!(fold(line, columns), expected);
        }
    }
}
