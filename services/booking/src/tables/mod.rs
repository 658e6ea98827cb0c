//! The tables the human segment works on, one file each.

mod budgets;
mod decisions;
mod legs;
mod options;
mod people;

pub use budgets::{Budgets, Reservation, ReservationState};
pub use decisions::Decisions;
pub use legs::{Intent, LegRow, LegState, Legs, Refusal};
pub use options::Options;
pub use people::People;

/// A table could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    #[error("the table {table} could not be read or written")]
    Call {
        table: String,
        source: Box<aws_sdk_dynamodb::Error>,
    },
    #[error("a row of {table} does not have its shape")]
    Row {
        table: String,
        source: serde_dynamo::Error,
    },
    #[error("a write to {table} is malformed")]
    Build {
        table: String,
        source: aws_sdk_dynamodb::error::BuildError,
    },
    #[error("{table} has no row {row}")]
    Missing { table: String, row: String },
}

impl TableError {
    pub(crate) fn call(table: &str, error: impl Into<aws_sdk_dynamodb::Error>) -> Self {
        Self::Call {
            table: table.into(),
            source: Box::new(error.into()),
        }
    }

    pub(crate) fn row(table: &str) -> impl Fn(serde_dynamo::Error) -> Self + '_ {
        move |source| Self::Row {
            table: table.into(),
            source,
        }
    }

    pub(crate) fn build(table: &str) -> impl Fn(aws_sdk_dynamodb::error::BuildError) -> Self + '_ {
        move |source| Self::Build {
            table: table.into(),
            source,
        }
    }
}
