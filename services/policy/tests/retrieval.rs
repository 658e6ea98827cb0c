//! Covers: that the right clauses are found, and silence is recognised, for labelled questions over two policies of
//! different structure and wording. `questions/README.md` says how the questions are used.
//! Does not cover: embeddings, which need a model.

use policy::evaluation::{Labelled, SETS, Score, Set, evaluate};

/// Each floor stands just below what is reached; `-- --nocapture` shows that. The set held out, which nothing was tuned on,
/// is what new questions must be expected to reach.
#[test]
fn labelled_questions_find_their_clauses_or_silence() {
    let labelled = Labelled::read().unwrap();
    let indexes = labelled.indexes();
    let own = |policy: &str| policy == "sample" || policy == "handbook";
    let (asked, silent) = labelled
        .questions
        .iter()
        .filter(|question| own(&question.policy))
        .fold((0, 0), |(asked, silent), question| {
            (asked + 1, silent + usize::from(question.clauses.is_empty()))
        });
    assert!(
        asked >= 60 && silent >= 15,
        "{asked} questions, {silent} unanswerable"
    );
    for (set, name) in SETS {
        let score = evaluate(&indexes, &labelled.questions, |question| question.set == set);
        let (recall, recognised) = match set {
            Set::Tuned => (0.98, 0.94),
            Set::Near => (0.98, 0.96),
            Set::HeldOut => (0.98, 0.91),
            Set::Plain => (0.98, 0.92),
            Set::Others => (0.97, 0.9),
            Set::OthersHeldOut => (0.95, 0.86),
        };
        check(name, &score, recall, recognised);
    }
}

fn check(name: &str, score: &Score, recall: f64, recognised: f64) {
    let wrong = score.wrong.join("\n  ");
    let found = score.recall_at_5();
    assert!(found >= recall, "{name}: recall@5 {found:.3}\n  {wrong}");
    let silent = score.recognised();
    println!(
        "{name:<17} recall@5 {found:.3}, recognised {silent:.3}, doubted {:.3}",
        score.share_doubted()
    );
    assert!(silent >= recognised, "{name}: recognised {silent:.3}\n  {wrong}");
}
