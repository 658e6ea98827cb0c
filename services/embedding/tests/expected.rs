//! Covers: that the model gives the vectors that its reference in Python does (`model/make.py`), within what whole numbers
//! cost, and what it takes texts of any length for. Does not cover: whether they are of any use; `policy` counts that.

use embedding::{DIMENSIONS, MOST_TOKENS, Model};

/// Text and vector a line.
const EXPECTED: &str = include_str!("../model/expected.tsv");
/// The reference multiplies floating point numbers, the crate whole ones of a byte.
const LEAST_COSINE: f32 = 0.998;

#[test]
fn texts_have_the_vectors_of_the_reference() {
    for line in EXPECTED.lines() {
        let (text, vector) = line.split_once('\t').unwrap();
        let vector: Vec<f32> = vector.split(' ').map(|value| value.parse().unwrap()).collect();
        assert_eq!(vector.len(), DIMENSIONS);
        let found = Model::shared().embed(text).bytes().into_iter();
        let found: Vec<f32> = found.map(|byte| f32::from(i8::from_le_bytes([byte]))).collect();
        let dot: f32 = vector.iter().zip(&found).map(|(a, b)| a * b).sum();
        let length = |values: &[f32]| values.iter().map(|value| value * value).sum::<f32>().sqrt();
        let cosine = dot / (length(&vector) * length(&found));
        assert!(cosine > LEAST_COSINE, "{text:?}: {cosine}");
    }
}

#[test]
fn the_clause_that_answers_is_the_nearest_and_another_matter_goes_unanswered() {
    let model = Model::shared();
    let clauses = [
        "Hotels: A room costs at most 150 EUR a night, breakfast included.",
        "Rail: Trains are preferred over planes for journeys of up to four hours.",
        "Expenses: Receipts are handed in within 30 days.",
    ]
    .map(|clause| model.embed(clause));
    let asked = |question: &str| {
        let asked = model.embed(question);
        let near = clauses.each_ref().map(|clause| asked.cosine(clause));
        (near, model.odds(&asked, &near))
    };
    let answered = [
        ("how expensive may my lodging be", 0),
        ("is it fine to fly when the railway takes three hours", 1),
        ("by when must I send in my bills", 2),
    ];
    let mut least = f32::INFINITY;
    for (question, clause) in answered {
        let (near, odds) = asked(question);
        assert!(
            near.iter().all(|other| *other <= near[clause]),
            "{question}: {near:?}"
        );
        least = least.min(odds);
    }
    for question in [
        "how many days of parental leave do I get",
        "who won the world cup",
    ] {
        let (_, odds) = asked(question);
        assert!(
            odds < least - 1.0,
            "{question}: {odds}, answered ones from {least}"
        );
    }
}

#[test]
fn a_text_without_end_is_read_to_the_last_token_that_fits() {
    let model = Model::shared();
    let long = model.embed(&"the hotel ".repeat(100_000));
    assert_eq!(long, model.embed(&"the hotel ".repeat((MOST_TOKENS - 2) / 2)));
    assert_ne!(long, model.embed(" \n"));
}
