//! `sojourn doctor`: the permissions of every function and state machine, against the calls it made.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use local_cloud::template::Ignored;
use serde::de::DeserializeOwned;

use super::connection::Connection;
use super::{CommandError, DoctorArgs, not_honoured};
use crate::web::doctor::{Examined, Granted, Used};
use lambda_host::counted::counted;

pub(super) async fn doctor(args: DoctorArgs) -> Result<ExitCode, CommandError> {
    let connection = Connection::running(args.data).await?;
    let mut out = std::io::stdout().lock();
    if args.not_honoured {
        let all: Vec<Ignored> = ask(&connection.running.web, "not-honoured").await?;
        for one in &all {
            match args.json {
                true => writeln!(out, "{}", serde_json::to_string(one)?)?,
                false => writeln!(out, "{}", not_honoured::line(one))?,
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    let all: Vec<Examined> = ask(&connection.running.web, "doctor").await?;
    if args.json {
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

async fn ask<T: DeserializeOwned>(web: &str, what: &str) -> Result<T, CommandError> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = http::Request::get(format!("{web}/local/{what}")).body(Empty::<Bytes>::new())?;
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
    writeln!(
        out,
        "{:<32} {:>7} {:>7} {:>7} {:>7}",
        "", "calls", "denied", "broad", "unused"
    )?;
    for examined in all {
        writeln!(
            out,
            "{:<32} {:>7} {:>7} {:>7} {:>7}",
            examined.name,
            times(&examined.allowed),
            times(&examined.denied),
            examined.broad.len(),
            examined.unused.len()
        )?;
        for call in &examined.denied {
            let resource = short(&call.resource);
            writeln!(
                out,
                "    denied  {} on {resource}, {}",
                call.action,
                counted(call.times, "time", "times")
            )?;
        }
        for call in &examined.broad {
            writeln!(out, "    broad   {} on {}", call.action, short(&call.resource))?;
        }
        for (resources, actions) in by_resources(&examined.unused) {
            writeln!(out, "    unused  {} on {resources}", actions.join(", "))?;
        }
    }
    let unchecked: usize = all.iter().map(|examined| examined.unchecked.len()).sum();
    writeln!(
        out,
        "\nSince the cloud started. Unused may only mean that nothing led there yet; broad is what only a \
         grant of more than that allows.\n{unchecked} grants are for what \
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

    fn used(action: &str, table: &str, times: u64) -> Used {
        let resource = format!("arn:aws:dynamodb:eu-west-1:000000000000:table/{table}");
        Used {
            action: action.into(),
            resource,
            times,
        }
    }

    fn granted(action: &str, table: &str) -> Granted {
        Granted {
            action: action.into(),
            resources: vec![used(action, table, 0).resource],
        }
    }

    /// The numbers a person looks for, what is behind each of them, and nothing about who did as they may.
    #[test]
    fn what_is_denied_broad_or_unused_is_counted_and_named() {
        let all = [
            Examined {
                name: "Quiet".into(),
                allowed: vec![used("dynamodb:GetItem", "a", 2), used("dynamodb:PutItem", "a", 3)],
                ..Examined::default()
            },
            Examined {
                name: "Loud".into(),
                denied: vec![used("dynamodb:Scan", "a", 4), used("dynamodb:Query", "b", 1)],
                broad: vec![used("dynamodb:GetItem", "c", 1)],
                unused: vec![
                    granted("dynamodb:PutItem", "d"),
                    granted("dynamodb:DeleteItem", "d"),
                    granted("dynamodb:Query", "e"),
                ],
                unchecked: vec![granted("dynamodb:GetRecords", "a")],
                ..Examined::default()
            },
        ];
        let mut shown = Vec::new();
        print(&mut shown, &all).expect("room");
        let shown = String::from_utf8(shown).expect("text");
        let words = |line: &str| {
            line.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
                .join(" ")
        };
        let lines: Vec<_> = shown.lines().map(words).collect();
        let expected = [
            "calls denied broad unused",
            "Quiet 5 0 0 0",
            "Loud 0 5 1 3",
            "denied dynamodb:Scan on table/a, 4 times",
            "denied dynamodb:Query on table/b, 1 time",
            "broad dynamodb:GetItem on table/c",
            "unused dynamodb:PutItem, dynamodb:DeleteItem on table/d",
            "unused dynamodb:Query on table/e",
            "",
        ];
        assert_eq!(lines[..expected.len()], expected, "{shown}");
        assert!(
            lines[expected.len() + 1].starts_with("1 grants are for what AWS does"),
            "{shown}"
        );
    }

    #[tokio::test]
    async fn seeding_is_denied_nothing_and_every_function_is_listed() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let server = own_cloud::start(directory.path()).await;
        server.laptop.cloud.idle().await;
        let all: Vec<Examined> = ask(&server.running.web, "doctor").await.expect("an answer");
        let ingest = all
            .iter()
            .find(|examined| examined.name == "PolicyIngestFunction");
        let ingest = ingest.expect("the function that read the sample policy");
        assert!(
            ingest.allowed.iter().any(|call| call.action == "s3:GetObject"),
            "{ingest:?}"
        );
        assert!(all.iter().all(|examined| examined.denied.is_empty()), "{all:?}");

        let ignored: Vec<Ignored> = ask(&server.running.web, "not-honoured").await.expect("an answer");
        assert_eq!(ignored, server.laptop.cloud.template().ignored);

        let mut shown = Vec::new();
        print(&mut shown, &all).expect("room");
        let shown = String::from_utf8(shown).expect("text");
        for examined in &all {
            assert!(shown.contains(&examined.name), "{shown}");
        }
    }
}
