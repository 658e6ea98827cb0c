//! Products with matrices of whole numbers, most of what the model does.
//!
//! Winograd's inner product: `(x0 + w1) * (x1 + w0)` is `x0*w0 + x1*w1`, the product wanted, and `x0*x1 + w0*w1`, which
//! each row of either side has once. It halves the multiplications, of which processors do fewer at a time than additions.

use wide::{i16x8, i32x4};

use crate::weights::Weights;

/// Rows of weights and of values that are multiplied at a time: as many sums as there are registers.
const ROWS: usize = 4;
const VALUES: usize = 2;
/// Values of a row are stored in steps of its greatest. With 1,536 of them and weights up to 127 no sum leaves 32 bits.
const STEPS: f32 = 1023.0;
/// Added to a small number, it leaves the nearest whole one in the low bits.
const ROUNDING: f32 = 12_582_912.0;

/// Eight values at even places, and the eight beside them at odd ones.
pub type Pair = [i16x8; 2];

/// Weights in pairs: of each the one at the even place comes first.
type Sixteen = [[u8; 2]; 8];

pub struct Linear {
    /// Where they lie in the file: to copy them would take their room twice.
    weights: &'static [Sixteen],
    /// What each row's own product takes away.
    own: Vec<i32>,
    scales: Vec<f32>,
    bias: Vec<f32>,
    pairs: usize,
}

/// Rows of values, ready to be multiplied.
#[derive(Default)]
pub struct Values {
    pairs: Vec<Pair>,
    own: Vec<i32>,
    scales: Vec<f32>,
}

impl Linear {
    pub fn read(weights: &mut Weights, inputs: usize, outputs: usize) -> Self {
        let of_rows = weights.bytes(inputs * outputs);
        let (of_rows, _) = of_rows.as_chunks::<2>().0.as_chunks::<8>();
        let pairs = inputs / 16;
        let own = of_rows
            .chunks_exact(pairs)
            .map(|row| own(row.iter().map(|sixteen| unpacked(loaded(sixteen)))));
        Self {
            own: own.collect(),
            weights: of_rows,
            scales: weights.floats(outputs),
            bias: weights.floats(outputs),
            pairs,
        }
    }

    /// A row of outputs for each row of values.
    pub fn apply(&self, values: &Values) -> Vec<f32> {
        let mut out = vec![0.0; values.scales.len() * self.bias.len()];
        let mut rows = vec![[i16x8::ZERO; 2]; ROWS * self.pairs];
        for (block, packed) in self.weights.chunks_exact(ROWS * self.pairs).enumerate() {
            for (row, sixteen) in rows.iter_mut().zip(packed) {
                *row = unpacked(loaded(sixteen));
            }
            let mut at = 0;
            while at < values.scales.len() {
                if at + VALUES <= values.scales.len() {
                    self.block::<VALUES>(&rows, block * ROWS, values, at, &mut out);
                    at += VALUES;
                } else {
                    self.block::<1>(&rows, block * ROWS, values, at, &mut out);
                    at += 1;
                }
            }
        }
        out
    }

    fn block<const N: usize>(
        &self,
        rows: &[Pair],
        first: usize,
        values: &Values,
        at: usize,
        out: &mut [f32],
    ) {
        let of = |n: usize| &values.pairs[(at + n) * self.pairs..(at + n + 1) * self.pairs];
        let sums = products::<N>(rows, std::array::from_fn(of), self.pairs);
        for (row, sums) in (first..).zip(sums) {
            for (n, sum) in (at..).zip(sums) {
                let product = (sum - values.own[n] - self.own[row]) as f32;
                out[n * self.bias.len() + row] =
                    product * (self.scales[row] * values.scales[n]) + self.bias[row];
            }
        }
    }
}

#[inline(always)]
fn products<const N: usize>(rows: &[Pair], values: [&[Pair]; N], pairs: usize) -> [[i32; N]; ROWS] {
    let mut sums = [[i32x4::ZERO; N]; ROWS];
    let rows: [&[Pair]; ROWS] = std::array::from_fn(|row| &rows[row * pairs..(row + 1) * pairs]);
    let values: [&[Pair]; N] = std::array::from_fn(|n| &values[n][..pairs]);
    for at in 0..pairs {
        for row in 0..ROWS {
            let [even, odd] = rows[row][at];
            for n in 0..N {
                sums[row][n] += (values[n][at][0] + odd).dot(values[n][at][1] + even);
            }
        }
    }
    sums.map(|row| row.map(i32x4::reduce_add))
}

#[inline(always)]
fn loaded(sixteen: &Sixteen) -> i16x8 {
    i16x8::new(sixteen.map(i16::from_le_bytes))
}

/// The values in the low bytes, and those in the high ones.
#[inline(always)]
pub fn unpacked(both: i16x8) -> Pair {
    [(both << 8_i32) >> 8_i32, both >> 8_i32]
}

fn own(row: impl Iterator<Item = Pair>) -> i32 {
    row.fold(i32x4::ZERO, |sum, [even, odd]| sum + even.dot(odd))
        .reduce_add()
}

impl Values {
    /// In place of what was in it.
    pub fn set(&mut self, values: &[f32], inputs: usize) {
        self.pairs.clear();
        self.own.clear();
        self.scales.clear();
        for row in values.chunks_exact(inputs) {
            let most = row
                .iter()
                .fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
            let steps = STEPS / most;
            let whole = |value: f32| (value * steps + ROUNDING).to_bits() as i16;
            let begin = self.pairs.len();
            for sixteen in row.as_chunks::<16>().0 {
                let (mut even, mut odd) = ([0; 8], [0; 8]);
                for (at, [one, other]) in sixteen.as_chunks::<2>().0.iter().enumerate() {
                    (even[at], odd[at]) = (whole(*one), whole(*other));
                }
                self.pairs.push([i16x8::new(even), i16x8::new(odd)]);
            }
            self.own.push(own(self.pairs[begin..].iter().copied()));
            self.scales.push(most / STEPS);
        }
    }
}
