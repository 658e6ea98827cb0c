//! Options as a table that fits the terminal: one line each where there is room, else their parts below one another.
//! Pure: what is written where is for others.

use console::{Alignment, measure_text_width, pad_str, style, truncate_str};
use events_schema::option::TripOption;
use events_schema::trip::{FlightSegment, LegContent};

use super::options::{cabin_name, refund};
use super::paragraph;

/// Between columns.
const GAP: usize = 2;
/// Before the second and further lines of an option: below its total.
const INDENT: usize = 6;
/// Narrower than any terminal in use; lines are cut there rather than to nothing.
const NARROWEST: usize = 40;

pub(super) struct Table {
    /// The lines of each option, without the mark before them.
    rows: Vec<Vec<String>>,
}

/// What a line is made of.
#[derive(Clone, Copy, PartialEq)]
enum Cell {
    Number,
    Total,
    Verdict,
    Outbound,
    Return,
    Stay,
    Terms,
}

/// From the widest to the narrowest: the first that fits is taken, the last is folded to fit.
const LAYOUTS: &[&[&[Cell]]] = &[
    &[
        &[
            Cell::Number,
            Cell::Total,
            Cell::Verdict,
            Cell::Outbound,
            Cell::Return,
            Cell::Stay,
        ],
        &[Cell::Terms],
    ],
    &[
        &[Cell::Number, Cell::Total, Cell::Verdict, Cell::Stay],
        &[Cell::Outbound, Cell::Return],
        &[Cell::Terms],
    ],
    &[
        &[Cell::Number, Cell::Total, Cell::Verdict],
        &[Cell::Outbound],
        &[Cell::Return],
        &[Cell::Stay],
        &[Cell::Terms],
    ],
];

impl Table {
    /// `width` in columns; two of them are left for the mark.
    pub fn new(options: &[TripOption], width: usize) -> Self {
        let width = width.max(NARROWEST) - GAP;
        let fits = |layout: &&&[&[Cell]]| layout.iter().all(|line| line_width(options, line) <= width);
        let layout = LAYOUTS.iter().find(fits).unwrap_or(&LAYOUTS[LAYOUTS.len() - 1]);
        let rows = options.iter().enumerate().map(|(index, option)| {
            let mut lines: Vec<_> = layout
                .iter()
                .map(|line| draw(options, line, index, option))
                .filter(|line| !line.trim().is_empty())
                .flat_map(|line| folded(&line, width))
                .collect();
            let reason = folded(&format!("{}{}", " ".repeat(INDENT), option.reason), width);
            lines.extend(reason.iter().map(|line| style(line).dim().to_string()));
            lines
                .iter()
                .map(|line| truncate_str(line, width, "…").into_owned())
                .collect()
        });
        Self { rows: rows.collect() }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// All lines, the selected option marked.
    pub fn lines(&self, selected: Option<usize>) -> Vec<String> {
        let mut lines = Vec::new();
        for (index, row) in self.rows.iter().enumerate() {
            for (number, line) in row.iter().enumerate() {
                let mark = match selected == Some(index) {
                    true if number == 0 => style("> ").green().bold().to_string(),
                    _ => "  ".into(),
                };
                lines.push(format!("{mark}{line}"));
            }
        }
        lines
    }
}

fn folded(line: &str, width: usize) -> Vec<String> {
    paragraph::fold(line, width).lines().map(str::to_owned).collect()
}

fn line_width(options: &[TripOption], line: &[Cell]) -> usize {
    let cells = line.iter().map(|cell| column_width(options, *cell));
    let indent = if line.first() == Some(&Cell::Number) {
        0
    } else {
        INDENT
    };
    indent
        + cells
            .filter(|width| *width > 0)
            .map(|width| width + GAP)
            .sum::<usize>()
}

fn column_width(options: &[TripOption], cell: Cell) -> usize {
    let widths = options
        .iter()
        .enumerate()
        .map(|(index, option)| measure_text_width(&text(index, option, cell)));
    widths.max().unwrap_or(0)
}

fn draw(options: &[TripOption], line: &[Cell], index: usize, option: &TripOption) -> String {
    let mut drawn = String::new();
    if line.first() != Some(&Cell::Number) {
        drawn.push_str(&" ".repeat(INDENT));
    }
    for cell in line {
        let width = column_width(options, *cell);
        if width == 0 {
            continue;
        }
        let alignment = if *cell == Cell::Total {
            Alignment::Right
        } else {
            Alignment::Left
        };
        let plain = text(index, option, *cell);
        let padded = pad_str(&plain, width, alignment, None).into_owned();
        drawn.push_str(&coloured(padded, option, *cell));
        drawn.push_str(&" ".repeat(GAP));
    }
    drawn.trim_end().into()
}

/// Colour says nothing that the words do not.
fn coloured(padded: String, option: &TripOption, cell: Cell) -> String {
    match cell {
        Cell::Total => style(padded).bold().to_string(),
        Cell::Verdict if option.verdict.compliant => style(padded).green().to_string(),
        Cell::Verdict => style(padded).yellow().to_string(),
        Cell::Number => style(padded).dim().to_string(),
        _ => padded,
    }
}

fn text(index: usize, option: &TripOption, cell: Cell) -> String {
    let flight = option.legs.iter().find_map(|leg| match &leg.content {
        LegContent::Flight {
            outbound, inbound, ..
        } => Some((outbound, inbound)),
        LegContent::Stay { .. } => None,
    });
    match cell {
        Cell::Number => format!("[{}]", index + 1),
        Cell::Total => option.total.to_string(),
        Cell::Verdict => verdict(option),
        Cell::Outbound => flight.map(|(outbound, _)| way(outbound)).unwrap_or_default(),
        Cell::Return => flight.map(|(_, inbound)| way(inbound)).unwrap_or_default(),
        Cell::Stay => option
            .legs
            .iter()
            .find_map(|leg| stay(&leg.content))
            .unwrap_or_default(),
        Cell::Terms => terms(option),
    }
}

/// What differs in the small print of two options that look the same.
fn terms(option: &TripOption) -> String {
    let terms = option.legs.iter().map(|leg| {
        let refund = refund(leg);
        match leg.content {
            LegContent::Flight { cabin, .. } => format!("flight in {}, {refund}", cabin_name(cabin)),
            LegContent::Stay { .. } => format!("stay {refund}"),
        }
    });
    terms.collect::<Vec<_>>().join("; ")
}

fn verdict(option: &TripOption) -> String {
    if option.verdict.compliant {
        return "within policy".into();
    }
    "needs approval".into()
}

fn way(segments: &[FlightSegment]) -> String {
    let Some((first, last)) = segments.first().zip(segments.last()) else {
        return String::new();
    };
    let stops = match segments.len() - 1 {
        0 => "non-stop".into(),
        1 => format!("via {}", first.to),
        more => format!("{more} stops"),
    };
    let late = first
        .departs
        .local
        .date()
        .until(last.arrives.local.date())
        .map_or(0, |span| span.get_days());
    let late = if late > 0 {
        format!("+{late}")
    } else {
        String::new()
    };
    format!(
        "{} {} {}-{} {}{late} {stops}",
        first.departs.local.strftime("%a %-d %b"),
        first.departs.local.strftime("%H:%M"),
        first.from,
        last.to,
        last.arrives.local.strftime("%H:%M"),
    )
}

fn stay(content: &LegContent) -> Option<String> {
    let LegContent::Stay {
        hotel,
        stars,
        per_night,
        ..
    } = content
    else {
        return None;
    };
    Some(format!(
        "{hotel} {} {per_night} a night",
        "*".repeat(usize::from(*stars))
    ))
}

#[cfg(test)]
mod tests {
    use console::strip_ansi_codes;
    use events_schema::approval::{Silence, Verdict};
    use events_schema::ids::OptionId;
    use events_schema::samples;

    use super::*;

    fn options() -> Vec<TripOption> {
        let option = |id: &str, compliant: bool| TripOption {
            id: OptionId::new(id),
            legs: vec![samples::flight_offer()],
            total: samples::total(),
            taxes: samples::taxes(),
            verdict: Verdict {
                compliant,
                traces: Vec::new(),
                approvals: vec![events_schema::approval::ApprovalLevel::L1],
                reasons: Vec::new(),
                approval_sla_hours: 24,
                silence: Silence::Declines,
            },
            reason: "A reason long enough to be cut where the terminal is a narrow one, as some are".into(),
        };
        vec![option("1-a", true), option("1-b", false)]
    }

    fn plain(width: usize, selected: Option<usize>) -> Vec<String> {
        let lines = Table::new(&options(), width).lines(selected);
        lines
            .iter()
            .map(|line| strip_ansi_codes(line).into_owned())
            .collect()
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in 40..220 {
            for line in plain(width, Some(1)) {
                assert!(measure_text_width(&line) <= width, "{width}: {line:?}");
            }
        }
    }

    #[test]
    fn a_wide_terminal_shows_an_option_in_a_line_and_its_reason_below() {
        let lines = plain(200, None);
        assert_eq!(lines.len(), 6, "{lines:#?}");
        assert!(
            lines[0].contains("[1]") && lines[0].contains("482.60 EUR") && lines[0].contains("within policy")
        );
        assert!(lines[3].contains("needs approval"), "{lines:#?}");
        let column = |line: &str| line.find("482.60");
        assert_eq!(
            column(&lines[0]),
            column(&lines[3]),
            "columns stand below one another"
        );
    }

    #[test]
    fn a_narrow_one_shows_every_part_too() {
        let lines = plain(60, None).join("\n");
        for part in [
            "[1]",
            "[2]",
            "482.60 EUR",
            "within policy",
            "needs approval",
            "flight in economy, not refundable",
            "as some are",
        ] {
            assert!(lines.contains(part), "{part} in\n{lines}");
        }
    }

    #[test]
    fn the_selected_option_is_marked_in_words_too() {
        let marked: Vec<_> = plain(200, Some(1))
            .into_iter()
            .filter(|line| line.starts_with('>'))
            .collect();
        assert_eq!(marked.len(), 1);
        assert!(marked[0].contains("[2]"));
    }
}
