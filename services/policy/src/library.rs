//! Versions as they are asked: their clauses, indexed once, and the one way in which words find them. Whoever answers a
//! question goes through here, so that a terminal and a socket cannot differ.

use std::sync::Arc;

use events_schema::ids::PolicyVersion;
use events_schema::rows::{ClauseRow, PolicyRow, PolicyRules};
use lambda_host::{ConfigError, Runtime};

use crate::embed::{Bedrock, Embedder, of_question};
use crate::policies::{Policies, PoliciesError};
use crate::retrieval::{Found, Index};

pub struct Library {
    policies: Policies,
    embedder: Arc<dyn Embedder>,
}

/// A version never changes once it was ready.
pub struct Edition {
    pub row: PolicyRow,
    /// Absent where the document has none: then it can be asked, and nothing be judged by it.
    pub rules: Option<PolicyRules>,
    pub clauses: Vec<ClauseRow>,
    index: Index,
}

#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    #[error(transparent)]
    Policies(#[from] PoliciesError),
    #[error("the rules of policy version {version} cannot be read")]
    Rules {
        version: PolicyVersion,
        source: serde_json::Error,
    },
}

impl Library {
    /// Settings: `POLICIES_TABLE`, `POLICY_CLAUSES_TABLE`.
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Ok(Self {
            policies: Policies::from_runtime(runtime)?,
            embedder: Arc::new(Bedrock::new(&runtime.aws)),
        })
    }

    pub async fn edition(&self, version: &PolicyVersion) -> Result<Option<Edition>, LibraryError> {
        let Some(row) = self.policies.row(version).await? else {
            return Ok(None);
        };
        let rules = row.rules.as_deref().map(serde_json::from_str).transpose();
        let rules = rules.map_err(|source| LibraryError::Rules {
            version: version.clone(),
            source,
        })?;
        let clauses = self.policies.clauses(version).await?;
        // Of a version from before the clauses were kept as the sentence model reads them, they are read now: seconds.
        Ok(Some(Edition::of(row, rules, clauses)))
    }

    /// The clauses that bear on the words, and whether any of them seems to say what is asked.
    pub async fn find(&self, edition: &Edition, words: &str) -> Found {
        let model = edition
            .row
            .embedded_by
            .as_deref()
            .filter(|_| edition.index.has_vectors());
        let vector = match model {
            Some(model) => of_question(self.embedder.as_ref(), model, words).await,
            None => None,
        };
        match vector {
            Some(vector) => edition.index.search_with(words, &vector),
            None => edition.index.search(words),
        }
    }
}

impl Edition {
    fn of(row: PolicyRow, rules: Option<PolicyRules>, mut clauses: Vec<ClauseRow>) -> Self {
        let vectors = clauses.iter().map(|clause| {
            let vector = clause.vector.as_ref();
            vector
                .map(events_schema::rows::Vector::values)
                .unwrap_or_default()
        });
        let index = Index::of(&clauses).with_vectors(vectors.collect());
        clauses.iter_mut().for_each(|clause| clause.reading = None);
        Self {
            row,
            rules,
            clauses,
            index,
        }
    }
}
