//! The model's numbers, in the order in which `model/make.py` writes them.

const WEIGHTS: &[u8] = include_bytes!("../model/weights.bin");

/// Tells one model's weights from another's.
pub type Edition = [u8; 4];

pub struct Weights(&'static [u8]);

impl Weights {
    /// The numbers, and the CRC-32 of all of them, which they come with.
    pub fn begin() -> (Self, Edition) {
        let (checksum, numbers) = WEIGHTS
            .split_first_chunk()
            .expect("model/weights.bin has numbers");
        (Self(numbers), *checksum)
    }

    pub fn bytes(&mut self, count: usize) -> &'static [u8] {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }

    pub fn floats(&mut self, count: usize) -> Vec<f32> {
        let taken = self.bytes(count * size_of::<f32>());
        taken
            .as_chunks()
            .0
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes))
            .collect()
    }

    pub fn is_read(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_weights_have_another_edition() {
        let (Weights(numbers), edition) = Weights::begin();
        assert_eq!(edition, crc32fast::hash(numbers).to_le_bytes());
    }
}
