//! One layer: every token looks at every other, then each is thought over by itself.

use crate::direction::DIMENSIONS;
use crate::linear::{Linear, Values};
use crate::weights::Weights;

const HEADS: usize = 12;
const HEAD: usize = DIMENSIONS / HEADS;
/// Of the model's 1,536, those that `model/teach.py` kept.
const INNER: usize = 576;
const LANES: usize = 8;

pub struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    mixed: Linear,
    after_mixing: Norm,
    inner: Linear,
    outer: Linear,
    after_thought: Norm,
}

impl Layer {
    pub fn read(weights: &mut Weights) -> Self {
        let square = |weights: &mut Weights| Linear::read(weights, DIMENSIONS, DIMENSIONS);
        Self {
            query: square(weights),
            key: square(weights),
            value: square(weights),
            mixed: square(weights),
            after_mixing: Norm::read(weights),
            inner: Linear::read(weights, DIMENSIONS, INNER),
            outer: Linear::read(weights, INNER, DIMENSIONS),
            after_thought: Norm::read(weights),
        }
    }

    /// `states`: a row for each token.
    pub fn apply(&self, states: &mut [f32]) {
        let mut values = Values::default();
        values.set(states, DIMENSIONS);
        let (query, key) = (self.query.apply(&values), self.key.apply(&values));
        values.set(&attend(&query, &key, &self.value.apply(&values)), DIMENSIONS);
        self.after_mixing.add(states, &self.mixed.apply(&values));
        values.set(states, DIMENSIONS);
        let mut inner = self.inner.apply(&values);
        inner.iter_mut().for_each(|value| *value = gelu(*value));
        values.set(&inner, INNER);
        self.after_thought.add(states, &self.outer.apply(&values));
    }
}

/// Each token's mean of the values, weighed by how its query meets their keys.
fn attend(query: &[f32], key: &[f32], value: &[f32]) -> Vec<f32> {
    let mut out = vec![0.0; query.len()];
    let mut weights = vec![0.0_f32; query.len() / DIMENSIONS];
    let scale = 1.0 / (HEAD as f32).sqrt();
    for head in 0..HEADS {
        for (query, out) in heads(query, head).zip(heads_mut(&mut out, head)) {
            for (weight, key) in weights.iter_mut().zip(heads(key, head)) {
                *weight = sum(query, key, |a, b| a * b) * scale;
            }
            let most = weights.iter().copied().fold(f32::MIN, f32::max);
            weights
                .iter_mut()
                .for_each(|weight| *weight = (*weight - most).exp());
            let all: f32 = weights.iter().sum();
            for (weight, value) in weights.iter().zip(heads(value, head)) {
                let share = weight / all;
                out.iter_mut()
                    .zip(value)
                    .for_each(|(out, value)| *out += share * value);
            }
        }
    }
    out
}

/// One head's part of each row.
fn heads(rows: &[f32], head: usize) -> impl Iterator<Item = &[f32; HEAD]> {
    rows.as_chunks::<HEAD>().0.iter().skip(head).step_by(HEADS)
}

fn heads_mut(rows: &mut [f32], head: usize) -> impl Iterator<Item = &mut [f32; HEAD]> {
    rows.as_chunks_mut::<HEAD>()
        .0
        .iter_mut()
        .skip(head)
        .step_by(HEADS)
}

/// Gauss's error linear unit, by Abramowitz and Stegun 7.1.28: off by less than 3e-7 of the value, and no `exp`, which
/// would be taken one at a time.
fn gelu(value: f32) -> f32 {
    const TERMS: [f32; 6] = [
        0.000_043_063_8, 0.000_276_567_2, 0.000_152_014_3, 0.009_270_527, 0.042_282_01, 0.070_523_08,
    ];
    let scaled = value.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let sum = TERMS.iter().fold(0.0, |sum, term| (sum + term) * scaled) + 1.0;
    let (two, sixteenth) = (sum * sum, |two: f32| (two * two) * (two * two));
    let erf = 1.0 - 1.0 / (sixteenth(two) * sixteenth(two));
    0.5 * value * (1.0 + erf.copysign(value))
}

/// Makes each row's mean 0 and its variance 1, then stretches it.
pub struct Norm {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Norm {
    pub fn read(weights: &mut Weights) -> Self {
        Self {
            weight: weights.floats(DIMENSIONS),
            bias: weights.floats(DIMENSIONS),
        }
    }

    fn add(&self, states: &mut [f32], more: &[f32]) {
        states
            .iter_mut()
            .zip(more)
            .for_each(|(state, more)| *state += more);
        self.apply(states);
    }

    pub fn apply(&self, states: &mut [f32]) {
        for row in states.chunks_exact_mut(DIMENSIONS) {
            let mean = sum(row, row, |value, _| value) / DIMENSIONS as f32;
            let variance = sum(row, row, |value, _| (value - mean) * (value - mean)) / DIMENSIONS as f32;
            let scale = 1.0 / (variance + 1e-12).sqrt();
            for ((value, weight), bias) in row.iter_mut().zip(&self.weight).zip(&self.bias) {
                *value = (*value - mean) * scale * weight + bias;
            }
        }
    }
}

/// Summed in lanes, which the compiler may add side by side; a plain sum it must add one by one.
fn sum(one: &[f32], other: &[f32], of: impl Fn(f32, f32) -> f32) -> f32 {
    let mut sums = [0.0_f32; LANES];
    for (one, other) in one
        .as_chunks::<LANES>()
        .0
        .iter()
        .zip(other.as_chunks::<LANES>().0)
    {
        for ((sum, a), b) in sums.iter_mut().zip(one).zip(other) {
            *sum += of(*a, *b);
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_is_near_gauss() {
        for (value, expected) in [
            (0.0, 0.0),
            (1.0, 0.841_345),
            (-1.0, -0.158_655),
            (6.0, 6.0),
            (-0.5, -0.154_269),
        ] {
            assert!((gelu(value) - expected).abs() < 1e-5, "{value}: {}", gelu(value));
        }
    }
}
