//! # A browser for suppliers that have pages and no API
//!
//! Charter. Not a service: adapters in `suppliers` drive pages through [`Browser`] and [`Tab`]. It knows browsers and
//! nothing of trips, suppliers or bookings. What holds for every task, whoever runs the browser:
//! - a profile of its own, gone with the task ([`Browser::open`]);
//! - no request leaves for a host that is not on the list, be it a page, a picture or a redirect ([`Allowed`]);
//! - so many steps and so much time, and no more ([`Limits`]);
//! - pictures are kept by reference, without what people typed in ([`Pictures`]).
//!
//! With the feature `chromium`: [`Driver`] drives one over its DevTools protocol, which a local Chromium or an AgentCore
//! Browser session on AWS speaks ([`Sessions`]). Without it only the traits are here, and nothing is driven.

mod allowed;
mod document;
mod error;
mod evidence;
mod limits;
mod port;

#[cfg(feature = "chromium")]
mod agentcore;
#[cfg(feature = "chromium")]
mod chromium;
#[cfg(feature = "chromium")]
mod driver;
#[cfg(feature = "chromium")]
mod sessions;

pub use allowed::Allowed;
pub use document::{Document, Item, NotThere};
pub use error::BrowserError;
pub use evidence::{Bucket, EvidenceError, Pictures};
pub use limits::Limits;
pub use port::{Browser, Tab};

#[cfg(feature = "chromium")]
pub use agentcore::AgentCore;
#[cfg(feature = "chromium")]
pub use chromium::{Chromium, NotInstalled};
#[cfg(feature = "chromium")]
pub use driver::Driver;
#[cfg(feature = "chromium")]
pub use sessions::{Ending, Session, Sessions};
