//! Covers: that the right clauses are found, and silence is recognised, for labelled questions over two policies of
//! different structure and wording. `questions/README.md` says how the questions are used.
//! Does not cover: embeddings, which need a model.

use std::collections::BTreeMap;

use policy::Index;
use policy::evaluation::{Question, Score, Set, clauses, evaluate, questions};

const POLICIES: [(&str, &str); 2] = [
    (
        "sample",
        include_str!("../../../tools/sojourn/sample/travel-policy.md"),
    ),
    (
        "handbook",
        include_str!("../../../tools/sojourn/sample/field-handbook.md"),
    ),
];
const QUESTIONS: [(Set, &str); 3] = [
    (Set::Tuned, include_str!("../questions/tuned.tsv")),
    (Set::Near, include_str!("../questions/near.tsv")),
    (Set::HeldOut, include_str!("../questions/held-out.tsv")),
];

/// Each floor stands just below what is reached. The set held out, which nothing was tuned on, is what new questions must
/// be expected to reach: the goals, 0.95 and 0.9, are not met by it.
#[test]
fn labelled_questions_find_their_clauses_or_silence() {
    let all: Vec<Question> = QUESTIONS
        .iter()
        .flat_map(|(set, text)| questions(*set, text))
        .collect();
    let indexes: BTreeMap<&str, Index> = POLICIES
        .iter()
        .map(|(name, text)| (*name, Index::of(&clauses(text).unwrap())))
        .collect();
    let silent = all.iter().filter(|question| question.clauses.is_empty()).count();
    assert!(
        all.len() >= 60 && silent >= 15,
        "{} questions, {silent} unanswerable",
        all.len()
    );
    // Each question is asked once, and counted in every set that it belongs to.
    let scores: Vec<(&str, Set, Score)> = QUESTIONS
        .iter()
        .flat_map(|(set, _)| POLICIES.map(|(name, _)| (name, *set)))
        .map(|(name, set)| {
            let of = |question: &Question| question.policy == name && question.set == set;
            (name, set, evaluate(&indexes, &all, of))
        })
        .collect();
    let of = |belongs: &dyn Fn(&str, Set) -> bool| {
        let belonging = scores.iter().filter(|(name, set, _)| belongs(name, *set));
        belonging.fold(Score::default(), |sum, (_, _, score)| sum.and(score))
    };
    check("all", &of(&|_, _| true), 0.89, 0.75);
    check("tuned", &of(&|_, set| set == Set::Tuned), 0.94, 0.90);
    check("near", &of(&|_, set| set == Set::Near), 0.81, 0.65);
    check("held out", &of(&|_, set| set == Set::HeldOut), 0.81, 0.63);
    check("sample", &of(&|policy, _| policy == "sample"), 0.87, 0.84);
    check("handbook", &of(&|policy, _| policy == "handbook"), 0.91, 0.66);
}

fn check(name: &str, score: &Score, recall: f64, recognised: f64) {
    let wrong = score.wrong.join("\n  ");
    let found = score.recall_at_5();
    assert!(found >= recall, "{name}: recall@5 {found:.3}\n  {wrong}");
    let silent = score.recognised();
    assert!(silent >= recognised, "{name}: recognised {silent:.3}\n  {wrong}");
}
