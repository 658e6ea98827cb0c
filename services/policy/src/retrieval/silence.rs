//! Whether a policy speaks of what is asked at all.

/// What of a question and its nearest clauses tells whether it is answered.
pub struct Signs {
    /// The share of what is asked that one of the nearest clauses speaks of.
    pub covered: f32,
    /// The highest score by words, in units of what a word that no clause has would weigh.
    pub score: f32,
    /// What is asked for in words that no clause has, in the same unit.
    pub unmet: f32,
    /// The greatest likeness to the words asked for, and to the whole question.
    pub like_words: f32,
    pub like_text: f32,
}

/// Below this sum of the signs the policy is silent.
const LEAST: f32 = 2.7;

impl Signs {
    /// The weights are a logistic regression's over the tuned questions, each also with a quarter and with half of its words
    /// taken from the concepts: the list knows the tuned questions' words better than it knows anybody else's.
    pub fn are_of_silence(&self) -> bool {
        let sum =
            self.covered.min(1.0) + 2.2 * self.like_words + 2.13 * self.like_text + 1.68 * self.score.ln_1p()
                - 1.75 * self.unmet;
        sum < LEAST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWERED: Signs = Signs {
        covered: 1.0,
        score: 0.3,
        unmet: 0.0,
        like_words: 0.4,
        like_text: 0.25,
    };

    #[test]
    fn each_sign_can_tell_silence() {
        assert!(!ANSWERED.are_of_silence());
        for (what, signs) in [
            (
                "nothing covered",
                Signs {
                    covered: 0.0,
                    ..ANSWERED
                },
            ),
            (
                "no word met well",
                Signs {
                    score: 0.0,
                    ..ANSWERED
                },
            ),
            (
                "much that no clause speaks of",
                Signs {
                    unmet: 1.0,
                    ..ANSWERED
                },
            ),
            (
                "words unlike any",
                Signs {
                    like_words: 0.1,
                    ..ANSWERED
                },
            ),
            (
                "a text unlike any",
                Signs {
                    like_text: -0.1,
                    ..ANSWERED
                },
            ),
        ] {
            assert!(signs.are_of_silence(), "{what}");
        }
    }
}
