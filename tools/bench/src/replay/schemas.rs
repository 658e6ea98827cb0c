//! Every type's example held to its schema, and read into its type, again and again.

use std::hint::black_box;
use std::time::Instant;

use events_schema::catalogue::{AnyEvent, catalogue};

use crate::BenchError;

const TIMES: usize = 200;

/// Microseconds an event: by JSON Schema, by Rust type; one value a round.
pub fn measure(rounds: usize) -> Result<(Vec<f64>, Vec<f64>), BenchError> {
    let mut known = Vec::new();
    for kind in catalogue() {
        let example = kind.example();
        let detail = serde_json::to_value(&example.detail)?;
        known.push((
            jsonschema::validator_for(kind.schema().as_value())?,
            detail,
            example,
        ));
    }
    let each = |took: f64| took * 1e6 / (TIMES * known.len()) as f64;
    let (mut schema, mut typed) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let started = Instant::now();
        for _ in 0..TIMES {
            for (validator, detail, example) in &known {
                if !validator.is_valid(black_box(detail)) {
                    return Err(format!("the example of {} does not fit", example.detail_type).into());
                }
            }
        }
        schema.push(each(started.elapsed().as_secs_f64()));
        let started = Instant::now();
        for _ in 0..TIMES {
            for (_, _, example) in &known {
                black_box(AnyEvent::read(black_box(example))?);
            }
        }
        typed.push(each(started.elapsed().as_secs_f64()));
    }
    Ok((schema, typed))
}
