//! Rust source as these tests look at it.

use crate::repository::{files_ending, read};

pub struct Source {
    pub path: String,
    pub text: String,
}

impl Source {
    /// Lines that hold code, with their numbers: comments are free to name what code must not use.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate();
        lines
            .map(|(index, line)| (index + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Where code contains `text`.
    pub fn places_of(&self, text: &str) -> Vec<String> {
        let lines = self.code().filter(|(_, line)| line.contains(text));
        lines
            .map(|(number, line)| format!("{}:{number}: {}", self.path, line.trim()))
            .collect()
    }
}

pub fn sources(folders: &[&str]) -> Vec<Source> {
    let paths = folders.iter().flat_map(|folder| files_ending(folder, ".rs"));
    let sources: Vec<_> = paths
        .map(|path| Source {
            text: read(&path),
            path,
        })
        .collect();
    assert!(!sources.is_empty(), "{folders:?} hold no source");
    sources
}

/// Fails with every place named.
pub fn nowhere(what: &str, places: Vec<String>) {
    assert!(places.is_empty(), "{what}:\n{}", places.join("\n"));
}
