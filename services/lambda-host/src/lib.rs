//! # lambda-host: the one adapter between services and AWS
//!
//! Charter. Everything that every service must get right, and that must therefore be written once, is here:
//! an event comes in typed ([`delivery`]), a transition is saved and announced so that the two cannot come apart
//! ([`transition`]), a bus consumer's effect happens once ([`inbox`]), a stream consumer neither stalls nor skips
//! ([`stream`]), a person's command is taken and answered ([`door`]), personal data is kept so that it can be forgotten
//! ([`vault`]), a model is asked for an answer of a given form
//! ([`converse`]), a step leaves one log line and is part of the booking's trace ([`steps`], [`trace`]). It knows the
//! Lambda envelope, DynamoDB and EventBridge so that services' decisions need not.
//! It knows nothing about policies, plans, offers or suppliers: what only one service needs does not belong here.

pub mod condition;
#[cfg(feature = "converse")]
pub mod converse;
pub mod counted;
pub mod deadlines;
pub mod delivery;
#[cfg(feature = "sockets")]
pub mod door;
pub mod error;
pub mod facts;
pub mod function;
pub mod head;
pub mod history;
pub mod http;
pub mod inbox;
pub mod live;
#[cfg(feature = "logs")]
pub mod logs;
pub mod parking;
#[cfg(feature = "vault")]
pub mod passengers;
#[cfg(feature = "vault")]
pub mod private_text;
pub mod publish;
pub mod runtime;
#[cfg(feature = "sockets")]
pub mod sockets;
pub mod steps;
pub mod stream;
pub mod trace;
pub mod transition;
#[cfg(feature = "vault")]
pub mod vault;

#[cfg(feature = "lambda")]
mod run;

pub use deadlines::Deadlines;
pub use error::HandlerError;
pub use function::{Function, Invocation};
#[cfg(feature = "lambda")]
pub use lambda_runtime::Error as RunError;
pub use live::Live;
#[cfg(feature = "lambda")]
pub use run::run;
pub use runtime::{Clock, ConfigError, Runtime};
pub use transition::{Cause, Due, NewEvent, Next, Outcome, Transitions};
