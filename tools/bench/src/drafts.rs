//! Rules drafted by patterns from policies that nobody typed, held against what people found in them.
//! `services/policy/drafts/README.md` says how.

use std::time::Instant;

use clap::Args;
use policy::evaluation::drafts::{SETS, evaluate};

#[derive(Args)]
pub struct DraftsArgs {
    /// Also every rule of the sets tuned on that is wrong (+) or missing (-), under its clause.
    #[arg(long)]
    wrong: bool,
}

pub fn run(args: &DraftsArgs) {
    println!(
        "{:<20} {:>7} {:>6} {:>7} {:>5} {:>9} {:>6} {:>9}",
        "set", "clauses", "stated", "drafted", "right", "precision", "recall", "ms/clause"
    );
    for set in &SETS {
        let began = Instant::now();
        let score = evaluate(set);
        let milliseconds = began.elapsed().as_secs_f64() * 1_000.0;
        println!(
            "{:<20} {:>7} {:>6} {:>7} {:>5} {:>9.3} {:>6.3} {:>9.3}",
            set.name,
            score.clauses,
            score.stated,
            score.right + score.wrong,
            score.right,
            score.precision(),
            score.recall(),
            milliseconds / score.clauses.max(1) as f64
        );
        if args.wrong {
            score.differences.iter().for_each(|line| println!("  {line}"));
        }
    }
}
