//! `sojourn doctor`: the permissions of every function and state machine, against the calls it made.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use super::CommandError;
use super::connection::Connection;
use crate::web::doctor::{Examined, Granted, Used};

pub(super) async fn doctor(json: bool, data: Option<PathBuf>) -> Result<ExitCode, CommandError> {
    let connection = Connection::running(data).await?;
    let all = ask(&connection.running.web).await?;
    let mut out = std::io::stdout().lock();
    if json {
        for examined in &all {
            writeln!(out, "{}", serde_json::to_string(examined)?)?;
        }
    } else {
        print(&mut out, &all)?;
    }
    Ok(match all.iter().all(|examined| examined.denied.is_empty()) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

async fn ask(web: &str) -> Result<Vec<Examined>, CommandError> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = http::Request::get(format!("{web}/local/doctor")).body(Empty::<Bytes>::new())?;
    let body = client
        .request(request)
        .await?
        .into_body()
        .collect()
        .await?
        .to_bytes();
    Ok(serde_json::from_slice(&body)?)
}

fn print(out: &mut impl Write, all: &[Examined]) -> std::io::Result<()> {
    writeln!(out, "{:<32} {:>7} {:>7} {:>7}", "", "calls", "denied", "unused")?;
    for examined in all {
        writeln!(
            out,
            "{:<32} {:>7} {:>7} {:>7}",
            examined.name,
            times(&examined.allowed),
            times(&examined.denied),
            examined.unused.len()
        )?;
        for call in &examined.denied {
            let resource = short(&call.resource);
            writeln!(
                out,
                "    denied  {} on {resource}, {} times",
                call.action, call.times
            )?;
        }
        for (resources, actions) in by_resources(&examined.unused) {
            writeln!(out, "    unused  {} on {resources}", actions.join(", "))?;
        }
    }
    let unchecked: usize = all.iter().map(|examined| examined.unchecked.len()).sum();
    writeln!(
        out,
        "\nSince the cloud started. Unused may only mean that nothing led there yet.\n{unchecked} grants are for what \
         AWS does for the code (streams, destinations, logs, traces), and are not checked here."
    )
}

fn by_resources(grants: &[Granted]) -> BTreeMap<String, Vec<&str>> {
    let mut grouped: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for granted in grants {
        let resources: Vec<_> = granted.resources.iter().map(|arn| short(arn)).collect();
        grouped
            .entry(resources.join(", "))
            .or_default()
            .push(&granted.action);
    }
    grouped
}

/// An ARN without what all of them share: `table/sojourn-BookingsTable`.
fn short(arn: &str) -> &str {
    arn.splitn(6, ':').nth(5).unwrap_or(arn)
}

fn times(calls: &[Used]) -> u64 {
    calls.iter().map(|call| call.times).sum()
}

#[cfg(test)]
mod tests {
    //! Over HTTP against a cloud of our own; the comparison itself is tested where it is made.

    use super::*;
    use crate::commands::own_cloud;

    #[tokio::test]
    async fn seeding_is_denied_nothing_and_every_function_is_listed() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let server = own_cloud::start(directory.path()).await;
        server.laptop.cloud.idle().await;
        let all = ask(&server.running.web).await.expect("an answer");
        let ingest = all
            .iter()
            .find(|examined| examined.name == "PolicyIngestFunction");
        let ingest = ingest.expect("the function that read the sample policy");
        assert!(
            ingest.allowed.iter().any(|call| call.action == "s3:GetObject"),
            "{ingest:?}"
        );
        assert!(all.iter().all(|examined| examined.denied.is_empty()), "{all:?}");

        let mut shown = Vec::new();
        print(&mut shown, &all).expect("room");
        let shown = String::from_utf8(shown).expect("text");
        for examined in &all {
            assert!(shown.contains(&examined.name), "{shown}");
        }
    }
}
