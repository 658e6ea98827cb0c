//! Documents that are announced before they are uploaded: the version's name is part of the object's key, so that the
//! upload finds the version it was announced as.

use events_schema::ids::PolicyVersion;

const FOLDER: &str = "uploads/";
/// A name longer than this tells nobody more.
const LONGEST_NAME: usize = 120;

pub fn key(version: &PolicyVersion, file_name: &str) -> String {
    format!("{FOLDER}{version}/{}", safe(file_name))
}

/// The version that an object's key announces.
pub fn version_in(key: &str) -> Option<PolicyVersion> {
    let (version, _) = key.strip_prefix(FOLDER)?.split_once('/')?;
    (!version.is_empty()).then(|| PolicyVersion::new(version))
}

/// What the document was called by whoever uploaded it.
pub fn file_name(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

/// Letters, digits, and what file names commonly have; the ending is kept.
fn safe(name: &str) -> String {
    let name = file_name(name);
    let known = |letter: char| letter.is_alphanumeric() || " ._-()".contains(letter);
    let name: Vec<char> = name
        .chars()
        .map(|letter| if known(letter) { letter } else { '_' })
        .collect();
    name[name.len().saturating_sub(LONGEST_NAME)..].iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_its_version_and_its_file() {
        let version = PolicyVersion::new("2026-11-20T09-00-00Z-1f3a9c");
        let key = key(&version, "../travel policy: 2026.pdf");
        assert_eq!(key, "uploads/2026-11-20T09-00-00Z-1f3a9c/travel policy_ 2026.pdf");
        assert_eq!(version_in(&key), Some(version));
        assert_eq!(file_name(&key), "travel policy_ 2026.pdf");
        for other in ["policy.md", "uploads/policy.md", "uploads//x.md"] {
            assert_eq!(version_in(other), None, "{other}");
        }
    }
}
