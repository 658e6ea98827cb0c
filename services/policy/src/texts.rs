//! What travel managers read in answers about policies.

pub const NO_SUCH_VERSION: &str = "There is no such policy version. list_policies shows all.";
pub const BAD_CURSOR: &str =
    "The cursor is not one of ours. Use it exactly as given, or leave it out to start over.";
pub const EMPTY: &str = "The file is empty. Choose the policy's document.";

pub fn too_large(bytes: u64, most: usize) -> String {
    format!(
        "The document has {bytes} bytes; {most} is the most. Upload the policy's text alone, without large pictures."
    )
}

/// A reason, as a sentence of its own.
pub fn sentence(reason: &str) -> String {
    let mut letters = reason.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}
