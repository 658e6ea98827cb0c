//! Frames that answer a single command.

use events_schema::ids::{ActionId, BookingId};
use events_schema::socket::{Frame, FrameBody};

use super::refuse::Refusal;

pub fn accepted(action: &str, action_id: &ActionId, booking: BookingId) -> Vec<Frame> {
    let body = FrameBody::Accepted {
        action_id: action_id.clone(),
        action: action.into(),
    };
    vec![Frame {
        body,
        booking_id: Some(booking),
        cursor: None,
    }]
}

pub fn alone(body: FrameBody) -> Frame {
    Frame {
        body,
        booking_id: None,
        cursor: None,
    }
}

pub fn refused(refusal: &Refusal, action_id: Option<ActionId>) -> Frame {
    alone(FrameBody::Error {
        code: refusal.code,
        message: refusal.message.clone(),
        retryable: refusal.code.retryable(),
        action_id,
    })
}
