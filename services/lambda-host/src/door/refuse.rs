//! Why a command was not carried out: by our rules, told to the person, or by a failure of ours, told to operators.

use std::error::Error;

use events_schema::problem::ErrorCode;
use events_schema::rows::BookingRow;
use events_schema::state::BookingState;

use super::texts;
use crate::error::HandlerError;

/// Deliberately no `std::error::Error`: that keeps it apart from failures in [`CommandError`]'s conversions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: ErrorCode,
    pub message: String,
    /// Aimed at what is settled, asked anew or overdue, or was never asked: whether by mistake or not cannot be told
    /// from here, so it is evidence for the audit. Every conflict is, by its code: none can be forgotten.
    pub overtaken: bool,
}

pub enum CommandError {
    Refused(Refusal),
    Failed(HandlerError),
}

impl Refusal {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            overtaken: matches!(code, ErrorCode::Conflict | ErrorCode::TooLate),
        }
    }

    /// The refusal of a command about what is not there: a question, an option, a booking.
    pub fn of_nothing(message: impl Into<String>) -> Self {
        Self {
            overtaken: true,
            ..Self::not_found(message)
        }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidRequest, message)
    }

    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Forbidden, message)
    }

    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Conflict, message)
    }

    pub fn too_late() -> Self {
        Self::new(ErrorCode::TooLate, texts::TOO_LATE)
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::NotFound, message)
    }

    /// The booking's state does not allow the command.
    pub fn in_state(head: &BookingRow) -> Self {
        match head.state {
            BookingState::Confirmed => Self::conflict(texts::CONFIRMED),
            BookingState::Expired => Self::too_late(),
            state if state.is_terminal() => Self::conflict(texts::ENDED),
            _ => Self::conflict(texts::NOT_NOW),
        }
    }
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<HandlerError> for CommandError {
    fn from(error: HandlerError) -> Self {
        Self::Failed(error)
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for CommandError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
