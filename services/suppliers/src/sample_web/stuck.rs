//! Why a walk through pages ended early, and what a caller may make of it. Pure.

use browser::{BrowserError, Document};

use crate::error::{SupplierError, TookTooLong};

#[derive(Debug)]
pub enum Stuck {
    Browser(BrowserError),
    NotUnderstood(HandOver),
    /// The supplier's own page says no.
    Refused {
        code: String,
        message: String,
    },
    PriceChanged,
}

/// What a person needs to go on where the browser could not: the page, the step, and the address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("go on by hand at {url} (page {page:?}, step {step:?}: {reason}){}", seen_as(.picture.as_deref()))]
pub struct HandOver {
    pub url: String,
    pub page: String,
    pub step: String,
    pub reason: String,
    /// The reference of a picture of it.
    pub picture: Option<String>,
}

fn seen_as(reference: Option<&str>) -> String {
    reference
        .map(|reference| format!("; seen as {reference}"))
        .unwrap_or_default()
}

#[derive(Debug, thiserror::Error)]
#[error("its page says: {0}")]
struct Said(String);

/// What has been done by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// Nothing, and nothing was going to be.
    Nothing,
    /// Nothing yet, on the way to buying.
    NothingYet,
    /// The last form was sent: it may be bought, or cancelled.
    Perhaps,
}

impl Stuck {
    pub fn meaning(self, done: Done) -> SupplierError {
        let lost = |source: Box<dyn std::error::Error + Send + Sync>| match done {
            Done::Perhaps => SupplierError::unknown(source),
            Done::Nothing | Done::NothingYet => SupplierError::unavailable(source),
        };
        match self {
            Self::PriceChanged => SupplierError::PriceChanged,
            // A purchase on pages nobody understands is a person's to finish: asking again would end there again, and
            // whether one of the pages had bought is not for us to guess.
            Self::NotUnderstood(hand_over) => match done {
                Done::Nothing => SupplierError::unavailable(hand_over),
                Done::NothingYet | Done::Perhaps => SupplierError::unknown(hand_over),
            },
            Self::Browser(BrowserError::TookTooLong { limit, .. }) => lost(TookTooLong(limit).into()),
            Self::Browser(error) => lost(error.into()),
            Self::Refused { code, message } => match code.as_str() {
                "sold_out" | "offer_expired" | "not_found" => SupplierError::Gone { reason: message },
                "price_changed" => SupplierError::PriceChanged,
                "bad_request" | "idempotency_conflict" | "too_late" | "rejected" => {
                    SupplierError::Rejected { reason: message }
                }
                _ => lost(Said(message).into()),
            },
        }
    }
}

/// A search's page that could be opened and not be read.
pub fn unreadable(page: &Document, reason: impl ToString) -> SupplierError {
    SupplierError::unavailable(HandOver {
        url: page.url.clone(),
        page: page.page.clone(),
        step: "read the offers".into(),
        reason: reason.to_string(),
        picture: None,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn hand_over() -> HandOver {
        HandOver {
            url: "https://supplier.example/web/orders/X".into(),
            page: "hooray".into(),
            step: "read the order".into(),
            reason: "not the page \"order\"".into(),
            picture: Some("s3://bucket/p.png".into()),
        }
    }

    fn name(error: &SupplierError) -> &'static str {
        match error {
            SupplierError::Unavailable { .. } => "unavailable",
            SupplierError::Rejected { .. } => "rejected",
            SupplierError::Gone { .. } => "gone",
            SupplierError::PriceChanged => "price changed",
            SupplierError::OutcomeUnknown { .. } => "unknown",
        }
    }

    fn refused(code: &str) -> Stuck {
        Stuck::Refused {
            code: code.into(),
            message: "because".into(),
        }
    }

    fn slow() -> Stuck {
        Stuck::Browser(BrowserError::TookTooLong {
            step: "sending a form".into(),
            limit: Duration::from_secs(1),
        })
    }

    #[test]
    fn every_end_means_one_thing_before_and_after_the_last_form_was_sent() {
        let lost = ["unavailable", "unavailable", "unknown"];
        let cases: [(fn() -> Stuck, [&str; 3]); 10] = [
            (|| refused("sold_out"), ["gone"; 3]),
            (|| refused("not_found"), ["gone"; 3]),
            (|| refused("price_changed"), ["price changed"; 3]),
            (|| refused("rejected"), ["rejected"; 3]),
            (|| refused("idempotency_conflict"), ["rejected"; 3]),
            (|| refused("internal"), lost),
            (|| refused("unheard of"), lost),
            (slow, lost),
            (
                || Stuck::NotUnderstood(hand_over()),
                ["unavailable", "unknown", "unknown"],
            ),
            (|| Stuck::PriceChanged, ["price changed"; 3]),
        ];
        for (make, expected) in cases {
            let told =
                [Done::Nothing, Done::NothingYet, Done::Perhaps].map(|done| name(&make().meaning(done)));
            assert_eq!(told, expected, "{:?}", make());
        }
        assert!(slow().meaning(Done::Nothing).is_timeout());
    }

    #[test]
    fn a_person_is_told_where_to_go_on() {
        let told = hand_over().to_string();
        for part in [
            "https://supplier.example/web/orders/X",
            "hooray",
            "read the order",
            "s3://bucket/p.png",
        ] {
            assert!(told.contains(part), "{told}");
        }
    }
}
