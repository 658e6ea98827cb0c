//! The WebSocket protocol: JSON text frames, `{"action": …}` in and `{"type": …}` out.

mod command;
mod frame;

pub use command::{Command, Passenger, Verdict};
pub use frame::{BookingSummary, Cursor, Frame, FrameBody, QuotedClause};
