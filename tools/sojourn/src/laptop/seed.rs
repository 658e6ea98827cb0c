//! Sample people, their passenger details, a budget and a policy: plainly samples, put in place through the same
//! AWS calls anyone would use, once per data directory.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::{CostCentre, EmployeeId, PolicyVersion};
use events_schema::person::{EmployeeLevel, Role};
use events_schema::rows::{PassengerRow, PersonRow, PolicyRow, PolicyState};
use jiff::civil;
use lambda_host::passengers::{Kept, OWN, PassengerError, Passengers};
use lambda_host::{ConfigError, Live, Runtime};
use local_cloud::cloud::LocalCloud;

use super::LocalHttp;
use super::functions::CloudClock;

const POLICY: &str = include_str!("../../sample/travel-policy.md");
const POLICY_KEY: &str = "sample-travel-policy.md";
/// How long reading the sample policy may take before the start gives up.
const POLICY_PATIENCE: Duration = Duration::from_secs(60);
const POLICY_LOOK: Duration = Duration::from_millis(50);
/// Not a resource of the template, so no policy limits it: an operator at a keyboard.
const SEEDER: &str = "sojourn-seed";
const ADMINISTRATOR: &str = "sample-travel-manager";

pub struct SamplePerson {
    /// What `--as` takes.
    pub name: &'static str,
    pub employee: &'static str,
    pub full_name: &'static str,
    pub roles: &'static [Role],
    level: EmployeeLevel,
    approvers: &'static [&'static str],
}

pub const SAMPLE_PEOPLE: &[SamplePerson] = &[
    SamplePerson {
        name: "traveller",
        employee: "sample-traveller-1",
        full_name: "Sample Traveller One",
        roles: &[Role::Traveller],
        level: EmployeeLevel::L2,
        approvers: &["sample-manager", "sample-travel-manager"],
    },
    SamplePerson {
        name: "traveller-2",
        employee: "sample-traveller-2",
        full_name: "Sample Traveller Two",
        roles: &[Role::Traveller],
        level: EmployeeLevel::L4,
        approvers: &["sample-manager", "sample-travel-manager"],
    },
    SamplePerson {
        name: "manager",
        employee: "sample-manager",
        full_name: "Sample Manager",
        roles: &[Role::Traveller, Role::Approver],
        level: EmployeeLevel::L4,
        approvers: &["sample-travel-manager"],
    },
    SamplePerson {
        name: "travel-manager",
        employee: "sample-travel-manager",
        full_name: "Sample Travel Manager",
        roles: &[
            Role::Traveller,
            Role::Approver,
            Role::TravelManager,
            Role::Administrator,
        ],
        level: EmployeeLevel::L5,
        // The top of the ladder: somebody's approvals have to end with them.
        approvers: &[],
    },
];

/// By the short name or the employee id.
pub fn person_named(name: &str) -> Option<&'static SamplePerson> {
    SAMPLE_PEOPLE
        .iter()
        .find(|person| person.name == name || person.employee == name)
}

#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    #[error("the template has no {0}, which the samples need")]
    Missing(&'static str),
    #[error(transparent)]
    Setting(#[from] ConfigError),
    #[error("the samples' details could not be sealed")]
    Details(#[from] PassengerError),
    #[error("a sample row could not be written")]
    Row(#[from] serde_dynamo::Error),
    #[error("the samples could not be written")]
    Write(#[source] Box<aws_sdk_dynamodb::Error>),
    #[error("the sample policy could not be uploaded")]
    Upload(#[source] Box<aws_sdk_s3::Error>),
    #[error("the sample policy could not be activated")]
    Activate(#[from] policy::ActivateError),
    #[error("the sample policy was refused: {0}")]
    Policy(String),
    #[error("the sample policy was not read within {}", .0.as_secs())]
    Slow(Duration),
}

/// Does nothing where the sample people are already there. A template without our functions is left as it is.
pub(super) async fn seed(cloud: &LocalCloud, http: Arc<LocalHttp>) -> Result<(), SeedError> {
    let Some(settings) = settings_of(cloud, "BookingTaskFunction") else {
        return Ok(());
    };
    let table = |name: &'static str| settings.get(name).cloned().ok_or(SeedError::Missing(name));
    let (people, budgets) = (table("PEOPLE_TABLE")?, table("BUDGETS_TABLE")?);
    let passengers = Passengers::from_runtime(&Runtime {
        aws: cloud.sdk_config(SEEDER),
        settings: settings.clone(),
        clock: Arc::new(CloudClock(cloud.clock())),
        http: http.clone(),
    })?;
    let dynamo = Client::new(&cloud.sdk_config(SEEDER));
    if !is_empty(&dynamo, &people).await? {
        return Ok(());
    }
    tracing::info!("seeding sample people and the sample policy");
    activate_policy(cloud, http).await?;
    put(&dynamo, &budgets, budget()).await?;
    for (number, sample) in SAMPLE_PEOPLE.iter().enumerate() {
        let kept = Kept {
            subject: EmployeeId::new(sample.employee),
            details: passenger(sample, number),
        };
        let details = passengers.item(sample.employee, OWN, &kept).await?;
        put(&dynamo, passengers.table(), details).await?;
        // People last: their presence says that everything else is there.
        put(&dynamo, &people, serde_dynamo::to_item(row(sample))?).await?;
    }
    Ok(())
}

fn settings_of<'a>(cloud: &'a LocalCloud, function: &str) -> Option<&'a BTreeMap<String, String>> {
    let found = cloud
        .template()
        .functions
        .iter()
        .find(|resource| resource.logical_id == function)?;
    Some(&found.environment)
}

fn row(sample: &SamplePerson) -> PersonRow {
    PersonRow {
        employee_id: EmployeeId::new(sample.employee),
        name: sample.full_name.into(),
        roles: sample.roles.to_vec(),
        level: sample.level,
        approver_chain: sample.approvers.iter().map(|id| EmployeeId::new(*id)).collect(),
        // Nobody is asked about their own trips.
        finance_approver: Some(EmployeeId::new(match sample.name {
            "travel-manager" => "sample-manager",
            _ => "sample-travel-manager",
        })),
        delegate: None,
        away_from: None,
        away_until: None,
        cost_centre: CostCentre::new("CC-100"),
        zone: "Europe/Berlin".into(),
        locale: "en-GB".into(),
    }
}

fn passenger(sample: &SamplePerson, number: usize) -> PassengerRow {
    let (given, family) = sample
        .full_name
        .split_once(' ')
        .unwrap_or((sample.full_name, "Sample"));
    PassengerRow {
        given_name: given.into(),
        family_name: family.into(),
        born_on: civil::date(1985, 5, 1 + i8::try_from(number).unwrap_or(0)),
        email: format!("{}@example.com", sample.employee),
        phone: format!("+4930555010{number}"),
        ticket: None,
    }
}

/// 250,000 in the policy's currency for the samples' cost centre.
fn budget() -> HashMap<String, AttributeValue> {
    HashMap::from([
        ("costCentre".into(), AttributeValue::S("CC-100".into())),
        ("entry".into(), AttributeValue::S("limit".into())),
        ("currency".into(), AttributeValue::S("EUR".into())),
        ("limit".into(), AttributeValue::N("250000".into())),
        ("available".into(), AttributeValue::N("250000".into())),
        ("reserved".into(), AttributeValue::N("0".into())),
        ("captured".into(), AttributeValue::N("0".into())),
        ("released".into(), AttributeValue::N("0".into())),
    ])
}

/// Uploads the sample policy, waits until it is read, and activates it: the way every policy goes.
async fn activate_policy(cloud: &LocalCloud, http: Arc<LocalHttp>) -> Result<(), SeedError> {
    let output = cloud
        .template()
        .outputs
        .iter()
        .find(|output| output.key == "PolicyBucketName");
    let bucket = output
        .map(|output| output.value.clone())
        .ok_or(SeedError::Missing("PolicyBucketName"))?;
    let aws = cloud.sdk_config(SEEDER);
    aws_sdk_s3::Client::new(&aws)
        .put_object()
        .bucket(bucket)
        .key(POLICY_KEY)
        .content_type("text/markdown")
        .body(POLICY.as_bytes().to_vec().into())
        .send()
        .await
        .map_err(|error| SeedError::Upload(Box::new(error.into())))?;
    let settings =
        settings_of(cloud, "PolicyIngestFunction").ok_or(SeedError::Missing("PolicyIngestFunction"))?;
    let clock = Arc::new(CloudClock(cloud.clock()));
    let runtime = Runtime {
        aws,
        settings: settings.clone(),
        clock,
        http,
    };
    let version = ready_version(&runtime).await?;
    let live = Live::of(&serde_json::Value::Null).ok_or(SeedError::Missing("live invocation"))?;
    policy::activate(&runtime, &live, &version, &EmployeeId::new(ADMINISTRATOR)).await?;
    Ok(())
}

/// The one policy version there is, once it is ready to be activated.
async fn ready_version(runtime: &Runtime) -> Result<PolicyVersion, SeedError> {
    let dynamo = Client::new(&runtime.aws);
    let table = runtime
        .setting("POLICIES_TABLE")
        .map_err(|_| SeedError::Missing("POLICIES_TABLE"))?;
    for _ in 0..POLICY_PATIENCE.as_millis() / POLICY_LOOK.as_millis() {
        let answer = dynamo.scan().table_name(table).consistent_read(true).send().await;
        let answer = answer.map_err(|error| SeedError::Write(Box::new(error.into())))?;
        for item in answer.items.unwrap_or_default() {
            let Ok(row) = serde_dynamo::from_item::<_, PolicyRow>(item) else {
                continue;
            };
            match row.state {
                PolicyState::Failed => return Err(SeedError::Policy(row.reason.unwrap_or_default())),
                PolicyState::Ready => return Ok(row.version),
                _ => {}
            }
        }
        tokio::time::sleep(POLICY_LOOK).await;
    }
    Err(SeedError::Slow(POLICY_PATIENCE))
}

async fn is_empty(dynamo: &Client, table: &str) -> Result<bool, SeedError> {
    let answer = dynamo
        .scan()
        .table_name(table)
        .limit(1)
        .send()
        .await
        .map_err(|error| SeedError::Write(Box::new(error.into())))?;
    Ok(answer.items().is_empty())
}

async fn put(dynamo: &Client, table: &str, item: HashMap<String, AttributeValue>) -> Result<(), SeedError> {
    dynamo
        .put_item()
        .table_name(table)
        .set_item(Some(item))
        .send()
        .await
        .map_err(|error| SeedError::Write(Box::new(error.into())))?;
    Ok(())
}
