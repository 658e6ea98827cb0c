//! Who travels: details for tickets, kept in Passengers and nowhere else. Not a transition: no event speaks of them.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem};
use events_schema::compliance::PlanAccepted;
use events_schema::envelope::ReadError;
use events_schema::ids::{BookingId, EmployeeId};
use events_schema::planner::PlanProposed;
use events_schema::rows::{BookingRow, DecisionKind, DecisionRow, JournalRow, PassengerRow};
use events_schema::socket::{Passenger, PassengerDetails};
use events_schema::state::BookingState;
use events_schema::ticket::TicketDetails;
use jiff::civil::Date;
use lambda_host::head::BookingKey;
use lambda_host::history::newest;
use lambda_host::passengers::Kept;

use super::Desk;
use crate::texts;
use lambda_host::door::Caller;
use lambda_host::door::{CommandError, Refusal};

/// How often a booking that keeps moving is looked at again.
const ATTEMPTS: u32 = 5;
/// A booking is for at most this many.
const MOST: usize = 9;

impl Desk {
    /// Replaces the booking's passengers as a whole. A booking that moves on meanwhile (the same person choosing an
    /// option) is looked at again: while passengers may be set at all, that is no reason to refuse them.
    pub(super) async fn set_passengers(
        &self,
        caller: &Caller,
        booking: BookingId,
        passengers: &[Passenger],
    ) -> Result<(), CommandError> {
        let key = BookingKey::new(caller.employee.clone(), booking);
        let mut rows = None;
        for _ in 0..ATTEMPTS {
            let Some(head) = self.transitions.head(&key).await? else {
                return Err(self.unknown(booking).await?.into());
            };
            may_change(&head)?;
            let history = self.transitions.history().all(&booking.into()).await?;
            check_count(travellers(&history)?, passengers.len())?;
            if rows.is_none() {
                rows = Some(self.details(caller, passengers).await?);
            }
            let rows = rows.as_deref().unwrap_or_default();
            let decisions = self.tables.decisions_of(booking).await?;
            if rows.iter().any(|row| approves(&decisions, &head, &row.subject)) {
                return Err(Refusal::conflict(texts::APPROVER_TRAVELS).into());
            }
            let writes = self.writes(&key, &head, booking, rows).await?;
            let outcome = self
                .tables
                .dynamo
                .transact_write_items()
                .set_transact_items(Some(writes))
                .send()
                .await;
            match outcome {
                Ok(_) => return Ok(()),
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(TransactWriteItemsError::is_transaction_canceled_exception) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Refusal::conflict(texts::BOOKING_BUSY).into())
    }

    /// Everybody's details; or, in one answer, all that is missing or wrong about whom.
    async fn details(&self, caller: &Caller, passengers: &[Passenger]) -> Result<Vec<Kept>, CommandError> {
        let today = self.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let (mut rows, mut problems) = (Vec::with_capacity(passengers.len()), Vec::new());
        for (position, passenger) in passengers.iter().enumerate() {
            match passenger {
                Passenger::Details(details) => match check(position, details, today) {
                    // A guest's details go when those of whoever gave them go.
                    Ok(details) => rows.push(Kept {
                        subject: caller.employee.clone(),
                        details,
                    }),
                    Err(found) => problems.extend(found),
                },
                Passenger::Employee(employee) => match self.tables.stored_passenger(employee).await? {
                    Some(kept) => rows.push(kept),
                    None => problems.push(texts::no_stored_details(position)),
                },
            }
        }
        match problems.is_empty() {
            true => Ok(rows),
            false => Err(Refusal::invalid(problems.join(" ")).into()),
        }
    }

    /// All rows or none, and only while the head is as it was checked: a purchase that begins at this moment must
    /// not find half of the old passengers and half of the new.
    async fn writes(
        &self,
        key: &BookingKey,
        head: &BookingRow,
        booking: BookingId,
        rows: &[Kept],
    ) -> Result<Vec<TransactWriteItem>, CommandError> {
        let unchanged = ConditionCheck::builder()
            .table_name(&self.tables.bookings)
            .set_key(Some(key.attributes()))
            .condition_expression("#sequence = :sequence")
            .expression_attribute_names("#sequence", "sequence")
            .expression_attribute_values(":sequence", AttributeValue::N(head.sequence.to_string()))
            .build()?;
        let mut writes = vec![TransactWriteItem::builder().condition_check(unchanged).build()];
        for position in 0..MOST {
            let place: HashMap<_, _> = [
                ("owner", booking.to_string()),
                ("passenger", position.to_string()),
            ]
            .map(|(name, value)| (name.to_owned(), AttributeValue::S(value)))
            .into();
            let write = TransactWriteItem::builder();
            writes.push(match rows.get(position) {
                Some(row) => {
                    let (owner, position) = (booking.to_string(), position.to_string());
                    let item = self.tables.passengers.item(&owner, &position, row).await?;
                    let put = Put::builder()
                        .table_name(self.tables.passengers.table())
                        .set_item(Some(item));
                    write.put(put.build()?).build()
                }
                None => {
                    let delete = Delete::builder()
                        .table_name(self.tables.passengers.table())
                        .set_key(Some(place));
                    write.delete(delete.build()?).build()
                }
            });
        }
        Ok(writes)
    }
}

/// For how many the trip was understood to be; `None` before there is a plan.
pub(super) fn travellers(history: &[JournalRow]) -> Result<Option<u8>, ReadError> {
    if let Some(accepted) = newest::<PlanAccepted>(history)? {
        return Ok(Some(accepted.data.plan.travellers));
    }
    Ok(newest::<PlanProposed>(history)?.map(|proposed| proposed.data.plan.travellers))
}

fn may_change(head: &BookingRow) -> Result<(), Refusal> {
    if head.state.is_terminal() {
        return Err(Refusal::in_state(head));
    }
    match head.state >= BookingState::PurchaseConfirmed {
        true => Err(Refusal::conflict(texts::PASSENGERS_FIXED)),
        false => Ok(()),
    }
}

/// Whether `person` is asked, or was, to approve what is being bought. Approvals of an earlier quote count for nothing.
fn approves(decisions: &[DecisionRow], head: &BookingRow, person: &EmployeeId) -> bool {
    use BookingState::{ApprovalGranted, ApprovalPending, ConfirmationPending, Requoted};
    if ![ApprovalPending, ApprovalGranted, Requoted, ConfirmationPending].contains(&head.state) {
        return false;
    }
    let approvals = decisions.iter().filter(|row| row.kind == DecisionKind::Approve);
    let newest = approvals.clone().max_by_key(|row| row.deadline_at);
    let Some(newest) = newest else { return false };
    approvals
        .filter(|row| row.quote_hash == newest.quote_hash)
        .any(|row| {
            row.chain.contains(person) || [&row.delegate, &row.decided_by].contains(&&Some(person.clone()))
        })
}

fn check_count(wanted: Option<u8>, given: usize) -> Result<(), Refusal> {
    match (wanted, given) {
        (_, 0) => Err(Refusal::invalid(texts::NO_PASSENGERS)),
        (Some(wanted), given) if usize::from(wanted) != given => {
            Err(Refusal::invalid(texts::passenger_count(wanted, given)))
        }
        (None, given) if given > MOST => Err(Refusal::invalid(texts::TOO_MANY_PASSENGERS)),
        _ => Ok(()),
    }
}

/// The details, complete; or every field that is missing or wrong.
fn check(position: usize, given: &PassengerDetails, today: Date) -> Result<PassengerRow, Vec<String>> {
    let born = given
        .born_on
        .filter(|born| *born < today && today.year() - born.year() <= 120);
    let fields = [
        (
            "givenName",
            "as in the passport, 1 to 60 characters",
            is_name(&given.given_name),
            given.given_name.is_empty(),
        ),
        (
            "familyName",
            "as in the passport, 1 to 60 characters",
            is_name(&given.family_name),
            given.family_name.is_empty(),
        ),
        (
            "bornOn",
            "the date of birth, such as 1990-05-17",
            born.is_some(),
            given.born_on.is_none(),
        ),
        (
            "email",
            "an e-mail address",
            is_email(&given.email),
            given.email.is_empty(),
        ),
        (
            "phone",
            "a number with its country, such as +4930000000",
            is_phone(&given.phone),
            given.phone.is_empty(),
        ),
        (
            "ticket",
            "title, gender, a passport's number and two-letter country, airlines' two-letter codes with numbers",
            given.ticket.as_ref().is_none_or(is_ticket),
            false,
        ),
    ];
    let wrong = fields.iter().filter(|(_, _, right, _)| !right);
    let problems: Vec<_> = wrong
        .map(|(field, wanted, _, missing)| texts::passenger_field(position, field, wanted, *missing))
        .collect();
    match (born, problems.is_empty()) {
        (Some(born_on), true) => Ok(PassengerRow {
            given_name: given.given_name.clone(),
            family_name: given.family_name.clone(),
            born_on,
            email: given.email.clone(),
            phone: given.phone.clone(),
            ticket: given.ticket.clone(),
        }),
        _ => Err(problems),
    }
}

fn is_name(text: &str) -> bool {
    let length = text.trim().chars().count();
    (1..=60).contains(&length) && text.chars().count() <= 60 && !text.chars().any(char::is_control)
}

/// Good enough to catch slips; only a message that arrives proves an address.
fn is_email(text: &str) -> bool {
    let plain = text.len() <= 254 && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    plain
        && text
            .rsplit_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !local.contains('@'))
}

fn is_ticket(ticket: &TicketDetails) -> bool {
    let number =
        |text: &str, most| (1..=most).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_graphic());
    let passport = ticket.passport.as_ref().is_none_or(|passport| {
        let country = passport.country.as_bytes();
        number(&passport.number, 20) && country.len() == 2 && country.iter().all(u8::is_ascii_uppercase)
    });
    let accounts = ticket.loyalty.iter().all(|account| {
        let airline = account.airline.as_bytes();
        let code = airline.len() == 2
            && airline
                .iter()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        code && number(&account.number, 30)
    });
    passport && accounts && ticket.loyalty.len() <= 10
}

/// E.164: a plus, no leading zero, 7 to 15 digits.
fn is_phone(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && digits.bytes().all(|digit| digit.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

#[cfg(test)]
mod tests {
    use events_schema::ticket::{Gender, LoyaltyAccount, Passport, Title};
    use jiff::civil::date;

    use super::*;

    fn passenger() -> PassengerDetails {
        PassengerDetails {
            given_name: "Sample".into(),
            family_name: "Traveller".into(),
            born_on: Some(date(1990, 5, 17)),
            email: "sample@example.com".into(),
            phone: "+4930000000".into(),
            ticket: None,
        }
    }

    fn ticket(passport: &str, country: &str, airline: &str) -> Option<TicketDetails> {
        Some(TicketDetails {
            title: Title::Ms,
            gender: Gender::Female,
            passport: Some(Passport {
                number: passport.into(),
                country: country.into(),
                expires_on: date(2030, 1, 1),
            }),
            loyalty: vec![LoyaltyAccount {
                airline: airline.into(),
                number: "1234567890".into(),
            }],
        })
    }

    #[test]
    fn details_must_be_fit_for_a_ticket() {
        let today = date(2026, 11, 21);
        let full = PassengerDetails {
            ticket: ticket("C01X00T47", "DE", "SJ"),
            ..passenger()
        };
        assert_eq!(check(0, &full, today).expect("complete").ticket, full.ticket);
        let kept = check(0, &passenger(), today).expect("complete");
        assert_eq!(kept.born_on, date(1990, 5, 17));
        type Change = fn(&mut PassengerDetails);
        let cases: [(&str, Change); 16] = [
            ("givenName", |row| row.given_name = " ".into()),
            ("givenName", |row| row.given_name = "x".repeat(61)),
            ("familyName", |row| row.family_name = "a\nb".into()),
            ("familyName", |row| row.family_name.clear()),
            ("bornOn", |row| row.born_on = Some(date(2026, 11, 21))),
            ("bornOn", |row| row.born_on = Some(date(1890, 1, 1))),
            ("bornOn", |row| row.born_on = None),
            ("email", |row| row.email = "sample".into()),
            ("email", |row| row.email = "@example.com".into()),
            ("email", |row| row.email = "a b@example.com".into()),
            ("phone", |row| row.phone = "030 000000".into()),
            ("phone", |row| row.phone = "+0930000000".into()),
            ("phone", |row| row.phone = "+12345".into()),
            ("ticket", |row| row.ticket = ticket("", "DE", "SJ")),
            ("ticket", |row| row.ticket = ticket("C01X00T47", "Germany", "SJ")),
            ("ticket", |row| {
                row.ticket = ticket("C01X00T47", "DE", "Sample Air")
            }),
        ];
        for (field, change) in cases {
            let mut row = passenger();
            change(&mut row);
            let problems = check(1, &row, today).unwrap_err();
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(problems[0].contains(field), "{problems:?}");
            assert!(
                problems[0].contains('2'),
                "names the second passenger: {problems:?}"
            );
        }
    }

    #[test]
    fn everything_missing_is_named_at_once() {
        let problems = check(0, &PassengerDetails::default(), date(2026, 11, 21)).unwrap_err();
        assert_eq!(problems.len(), 5, "{problems:?}");
    }

    #[test]
    fn there_is_one_passenger_for_each_traveller() {
        let cases = [
            (None, 0, false),
            (None, 9, true),
            (None, 10, false),
            (Some(2), 1, false),
            (Some(2), 2, true),
            (Some(2), 3, false),
        ];
        for (wanted, given, allowed) in cases {
            assert_eq!(check_count(wanted, given).is_ok(), allowed, "{wanted:?} {given}");
        }
    }
}
