//! `policy add FILE`: the way of every upload. The file goes into the bucket, S3 says so, and the service reads it.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_sdk_s3::Client;
use clap::Args;
use events_schema::ids::PolicyVersion;
use events_schema::rows::{PolicyRow, PolicyState};

use super::activate::{activate, manager};
use super::desk::Desk;
use crate::commands::CommandError;
use lambda_host::counted::counted;

const PATIENCE: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(100);

#[derive(Args)]
pub struct AddArgs {
    /// Markdown (.md) or PDF (.pdf).
    file: PathBuf,
    /// Typed rules for a document that cannot hold them itself, as JSON with `policy` and `rules`.
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Activate it once it is read.
    #[arg(long)]
    activate: bool,
    /// Who does it: must be a travel manager or an administrator.
    #[arg(long = "as", value_name = "NAME", default_value = "travel-manager")]
    person: String,
}

pub(super) async fn add(out: &mut impl Write, desk: &Desk, args: &AddArgs) -> Result<(), CommandError> {
    manager(desk, &args.person).await?;
    let known: BTreeSet<PolicyVersion> = desk
        .policies
        .versions()
        .await?
        .into_iter()
        .map(|row| row.version)
        .collect();
    let key = upload(desk, args).await?;
    let row = read(desk, &known, &key).await?;
    if row.state == PolicyState::Failed {
        let reason = row.reason.unwrap_or_default();
        return Err(format!("{} is no policy: {reason}", args.file.display()).into());
    }
    let rules = row
        .rules
        .as_deref()
        .map(serde_json::from_str::<events_schema::rows::PolicyRules>)
        .transpose()?;
    let count = rules.map_or(0, |rules| rules.rules.len());
    let drafted = row.draft.as_ref().map_or("", |_| " drafted from the text");
    writeln!(
        out,
        "{}  ready: {}, {}{drafted}",
        row.version,
        counted(row.clauses, "clause", "clauses"),
        counted(count, "rule", "rules")
    )?;
    for reason in row.draft.iter().flat_map(|draft| &draft.refused) {
        writeln!(out, "  not taken: {reason}")?;
    }
    let version = desk.version(Some(&row.version)).await?;
    let partly = version
        .clauses
        .iter()
        .filter(|clause| !version.unheld(clause).is_empty());
    match partly.count() {
        0 => {}
        count => writeln!(
            out,
            "  {} that no rule holds: `policy show {}` marks them with !",
            counted(count, "clause names amounts", "clauses name amounts"),
            row.version
        )?,
    }
    if args.activate {
        return activate(out, desk, &row.version, &args.person).await;
    }
    writeln!(
        out,
        "`policy show {}` shows each rule beside its clause; `policy activate` puts it in force.",
        row.version
    )?;
    Ok(())
}

/// The key it was put under.
async fn upload(desk: &Desk, args: &AddArgs) -> Result<String, CommandError> {
    let s3 = Client::new(&desk.aws);
    let bucket = bucket(&s3).await?;
    let name = args
        .file
        .file_name()
        .ok_or("name a file")?
        .to_string_lossy()
        .into_owned();
    let rules_key = format!("{name}.rules.json");
    if let Some(rules) = &args.rules {
        let body = contents(rules)?;
        s3.put_object()
            .bucket(&bucket)
            .key(&rules_key)
            .body(body.into())
            .send()
            .await?;
    }
    let put = s3
        .put_object()
        .bucket(&bucket)
        .key(&name)
        .body(contents(&args.file)?.into());
    let put = if args.rules.is_some() {
        put.metadata("rules-key", rules_key)
    } else {
        put
    };
    put.send().await?;
    Ok(name)
}

fn contents(path: &Path) -> Result<Vec<u8>, CommandError> {
    std::fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()).into())
}

async fn bucket(s3: &Client) -> Result<String, CommandError> {
    let buckets = s3.list_buckets().send().await?;
    let mut names = buckets.buckets().iter().filter_map(|bucket| bucket.name());
    let found = names.find(|name| name.to_lowercase().contains("policybucket"));
    found
        .map(String::from)
        .ok_or_else(|| "the running template has no PolicyBucket".into())
}

/// The version that the upload became, once it is read to the end.
async fn read(desk: &Desk, known: &BTreeSet<PolicyVersion>, key: &str) -> Result<PolicyRow, CommandError> {
    for _ in 0..PATIENCE.as_millis() / LOOK.as_millis() {
        let rows = desk.policies.versions().await?;
        let done = |row: &PolicyRow| !matches!(row.state, PolicyState::Pending | PolicyState::Processing);
        let found = rows
            .into_iter()
            .find(|row| row.document == key && !known.contains(&row.version) && done(row));
        if let Some(row) = found {
            return Ok(row);
        }
        tokio::time::sleep(LOOK).await;
    }
    Err(format!(
        "{key} was uploaded and not read within {} s: see `dlq list`",
        PATIENCE.as_secs()
    )
    .into())
}
