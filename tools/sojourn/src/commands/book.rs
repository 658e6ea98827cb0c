//! `sojourn book "…"`: a traveller in a terminal.

mod leaving;
mod passengers;
mod resume;

use std::collections::VecDeque;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use events_schema::ids::{BookingId, DecisionId, EmployeeId};
use events_schema::option::TripOption;
use events_schema::problem::ErrorCode;
use events_schema::socket::{Command, Frame, FrameBody, Verdict};
use events_schema::trip::LegContent;
use tokio::io::{AsyncBufReadExt, BufReader};

use super::connection::Connection;
use super::link::{GaveUp, Link};
use super::table::Table;
use super::{BookArgs, CommandError, approve, chooser, itinerary, options, paragraph};
use crate::laptop::{SAMPLE_PEOPLE, person_named};
use crate::traveller::{Received, action_id};

/// Longer than any automated step may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(6 * 60);

const NO_BOOKING: &str = "the request was not accepted yet";

/// How a booking may end, as exit statuses.
const ENDED: u8 = 3;
const ASKED_BACK: u8 = 4;
const ANSWERED: u8 = 5;
const NO_OFFERS: u8 = 6;
/// The cloud went away and stayed away.
const GAVE_UP: u8 = 7;
/// By Ctrl-C, as shells count it.
const INTERRUPTED: u8 = 130;

pub(super) async fn book(args: BookArgs) -> Result<ExitCode, CommandError> {
    if person_named(&args.person).is_none() {
        let names: Vec<_> = SAMPLE_PEOPLE.iter().map(|person| person.name).collect();
        return Err(format!(
            "there is no sample person {:?}; there are {}",
            args.person,
            names.join(", ")
        )
        .into());
    }
    let connection = match args.resume {
        Some(_) => Connection::running(args.data.clone()).await?,
        None => Connection::any(args.data.clone()).await?,
    };
    if connection.is_own() && !args.json {
        println!("No cloud is running here: using one of our own for this booking.\n");
    }
    let link = Link::open(&connection, &args.person).await?;
    let link = link.for_at_most(Duration::from_secs(args.reconnect_for));
    let mut trip = Trip {
        args: &args,
        connection: &connection,
        link,
        booking: None,
        passengers_set: false,
        waiting: VecDeque::new(),
    };
    let outcome = tokio::select! {
        outcome = trip.travel() => Some(outcome),
        _ = tokio::signal::ctrl_c() => None,
    };
    match outcome {
        Some(Err(error)) if error.is::<GaveUp>() => {
            eprintln!("\n  {}.\n{}", super::sentence(&*error), trip.how_to_go_on());
            Ok(ExitCode::from(GAVE_UP))
        }
        Some(outcome) => outcome,
        None => {
            eprintln!("\n  Left.\n{}", trip.how_to_go_on());
            drop(trip);
            // Takes a cloud of our own with it.
            drop(connection);
            // The question that may still be open holds standard input: returning would wait for its answer.
            std::process::exit(INTERRUPTED.into())
        }
    }
}

struct Trip<'a> {
    args: &'a BookArgs,
    connection: &'a Connection,
    link: Link<'a>,
    booking: Option<BookingId>,
    passengers_set: bool,
    /// Received while an answer was waited for, and still to be shown.
    waiting: VecDeque<Received>,
}

impl Trip<'_> {
    /// From the request, or from where the booking stands, to its end.
    async fn travel(&mut self) -> Result<ExitCode, CommandError> {
        match self.args.resume {
            Some(booking) => self.catch_up(booking).await?,
            None => self.request().await?,
        }
        loop {
            let received = match self.waiting.pop_front() {
                Some(received) => received,
                None => self.link.next_within(PATIENCE).await?,
            };
            if self.concerns_another(&received.frame) {
                continue;
            }
            if self.args.json {
                writeln!(std::io::stdout(), "{}", received.text)?;
            }
            if self.is_settled(&received.frame) {
                continue;
            }
            if let Some(code) = self.follow(received).await? {
                return Ok(code);
            }
        }
    }

    async fn request(&mut self) -> Result<(), CommandError> {
        let request_id = action_id();
        let command = Command::RequestBooking {
            request_id,
            text: self.args.request.clone().unwrap_or_default(),
            fields: None,
        };
        Ok(self.link.send(&command).await?)
    }

    /// Frames about other bookings of the same person reach this connection too.
    fn concerns_another(&self, frame: &Frame) -> bool {
        frame.booking_id.is_some() && self.booking.is_some() && frame.booking_id != self.booking
    }

    /// Shows a frame and answers it; the exit status once nothing follows.
    async fn follow(&mut self, received: Received) -> Result<Option<ExitCode>, CommandError> {
        let booking = received.frame.booking_id;
        match received.frame.body {
            FrameBody::Accepted { action, .. } => {
                if action == "request_booking" && self.booking.is_none() {
                    self.booking = booking;
                    if let Some(booking) = booking {
                        self.say(&format!("Booking {booking}"));
                    }
                }
            }
            FrameBody::Progress { message, at, .. } => {
                self.say(&format!("  {}  {message}", options::clock(at)));
            }
            FrameBody::Clarification { questions, round } => {
                for question in &questions {
                    self.say(&format!("\n  {}", question.question));
                    for choice in &question.choices {
                        self.say(&format!("    - {choice}"));
                    }
                }
                return self.clarify(round).await;
            }
            FrameBody::Options {
                decision_id,
                nonce,
                options,
                ..
            } => return self.choose(decision_id, nonce, &options).await,
            FrameBody::ApprovalRequested {
                approver, reasons, ..
            } => {
                self.say(&format!("\n  {approver} must approve:"));
                for reason in &reasons {
                    self.say(&format!("    - {} (clause {})", reason.reason, reason.clause));
                }
                self.approve(&approver).await?;
            }
            FrameBody::ApprovalDecided {
                granted,
                by,
                on_behalf_of,
                by_silence,
                ..
            } => {
                self.say(&format!(
                    "  {}",
                    options::decided(granted, &by, on_behalf_of.as_ref(), by_silence)
                ));
            }
            FrameBody::ApprovalVoided { message, .. } => self.say(&format!("\n  {message}")),
            FrameBody::PurchaseConfirmationRequested {
                decision_id,
                nonce,
                quote_hash,
                total,
                option,
                ..
            } => {
                self.say(&format!("\n  Ready to buy for {total}:"));
                for leg in &option.legs {
                    self.say(&format!("    {}", options::leg_line(leg)));
                }
                self.confirm(decision_id, nonce, quote_hash).await?;
            }
            FrameBody::Error { code, message, .. } => {
                if !self.args.json {
                    eprintln!("  {}: {message}", name(code));
                }
                return Ok(Some(ExitCode::FAILURE));
            }
            body => {
                if let (FrameBody::Confirmed { .. }, Some(path)) = (&body, &self.args.ics) {
                    itinerary::keep(&mut self.link, self.booking.ok_or(NO_BOOKING)?, path).await?;
                }
                return Ok(self.ended(body));
            }
        }
        Ok(None)
    }

    fn ended(&self, body: FrameBody) -> Option<ExitCode> {
        Some(ExitCode::from(match body {
            FrameBody::Confirmed {
                legs,
                total,
                taxes,
                exceptions,
            } => {
                self.say(&format!("\nConfirmed for {total} (taxes {taxes} included)"));
                for leg in &legs {
                    self.say(&format!(
                        "  {}  {}",
                        leg.reference,
                        options::content_line(&leg.content).trim_end_matches(';')
                    ));
                }
                for exception in &exceptions {
                    self.say(&format!(
                        "  Exception: {} (clause {})",
                        exception.reason, exception.clause
                    ));
                }
                0
            }
            FrameBody::Failed {
                code,
                message,
                alternatives,
            } => {
                self.say(&format!("\n{}: {message}", name(code)));
                for alternative in &alternatives {
                    self.say(&format!("  - {}", alternative.summary));
                }
                if code == ErrorCode::NoOffers {
                    NO_OFFERS
                } else {
                    ENDED
                }
            }
            FrameBody::Answer { text, clauses, .. } => {
                self.say(&format!("\n{text}"));
                // The answer quotes its clauses; one that it only relies on is shown beside it.
                for clause in clauses.iter().filter(|clause| !text.contains(&clause.text)) {
                    self.say(&format!(
                        "  [{} {}] {}",
                        clause.clause, clause.section, clause.text
                    ));
                }
                ANSWERED
            }
            FrameBody::Cancelled { message, .. }
            | FrameBody::Kept { message, .. }
            | FrameBody::Expired { message }
            | FrameBody::NeedsAttention { message } => {
                self.say(&format!("\n{message}"));
                ENDED
            }
            // Pongs, heartbeats, lists: nothing to do with the trip.
            _ => return None,
        }))
    }

    async fn clarify(&mut self, round: u32) -> Result<Option<ExitCode>, CommandError> {
        let Some(answer) = self.ask("\n  Your answer: ").await? else {
            return Ok(Some(ExitCode::from(ASKED_BACK)));
        };
        let command = Command::Clarify {
            action_id: action_id(),
            booking_id: self.booking()?,
            text: answer,
            round: Some(round),
        };
        self.link.send(&command).await?;
        Ok(None)
    }

    async fn choose(
        &mut self,
        decision: DecisionId,
        nonce: String,
        options: &[TripOption],
    ) -> Result<Option<ExitCode>, CommandError> {
        let travellers = options
            .iter()
            .flat_map(|option| &option.legs)
            .map(|leg| match &leg.content {
                LegContent::Flight { travellers, .. } => *travellers,
                LegContent::Stay { rooms, .. } => *rooms,
            });
        let travellers = travellers.max().unwrap_or(1);
        self.set_passengers(travellers).await?;
        let Some(chosen) = self.pick(options).await? else {
            self.say(&format!("\n  Left without choosing.\n{}", self.how_to_go_on()));
            return Ok(Some(ExitCode::from(INTERRUPTED)));
        };
        let Some(option) = options.get(chosen) else {
            return Err(format!("there is no option {}; there are {}", chosen + 1, options.len()).into());
        };
        self.say(&format!("\n  Taking option {}", chosen + 1));
        let command = Command::SelectOption {
            action_id: action_id(),
            booking_id: self.booking()?,
            decision_id: decision,
            nonce,
            option_id: option.id.clone(),
        };
        self.link.send(&command).await?;
        Ok(None)
    }

    /// `None`: they left. From 0: as told, else the first within policy, else as the person says.
    async fn pick(&self, options: &[TripOption]) -> Result<Option<usize>, CommandError> {
        let table = Table::new(options, chooser::width());
        self.say("");
        if let Some(number) = self.args.choose {
            self.show(&table);
            let index = number.checked_sub(1);
            return index.map(Some).ok_or_else(|| "options are counted from 1".into());
        }
        let compliant = options
            .iter()
            .position(|option| option.verdict.compliant)
            .unwrap_or(0);
        if !self.args.yes && !self.args.json && chooser::can_draw(table.lines(None).len()) {
            return Ok(chooser::choose(table, compliant).await?);
        }
        self.show(&table);
        loop {
            let question = format!(
                "\n  Which option? [1-{}, {} if you just press Enter] ",
                options.len(),
                compliant + 1
            );
            match self.ask(&question).await? {
                None => return Ok(Some(compliant)),
                Some(answer) if answer.is_empty() => return Ok(Some(compliant)),
                Some(answer) => match answer.parse::<usize>() {
                    Ok(number) if (1..=options.len()).contains(&number) => return Ok(Some(number - 1)),
                    _ => self.say(&format!("  A number from 1 to {}, please.", options.len())),
                },
            }
        }
    }

    /// Locally the approver is a sample person, so this terminal can answer for them, over a socket of their own.
    async fn approve(&mut self, approver: &EmployeeId) -> Result<(), CommandError> {
        if person_named(approver.as_str()).is_none() {
            return Ok(());
        }
        let answer = self
            .ask(&format!("  Approve as {approver}? [Y/n, w to wait for them] "))
            .await?;
        let decision = match answer.as_deref() {
            Some("w") => return Ok(()),
            // Nor does anybody approve by not being there.
            None if !self.args.yes => {
                self.say("\n  Nobody answered: waiting for them.");
                return Ok(());
            }
            Some("n" | "N" | "no") => Verdict::No,
            _ => Verdict::Yes,
        };
        let booking = self.booking()?;
        let mut inbox = self.connection.connect(approver.as_str()).await?;
        let waiting = approve::waiting(&mut inbox).await?;
        let asked = waiting
            .iter()
            .find(|item| item.booking_id == booking && item.approver == *approver);
        // Somebody else was faster, a delegate for instance: what they said comes as a frame.
        let Some(asked) = asked else {
            return Ok(());
        };
        approve::decide(&mut inbox, booking, &asked.decision_id, decision, None).await
    }

    async fn confirm(
        &mut self,
        decision: DecisionId,
        nonce: String,
        quote_hash: String,
    ) -> Result<(), CommandError> {
        let answer = self.ask("  Buy it? [Y/n] ").await?;
        let decision_id = decision;
        let decision = match answer.as_deref() {
            // Money is not spent for want of an answer.
            None if !self.args.yes => {
                self.say("\n  Nobody answered, so nothing is bought. --yes answers by itself.");
                Verdict::No
            }
            Some("n" | "N" | "no") => Verdict::No,
            _ => Verdict::Yes,
        };
        let command = Command::ConfirmPurchase {
            action_id: action_id(),
            booking_id: self.booking()?,
            decision_id,
            nonce,
            quote_hash,
            decision,
        };
        Ok(self.link.send(&command).await?)
    }

    fn show(&self, table: &Table) {
        table.lines(None).iter().for_each(|line| self.say(line));
    }

    /// What the person types; `None` with `--yes`, or where nobody can type.
    async fn ask(&self, question: &str) -> Result<Option<String>, CommandError> {
        if self.args.yes {
            return Ok(None);
        }
        // A pipe may hold the answers; its end is none.
        read_line(if self.args.json { "" } else { question }).await
    }

    fn booking(&self) -> Result<BookingId, CommandError> {
        self.booking.ok_or_else(|| NO_BOOKING.into())
    }

    fn say(&self, line: &str) {
        if !self.args.json {
            let line = match chooser::columns() {
                Some(columns) => paragraph::fold(line, columns),
                None => line.into(),
            };
            // A closed pipe is noticed when the booking ends; the booking itself goes on.
            let _ = writeln!(std::io::stdout(), "{line}");
        }
    }
}

/// Kept between questions: a reader made anew would lose what it had read ahead.
static STDIN: std::sync::LazyLock<tokio::sync::Mutex<BufReader<tokio::io::Stdin>>> =
    std::sync::LazyLock::new(|| tokio::sync::Mutex::new(BufReader::new(tokio::io::stdin())));

pub(super) async fn read_line(question: &str) -> Result<Option<String>, CommandError> {
    print!("{question}");
    std::io::stdout().flush()?;
    let mut line = String::new();
    let read = STDIN.lock().await.read_line(&mut line).await?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}

/// `NO_OFFERS`, as in the protocol.
pub(super) fn name(code: ErrorCode) -> String {
    serde_json::to_value(code)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}
