//! Travel managers' commands about the policy, on a socket: see the versions and where they stand, compare rules with
//! their clauses, upload a document, put a version in force.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::config::RequestChecksumCalculation;
use aws_sdk_s3::presigning::PresigningConfig;
use events_schema::ids::{ActionId, PolicyVersion};
use events_schema::problem::ErrorCode;
use events_schema::rows::{ClauseRow, Drafter, PolicyRow, PolicyRules, PolicyState};
use events_schema::socket::{Frame, FrameBody, OfficeCommand, PolicyClause, PolicyEntry, RuleInWords};
use lambda_host::door::{Caller, CommandError, Desk, Door, Refusal, answer, check_id, parsed};
use lambda_host::{Clock, ConfigError, Function, Live, Runtime};
use sha2::{Digest, Sha256};

use crate::activate::{ActivateError, activate};
use crate::documents::MOST_BYTES;
use crate::draft::by_rules::unheld::unheld;
use crate::in_words::in_words;
use crate::library::{Edition, Library};
use crate::parser::parser_for;
use crate::policies::Policies;
use crate::{texts, uploads};

/// How long the address of an upload can be used.
const UPLOAD_TIME: Duration = Duration::from_secs(15 * 60);
/// In bytes of clauses on one page: well within a frame.
const PAGE: usize = 20_000;
/// In characters of one clause: nobody compares more than that with a rule.
const LONGEST_CLAUSE: usize = 4_000;
/// Versions listed: older ones are in the table.
const MOST_LISTED: usize = 50;

/// Settings: those of the door and of `policy::activate`, and `POLICY_BUCKET`.
pub fn desk(runtime: &Runtime) -> Result<Arc<dyn Function>, ConfigError> {
    // A checksum would be that of the body we do not have.
    let s3 = aws_sdk_s3::config::Builder::from(&runtime.aws)
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .build();
    let desk = PolicyDesk {
        policies: Policies::from_runtime(runtime)?,
        library: Library::from_runtime(runtime)?,
        s3: aws_sdk_s3::Client::from_conf(s3),
        bucket: runtime.setting("POLICY_BUCKET")?.into(),
        clock: runtime.clock.clone(),
        runtime: runtime.clone(),
    };
    Ok(Arc::new(Door::new(desk, runtime)?))
}

struct PolicyDesk {
    policies: Policies,
    library: Library,
    s3: aws_sdk_s3::Client,
    bucket: String,
    clock: Arc<dyn Clock>,
    runtime: Runtime,
}

impl Desk for PolicyDesk {
    const ACTIONS: &'static [&'static str] =
        &["list_policies", "show_policy", "upload_policy", "activate_policy"];

    type Command = OfficeCommand;

    fn read(body: &str) -> Result<OfficeCommand, Refusal> {
        let command: OfficeCommand = parsed(body, Self::ACTIONS)?;
        match &command {
            OfficeCommand::ShowPolicy { version, .. } => check_id("version", version.as_str())?,
            OfficeCommand::UploadPolicy {
                action_id, file_name, ..
            } => {
                check_id("actionId", action_id.as_str())?;
                check_id("fileName", file_name)?;
            }
            OfficeCommand::ActivatePolicy { action_id, version } => {
                check_id("actionId", action_id.as_str())?;
                check_id("version", version.as_str())?;
            }
            _ => {}
        }
        Ok(command)
    }

    fn moves_money(command: &OfficeCommand) -> bool {
        command.moves_money()
    }

    async fn carry_out(
        &self,
        live: &Live,
        caller: &Caller,
        command: OfficeCommand,
    ) -> Result<Vec<Frame>, CommandError> {
        caller.must_be_travel_manager()?;
        let body = match command {
            OfficeCommand::ListPolicies {} => self.list().await?,
            OfficeCommand::ShowPolicy { version, cursor } => self.show(&version, cursor.as_deref()).await?,
            OfficeCommand::UploadPolicy {
                action_id,
                file_name,
                bytes,
            } => self.upload(caller, action_id, &file_name, bytes).await?,
            OfficeCommand::ActivatePolicy { version, .. } => {
                activate(&self.runtime, live, &version, &caller.employee)
                    .await
                    .map_err(refused)?;
                self.list().await?
            }
            // The door lets no other action in.
            other => return Err(Refusal::not_found(other.name()).into()),
        };
        Ok(vec![answer::alone(body)])
    }
}

/// What a person can do something about is told to them.
fn refused(error: ActivateError) -> CommandError {
    match error {
        ActivateError::NotFound(_) => Refusal::not_found(texts::NO_SUCH_VERSION).into(),
        ActivateError::NotReady { .. } | ActivateError::NoRules(_) => {
            Refusal::conflict(texts::sentence(&error.to_string())).into()
        }
        other => CommandError::Failed(other.into()),
    }
}

impl PolicyDesk {
    async fn list(&self) -> Result<FrameBody, CommandError> {
        let rows = self.policies.versions().await?;
        let newest = rows.into_iter().rev().take(MOST_LISTED);
        let items = newest.map(|row| entry(&row)).collect::<Result<_, _>>()?;
        Ok(FrameBody::Policies { items })
    }

    async fn show(&self, version: &PolicyVersion, cursor: Option<&str>) -> Result<FrameBody, CommandError> {
        let edition = self.library.edition(version).await?;
        let edition = edition.ok_or_else(|| Refusal::not_found(texts::NO_SUCH_VERSION))?;
        let from = cursor.map_or(Ok(0), str::parse::<usize>);
        let from = from.map_err(|_| Refusal::invalid(texts::BAD_CURSOR))?;
        let (clauses, next) = page(&edition, from);
        let draft = edition.row.draft.as_ref();
        Ok(FrameBody::PolicyDetail {
            policy: entry(&edition.row)?,
            clauses,
            refused: draft.map(|draft| draft.refused.clone()).unwrap_or_default(),
            cursor: next.map(|next| next.to_string()),
        })
    }

    /// The same command again announces nothing new and gives another address for the same version.
    async fn upload(
        &self,
        caller: &Caller,
        action_id: ActionId,
        file_name: &str,
        bytes: u64,
    ) -> Result<FrameBody, CommandError> {
        parser_for(file_name).map_err(|unreadable| Refusal::invalid(texts::sentence(&unreadable.0)))?;
        if bytes > MOST_BYTES as u64 {
            let message = texts::too_large(bytes, MOST_BYTES);
            return Err(Refusal::new(ErrorCode::TooLarge, message).into());
        }
        if bytes == 0 {
            return Err(Refusal::invalid(texts::EMPTY).into());
        }
        let now = self.clock.now();
        let command = hex::encode(Sha256::digest(format!("{}:{action_id}", caller.employee)));
        let version = PolicyVersion::new(format!("{}-{}", now.strftime("%Y-%m-%d"), &command[..12]));
        let key = uploads::key(&version, file_name);
        let row = PolicyRow {
            version: version.clone(),
            state: PolicyState::Pending,
            document: key.clone(),
            document_hash: String::new(),
            rules: None,
            draft: None,
            clauses: 0,
            embedded_by: None,
            reason: None,
            uploaded_at: now,
            sequence: 0,
        };
        self.policies.announce(&row).await?;
        // Signed as announced: the bucket refuses a body of another length.
        let put = self.s3.put_object().bucket(&self.bucket).key(&key);
        let put = put
            .content_length(i64::try_from(bytes)?)
            .content_type(content_type(file_name));
        let expires = PresigningConfig::builder().expires_in(UPLOAD_TIME);
        let expires = expires.start_time(std::time::SystemTime::from(now)).build()?;
        let signed = put.presigned(expires).await?;
        let headers: BTreeMap<String, String> = signed
            .headers()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Ok(FrameBody::PolicyUpload {
            action_id,
            version,
            url: signed.uri().into(),
            headers,
            expires_at: now + UPLOAD_TIME,
        })
    }
}

fn content_type(file_name: &str) -> &'static str {
    if file_name.to_lowercase().ends_with(".pdf") {
        "application/pdf"
    } else {
        "text/markdown"
    }
}

fn entry(row: &PolicyRow) -> Result<PolicyEntry, serde_json::Error> {
    let rules: Option<PolicyRules> = row.rules.as_deref().map(serde_json::from_str).transpose()?;
    let drafted_by = row
        .draft
        .as_ref()
        .filter(|_| rules.is_some())
        .map(|draft| match draft.by {
            Drafter::Model => "model",
            Drafter::Rules => "rules",
        });
    Ok(PolicyEntry {
        version: row.version.clone(),
        state: row.state.as_str().into(),
        file_name: uploads::file_name(&row.document).into(),
        uploaded_at: row.uploaded_at,
        clauses: row.clauses,
        rules: rules.map_or(0, |rules| rules.rules.len() as u32),
        drafted_by: drafted_by.map(String::from),
        reason: row.reason.clone(),
    })
}

/// As many clauses as a frame holds, and where the next page begins.
fn page(edition: &Edition, from: usize) -> (Vec<PolicyClause>, Option<usize>) {
    let (mut clauses, mut bytes) = (Vec::new(), 0);
    for (position, row) in edition.clauses.iter().enumerate().skip(from) {
        let clause = beside_rules(row, edition.rules.as_ref());
        bytes += clause.text.len()
            + clause
                .rules
                .iter()
                .map(|rule| rule.says.len() + 80)
                .sum::<usize>()
            + 200;
        if bytes > PAGE && !clauses.is_empty() {
            return (clauses, Some(position));
        }
        clauses.push(clause);
    }
    (clauses, None)
}

fn beside_rules(row: &ClauseRow, rules: Option<&PolicyRules>) -> PolicyClause {
    let cited = rules.iter().flat_map(|rules| &rules.rules);
    let cited = cited.filter(|rule| rule.clause == row.clause_id);
    PolicyClause {
        unheld: unheld(row, rules),
        clause: row.clause_id.clone(),
        section: row.section.clone(),
        page: row.page,
        text: row.text.chars().take(LONGEST_CLAUSE).collect(),
        rules: cited
            .map(|rule| RuleInWords {
                id: rule.id.clone(),
                says: in_words(&rule.kind),
            })
            .collect(),
    }
}
