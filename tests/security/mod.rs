//! What somebody with a keyboard may try.

mod hostile_models;
mod red_team;
