//! The command line as people are told of it: every command of the README is one that the command takes.

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use sojourn::commands::Cli;

const README: &str = include_str!("../../../../README.md");
/// What stands for something of the reader's own, and an example of it.
const PLACEHOLDERS: &[(&str, &str)] = &[("[BOOKING]", super::STRANGER), ("BOOKING", super::STRANGER)];

#[test]
fn the_command_line_is_put_together_rightly() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_of_the_readme_is_taken() {
    let (mut seen, mut refused) = (0, Vec::new());
    for (command, is_whole) in README.lines().flat_map(commands) {
        let arguments = words(&command).into_iter().map(|word| {
            let known = PLACEHOLDERS.iter().find(|(name, _)| *name == word);
            known.map_or(word, |(_, example)| (*example).to_owned())
        });
        let parsed = Cli::try_parse_from(std::iter::once("sojourn".to_owned()).chain(arguments));
        let error = parsed.err().filter(clap::Error::use_stderr);
        refused.extend(
            error
                .filter(|error| is_whole || !may_be_left_out(error.kind()))
                .map(|error| format!("{command}: {error}")),
        );
        seen += 1;
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(seen > 40, "{seen} commands");
}

/// Of a command that is only named: what it needs, what an option of it needs, and examples.
fn may_be_left_out(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::MissingRequiredArgument | ErrorKind::InvalidValue | ErrorKind::ValueValidation
    )
}

/// What the check is worth: it refuses what is not there.
#[test]
fn a_command_that_is_not_there_is_refused() {
    for wrong in [
        "bok x", "book", "audit nobody", "up --prot 1", "policy what-of FILE", "dlq show",
    ] {
        let all = std::iter::once("sojourn".to_owned()).chain(words(wrong));
        assert!(Cli::try_parse_from(all).is_err(), "{wrong}");
    }
}

/// Of a line: what follows `cargo run … --`, which is to be typed as it is; and what stands in backquotes and begins like
/// one of our commands, which may be no more than its name.
fn commands(line: &str) -> Vec<(String, bool)> {
    let known: Vec<_> = Cli::command()
        .get_subcommands()
        .map(|one| one.get_name().to_owned())
        .collect();
    let typed = |text: &str| {
        let (_, command) = text.strip_prefix("cargo run ")?.split_once("-- ")?;
        Some((command.to_owned(), true))
    };
    let named = |quoted: &str| {
        let (first, _) = quoted.split_once(' ')?;
        known
            .iter()
            .any(|name| name == first)
            .then(|| (quoted.to_owned(), false))
    };
    let quoted = line.split('`').skip(1).step_by(2);
    let inline = quoted.filter_map(|quoted| typed(quoted).or_else(|| named(quoted)));
    typed(line).into_iter().chain(inline).collect()
}

/// As a shell takes a line apart: quotes hold together, and a comment ends it.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}
