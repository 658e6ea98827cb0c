//! What somebody with a keyboard may try.

mod hostile_models;
mod decisions;
mod frames;
mod outcome;
mod real_sockets;
mod red_team;
mod strangers;
mod tokens;
