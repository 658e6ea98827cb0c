//! `sojourn webhooks`: who outside is told what became of a booking.

use std::path::PathBuf;
use std::process::ExitCode;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use clap::Subcommand;
use local_cloud::endpoint::ACCOUNT;
use local_cloud::template::{LoadOptions, Template};
use webhooks::address::{Besides, parse};
use webhooks::signature::Secret;
use webhooks::webhook::{Secrets, Webhook, Webhooks};
use zeroize::Zeroizing;

use super::connection::Connection;
use super::events::table;
use super::up::{now, repository};
use super::{CommandError, outside};
use lambda_host::counted::counted;

const TABLE: &str = "WebhooksTable";
const KEY: &str = "WebhookSecretsKey";
/// What rules hand to the service.
const EVENTS: &[&str] = &[
    "BookingConfirmed", "BookingCancelled", "BookingFailed", "BookingExpired",
];
/// How long a replaced secret still signs.
const OVERLAP_HOURS: i64 = 24;

#[derive(Subcommand)]
pub enum Action {
    /// Tell this address; prints the secret, once.
    Add {
        /// https on a public network; here also http://127.0.0.1.
        address: String,
        /// With commas between (default: every one there is).
        #[arg(long, value_delimiter = ',')]
        events: Vec<String>,
    },
    /// Who is told what; no secrets.
    List,
    /// A new secret; the old one signs beside it for a day.
    Rotate { webhook: String },
    /// Tell this one no more.
    Remove { webhook: String },
}

pub async fn webhooks(action: Action, data: Option<PathBuf>) -> Result<ExitCode, CommandError> {
    let connection = Connection::running(data).await?;
    let config = outside::sdk_config(&connection.running);
    let dynamo = Client::new(&config);
    let desk = Desk {
        table: table(&dynamo, TABLE).await?,
        secrets: Secrets::new(
            aws_sdk_kms::Client::new(&config),
            key(&connection.running.region)?,
        ),
        dynamo,
    };
    match action {
        Action::Add { address, events } => desk.add(address, events).await?,
        Action::List => desk.list().await?,
        Action::Rotate { webhook } => desk.rotate(&webhook).await?,
        Action::Remove { webhook } => desk.remove(&webhook).await?,
    }
    Ok(ExitCode::SUCCESS)
}

struct Desk {
    dynamo: Client,
    table: String,
    secrets: Secrets,
}

impl Desk {
    async fn add(&self, address: String, mut events: Vec<String>) -> Result<(), CommandError> {
        parse(&address, Besides::Loopback).map_err(|why| format!("{address}: {why}"))?;
        if events.is_empty() {
            events = EVENTS.iter().map(|event| (*event).to_owned()).collect();
        }
        if let Some(event) = events.iter().find(|event| !EVENTS.contains(&event.as_str())) {
            return Err(format!("{event} is not told to webhooks; those are {}", EVENTS.join(", ")).into());
        }
        let webhook_id = format!("webhook-{:016x}", u64::from_be_bytes(random()));
        let secret = new_secret();
        let sealed = self.secrets.seal(&webhook_id, &secret).await?;
        let webhook = Webhook {
            webhook_id,
            address,
            events,
            secrets: vec![sealed],
        };
        self.keep(&webhook).await?;
        println!("{} is told at {}", webhook.webhook_id, webhook.address);
        println!("secret (shown this once): {}", *secret);
        Ok(())
    }

    async fn list(&self) -> Result<(), CommandError> {
        let webhooks = self.all().await?;
        if webhooks.is_empty() {
            println!("No address is told of bookings: `webhooks add` makes one.");
        }
        for webhook in webhooks {
            println!(
                "{}  {}  {}  {}",
                webhook.webhook_id,
                webhook.address,
                webhook.events.join(","),
                counted(webhook.secrets.len(), "secret", "secrets")
            );
        }
        Ok(())
    }

    async fn rotate(&self, id: &str) -> Result<(), CommandError> {
        let mut webhook = self.find(id).await?;
        let secret = new_secret();
        let sealed = self.secrets.seal(id, &secret).await?;
        webhook.rotate(sealed, now(), OVERLAP_HOURS);
        self.keep(&webhook).await?;
        println!("new secret (shown this once): {}", *secret);
        println!("the old one signs beside it for {OVERLAP_HOURS} hours");
        Ok(())
    }

    async fn remove(&self, id: &str) -> Result<(), CommandError> {
        self.find(id).await?;
        let delete = self.dynamo.delete_item().table_name(&self.table);
        delete
            .key("webhookId", AttributeValue::S(id.into()))
            .send()
            .await?;
        println!("{id} is told no more");
        Ok(())
    }

    async fn find(&self, id: &str) -> Result<Webhook, CommandError> {
        let found = self
            .all()
            .await?
            .into_iter()
            .find(|webhook| webhook.webhook_id == id);
        found.ok_or_else(|| format!("there is no webhook {id}; `webhooks list` shows them").into())
    }

    async fn all(&self) -> Result<Vec<Webhook>, CommandError> {
        let webhooks = Webhooks::new(self.dynamo.clone(), &self.table);
        webhooks.all().await.map_err(|error| error.report().into())
    }

    async fn keep(&self, webhook: &Webhook) -> Result<(), CommandError> {
        let put = self.dynamo.put_item().table_name(&self.table);
        put.set_item(Some(serde_dynamo::to_item(webhook)?)).send().await?;
        Ok(())
    }
}

fn new_secret() -> Zeroizing<String> {
    Secret::text(&random::<32>())
}

/// From the machine's own source of randomness.
fn random<const N: usize>() -> [u8; N] {
    use rsa::rand_core::{OsRng, RngCore};
    let mut bytes = [0; N];
    OsRng.fill_bytes(&mut bytes);
    bytes
}

/// The ARN of the key that seals secrets: the same template gives it the same one everywhere here.
fn key(region: &str) -> Result<String, CommandError> {
    let template = Template::load(&repository().join("template.yaml"), &LoadOptions::default())?;
    let key = template
        .resources
        .iter()
        .find(|resource| resource.logical_id == KEY);
    let key = key.ok_or_else(|| format!("the template has no {KEY}"))?;
    Ok(format!("arn:aws:kms:{region}:{ACCOUNT}:key/{}", key.physical_id))
}
