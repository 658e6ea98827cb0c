//! The repository's stack with every function as a real process. Outside it, on loopback: the sample supplier and an
//! identity provider.
//!
//! Time is real: processes read the machine's clock.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use events_schema::ids::{AggregateId, CostCentre, EmployeeId};
use events_schema::person::{EmployeeLevel, Role};
use events_schema::rows::{JournalRow, PersonRow};
use local_cloud::clock::Clock;
use local_cloud::functions::FunctionSpec;
use local_cloud::ports::{FunctionCode, FunctionError, Functions, InvokeError};
use local_cloud::{LocalCloud, Options};
use serde_json::Value;
use sojourn::laptop::Identity;
use sojourn::traveller::Traveller;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::bootstrap::{BootstrapProcess, process_of};
use crate::repository::root;

const STAGE: &str = "live";
const OUTSIDER: &str = "test";

pub struct Deployed {
    pub cloud: LocalCloud,
    /// Of the AWS endpoint, without a slash at the end.
    pub url: String,
    processes: Processes,
    identity: Identity,
    servers: Vec<JoinHandle<()>>,
    _dir: TempDir,
}

/// By logical id.
type Processes = Arc<Mutex<BTreeMap<String, Arc<BootstrapProcess>>>>;

#[allow(
    clippy::disallowed_methods,
    reason = "processes read the machine's clock, so the cloud around them must"
)]
pub fn machine_clock() -> Clock {
    Clock::starting_at(jiff::Timestamp::now())
}

impl Deployed {
    pub async fn start() -> Self {
        let clock = machine_clock();
        let dir = tempfile::tempdir().expect("a temporary folder");
        let identity = Identity::open(dir.path()).unwrap_or_else(|error| panic!("{error}"));
        let sells = Arc::new(move || clock.now());
        let supplier =
            sample_supplier::Supplier::new(sample_supplier::Config::default(), sells).expect("a supplier");
        let (keys_url, keys) = serve(listener().await, identity.router());
        let (supplier_url, supplier) = serve(listener().await, sample_supplier::router(supplier));

        // The address is needed before there is anything to serve there.
        let endpoint = listener().await;
        let url = url_of(&endpoint);
        let mut options = Options::new(root().join("template.yaml"), dir.path().join("cloud"), clock, 1);
        options.base_url.clone_from(&url);
        options.parameters = parameters(&keys_url, &supplier_url);
        let processes = Processes::default();
        let cloud = LocalCloud::start(options, &provider(&processes, url.clone(), clock)).await;
        let cloud = cloud.unwrap_or_else(|error| panic!("{error:?}"));
        let (_, aws) = serve(endpoint, cloud.router());
        Self {
            cloud,
            url,
            processes,
            identity,
            servers: vec![keys, supplier, aws],
            _dir: dir,
        }
    }

    pub fn process(&self, function: &str) -> Arc<BootstrapProcess> {
        let processes = self.processes.lock().expect("no test panics while it looks here");
        processes
            .get(function)
            .unwrap_or_else(|| panic!("the template has no {function}"))
            .clone()
    }

    /// What a function was given by the template.
    pub fn spec(&self, function: &str) -> FunctionSpec {
        let found = self.cloud.parts().lambda.find(function);
        found
            .unwrap_or_else(|| panic!("the template has no {function}"))
            .spec
            .clone()
    }

    /// Synchronously, with the function's timeout.
    pub async fn invoke(&self, function: &str, payload: Value) -> Result<Value, FunctionError> {
        match self.cloud.parts().lambda.invoke(function, payload).await {
            Ok(answer) => Ok(answer),
            Err(InvokeError::Function(error)) => Err(error),
            Err(other) => panic!("{function}: {other}"),
        }
    }

    pub fn table(&self, setting: &str) -> String {
        let functions = &self.cloud.template().functions;
        let named = functions
            .iter()
            .find_map(|function| function.environment.get(setting));
        named
            .unwrap_or_else(|| panic!("no function is given {setting}"))
            .clone()
    }

    /// Makes `employee` known to the company and opens a socket as them.
    pub async fn traveller(&self, employee: &str) -> Traveller {
        let token = self.sign_in(employee).await;
        Traveller::connect(&self.socket(), &token)
            .await
            .unwrap_or_else(|error| panic!("{error:?}\n{}", self.logs()))
    }

    /// `ws://host:port/stage`
    pub fn socket(&self) -> String {
        format!("{}/{STAGE}", self.url.replacen("http", "ws", 1))
    }

    /// Makes `employee` known to the company; a session token of theirs.
    pub async fn sign_in(&self, employee: &str) -> String {
        let employee = EmployeeId::new(employee);
        let item = serde_dynamo::to_item(person(&employee)).expect("a row");
        let dynamo = aws_sdk_dynamodb::Client::new(&self.cloud.sdk_config(OUTSIDER));
        let put = dynamo
            .put_item()
            .table_name(self.table("PEOPLE_TABLE"))
            .set_item(Some(item));
        put.send().await.expect("the person is kept");
        self.identity
            .token(&employee, &[Role::Traveller], self.cloud.clock().now())
            .expect("a token")
    }

    /// An aggregate's rows of Journal, in their order.
    pub async fn journal(&self, aggregate: &AggregateId) -> Vec<JournalRow> {
        let dynamo = aws_sdk_dynamodb::Client::new(&self.cloud.sdk_config(OUTSIDER));
        let answer = dynamo
            .query()
            .table_name(self.table("JOURNAL_TABLE"))
            .consistent_read(true)
            .key_condition_expression("aggregateId = :id")
            .expression_attribute_values(":id", AttributeValue::S(aggregate.to_string()))
            .send()
            .await
            .expect("Journal can be read");
        let rows = answer.items.unwrap_or_default().into_iter();
        rows.map(|item| serde_dynamo::from_item(item).expect("a row of Journal"))
            .collect()
    }

    /// What every process wrote, for the message of a test that fails.
    pub fn logs(&self) -> String {
        let processes = self.processes.lock().expect("no test panics while it looks here");
        let texts = processes
            .iter()
            .map(|(name, process)| (name, process.log().text()));
        texts
            .filter(|(_, text)| !text.is_empty())
            .map(|(name, text)| format!("--- {name}\n{text}"))
            .collect()
    }
}

impl Drop for Deployed {
    fn drop(&mut self) {
        self.servers.iter().for_each(JoinHandle::abort);
    }
}

fn provider(
    processes: &Processes,
    url: String,
    clock: Clock,
) -> impl Fn(&FunctionSpec) -> Result<Arc<dyn FunctionCode>, String> + Send + Sync + use<> {
    let processes = processes.clone();
    move |spec| {
        // People sign in with this machine's own issuer, which the binary refuses.
        if spec.logical_id == "GatewayAuthorizerFunction" {
            return sojourn::laptop::in_process(spec, clock);
        }
        // The one setting that differs from a deployment: there it is a host of AWS, which no process here may reach.
        let management = format!("{url}/{STAGE}");
        let process = process_of(spec, &url, clock)?.set("MANAGEMENT_ENDPOINT", &management);
        let process = Arc::new(process);
        processes
            .lock()
            .expect("nobody panics here")
            .insert(spec.logical_id.clone(), process.clone());
        Ok(process)
    }
}

fn parameters(keys_url: &str, supplier_url: &str) -> BTreeMap<String, String> {
    let suppliers = serde_json::json!([{"name": "sample-api", "kind": "sample-api", "url": supplier_url}]);
    let given = [
        ("Stage", STAGE.to_owned()),
        // As `Identity` signs.
        ("TokenIssuer", "http://identity.local".into()),
        ("TokenAuthorizedParties", "http://sojourn.local".into()),
        ("TokenKeysUrl", format!("{keys_url}/.well-known/jwks.json")),
        ("Suppliers", suppliers.to_string()),
    ];
    given
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn person(employee: &EmployeeId) -> PersonRow {
    PersonRow {
        employee_id: employee.clone(),
        name: "Sample Traveller".into(),
        roles: vec![Role::Traveller],
        level: EmployeeLevel::L2,
        approver_chain: vec![EmployeeId::new("sample-manager")],
        finance_approver: None,
        delegate: None,
        away_from: None,
        away_until: None,
        cost_centre: CostCentre::new("CC-100"),
        zone: "Europe/Berlin".into(),
        locale: "en-GB".into(),
    }
}

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a free port")
}

fn url_of(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().expect("bound"))
}

fn serve(listener: TcpListener, router: Router) -> (String, JoinHandle<()>) {
    let url = url_of(&listener);
    let server = tokio::spawn(async move {
        // Ends with the test.
        let _ = axum::serve(listener, router).await;
    });
    (url, server)
}
