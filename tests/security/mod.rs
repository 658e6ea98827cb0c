//! What somebody with a keyboard may try.

mod red_team;
