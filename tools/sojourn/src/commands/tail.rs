//! `sojourn tail`: the bus live, one event a line.

use std::io::Write;
use std::process::ExitCode;

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use super::connection::Connection;
use super::event_line::line;
use super::{CommandError, TailArgs};
use lambda_host::counted::counted;

pub(super) async fn tail(args: TailArgs) -> Result<ExitCode, CommandError> {
    let connection = Connection::running(args.data).await?;
    let address = address(&connection.running.web, args.pattern.as_deref());
    let listening = || eprintln!("listening; what happens from now on is shown, Ctrl-C ends it");
    follow(&address, listening, |event| print(&event, args.json)).await?;
    // Only a cloud that stops ends the stream.
    eprintln!("the cloud has stopped");
    Ok(ExitCode::SUCCESS)
}

fn address(web: &str, pattern: Option<&str>) -> String {
    match pattern {
        Some(pattern) => {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("pattern", pattern)
                .finish();
            format!("{web}/local/events?{query}")
        }
        None => format!("{web}/local/events"),
    }
}

/// Hands every line of the stream at `address` to `each`, until the stream ends or `each` fails. `listening` is called
/// once nothing will be missed.
async fn follow(
    address: &str,
    listening: impl FnOnce(),
    mut each: impl FnMut(Value) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = http::Request::get(address).body(Empty::<Bytes>::new())?;
    let response = client.request(request).await?;
    let status = response.status();
    let mut body = response.into_body();
    if !status.is_success() {
        let text = body.collect().await?.to_bytes();
        return Err(String::from_utf8_lossy(&text).into_owned().into());
    }
    listening();
    let mut unread = Vec::new();
    while let Some(frame) = body.frame().await {
        unread.extend_from_slice(&frame?.into_data().unwrap_or_default());
        while let Some(end) = unread.iter().position(|byte| *byte == b'\n') {
            let rest = unread.split_off(end + 1);
            let whole = std::mem::replace(&mut unread, rest);
            each(serde_json::from_slice(&whole)?)?;
        }
    }
    Ok(())
}

fn print(event: &Value, json: bool) -> Result<(), CommandError> {
    if let Some(missed) = event["missed"].as_u64() {
        let were_missed = counted(missed, "event was missed", "events were missed");
        eprintln!("{were_missed}: more came than could be read");
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    match json {
        true => writeln!(out, "{event}")?,
        false => writeln!(out, "{}", line(event))?,
    }
    // A pipe would keep the lines until it is full.
    out.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    //! Over HTTP against a cloud of our own.

    use super::*;
    use local_cloud::events::NewEvent;
    use serde_json::json;

    use crate::commands::own_cloud;

    #[tokio::test]
    async fn shows_what_the_pattern_selects_and_refuses_what_is_none() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let server = own_cloud::start(directory.path()).await;
        let pattern = r#"{"detail-type": [{"prefix": "Wanted"}]}"#;
        let wanted = address(&server.running.web, Some(pattern));
        let mut found = Vec::new();
        let listening = follow(
            &wanted,
            || {},
            |event| {
                found.push(event["detail-type"].as_str().unwrap_or_default().to_owned());
                match found.len() {
                    2 => Err("enough".into()),
                    _ => Ok(()),
                }
            },
        );
        let sending = async {
            // Whoever listens sees only what comes after: sent again until both were seen.
            loop {
                for name in ["Other", "Wanted1", "Wanted2"] {
                    let event = NewEvent {
                        source: "a-test".into(),
                        detail_type: name.into(),
                        detail: json!({}),
                        resources: Vec::new(),
                        time: None,
                    };
                    let cloud = &server.laptop.cloud;
                    let bus = &cloud.template().buses.first().expect("the bus").name;
                    cloud.parts().events.publish(bus, event).await.expect("published");
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            biased;
            ended = listening => assert_eq!(ended.expect_err("stopped").to_string(), "enough"),
            () = sending => {}
        }
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|name| name.starts_with("Wanted")), "{found:?}");

        let refused = follow(&address(&server.running.web, Some("{")), || {}, |_| Ok(())).await;
        let refused = refused.expect_err("no pattern").to_string();
        assert!(refused.starts_with("Event pattern is not valid"), "{refused}");
    }
}
