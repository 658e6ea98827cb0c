//! How names are compared: what stays equal when people leave out accents, capitals and punctuation.

/// The form two spellings of one name share: `St. Pölten` and `st polten` give `st polten`.
pub fn key(name: &str) -> String {
    let ascii = deunicode::deunicode(name);
    let mut key = String::with_capacity(ascii.len());
    // An apostrophe joins (`Xi'an`, `O'Hare`), everything else that is not a letter or digit separates.
    for character in ascii.chars().filter(|character| *character != '\'') {
        if character.is_ascii_alphanumeric() {
            key.push(character.to_ascii_lowercase());
        } else if !key.is_empty() && !key.ends_with(' ') {
            key.push(' ');
        }
    }
    key.truncate(key.trim_end().len());
    key
}
