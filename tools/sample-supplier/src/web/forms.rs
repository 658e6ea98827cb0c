//! What people fill in, read.

use std::collections::BTreeMap;
use std::str::FromStr;

use events_schema::money::Money;
use events_schema::place::IataCode;
use iso_currency::Currency;
use rust_decimal::Decimal;

use crate::failure::Failure;
use crate::wire::{Cabin, FlightSearch, OrderRequest, Passenger, StaySearch};

pub struct Fields(BTreeMap<String, String>);

impl Fields {
    pub fn of_query(query: Option<String>) -> Self {
        Self::of_body(query.unwrap_or_default().as_bytes())
    }

    pub fn of_body(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// Empty where it was left empty, or is not there.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.trim())
    }

    fn needed<T: FromStr>(&self, name: &str) -> Result<T, Failure> {
        let missing = || Failure::BadRequest(format!("please fill in: {name}"));
        self.get(name).parse().map_err(|_| missing())
    }

    fn optional<T: FromStr>(&self, name: &str) -> Result<Option<T>, Failure> {
        match self.get(name) {
            "" => Ok(None),
            _ => self.needed(name).map(Some),
        }
    }

    fn airports(&self, name: &str) -> Result<Vec<IataCode>, Failure> {
        let codes = self.get(name).split([',', ' ']).filter(|code| !code.is_empty());
        let parsed: Result<Vec<IataCode>, _> = codes.map(str::parse).collect();
        parsed.map_err(|_| Failure::BadRequest(format!("please give airports' codes: {name}")))
    }

    pub fn flight_search(&self) -> Result<FlightSearch, Failure> {
        Ok(FlightSearch {
            origins: self.airports("from")?,
            destinations: self.airports("to")?,
            depart_on: self.needed("depart")?,
            return_on: self.optional("return")?,
            cabin: cabin(self.get("cabin"))?,
            travellers: self.needed("travellers")?,
            depart_after: self.optional("depart_after")?,
            arrive_before: self.optional("arrive_before")?,
            non_stop: self.get("non_stop") == "yes",
        })
    }

    pub fn stay_search(&self) -> Result<StaySearch, Failure> {
        Ok(StaySearch {
            city: self.needed("city")?,
            check_in: self.needed("check_in")?,
            check_out: self.needed("check_out")?,
            rooms: self.needed("rooms")?,
        })
    }

    pub fn order_request(&self) -> Result<OrderRequest, Failure> {
        let numbers = (1..=9).take_while(|number| self.0.contains_key(&format!("family_name_{number}")));
        let passengers: Result<Vec<Passenger>, Failure> =
            numbers.map(|number| self.passenger(number)).collect();
        Ok(OrderRequest {
            offer: self.needed("offer")?,
            total: money(self.get("total"))?,
            passengers: passengers?,
        })
    }

    fn passenger(&self, number: u8) -> Result<Passenger, Failure> {
        let named = |name: &str| format!("{name}_{number}");
        let text = |name: &str| match self.get(&named(name)) {
            "" => Err(Failure::BadRequest(format!("please fill in: {}", named(name)))),
            value => Ok(value.to_owned()),
        };
        Ok(Passenger {
            given_name: text("given_name")?,
            family_name: text("family_name")?,
            born_on: self.needed(&named("born_on"))?,
            email: text("email")?,
            phone: self.optional(&named("phone"))?,
        })
    }
}

fn cabin(name: &str) -> Result<Cabin, Failure> {
    serde_json::from_value(name.into()).map_err(|_| Failure::BadRequest("please choose: cabin".into()))
}

/// `212.40 EUR`
fn money(text: &str) -> Result<Money, Failure> {
    let parts = text.split_once(' ');
    let money = parts.and_then(|(amount, currency)| {
        let amount = Decimal::from_str(amount).ok()?;
        Some(Money::new(amount, Currency::from_code(currency)?))
    });
    money.ok_or_else(|| Failure::BadRequest("this is no amount: total".into()))
}
