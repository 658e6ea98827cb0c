//! # embedding: what a question and a clause of a travel policy mean, as vectors of a small sentence model
//!
//! The model (`model/README.md`) comes with the crate: nothing is downloaded and nobody is asked. A text is cut into tokens
//! ([`tokens`]), [`Model`] reads them by four layers of attention, and their mean is the text's [`Direction`]. It was taught
//! that a question and the clause that answers it point the same way, and which questions go unanswered ([`answering`]). The
//! weights are whole numbers of a byte, multiplied as such ([`linear`]).
//!
//! It reads no file and does no I/O. The same text always has the same vector on the same kind of processor.

mod answering;
mod attention;
mod direction;
mod linear;
mod model;
mod tokens;
mod weights;

pub use direction::{DIMENSIONS, Direction};
pub use model::{MOST_TOKENS, Model};
