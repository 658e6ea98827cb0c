//! A vector's direction, in whole numbers of a byte.

use wide::{i16x8, i32x4};

use crate::linear::unpacked;

pub const DIMENSIONS: usize = 384;
const STEPS: f32 = 127.0;

/// Which way a vector points; how long it was is forgotten.
#[derive(Clone, Debug, PartialEq)]
pub struct Direction {
    /// Two values in each, as [`unpacked`] parts them.
    packed: [i16x8; DIMENSIONS / 16],
    length: f32,
}

impl Direction {
    /// Of as many values as there are dimensions.
    pub(crate) fn of(vector: &[f32]) -> Self {
        let most = vector
            .iter()
            .fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
        let whole = |value: f32| ((value / most * STEPS).round() as i8).to_le_bytes()[0];
        Self::stored(&std::array::from_fn(|at| whole(vector[at])))
    }

    /// It is at 0 to everything.
    pub fn of_nothing() -> Self {
        Self::stored(&[0; DIMENSIONS])
    }

    /// What [`Direction::bytes`] gave.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self::stored(bytes.try_into().ok()?))
    }

    pub(crate) fn stored(bytes: &[u8; DIMENSIONS]) -> Self {
        let sixteens = bytes.as_chunks::<2>().0.as_chunks::<8>().0;
        let packed = std::array::from_fn(|at| i16x8::new(sixteens[at].map(i16::from_le_bytes)));
        Self {
            length: (dot(&packed, &packed) as f32).sqrt().max(1.0),
            packed,
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let pairs = self.packed.iter().flat_map(|packed| packed.to_array());
        pairs.flat_map(i16::to_le_bytes).collect()
    }

    /// From -1 to 1; nothing is at 0 to everything.
    pub fn cosine(&self, other: &Self) -> f32 {
        dot(&self.packed, &other.packed) as f32 / (self.length * other.length)
    }
}

fn dot(one: &[i16x8; DIMENSIONS / 16], other: &[i16x8; DIMENSIONS / 16]) -> i32 {
    let mut sum = i32x4::ZERO;
    for (one, other) in one.iter().zip(other) {
        let ([even, odd], [other_even, other_odd]) = (unpacked(*one), unpacked(*other));
        sum += even.dot(other_even) + odd.dot(other_odd);
    }
    sum.reduce_add()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_direction_is_kept() {
        let mut vector = [0.0; DIMENSIONS];
        (vector[0], vector[383]) = (3.0, -4.0);
        let one = Direction::of(&vector);
        let other = Direction::of(&vector.map(|value| value * -0.1));
        assert!((one.cosine(&one) - 1.0).abs() < 1e-6);
        assert!((one.cosine(&other) + 1.0).abs() < 1e-6);
        assert_eq!(Direction::from_bytes(&one.bytes()), Some(one));
        let nothing = Direction::of_nothing();
        assert_eq!(nothing.cosine(&other), 0.0);
        assert_eq!(Direction::from_bytes(&[1]), None);
    }
}
