//! Choosing with the arrow keys, or by number, where there is a terminal to draw on.

use std::io::{self, IsTerminal};

use console::{Key, Term, style};

use super::table::Table;

const HELP: &str = "  Arrow keys or a number, then Enter; q leaves";
/// Of what is not a terminal, such as a pipe: wide enough for one line an option.
const PIPE_WIDTH: usize = 160;

/// How wide what is printed may be, in columns.
pub(super) fn width() -> usize {
    columns().unwrap_or(PIPE_WIDTH)
}

/// Of the terminal; `None` where what is printed goes elsewhere.
pub(super) fn columns() -> Option<usize> {
    Term::stdout().size_checked().map(|(_, columns)| columns.into())
}

/// Whether somebody sits at a terminal that can draw `lines` over again.
pub(super) fn can_draw(lines: usize) -> bool {
    let term = Term::stdout();
    let rows = term.size_checked().map_or(0, |(rows, _)| usize::from(rows));
    io::stdin().is_terminal() && term.is_term() && !console::is_dumb() && lines + 2 < rows
}

/// The index of the option that is taken; starts at `preferred`. `None`: they left, by Ctrl-C for instance.
pub(super) async fn choose(table: Table, preferred: usize) -> io::Result<Option<usize>> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    // A keyboard blocks whoever reads it; what comes over the socket meanwhile is kept by the socket.
    std::thread::spawn(move || {
        let _ = answer.send(run(&Term::stdout(), &table, preferred));
    });
    answered
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::UnexpectedEof.into()))
}

fn run(term: &Term, table: &Table, preferred: usize) -> io::Result<Option<usize>> {
    let mut selected = preferred;
    let mut drawn = 0;
    term.hide_cursor()?;
    let outcome = loop {
        term.clear_last_lines(drawn)?;
        let lines = table.lines(Some(selected));
        drawn = lines.len() + 1;
        for line in &lines {
            term.write_line(line)?;
        }
        term.write_line(&style(HELP).dim().to_string())?;
        // Raw: an interrupt would end the process at once, and leave the terminal without its cursor.
        match term.read_key_raw() {
            Ok(Key::Enter) => break Ok(Some(selected)),
            Ok(Key::CtrlC | Key::Escape | Key::Char('q')) => break Ok(None),
            Ok(key) => selected = next(selected, table.len(), &key),
            Err(error) => break Err(error),
        }
    };
    term.show_cursor()?;
    outcome
}

/// Where a key moves the mark to.
fn next(selected: usize, count: usize, key: &Key) -> usize {
    match key {
        Key::ArrowDown | Key::Tab | Key::Char('j') => (selected + 1) % count,
        Key::ArrowUp | Key::BackTab | Key::Char('k') => (selected + count - 1) % count,
        Key::Home => 0,
        Key::End => count - 1,
        Key::Char(digit) => match digit.to_digit(10) {
            Some(number) if (1..=count).contains(&(number as usize)) => number as usize - 1,
            _ => selected,
        },
        _ => selected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_move_the_mark_and_never_off_the_list() {
        let cases = [
            (0, Key::ArrowDown, 1),
            (2, Key::ArrowDown, 0),
            (0, Key::ArrowUp, 2),
            (1, Key::Home, 0),
            (0, Key::End, 2),
            (0, Key::Char('3'), 2),
            (1, Key::Char('4'), 1),
            (1, Key::Char('0'), 1),
            (1, Key::Char('x'), 1),
            (1, Key::Escape, 1),
        ];
        for (selected, key, expected) in cases {
            assert_eq!(next(selected, 3, &key), expected, "{key:?} at {selected}");
        }
    }
}
