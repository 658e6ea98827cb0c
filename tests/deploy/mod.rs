//! What deploys is what is tested: the real `bootstrap` binaries run as processes against the local cloud, the tools
//! that deploy read the template, and clients that are not ours speak with the endpoint.
//!
//! Not covered: that AWS accepts the stack, and that a binary runs on Lambda's own image and processor.

pub mod binaries;
mod bootstrap;
mod lint;
mod outside_clients;
mod processes;
pub mod python;
pub mod stack;
