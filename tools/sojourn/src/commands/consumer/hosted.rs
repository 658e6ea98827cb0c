//! A consumer's folder in a cloud of its own: a bus, its stack, its function as a process. What it keeps is what is in
//! its tables.

use std::net::Ipv4Addr;
use std::path::Path;

use aws_sdk_dynamodb::Client;
use contracts::gate::Consumer;
use contracts::source::{contracts, on_the_bus};
use local_cloud::clock::Clock;
use local_cloud::functions::FunctionSpec;
use local_cloud::pattern::Pattern;
use local_cloud::ports::Functions;
use local_cloud::{LocalCloud, Options};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::commands::CommandError;
use crate::commands::up::now;
use crate::laptop::foreign;

const BUS: &str = "Resources: { Bus: { Type: AWS::Events::EventBus, Properties: { Name: sojourn-bus } } }\n";

pub(super) struct Hosted {
    pub consumer: Consumer,
    cloud: LocalCloud,
    server: JoinHandle<()>,
    _folder: TempDir,
}

impl Hosted {
    pub async fn start(folder: &Path) -> Result<Self, CommandError> {
        let declared = folder.join("consumer.json");
        let text =
            std::fs::read_to_string(&declared).map_err(|error| format!("{}: {error}", declared.display()))?;
        let consumer: Consumer =
            serde_json::from_str(&text).map_err(|error| format!("{}: {error}", declared.display()))?;
        let scratch = tempfile::tempdir()?;
        let template = scratch.path().join("template.yaml");
        std::fs::write(&template, BUS)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let clock = Clock::starting_at(now());
        let mut options = Options::new(template, scratch.path().join("cloud"), clock, 1);
        options.base_url.clone_from(&url);
        options.beside.push(foreign::beside(folder, "sojourn-bus")?);
        let cloud = LocalCloud::start(options, &move |spec: &FunctionSpec| {
            foreign::process(spec, &url, clock)
        })
        .await?;
        let router = cloud.router();
        let server = tokio::spawn(async move {
            // Ends with the check.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self {
            consumer,
            cloud,
            server,
            _folder: scratch,
        })
    }

    /// Straight to the function, as Lambda would hand it over: no retries, the first answer counts.
    pub async fn deliver(&self, event: &Value) -> Result<(), String> {
        for function in self.started_by(event) {
            let answer = self.cloud.parts().lambda.invoke(&function, event.clone()).await;
            answer.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Functions that a rule for the event names; a replayed event goes to them too, to see what they would make of it.
    fn started_by(&self, event: &Value) -> Vec<String> {
        let mut live = event.clone();
        if let Some(members) = live.as_object_mut() {
            members.remove("replay-name");
        }
        let rules = self.cloud.template().rules.iter();
        let fitting = rules.filter(|rule| matches(rule.pattern.as_ref(), &live));
        fitting
            .flat_map(|rule| rule.targets.iter().map(|target| target.arn.clone()))
            .collect()
    }

    pub async fn rows(&self) -> Result<Vec<Value>, CommandError> {
        let dynamo = Client::new(&self.cloud.sdk_config("conformance"));
        let mut rows = Vec::new();
        for table in &self.cloud.template().tables {
            let mut from = None;
            loop {
                let scan = dynamo
                    .scan()
                    .table_name(&table.name)
                    .set_exclusive_start_key(from);
                let page = scan.send().await?;
                for item in page.items.unwrap_or_default() {
                    rows.push(serde_dynamo::from_item(item)?);
                }
                from = page.last_evaluated_key;
                if from.is_none() {
                    break;
                }
            }
        }
        Ok(rows)
    }

    /// What its rules select and should not, or the other way round.
    pub fn wrong_rules(&self, events: &[String]) -> Vec<String> {
        let mut wrong = Vec::new();
        for contract in contracts() {
            let event = on_the_bus(&contract.example);
            let mut replayed = event.clone();
            replayed["replay-name"] = "conformance".into();
            let rules = &self.cloud.template().rules;
            let selects = |event: &Value| rules.iter().any(|rule| matches(rule.pattern.as_ref(), event));
            let wanted = events.iter().any(|name| name == contract.name);
            if selects(&event) != wanted {
                let does = if wanted {
                    "no rule selects it"
                } else {
                    "a rule selects it, and it is not declared"
                };
                wrong.push(format!("{} rule: {does}", contract.name));
            }
            if wanted && selects(&replayed) != self.consumer.replayed {
                let does = if self.consumer.replayed {
                    "lets no replay through"
                } else {
                    "lets replays through"
                };
                wrong.push(format!("{} rule: {does}, against consumer.json", contract.name));
            }
        }
        wrong
    }
}

impl Drop for Hosted {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn matches(pattern: Option<&Value>, event: &Value) -> bool {
    let pattern = pattern.and_then(|pattern| Pattern::parse(pattern).ok());
    pattern.is_some_and(|pattern| pattern.matches(event))
}
