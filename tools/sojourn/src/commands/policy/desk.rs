//! What every action needs: the tables and the bucket of the running cloud, and reading a version or a file.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use aws_types::SdkConfig;
use events_schema::ids::PolicyVersion;
use events_schema::money::Money;
#[cfg(test)]
use events_schema::rows::PolicyRow;
use events_schema::rows::{ClauseRow, PolicyRules, RuleDraft};
use lambda_host::Runtime;
use policy::draft::rates_in;
use policy::library::{Edition, Library};
use policy::{Policies, unheld};

use crate::commands::events::table;
use crate::commands::{CommandError, outside, up};
use crate::laptop::LocalHttp;
use crate::running::Running;

pub(super) struct Desk {
    pub aws: SdkConfig,
    pub runtime: Runtime,
    pub policies: Policies,
    pub library: Library,
}

/// A policy as people ask it: with rules, if it has any.
pub(super) struct Version {
    pub name: PolicyVersion,
    pub rules: Option<PolicyRules>,
    /// How the rules came about, where nobody wrote them.
    pub draft: Option<RuleDraft>,
    pub clauses: Vec<ClauseRow>,
}

impl Version {
    /// Amounts that a clause names and that no rule holds; none where there are no rules at all.
    pub fn unheld(&self, clause: &ClauseRow) -> Vec<Money> {
        unheld(clause, self.rules.as_ref())
    }
}

impl Desk {
    pub async fn new(running: &Running) -> Result<Self, CommandError> {
        let aws = outside::sdk_config(running);
        let dynamo = aws_sdk_dynamodb::Client::new(&aws);
        let mut settings = BTreeMap::new();
        for (setting, logical_id) in [
            ("POLICIES_TABLE", "PoliciesTable"),
            ("POLICY_CLAUSES_TABLE", "PolicyClausesTable"),
            ("JOURNAL_TABLE", "JournalTable"),
        ] {
            settings.insert(setting.to_owned(), table(&dynamo, logical_id).await?);
        }
        // The template names the bus after the stack, as it names the tables.
        let stack = settings["JOURNAL_TABLE"]
            .trim_end_matches("-JournalTable")
            .to_owned();
        settings.insert("BUS_NAME".into(), format!("{stack}-bus"));
        let runtime = Runtime {
            aws: aws.clone(),
            settings,
            clock: Arc::new(up::WallClock),
            http: Arc::new(LocalHttp::new()),
        };
        Ok(Self {
            policies: Policies::from_runtime(&runtime)?,
            library: Library::from_runtime(&runtime)?,
            aws,
            runtime,
        })
    }

    /// Those new bookings follow, if any policy is active.
    pub async fn active_rules(&self) -> Result<Option<PolicyRules>, CommandError> {
        match self.policies.active().await? {
            Some(active) => Ok(self.version(Some(&active.active_version)).await?.rules),
            None => Ok(None),
        }
    }

    /// The version named, or the active one.
    pub async fn version(&self, version: Option<&PolicyVersion>) -> Result<Version, CommandError> {
        let Edition {
            row, rules, clauses, ..
        } = self.edition(version).await?;
        Ok(Version {
            name: row.version,
            rules,
            draft: row.draft,
            clauses,
        })
    }

    /// The same, as it is asked.
    pub async fn edition(&self, version: Option<&PolicyVersion>) -> Result<Edition, CommandError> {
        let name = match version {
            Some(version) => version.clone(),
            None => {
                let active = self.policies.active().await?;
                active
                    .ok_or("no policy is active: add one with `policy add FILE --activate`")?
                    .active_version
            }
        };
        let edition = self.library.edition(&name).await?;
        let edition = edition.ok_or_else(|| unknown(&name))?;
        match &edition.row.reason {
            Some(reason) => Err(format!("policy version {name} was not readable: {reason}").into()),
            None => Ok(edition),
        }
    }

    #[cfg(test)]
    pub async fn row(&self, version: &PolicyVersion) -> Result<PolicyRow, CommandError> {
        let row = self.policies.row(version).await?;
        row.ok_or_else(|| unknown(version))
    }
}

fn unknown(version: &PolicyVersion) -> CommandError {
    format!("there is no policy version {version}: `policy list` shows all").into()
}

/// A policy from a file, read as an upload would be; drafted rules have the rates of those that are active.
pub(super) fn from_file(path: &Path, active: Option<&PolicyRules>) -> Result<Version, CommandError> {
    let bytes = std::fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let document = policy::parse(&path.to_string_lossy(), &bytes, None)?;
    let name = PolicyVersion::new(path.file_name().unwrap_or_default().to_string_lossy());
    let (rules, draft) = match policy::rules_of(&name, &document)? {
        Some(rules) => (Some(rules), None),
        // As an upload without a model would.
        None => {
            let rates = |currency| active.map_or_else(BTreeMap::new, |active| rates_in(currency, active));
            let drafted = policy::draft::by_patterns(&name, &document, rates);
            (drafted.rules, Some(drafted.draft))
        }
    };
    Ok(Version {
        rules,
        draft,
        clauses: document.clauses.iter().map(|clause| clause.row(&name)).collect(),
        name: name.clone(),
    })
}
