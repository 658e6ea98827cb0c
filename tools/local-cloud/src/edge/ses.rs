//! SES (v2), as far as sending goes: SendEmail from the template's identities. What is sent is kept in the data
//! directory instead of delivered, in order, for whoever looks into the mailbox.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Response};
use jiff::Timestamp;
use rusqlite::params;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::reply;
use crate::clock::Clock;
use crate::store::Store;
use crate::wire::{Access, AwsError, AwsService, Call, Protocol};

const PATH: &str = "/v2/email/outbound-emails";
/// SES's own bounds: people one message may go to, and bytes of it.
const MOST_RECIPIENTS: usize = 50;
const MOST_BYTES: usize = 40 * 1024 * 1024;

pub struct Ses {
    region: String,
    account: String,
    /// Addresses and domains that may be sent from.
    identities: Vec<String>,
    store: Store,
    clock: Clock,
}

/// One message, as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Email {
    pub number: i64,
    pub sent_at: Timestamp,
    pub from: String,
    pub to: Vec<String>,
    pub subject: String,
    pub text: Option<String>,
    pub html: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendEmail {
    #[serde(default)]
    from_email_address: String,
    #[serde(default)]
    destination: Destination,
    #[serde(default)]
    content: Content,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Destination {
    to_addresses: Vec<String>,
    cc_addresses: Vec<String>,
    bcc_addresses: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    simple: Option<Simple>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Simple {
    subject: Text,
    body: Body,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    text: Option<Text>,
    html: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Text {
    data: String,
}

impl Ses {
    pub fn open(
        region: &str,
        account: &str,
        identities: Vec<String>,
        store: Store,
        clock: Clock,
    ) -> rusqlite::Result<Self> {
        store.lock().execute_batch(
            "CREATE TABLE IF NOT EXISTS emails (
                number INTEGER PRIMARY KEY, sent_at TEXT NOT NULL, sender TEXT NOT NULL, recipients TEXT NOT NULL,
                subject TEXT NOT NULL, text TEXT, html TEXT)",
        )?;
        Ok(Self {
            region: region.into(),
            account: account.into(),
            identities,
            store,
            clock,
        })
    }

    /// The newest `limit` messages, newest first.
    pub fn sent(&self, limit: usize) -> rusqlite::Result<Vec<Email>> {
        let connection = self.store.lock();
        let mut statement = connection.prepare_cached(
            "SELECT number, sent_at, sender, recipients, subject, text, html FROM emails ORDER BY number DESC LIMIT ?1",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map([limit], |row| {
            let (sent_at, recipients): (String, String) = (row.get(1)?, row.get(3)?);
            Ok(Email {
                number: row.get(0)?,
                // Written here as such.
                sent_at: sent_at.parse().unwrap_or(Timestamp::UNIX_EPOCH),
                from: row.get(2)?,
                to: serde_json::from_str(&recipients).unwrap_or_default(),
                subject: row.get(4)?,
                text: row.get(5)?,
                html: row.get(6)?,
            })
        })?;
        rows.collect()
    }

    /// The identity that covers `from`: the address itself, or its domain.
    fn identity(&self, from: &str) -> Option<&str> {
        let address = bare(from);
        let domain = address.rsplit_once('@').map(|(_, domain)| domain);
        let covers = |identity: &&String| *identity == address || Some(identity.as_str()) == domain;
        self.identities.iter().find(covers).map(String::as_str)
    }

    fn send(&self, request: &SendEmail) -> Result<String, AwsError> {
        let Destination {
            to_addresses,
            cc_addresses,
            bcc_addresses,
        } = &request.destination;
        let recipients: Vec<&String> = to_addresses
            .iter()
            .chain(cc_addresses)
            .chain(bcc_addresses)
            .collect();
        if recipients.is_empty() || recipients.len() > MOST_RECIPIENTS {
            return Err(bad_request("Recipient count is not between 1 and 50."));
        }
        if let Some(wrong) = recipients.iter().find(|address| !is_address(bare(address))) {
            return Err(bad_request(&format!("Invalid email address<{wrong}>.")));
        }
        let from = &request.from_email_address;
        if self.identity(from).is_none() {
            let message = format!(
                "Email address is not verified. The following identities failed the check in region {}: {from}",
                self.region
            );
            return Err(AwsError::new("MessageRejected", message));
        }
        let Some(Simple { subject, body }) = &request.content.simple else {
            return Err(bad_request(
                "the local cloud takes Simple content, neither Raw nor Template",
            ));
        };
        let (text, html) = (body.text.as_ref(), body.html.as_ref());
        if text.is_none() && html.is_none() {
            return Err(bad_request("The message has no body."));
        }
        let (text, html) = (text.map(|part| &part.data), html.map(|part| &part.data));
        let connection = self.store.lock();
        let written = connection.execute(
            "INSERT INTO emails (sent_at, sender, recipients, subject, text, html) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                self.clock.now().to_string(),
                from,
                json!(recipients).to_string(),
                subject.data,
                text,
                html
            ],
        );
        let failed = |error: rusqlite::Error| {
            AwsError::new("InternalServiceError", error.to_string()).with_status(500)
        };
        written.map_err(failed)?;
        let number = connection.last_insert_rowid();
        Ok(format!("{number:016x}-{}", self.region))
    }
}

/// `Name <address>` without its name.
fn bare(address: &str) -> &str {
    match address.rsplit_once('<') {
        Some((_, rest)) => rest.trim_end_matches('>'),
        None => address,
    }
}

fn is_address(text: &str) -> bool {
    let plain = text.chars().all(|letter| letter.is_ascii_graphic());
    let parts = text.split_once('@');
    plain && parts.is_some_and(|(name, domain)| !name.is_empty() && domain.len() > 2 && !domain.contains('@'))
}

fn bad_request(message: &str) -> AwsError {
    AwsError::new("BadRequestException", message)
}

fn read(call: &Call) -> Result<SendEmail, AwsError> {
    if (call.method.clone(), call.uri.path()) != (Method::POST, PATH) {
        return Err(AwsError::not_offered(
            "ses",
            &format!("{} {}", call.method, call.uri.path()),
        ));
    }
    serde_json::from_slice(&call.body).map_err(|error| bad_request(&error.to_string()))
}

#[async_trait]
impl AwsService for Ses {
    fn signing_name(&self) -> &'static str {
        "ses"
    }

    fn protocol(&self) -> Protocol {
        Protocol::RestJson
    }

    fn max_body_bytes(&self) -> usize {
        MOST_BYTES
    }

    fn access(&self, call: &Call) -> Result<Vec<Access>, AwsError> {
        let request = read(call)?;
        // AWS asks for the identity that covers the address, or for the address where none does.
        let from = &request.from_email_address;
        let identity = self.identity(from).unwrap_or_else(|| bare(from));
        Ok(vec![Access {
            action: "ses:SendEmail".into(),
            resource: format!("arn:aws:ses:{}:{}:identity/{identity}", self.region, self.account),
        }])
    }

    async fn call(&self, call: Call) -> Result<Response<Bytes>, AwsError> {
        let id = self.send(&read(&call)?)?;
        let answer = json!({"MessageId": id});
        Ok(reply::with_body(200, "application/json", answer.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn open(folder: &std::path::Path) -> Ses {
        let store = Store::open(&folder.join("cloud.sqlite")).unwrap();
        let clock = Clock::starting_at(Timestamp::UNIX_EPOCH);
        let identities = vec!["travel@example.com".into(), "example.org".into()];
        Ses::open("eu-west-1", "000000000000", identities, store, clock).unwrap()
    }

    fn wish(from: &str, to: &[&str]) -> Value {
        json!({
            "FromEmailAddress": from,
            "Destination": {"ToAddresses": to},
            "Content": {"Simple": {
                "Subject": {"Data": "Über <alles>", "Charset": "UTF-8"},
                "Body": {"Text": {"Data": "Hello"}, "Html": {"Data": "<p>Hello</p>"}},
            }},
        })
    }

    fn call(body: &Value) -> Call {
        Call {
            caller: crate::wire::Caller::Outside,
            operation: String::new(),
            method: Method::POST,
            uri: PATH.parse().unwrap(),
            headers: http::HeaderMap::new(),
            body: Bytes::from(body.to_string()),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_sent_is_kept_over_a_restart_newest_first() {
        let folder = tempfile::tempdir().unwrap();
        let ses = open(folder.path());
        for to in ["one@example.net", "Two <two@example.net>"] {
            let answer = ses.call(call(&wish("travel@example.com", &[to]))).await.unwrap();
            let answer: Value = serde_json::from_slice(answer.body()).unwrap();
            assert!(answer["MessageId"].is_string(), "{answer}");
        }
        drop(ses);
        let sent = open(folder.path()).sent(10).unwrap();
        let to: Vec<_> = sent.iter().map(|email| email.to.join(",")).collect();
        assert_eq!(to, ["Two <two@example.net>", "one@example.net"]);
        assert_eq!(sent[1].subject, "Über <alles>");
        assert_eq!(
            (sent[1].text.as_deref(), sent[1].html.as_deref()),
            (Some("Hello"), Some("<p>Hello</p>"))
        );
        assert_eq!(open(folder.path()).sent(1).unwrap().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_ses_refuses_is_refused_by_its_code_and_nothing_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let ses = open(folder.path());
        let mut empty = wish("travel@example.com", &["one@example.net"]);
        empty["Content"] = json!({});
        let cases = [
            (
                wish("stranger@example.com", &["one@example.net"]),
                "MessageRejected",
            ),
            (wish("", &["one@example.net"]), "MessageRejected"),
            (wish("travel@example.com", &[]), "BadRequestException"),
            (wish("travel@example.com", &["no address"]), "BadRequestException"),
            (
                wish("travel@example.com", &["two@@example.net"]),
                "BadRequestException",
            ),
            (empty, "BadRequestException"),
            (json!("no object"), "BadRequestException"),
        ];
        for (body, code) in cases {
            let refused = ses.call(call(&body)).await.expect_err("refused");
            assert_eq!(refused.code, code, "{body}");
        }
        assert!(ses.sent(10).unwrap().is_empty());
        assert!(
            ses.call(call(&wish("Anybody <any@example.org>", &["one@example.net"])))
                .await
                .is_ok()
        );
    }

    /// The identity, not the recipient, is what a policy names.
    #[tokio::test(start_paused = true)]
    async fn permission_is_asked_for_the_identity_that_covers_the_sender() {
        let folder = tempfile::tempdir().unwrap();
        let ses = open(folder.path());
        for (from, identity) in [
            ("travel@example.com", "travel@example.com"),
            ("any@example.org", "example.org"),
        ] {
            let access = ses.access(&call(&wish(from, &["one@example.net"]))).unwrap();
            assert_eq!(access[0].action, "ses:SendEmail");
            assert_eq!(
                access[0].resource,
                format!("arn:aws:ses:eu-west-1:000000000000:identity/{identity}")
            );
        }
    }
}
