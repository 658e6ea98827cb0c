//! What somebody with a keyboard may try.

mod decisions;
mod frames;
mod hostile_models;
mod hostile_requests;
mod late_answers;
mod office;
mod outcome;
mod pretences;
mod public_key;
mod real_sockets;
mod red_team;
mod strangers;
mod task_tokens;
mod tokens;
