//! What the model was taught beside vectors: how likely it is that any text answers a question.

use crate::direction::{DIMENSIONS, Direction};
use crate::weights::Weights;

/// Kinds of question that go unanswered, each by its direction.
const UNANSWERED: usize = 64;

pub struct Answering {
    /// What nearness counts for.
    scale: f32,
    /// What any question has of not being answered.
    none: f32,
    /// Added to how near a question is to each of those that go unanswered.
    unanswered_by: f32,
    unanswered: Vec<Direction>,
}

impl Answering {
    pub fn read(weights: &mut Weights) -> Self {
        let numbers = weights.floats(3);
        let kinds = weights.bytes(UNANSWERED * DIMENSIONS).as_chunks::<DIMENSIONS>();
        Self {
            scale: numbers[0],
            none: numbers[1],
            unanswered_by: numbers[2],
            unanswered: kinds.0.iter().map(Direction::stored).collect(),
        }
    }

    pub fn odds(&self, question: &Direction, near: &[f32]) -> f32 {
        let answers = near.iter().map(|near| self.scale * near);
        let kinds = self.unanswered.iter();
        let kinds = kinds.map(|kind| self.scale * question.cosine(kind) + self.unanswered_by);
        sum_of_exponents(answers) - sum_of_exponents(kinds.chain([self.none]))
    }
}

/// As its own logarithm, and without leaving what a number holds.
fn sum_of_exponents(logarithms: impl Iterator<Item = f32> + Clone) -> f32 {
    let most = logarithms.clone().fold(f32::NEG_INFINITY, f32::max);
    if most == f32::NEG_INFINITY {
        return most;
    }
    most + logarithms.map(|value| (value - most).exp()).sum::<f32>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_text_answers_unless_the_question_is_of_a_kind_that_none_does() {
        let towards = |at: usize| {
            let mut vector = [0.0; DIMENSIONS];
            vector[at] = 1.0;
            Direction::of(&vector)
        };
        let answering = Answering {
            scale: 20.0,
            none: 8.0,
            unanswered_by: 0.0,
            unanswered: vec![towards(2)],
        };
        for (asked, near, answered) in [
            (0, &[0.9, 0.1][..], true),
            (0, &[0.2, 0.1], false),
            (2, &[0.9, 0.1], false),
            (0, &[], false),
        ] {
            let odds = answering.odds(&towards(asked), near);
            assert_eq!(odds > 0.0, answered, "{asked} {near:?}: {odds}");
        }
    }
}
