//! The model, and what it makes of a text.

use std::sync::LazyLock;

use crate::answering::Answering;
use crate::attention::{Layer, Norm};
use crate::direction::{DIMENSIONS, Direction};
use crate::tokens::Vocabulary;
use crate::weights::{Edition, Weights};

/// Of a text with its two marks; what comes later is not read.
pub const MOST_TOKENS: usize = 128;
const LAYERS: usize = 4;

static MODEL: LazyLock<Model> = LazyLock::new(Model::read);

pub struct Model {
    edition: Edition,
    vocabulary: Vocabulary,
    /// A row of whole numbers for each token.
    words: &'static [u8],
    scales: Vec<f32>,
    positions: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
    answering: Answering,
}

impl Model {
    /// The one that comes with the crate, read when it is first asked for.
    pub fn shared() -> &'static Self {
        &MODEL
    }

    fn read() -> Self {
        let vocabulary = Vocabulary::read();
        let (mut weights, edition) = Weights::begin();
        let model = Self {
            edition,
            words: weights.bytes(vocabulary.len() * DIMENSIONS),
            scales: weights.floats(vocabulary.len()),
            positions: weights.floats(MOST_TOKENS * DIMENSIONS),
            norm: Norm::read(&mut weights),
            layers: (0..LAYERS).map(|_| Layer::read(&mut weights)).collect(),
            answering: Answering::read(&mut weights),
            vocabulary,
        };
        debug_assert!(weights.is_read(), "weights.bin is another model's");
        model
    }

    /// Directions that were made by a model of another edition point elsewhere: do not compare them with this one's.
    pub fn edition(&self) -> [u8; 4] {
        self.edition
    }

    /// What a text means: the mean of what its tokens do. That of an empty one is of its marks alone.
    pub fn embed(&self, text: &str) -> Direction {
        let mut rows = vec![self.vocabulary.begin];
        rows.extend(self.vocabulary.tokens(text, MOST_TOKENS - 2));
        rows.push(self.vocabulary.end);
        let mut states = self.states(&rows);
        self.layers.iter().for_each(|layer| layer.apply(&mut states));
        let mut mean = [0.0; DIMENSIONS];
        for state in states.chunks_exact(DIMENSIONS) {
            mean.iter_mut().zip(state).for_each(|(sum, value)| *sum += value);
        }
        Direction::of(&mean)
    }

    /// The logarithm of the odds that a question is answered by texts which are so near to it, by their cosines.
    pub fn odds(&self, question: &Direction, near: &[f32]) -> f32 {
        self.answering.odds(question, near)
    }

    /// What each token is before it has seen the others.
    fn states(&self, rows: &[usize]) -> Vec<f32> {
        let mut states = Vec::with_capacity(rows.len() * DIMENSIONS);
        for (row, position) in rows.iter().zip(self.positions.chunks_exact(DIMENSIONS)) {
            let word = &self.words[row * DIMENSIONS..(row + 1) * DIMENSIONS];
            let scale = self.scales[*row];
            let value =
                |(byte, position): (&u8, &f32)| f32::from(i8::from_le_bytes([*byte])) * scale + position;
            states.extend(word.iter().zip(position).map(value));
        }
        self.norm.apply(&mut states);
        states
    }
}
