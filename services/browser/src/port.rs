//! What can be done with a browser, in the words of somebody who uses one.

use async_trait::async_trait;

use crate::document::Document;
use crate::error::BrowserError;

#[async_trait]
pub trait Browser: Send + Sync {
    /// For one task: an empty profile, and the limits begin to count.
    async fn open(&self) -> Result<Box<dyn Tab>, BrowserError>;
}

/// One task's tab. Every method is a step; dropping it ends the browser as well, only less gently.
#[async_trait]
pub trait Tab: Send {
    async fn go_to(&mut self, url: &str) -> Result<(), BrowserError>;

    /// Fills a form's fields by their names, sends it, and waits for the page that follows.
    async fn send(&mut self, form: &str, fields: &[(String, String)]) -> Result<(), BrowserError>;

    /// What the page says now.
    async fn read(&mut self) -> Result<Document, BrowserError>;

    /// The page as a PNG, without what was typed in or is marked as personal.
    async fn picture(&mut self) -> Result<Vec<u8>, BrowserError>;

    async fn close(self: Box<Self>);
}
