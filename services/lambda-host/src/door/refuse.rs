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
    /// An answer to what was settled, asked anew or overdue: no mistake of the sender's, as far as we can tell, but
    /// evidence for the audit.
    pub late_answer: bool,
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
            late_answer: false,
        }
    }

    /// The refusal of an answer that does not count any more.
    pub fn of_late_answer(self) -> Self {
        Self {
            late_answer: true,
            ..self
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
