//! Whether a policy speaks of what is asked at all.

/// What of a question and its nearest clauses tells whether it is answered.
#[derive(Clone, Copy, Debug)]
pub struct Signs {
    /// The logarithm of the odds that a clause answers it, as the sentence model has them.
    pub odds: f32,
    /// The share of what is asked that the words of one of the nearest clauses speak of.
    pub covered: f32,
}

/// Below this sum of the signs the policy is silent. Higher, more of what it does not say is recognised, and more of what it
/// says is doubted: `questions/fit.py` prints both.
const LEAST: f32 = 2.0;
/// In shares of the first sign's. A logistic regression over labelled questions gives more where those count that the
/// concepts were tuned on, and less without them.
const OF_COVERED: f32 = 1.7;

impl Signs {
    pub fn are_of_silence(&self) -> bool {
        self.odds + OF_COVERED * self.covered < LEAST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sign_can_tell_silence() {
        for (odds, covered, silent) in [
            (2.0, 0.8, false),
            (-9.0, 0.8, true),
            (3.0, 0.0, false),
            (-1.5, 0.0, true),
        ] {
            assert_eq!(
                Signs { odds, covered }.are_of_silence(),
                silent,
                "{odds} {covered}"
            );
        }
    }
}
