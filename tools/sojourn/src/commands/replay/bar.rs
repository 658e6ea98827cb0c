//! How far it is: a bar on a terminal, a line at the end elsewhere.

use std::borrow::Cow;

use ::replay::{State, Ticket};
use indicatif::{ProgressBar, ProgressStyle};

/// Of an archive's replay, which tells no number: thousandths of its time.
pub(super) const PARTS: u64 = 1_000;

/// On standard error, and on a terminal only; it has no colours to turn off.
pub(super) fn deliveries(total: u64) -> ProgressBar {
    bar(total, "[{bar:30}] {pos}/{len} deliveries  {per_sec}  {msg}")
}

pub(super) fn bookings(total: u64) -> ProgressBar {
    bar(total, "[{bar:30}] {pos}/{len} bookings")
}

pub(super) fn time() -> ProgressBar {
    bar(PARTS, "[{bar:30}] {percent}% of its time  {msg}")
}

fn bar(length: u64, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style.progress_chars("##-"))
}

pub(super) fn show(bar: &ProgressBar, ticket: &Ticket) {
    bar.set_position(ticket.delivered);
    let said: Cow<'static, str> = match ticket.state {
        State::Running => "".into(),
        other => other.name().into(),
    };
    bar.set_message(said);
}
