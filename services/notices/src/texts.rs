//! Everything an e-mail says, in one place: another language is another file like this.

use events_schema::money::Money;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::ledger::{Notice, NoticeRow};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// For whom it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// IANA; UTC where it is not known.
    pub zone: String,
    /// The name of whose trip it is; absent for the traveller.
    pub traveller: Option<String>,
    /// Of the approver it speaks of.
    pub approver: Option<String>,
}

/// Why there is an e-mail at all.
const WHY: &str = "You get this because you had Sojourn open nowhere when it happened.";
const WHY_ANYWAY: &str = "You get this because the page does not say it.";

pub fn words(row: &NoticeRow, reader: &Reader, page: &str) -> Words {
    let said = sentences(row, reader);
    let link = link(row, page);
    let (subject, action) = (said.subject, said.action);
    let paragraphs = said.body;
    let why = match row.says {
        Notice::ApproverUnreached { .. } => WHY_ANYWAY,
        _ => WHY,
    };
    let text = format!("{}\n\n{action}:\n{link}\n\n{why}\n", paragraphs.join("\n\n"));
    let html_paragraphs: String = paragraphs
        .iter()
        .map(|paragraph| format!("<p>{}</p>", escaped(paragraph)))
        .collect();
    let html = format!(
        "<!doctype html><html lang=\"en\"><body>{html_paragraphs}<p><a href=\"{}\">{}</a></p><p><small>{why}</small></p>\
         </body></html>",
        escaped(&link),
        escaped(action),
    );
    Words { subject, text, html }
}

/// Straight to what is to be done, or to what became of the trip.
fn link(row: &NoticeRow, page: &str) -> String {
    let approval = match &row.says {
        Notice::ApprovalWanted { .. } => true,
        Notice::DeadlineNear { of } => matches!(**of, Notice::ApprovalWanted { .. }),
        _ => false,
    };
    let view = if approval { "approvals" } else { "trips" };
    format!("{page}/#/{view}/{}", row.booking_id)
}

struct Said {
    subject: String,
    body: Vec<String>,
    /// What the link does.
    action: &'static str,
}

fn sentences(row: &NoticeRow, reader: &Reader) -> Said {
    let said = |subject: &str, body: &[String], action| Said {
        subject: subject.into(),
        body: body.to_vec(),
        action,
    };
    let trip = "Open the trip";
    match &row.says {
        Notice::DeadlineNear { of } => near(row, of, reader),
        Notice::ClarificationWanted { .. }
        | Notice::ChoiceWanted
        | Notice::ApprovalWanted { .. }
        | Notice::PurchaseWanted
        | Notice::CancellationWanted => {
            asked(row, &row.says, reader)
        }
        Notice::ApproverUnreached { .. } => {
            let who = reader.approver.as_deref().unwrap_or("Your approver");
            let told = format!(
                "The e-mail that asks {who} to approve your trip{} came back: they may not know of it. Please tell them; \
                 they can decide on the page{}. A travel manager can name somebody who decides for them.",
                at(" for ", row.amount),
                until(row, reader)
            );
            said("Your approver may not know that you wait for them", &[told], trip)
        }
        Notice::Confirmed => said(
            "Your trip is booked",
            &[
                format!("Your trip is booked{}.", at(" for ", row.amount)),
                "The itinerary, the suppliers' references and a file for your calendar are on the page.".into(),
            ],
            "Open the itinerary",
        ),
        Notice::Failed { reason } => said("Your trip was not booked", std::slice::from_ref(reason), trip),
        Notice::Cancelled => said(
            "Your trip is cancelled",
            &[format!("It is cancelled, and what was booked is undone.{}", back(row.amount))],
            trip,
        ),
        Notice::Kept => said(
            "Your trip stands",
            &["Your trip was not cancelled: it stands as it was booked.".into()],
            trip,
        ),
        Notice::Expired => said(
            "Your request has ended: nobody answered in time",
            &["An answer was waited for and did not come in time, so the request has ended. Nothing more was bought. \
               Please ask again if you still want to travel."
                .into()],
            "Open the request",
        ),
        Notice::NeedsAttention => said(
            "A travel manager is looking at your trip",
            &["Something about your trip could not be settled by itself. A travel manager is looking at it and will \
               come back to you; there is nothing you need to do."
                .into()],
            trip,
        ),
        Notice::Answered => said(
            "Your question about the travel policy is answered",
            &["The answer, with the clauses it rests on, is on the page.".into()],
            "Read the answer",
        ),
    }
}

fn asked(row: &NoticeRow, question: &Notice, reader: &Reader) -> Said {
    let until = until(row, reader);
    let (subject, body, action) = match question {
        Notice::ClarificationWanted { questions } => (
            "A question about your trip".into(),
            format!(
                "Before options can be looked for, something has to be clear: {} Please answer{until}, or the request ends.",
                questions.join(" ")
            ),
            "Answer the question",
        ),
        Notice::ApprovalWanted { silence_approves } => {
            let who = reader.traveller.as_deref().unwrap_or("A colleague");
            let silence = match silence_approves {
                true => "Without an answer it counts as approved then",
                false => "Without an answer the request ends then, and nothing is bought",
            };
            (
                format!("{who} asks for your approval of a trip"),
                format!(
                    "{who} asks you to approve a trip{}. You can decide{until}. {silence}.",
                    at(" for ", row.amount)
                ),
                "See the trip and decide",
            )
        }
        Notice::PurchaseWanted => (
            "Your trip waits for your word to buy it".into(),
            format!(
                "Your trip can be bought{}. Please confirm{until}, or nothing is bought.",
                at(" for ", row.amount)
            ),
            "Confirm the purchase",
        ),
        Notice::CancellationWanted => (
            "Confirm that your trip is to be cancelled".into(),
            format!(
                "Cancelling your trip gives back {}. Please confirm{until}, or it stands.",
                at("", row.amount)
            ),
            "See the conditions and decide",
        ),
        _ => (
            "Your options are ready".into(),
            format!("There are options for your trip. Please choose{until}, or the request ends."),
            "Choose an option",
        ),
    };
    Said {
        subject,
        body: vec![body],
        action,
    }
}

fn near(row: &NoticeRow, question: &Notice, reader: &Reader) -> Said {
    let said = asked(row, question, reader);
    Said {
        subject: format!("Reminder: {}", said.subject),
        ..said
    }
}

fn until(row: &NoticeRow, reader: &Reader) -> String {
    let Some(deadline) = row.deadline_at.and_then(|at| Timestamp::from_second(at).ok()) else {
        return String::new();
    };
    let zone = TimeZone::get(&reader.zone).unwrap_or(TimeZone::UTC);
    let deadline = deadline.to_zoned(zone);
    format!(" until {}", deadline.strftime("%A %-d %B, %H:%M (%Z)"))
}

fn at(before: &str, amount: Option<Money>) -> String {
    amount
        .map(|amount| format!("{before}{amount}"))
        .unwrap_or_default()
}

fn back(amount: Option<Money>) -> String {
    at(" Given back: ", amount) + if amount.is_some() { "." } else { "" }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use events_schema::samples;

    use super::*;
    use crate::ledger::State;

    fn row(says: Notice) -> NoticeRow {
        NoticeRow {
            booking_id: samples::booking(),
            notice: "000007#n#p".into(),
            to: samples::approver(),
            traveller: samples::employee(),
            says,
            amount: Some(Money::euros(600)),
            sequence: 7,
            decision: None,
            deadline_at: Some("2026-12-01T11:00:00Z".parse::<Timestamp>().unwrap().as_second()),
            due_at: None,
            due_partition: None,
            state: State::Owed,
            claimed_until: None,
            ttl: 0,
        }
    }

    fn reader() -> Reader {
        Reader {
            zone: "Europe/Berlin".into(),
            traveller: Some("Sample <One> & Co".into()),
            approver: None,
        }
    }

    const PAGE: &str = "https://travel.example.com";

    #[test]
    fn an_approver_learns_who_asks_how_much_until_when_and_where_to_answer() {
        for silence_approves in [true, false] {
            let words = words(&row(Notice::ApprovalWanted { silence_approves }), &reader(), PAGE);
            assert!(
                words.subject.contains("Sample <One> & Co asks for your approval"),
                "{}",
                words.subject
            );
            let link = format!("{PAGE}/#/approvals/{}", samples::booking());
            for part in ["600.00 EUR", "Tuesday 1 December, 12:00 (CET)", &link] {
                assert!(words.text.contains(part), "{part}: {}", words.text);
            }
            assert_eq!(words.text.contains("counts as approved"), silence_approves);
            assert!(words.html.contains(&format!("href=\"{link}\"")), "{}", words.html);
            assert!(
                words.html.contains("Sample &lt;One&gt; &amp; Co"),
                "{}",
                words.html
            );
        }
    }

    #[test]
    fn a_reminder_says_what_the_question_said() {
        let question = Notice::ApprovalWanted {
            silence_approves: false,
        };
        let asked = words(&row(question.clone()), &reader(), PAGE);
        let near = words(
            &row(Notice::DeadlineNear {
                of: Box::new(question),
            }),
            &reader(),
            PAGE,
        );
        assert_eq!(near.subject, format!("Reminder: {}", asked.subject));
        assert_eq!(near.text, asked.text);
    }

    #[test]
    fn every_notice_says_something_and_leads_somewhere() {
        let all = [
            Notice::ClarificationWanted {
                questions: vec!["Which Portland do you mean?".into()],
            },
            Notice::ChoiceWanted,
            Notice::PurchaseWanted,
            Notice::CancellationWanted,
            Notice::ApproverUnreached {
                approver: samples::approver(),
            },
            Notice::Confirmed,
            Notice::Failed {
                reason: "It was sold out.".into(),
            },
            Notice::Cancelled,
            Notice::Kept,
            Notice::Expired,
            Notice::NeedsAttention,
            Notice::Answered,
        ];
        let own = Reader {
            traveller: None,
            approver: Some("Sample Manager".into()),
            zone: "Nowhere/Unknown".into(),
        };
        for notice in all {
            let words = words(&row(notice.clone()), &own, PAGE);
            assert!(
                words
                    .text
                    .contains(&format!("{PAGE}/#/trips/{}", samples::booking())),
                "{notice:?}"
            );
            assert!(
                words.subject.len() > 10 && words.subject.len() < 80,
                "{}",
                words.subject
            );
            assert!(
                !words.text.contains("  ") && !words.text.contains(".."),
                "{}",
                words.text
            );
        }
    }
}
