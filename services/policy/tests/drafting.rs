//! Covers: how many of the rules that people find in policies are drafted by patterns, and how many of those drafted they find.
//! `drafts/README.md` says how the policies are used. What a draft is held against is covered in `draft`.
//! Does not cover: drafts by a model.

use policy::evaluation::drafts::{SETS, evaluate};

/// Each floor stands just below what is reached; `-- --nocapture` shows that.
#[test]
fn rules_that_people_find_are_drafted_and_few_others() {
    for (set, (precision, recall)) in SETS.iter().zip([(0.96, 0.83), (0.98, 0.87), (0.95, 0.8)]) {
        let score = evaluate(set);
        println!(
            "{}: {:.3} of the drafted rules are right, {:.3} of the stated ones drafted",
            set.name,
            score.precision(),
            score.recall()
        );
        let differences = score.differences.join("\n");
        assert!(score.precision() >= precision, "{}\n{differences}", set.name);
        assert!(score.recall() >= recall, "{}\n{differences}", set.name);
    }
}
