//! Where browsers come from.

use async_trait::async_trait;

use crate::allowed::Allowed;
use crate::error::BrowserError;

/// Starts browsers, each with an empty profile, that are spoken with over the DevTools protocol.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// `allowed` is for those that can lock other hosts out by themselves, as a second lock; the driver has the first.
    async fn start(&self, allowed: &Allowed) -> Result<Session, BrowserError>;
}

pub struct Session {
    /// Of the browser's DevTools socket: `ws://127.0.0.1:…`.
    pub address: String,
    pub ending: Box<dyn Ending>,
}

/// What is left to do once a task is over. Dropping it must end the browser too, at once or by its own time limit.
#[async_trait]
pub trait Ending: Send + Sync {
    async fn end(self: Box<Self>);
}
