//! The port through which documents come in: bytes of some kind become clauses with their numbers, and the typed rules
//! that stand beside them. What the rules mean is checked elsewhere.

use events_schema::ids::{ClauseId, PolicyVersion};
use events_schema::rows::ClauseRow;
use serde_json::Value;

use crate::markdown::Markdown;
use crate::pdf::Pdf;

/// A document as its author structured it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// In the document's order, each number once.
    pub clauses: Vec<Clause>,
    /// Currency, rates and strict defaults.
    pub settings: Option<Value>,
    pub rules: Vec<RuleText>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    pub id: ClauseId,
    /// The heading it stands under.
    pub section: String,
    pub page: Option<u32>,
    pub text: String,
}

impl Clause {
    pub fn row(&self, version: &PolicyVersion) -> ClauseRow {
        ClauseRow {
            version: version.clone(),
            clause_id: self.id.clone(),
            section: self.section.clone(),
            page: self.page,
            text: self.text.clone(),
            vector: None,
            reading: None,
        }
    }
}

/// A typed rule, not yet read.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleText {
    /// The clause it stands under; it holds where the rule names none itself.
    pub under: Option<ClauseId>,
    pub rule: Value,
}

/// Why a document cannot become a policy: for the person who uploaded it, with what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

pub trait Parser: Sync {
    fn parse(&self, document: &[u8]) -> Result<Document, Unreadable>;
}

/// The parser for a document of this name.
pub fn parser_for(name: &str) -> Result<&'static dyn Parser, Unreadable> {
    let extension = name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_lowercase());
    match extension.as_deref() {
        Some("md" | "markdown") => Ok(&Markdown),
        Some("pdf") => Ok(&Pdf),
        _ => Err(Unreadable(format!(
            "{name} is of a kind that cannot be read: upload the policy as Markdown (.md) or PDF (.pdf)"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_kinds_are_refused_saying_what_to_do() {
        for name in ["policy.md", "a/b/Policy.MD", "p.markdown", "p.pdf"] {
            assert!(parser_for(name).is_ok(), "{name}");
        }
        for name in ["policy.docx", "policy", "md"] {
            let refusal = parser_for(name).err().unwrap().to_string();
            assert!(refusal.contains("Markdown (.md)"), "{refusal}");
        }
    }
}
