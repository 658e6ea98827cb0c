//! The travel manager's command: new bookings follow this version from now on; running ones keep theirs.

use std::time::Duration;

use events_schema::ids::{EmployeeId, PolicyVersion};
use events_schema::policy::PolicyActivated;
use events_schema::rows::{ActivePolicyRow, PolicyRow, PolicyState};
use lambda_host::{ConfigError, Live, Runtime};

use crate::policies::{Policies, PoliciesError};
use crate::record::{Record, RecordError};

const ATTEMPTS: u32 = 4;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activated {
    pub version: PolicyVersion,
    pub replaces: Option<PolicyVersion>,
    /// It was active already.
    pub repeated: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum ActivateError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("there is no policy version {0}")]
    NotFound(PolicyVersion),
    #[error("policy version {version} is {}: only one that is ready or retired can be activated{}", state.as_str(),
        reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default())]
    NotReady {
        version: PolicyVersion,
        state: PolicyState,
        reason: Option<String>,
    },
    #[error(
        "policy version {0} has no typed rules, so nothing could be judged by it: add rules blocks, or a rules file \
         beside a PDF, and upload it again"
    )]
    NoRules(PolicyVersion),
    #[error(transparent)]
    Policies(#[from] PoliciesError),
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// Settings: `POLICIES_TABLE`, `POLICY_CLAUSES_TABLE`, `JOURNAL_TABLE`, `BUS_NAME`. That `by` may do this is for the
/// caller to have checked.
pub async fn activate(
    runtime: &Runtime,
    live: &Live,
    version: &PolicyVersion,
    by: &EmployeeId,
) -> Result<Activated, ActivateError> {
    let policies = Policies::from_runtime(runtime)?;
    let record = Record::from_runtime(runtime)?;
    let now = runtime.clock.now();
    for attempt in 0..ATTEMPTS {
        let row = policies
            .row(version)
            .await?
            .ok_or_else(|| ActivateError::NotFound(version.clone()))?;
        let before = policies.active().await?;
        if row.state == PolicyState::Active {
            record.publish_again(live, version).await?;
            return Ok(Activated {
                version: version.clone(),
                replaces: None,
                repeated: true,
            });
        }
        if !matches!(row.state, PolicyState::Ready | PolicyState::Retired) {
            return Err(ActivateError::NotReady {
                version: version.clone(),
                state: row.state,
                reason: row.reason,
            });
        }
        if row.rules.is_none() {
            return Err(ActivateError::NoRules(version.clone()));
        }
        let replaces = before.as_ref().map(|active| active.active_version.clone());
        let after = PolicyRow {
            state: PolicyState::Active,
            sequence: row.sequence + 1,
            ..row.clone()
        };
        let pointer = ActivePolicyRow {
            version: ActivePolicyRow::KEY.into(),
            active_version: version.clone(),
            activated_at: now,
            by: by.clone(),
        };
        let mut writes = vec![
            policies.change(&row, &after)?,
            policies.point(before.as_ref(), &pointer)?,
        ];
        if let Some(old) = &replaces {
            writes.push(policies.retire(old)?);
        }
        let event = PolicyActivated {
            version: version.clone(),
            replaces: replaces.clone(),
            by: by.clone(),
        };
        let cause = format!("{by}:activate#{}", after.sequence);
        match record
            .save(live, version, after.sequence, cause, &event, writes)
            .await
        {
            // Two managers at once: look again at who won.
            Err(RecordError::Conflict) => tokio::time::sleep(Duration::from_millis(20 << attempt)).await,
            Err(error) => return Err(error.into()),
            Ok(()) => {
                return Ok(Activated {
                    version: version.clone(),
                    replaces,
                    repeated: false,
                });
            }
        }
    }
    Err(RecordError::Conflict.into())
}
