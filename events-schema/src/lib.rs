//! The typed language of Sojourn: what services say to each other, to travellers and to anyone who subscribes.
//!
//! Read in this order: [`envelope`] (what every event carries) and [`event`] (what makes a type an event), then the
//! producers in the order of the flow, one file per event: [`gateway`], [`policy`], [`planner`], [`compliance`],
//! [`search`], [`booking`], [`sweeper`], [`people`], [`audit`]. [`catalogue`] lists them all. [`socket`] is the WebSocket protocol, typed
//! the same way. [`rows`] holds the table rows that more than one service may read.
//!
//! This crate knows no AWS crate and does no I/O.

pub mod catalogue;
pub mod envelope;
pub mod event;

pub mod audit;
pub mod booking;
pub mod compliance;
pub mod gateway;
pub mod people;
pub mod planner;
pub mod policy;
pub mod schedules;
pub mod search;
pub mod sweeper;

pub mod insights;
pub mod rows;
pub mod socket;

// What the events are made of.
pub mod approval;
pub mod evidence;
pub mod ids;
pub mod money;
pub mod option;
pub mod person;
pub mod place;
pub mod problem;
pub mod rates;
pub mod samples;
pub mod state;
pub mod ticket;
pub mod trip;
