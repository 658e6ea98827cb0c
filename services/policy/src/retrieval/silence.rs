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
    /// The greatest likeness that a clause of other policies has to the words asked for.
    pub like_elsewhere: f32,
}

/// Below this sum of the signs the policy is silent. The tuned questions still find more than 0.95 of their clauses, the goal.
const LEAST: f32 = 0.54;

impl Signs {
    /// The weights are a logistic regression's over `questions/tuned.tsv` and `near.tsv`, in shares of the first sign's. The
    /// likeness elsewhere was taken half the time from the second nearest line: one who lists what policies speak of, and
    /// asks, does both in the same words.
    pub fn are_of_silence(&self) -> bool {
        let sum = self.covered.min(1.0) + 1.38 * self.score.ln_1p() - 0.53 * self.unmet
            + 1.48 * self.like_words
            + 0.38 * self.like_text
            - 2.5 * self.like_elsewhere;
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
        like_elsewhere: 0.55,
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
                    like_text: -0.4,
                    ..ANSWERED
                },
            ),
            (
                "words more like what others say",
                Signs {
                    like_elsewhere: 0.7,
                    ..ANSWERED
                },
            ),
        ] {
            assert!(signs.are_of_silence(), "{what}");
        }
    }
}
