//! What somebody with a keyboard may try.

mod decisions;
mod frames;
mod hostile_models;
mod late_answers;
mod outcome;
mod real_sockets;
mod red_team;
mod strangers;
mod tokens;
