//! The transition protocol, point by point as the design lists it: `point_01` … `point_12`, and the claim.
//!
//! Covers `lambda-host` with real SDK clients against the local cloud's DynamoDB, streams and EventBridge, on the
//! tables and with the permissions of `template.yaml`. Every interleaving is made on purpose ([`faults`]): a call
//! refused, its answer lost, the process dead before or after it, somebody else faster. Cannot show what services
//! make of it: their own tests and the end-to-end tests do.

mod announcing;
mod competing;
mod consuming;
mod faults;
mod repeating;
mod saving;
mod world;
