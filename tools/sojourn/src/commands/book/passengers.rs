//! Who travels: known by what they keep with us, or typed here. A ticket needs all of it, so it is asked for before
//! anything is chosen.

use std::collections::VecDeque;

use events_schema::ids::EmployeeId;
use events_schema::problem::ErrorCode;
use events_schema::socket::{Command, FrameBody, Passenger, PassengerDetails};
use jiff::civil::Date;

use super::{CommandError, PATIENCE, Trip};
use crate::laptop::{SAMPLE_PEOPLE, person_named};
use crate::traveller::action_id;

const INCOMPLETE: &str = "Nothing was bought. Give every traveller's details with --passengers FILE (a JSON list, as in \
set_passengers: [{\"employee\": \"ID\"}, {\"details\": {\"givenName\": …, \"familyName\": …, \"bornOn\": \"1990-05-17\", \
\"email\": …, \"phone\": \"+4930000000\"}}]), or leave out --yes to be asked for them.";

impl Trip<'_> {
    /// Sets the passengers, and asks for what is missing of them until they are complete.
    pub(super) async fn set_passengers(&mut self, travellers: u8) -> Result<(), CommandError> {
        if self.passengers_set {
            return Ok(());
        }
        let mut passengers = match &self.args.passengers {
            Some(file) => read(file)?,
            None => self.known(travellers).await?,
        };
        while let Some(problem) = self.send_passengers(passengers).await? {
            if self.args.yes {
                return Err(format!("{problem}\n{INCOMPLETE}").into());
            }
            self.say(&format!("\n  {problem}"));
            passengers = self.typed(travellers).await?;
        }
        self.passengers_set = true;
        Ok(())
    }

    /// The traveller, and whoever of the sample people travels along unless somebody else is named.
    async fn known(&self, travellers: u8) -> Result<Vec<Passenger>, CommandError> {
        let own = person_named(&self.args.person).map(|person| person.employee);
        let others = SAMPLE_PEOPLE
            .iter()
            .map(|person| person.employee)
            .filter(|id| Some(*id) != own);
        let mut ids: VecDeque<_> = own.into_iter().chain(others).collect();
        let mut passengers = Vec::new();
        for number in 1..=travellers {
            passengers.push(match ids.pop_front() {
                Some(id) if number == 1 || self.args.yes => Passenger::Employee(EmployeeId::new(id)),
                Some(id) => self.other(number, id).await?,
                None if self.args.yes => {
                    let known = SAMPLE_PEOPLE.len();
                    return Err(
                        format!("There are only {known} sample people to travel.\n{INCOMPLETE}").into(),
                    );
                }
                None => Passenger::Details(self.details(number).await?),
            });
        }
        if travellers > 1 {
            let names: Vec<_> = passengers.iter().map(name).collect();
            self.say(&format!("\n  Travelling: {}", names.join(", ")));
        }
        Ok(passengers)
    }

    async fn other(&self, number: u8, offered: &str) -> Result<Passenger, CommandError> {
        let question = format!(
            "\n  Passenger {number}: an employee's id, \"new\" to type the details, or just Enter for {offered}: "
        );
        Ok(match self.ask(&question).await?.as_deref() {
            None | Some("") => Passenger::Employee(EmployeeId::new(offered)),
            Some("new") => Passenger::Details(self.details(number).await?),
            Some(id) => Passenger::Employee(EmployeeId::new(id)),
        })
    }

    /// After something was missing: anew for everybody, since they are set as a whole.
    async fn typed(&self, travellers: u8) -> Result<Vec<Passenger>, CommandError> {
        let mut passengers = Vec::new();
        for number in 1..=travellers {
            let question =
                format!("\n  Passenger {number}: an employee's id, or just Enter to type the details: ");
            passengers.push(match self.ask(&question).await? {
                None => return Err(INCOMPLETE.into()),
                Some(id) if !id.is_empty() => Passenger::Employee(EmployeeId::new(id)),
                Some(_) => Passenger::Details(self.details(number).await?),
            });
        }
        Ok(passengers)
    }

    async fn details(&self, number: u8) -> Result<PassengerDetails, CommandError> {
        self.say(&format!("\n  Passenger {number}, as in the passport:"));
        Ok(PassengerDetails {
            given_name: self.needed("    Given name: ").await?,
            family_name: self.needed("    Family name: ").await?,
            born_on: Some(self.date("    Date of birth, such as 1990-05-17: ").await?),
            email: self.needed("    E-mail: ").await?,
            phone: self
                .needed("    Phone with its country, such as +4930000000: ")
                .await?,
            ..PassengerDetails::default()
        })
    }

    async fn needed(&self, question: &str) -> Result<String, CommandError> {
        loop {
            match self.ask(question).await? {
                None => return Err(INCOMPLETE.into()),
                Some(answer) if answer.is_empty() => self.say("    A ticket needs it."),
                Some(answer) => return Ok(answer),
            }
        }
    }

    async fn date(&self, question: &str) -> Result<Date, CommandError> {
        loop {
            match self.needed(question).await?.parse() {
                Ok(date) => return Ok(date),
                Err(_) => self.say("    Year, month and day, please: 1990-05-17."),
            }
        }
    }

    /// What is wrong with them, in the server's words; `None` once they are taken.
    async fn send_passengers(&mut self, passengers: Vec<Passenger>) -> Result<Option<String>, CommandError> {
        let mine = action_id();
        let command = Command::SetPassengers {
            action_id: mine.clone(),
            booking_id: self.booking()?,
            passengers,
        };
        self.link.send(&command).await?;
        loop {
            let received = self.link.next_within(PATIENCE).await?;
            match &received.frame.body {
                FrameBody::Accepted { action_id, .. } if *action_id == mine => {
                    self.waiting.push_back(received);
                    return Ok(None);
                }
                FrameBody::Error {
                    action_id: Some(answered),
                    code,
                    message,
                    ..
                } if *answered == mine => {
                    return match code {
                        ErrorCode::InvalidRequest => Ok(Some(message.clone())),
                        _ => Err(message.clone().into()),
                    };
                }
                // Of the booking itself: shown when its turn comes.
                _ => self.waiting.push_back(received),
            }
        }
    }
}

fn read(file: &std::path::Path) -> Result<Vec<Passenger>, CommandError> {
    let at = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| at(&error))?;
    Ok(serde_json::from_str(&text).map_err(|error| at(&error))?)
}

fn name(passenger: &Passenger) -> String {
    match passenger {
        Passenger::Employee(id) => id.to_string(),
        Passenger::Details(details) => format!("{} {}", details.given_name, details.family_name),
    }
}
