//! The model's numbers, in the order in which `model/make.py` writes them.

const WEIGHTS: &[u8] = include_bytes!("../model/weights.bin");

pub struct Weights(&'static [u8]);

impl Weights {
    pub fn begin() -> Self {
        Self(WEIGHTS)
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
