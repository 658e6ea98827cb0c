//! Our passengers as an airline wants them. Pure. What is refused names the passenger by number, never by name.

use events_schema::rows::PassengerRow;
use events_schema::ticket::Gender;

use super::wire::{air, stays};
use crate::error::SupplierError;

/// One for each seat of the offer, in order.
pub fn of_flight<'a>(
    offer: &'a air::Offer,
    passengers: &'a [PassengerRow],
) -> Result<Vec<air::Passenger<'a>>, SupplierError> {
    if passengers.len() != offer.passengers.len() {
        return Err(refused(format!(
            "it wants the details of {} passengers, and {} are known",
            offer.passengers.len(),
            passengers.len()
        )));
    }
    let seats = offer.passengers.iter().zip(passengers).enumerate();
    seats
        .map(|(place, (seat, row))| passenger(offer, place + 1, &seat.id, row))
        .collect()
}

fn passenger<'a>(
    offer: &air::Offer,
    number: usize,
    seat: &'a str,
    row: &'a PassengerRow,
) -> Result<air::Passenger<'a>, SupplierError> {
    let Some(ticket) = &row.ticket else {
        return Err(refused(format!(
            "it wants to know passenger {number}'s title and gender"
        )));
    };
    let takes_passports = offer
        .allowed_passenger_identity_document_types
        .iter()
        .any(|kind| kind == "passport");
    let passport = ticket.passport.as_ref().filter(|_| takes_passports);
    if passport.is_none() && offer.passenger_identity_documents_required {
        return Err(refused(format!("it wants passenger {number}'s passport")));
    }
    let documents = passport.map(|passport| air::IdentityDocument {
        r#type: "passport",
        unique_identifier: &passport.number,
        issuing_country_code: &passport.country,
        expires_on: passport.expires_on,
    });
    let accounts = ticket.loyalty.iter().map(|account| air::LoyaltyAccount {
        airline_iata_code: &account.airline,
        account_number: &account.number,
    });
    Ok(air::Passenger {
        id: seat,
        title: ticket.title,
        gender: match ticket.gender {
            Gender::Female => "f",
            Gender::Male => "m",
        },
        given_name: &row.given_name,
        family_name: &row.family_name,
        born_on: row.born_on,
        email: &row.email,
        phone_number: &row.phone,
        identity_documents: documents.into_iter().collect(),
        loyalty_programme_accounts: accounts.collect(),
    })
}

/// The first is the lead guest: the hotel writes to them.
pub fn of_stay(passengers: &[PassengerRow]) -> Result<(&PassengerRow, Vec<stays::Guest<'_>>), SupplierError> {
    let lead = passengers
        .first()
        .ok_or_else(|| refused("it wants to know who stays".into()))?;
    let guests = passengers.iter().map(|row| stays::Guest {
        given_name: &row.given_name,
        family_name: &row.family_name,
    });
    Ok((lead, guests.collect()))
}

fn refused(reason: String) -> SupplierError {
    SupplierError::Rejected { reason }
}

#[cfg(test)]
mod tests {
    use events_schema::ticket::{LoyaltyAccount, Passport, TicketDetails, Title};
    use jiff::civil::date;
    use serde_json::{Value, json};

    use super::*;

    fn row(ticket: Option<TicketDetails>) -> PassengerRow {
        PassengerRow {
            given_name: "Sam".into(),
            family_name: "Sample".into(),
            born_on: date(1990, 1, 1),
            email: "sam@example.com".into(),
            phone: "+493012345678".into(),
            ticket,
        }
    }

    fn ticket(passport: bool) -> Option<TicketDetails> {
        Some(TicketDetails {
            title: Title::Dr,
            gender: Gender::Male,
            passport: passport.then(|| Passport {
                number: "C01X00T47".into(),
                country: "DE".into(),
                expires_on: date(2030, 1, 1),
            }),
            loyalty: vec![LoyaltyAccount {
                airline: "ZZ".into(),
                number: "1234567890".into(),
            }],
        })
    }

    fn offer(required: bool, allowed: &[&str]) -> air::Offer {
        serde_json::from_value(json!({
            "id": "off_1", "total_amount": "45.00", "total_currency": "GBP", "tax_amount": null,
            "expires_at": "2026-11-21T09:30:00Z", "slices": [], "passengers": [{"id": "pas_1"}],
            "payment_requirements": {"requires_instant_payment": false},
            "passenger_identity_documents_required": required,
            "allowed_passenger_identity_document_types": allowed,
        }))
        .unwrap()
    }

    fn mapped(offer: &air::Offer, rows: &[PassengerRow]) -> Result<Value, String> {
        of_flight(offer, rows)
            .map(|passengers| serde_json::to_value(passengers).unwrap())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_passenger_is_told_as_the_airline_wants_it() {
        let plain = json!([{
            "id": "pas_1", "title": "dr", "gender": "m", "given_name": "Sam", "family_name": "Sample",
            "born_on": "1990-01-01", "email": "sam@example.com", "phone_number": "+493012345678",
            "loyalty_programme_accounts": [{"airline_iata_code": "ZZ", "account_number": "1234567890"}],
        }]);
        // A document must not be given where none is taken.
        assert_eq!(
            mapped(&offer(false, &[]), &[row(ticket(true))]),
            Ok(plain.clone())
        );
        assert_eq!(
            mapped(&offer(false, &["passport"]), &[row(ticket(false))]),
            Ok(plain.clone())
        );
        let mut with = plain;
        with[0]["identity_documents"] = json!([{
            "type": "passport", "unique_identifier": "C01X00T47", "issuing_country_code": "DE",
            "expires_on": "2030-01-01",
        }]);
        assert_eq!(
            mapped(&offer(true, &["passport"]), &[row(ticket(true))]),
            Ok(with)
        );
    }

    #[test]
    fn what_is_missing_is_named_without_naming_anybody() {
        for (offer, rows, expected) in [
            (
                offer(false, &[]),
                vec![],
                "it wants the details of 1 passengers, and 0 are known",
            ),
            (
                offer(false, &[]),
                vec![row(None)],
                "it wants to know passenger 1's title and gender",
            ),
            (
                offer(true, &["passport"]),
                vec![row(ticket(false))],
                "it wants passenger 1's passport",
            ),
        ] {
            assert_eq!(
                mapped(&offer, &rows),
                Err(format!("the supplier declined: {expected}"))
            );
        }
        assert!(of_stay(&[]).is_err());
    }
}
