//! The generated files in the working tree: written, or compared.

use std::io;
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::gate::Consumer;
use crate::gate::consumers::from_rules;
use crate::{FOLDERS, Files};

/// Who subscribes in this repository, and what they read.
pub fn consumers(repository: &Path) -> io::Result<Vec<Consumer>> {
    let mut entries: Vec<_> = std::fs::read_dir(repository.join("rules"))?.collect::<Result<_, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    let mut rules = Vec::new();
    for entry in entries {
        rules.push((
            entry.file_name().to_string_lossy().into_owned(),
            json(&entry.path())?,
        ));
    }
    let declared: Vec<Consumer> = json(&repository.join("events-schema/consumers.json"))?;
    Ok(from_rules(&rules, &declared))
}

/// A JSON file; its errors name it.
pub fn json<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    let named = |error: &dyn std::fmt::Display| io::Error::other(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| named(&error))?;
    serde_json::from_str(&text).map_err(|error| named(&error))
}

/// Writes below `repository/events-schema` what differs and removes what is left over; says how many files that were.
pub fn write(repository: &Path, files: &Files) -> io::Result<usize> {
    let root = repository.join("events-schema");
    let mut changed = 0;
    for path in left_over(&root, files)? {
        std::fs::remove_file(root.join(path))?;
        changed += 1;
    }
    for (path, text) in files {
        let path = root.join(path);
        if std::fs::read_to_string(&path).is_ok_and(|found| found == *text) {
            continue;
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, text)?;
        changed += 1;
    }
    Ok(changed)
}

/// A line for each file that differs, is missing or is left over.
pub fn differing(repository: &Path, files: &Files) -> io::Result<Vec<String>> {
    let root = repository.join("events-schema");
    let mut differing: Vec<_> = left_over(&root, files)?
        .into_iter()
        .map(|path| format!("events-schema/{path}: no such type"))
        .collect();
    for (path, text) in files {
        match std::fs::read_to_string(root.join(path)) {
            Ok(found) if found == *text => {}
            Ok(_) => differing.push(format!("events-schema/{path}: differs")),
            Err(error) => differing.push(format!("events-schema/{path}: {error}")),
        }
    }
    Ok(differing)
}

fn left_over(root: &Path, files: &Files) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        walk(root, folder, &mut found)?;
    }
    found.retain(|path| !files.contains_key(path));
    Ok(found)
}

fn walk(root: &Path, folder: &str, found: &mut Vec<String>) -> io::Result<()> {
    let Ok(entries) = std::fs::read_dir(root.join(folder)) else {
        return Ok(());
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{folder}/{name}");
        match entry.file_type()?.is_dir() {
            // What tools leave behind.
            true if name.starts_with(['.', '_']) => {}
            true => walk(root, &path, found)?,
            false => found.push(path),
        }
    }
    Ok(())
}
