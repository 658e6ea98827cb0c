//! One booking whose options have just been ranked, and everything around it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use events_schema::approval::{ApprovalLevel, ApprovalReason, Silence, Verdict};
use events_schema::compliance::{OptionsRanked, PlanAccepted};
use events_schema::event::Event;
use events_schema::gateway::BookingRequested;
use events_schema::ids::{ActionId, EmployeeId, OptionId};
use events_schema::money::Money;
use events_schema::option::TripOption;
use events_schema::person::{EmployeeLevel, Role};
use events_schema::rows::{BookingRow, JournalRow, OptionRow, PersonRow};
use events_schema::samples;
use events_schema::state::BookingState;
use jiff::{SignedDuration, Timestamp};
use lambda_host::head::BookingKey;
use lambda_host::passengers::{Kept, OWN, Passengers};
use lambda_host::{
    Cause, Due, Function, HandlerError, Invocation, Live, Next, Outcome, Runtime, Transitions,
};
use local_cloud::LocalCloud;
use local_cloud::clock::Clock;
use local_cloud::cloud::Options;
use local_cloud::functions::FunctionSpec;
use local_cloud::ports::{FunctionCode, FunctionError, Invocation as Invoked};
use serde_json::{Value, json};
use suppliers::Registry;
use tempfile::TempDir;

use crate::network::Network;
use crate::rows::{head, passenger, recorded};

const SUPPLIERS: &str = r#"[{"name": "sample-api", "kind": "sample-api", "url": "http://sample.test"}]"#;
/// The execution that has the booking.
pub const MINE: &str = "execution-1";

pub struct Desk {
    task: Arc<dyn Function>,
    close: Arc<dyn Function>,
    pub transitions: Transitions,
    pub cloud: LocalCloud,
    pub settings: BTreeMap<String, String>,
    passengers: Passengers,
    pub clock: Clock,
    pub network: Arc<Network>,
    pub supplier: sample_supplier::Supplier,
    actions: Mutex<u32>,
    _directory: TempDir,
}

/// The functions that events of this test's bookings reach: played by nobody.
struct Nobody;

#[async_trait]
impl FunctionCode for Nobody {
    async fn invoke(&self, _: Invoked) -> Result<Value, FunctionError> {
        Ok(Value::Null)
    }
}

struct CloudClock(Clock);

impl lambda_host::Clock for CloudClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

impl Desk {
    /// Options `1-a` and `1-b`, each a flight and a stay of the sample supplier, nothing claimed yet.
    pub async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Clock::starting_at(samples::now());
        let config = sample_supplier::Config::default();
        let supplier = sample_supplier::Supplier::new(config, Arc::new(move || clock.now())).unwrap();
        let network = Network::to(sample_supplier::router(supplier.clone()));
        let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
        let mut options = Options::new(template, directory.path(), clock, 7);
        options.parameters.insert("Suppliers".into(), SUPPLIERS.into());
        let specs: Arc<Mutex<BTreeMap<String, FunctionSpec>>> = Arc::default();
        let code = {
            let specs = specs.clone();
            move |spec: &FunctionSpec| {
                specs
                    .lock()
                    .unwrap()
                    .insert(spec.logical_id.clone(), spec.clone());
                Ok(Arc::new(Nobody) as Arc<dyn FunctionCode>)
            }
        };
        let cloud = LocalCloud::start(options, &code).await.unwrap();
        let runtime = |function: &str| {
            let spec = specs.lock().unwrap()[function].clone();
            Runtime {
                aws: spec.sdk_config,
                settings: spec.environment,
                clock: Arc::new(CloudClock(clock)),
                http: network.clone(),
            }
        };
        let desk = Self {
            task: booking::task(&runtime("BookingTaskFunction")).unwrap(),
            close: booking::close(&runtime("BookingCloseFunction")).unwrap(),
            transitions: Transitions::from_runtime(&runtime("GatewayMessageFunction")).unwrap(),
            passengers: Passengers::from_runtime(&Runtime {
                aws: cloud.sdk_config("a-test"),
                ..runtime("BookingTaskFunction")
            })
            .unwrap(),
            settings: runtime("BookingTaskFunction").settings,
            cloud,
            clock,
            network,
            supplier,
            actions: Mutex::default(),
            _directory: directory,
        };
        desk.seed().await;
        desk
    }

    async fn seed(&self) {
        self.person(&samples::employee(), &["boss", "chief"]).await;
        self.person(&EmployeeId::new("boss"), &[]).await;
        let kept = Kept {
            subject: samples::employee(),
            details: passenger(),
        };
        let employee = samples::employee();
        let own = self.passengers.item(employee.as_str(), OWN, &kept);
        let own = own.await.expect("sealed");
        self.put_item("PASSENGERS_TABLE", own).await;
        for (rank, name) in ["1-a", "1-b"].into_iter().enumerate() {
            let option = self.option_of_supplier(name, rank).await;
            self.put_option(option).await;
        }
        let ranked = OptionsRanked {
            options: vec![OptionId::new("1-a"), OptionId::new("1-b")],
            ..OptionsRanked::example()
        };
        self.happened(1, &BookingRequested::example()).await;
        self.happened(2, &PlanAccepted::example()).await;
        self.happened(3, &ranked).await;
        self.put("BOOKINGS_TABLE", &head(), &[]).await;
        self.network.seen();
    }

    /// A task as the machine calls it, for the execution that has the booking.
    pub async fn task(&self, task: &str, more: Value) -> Result<Value, HandlerError> {
        self.task_of(MINE, task, more).await
    }

    pub async fn task_of(&self, execution: &str, task: &str, more: Value) -> Result<Value, HandlerError> {
        let mut payload = json!({
            "task": task, "executionId": execution,
            "employeeId": samples::employee(), "bookingId": samples::booking(),
        });
        payload
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        self.task.call(payload, &self.invocation()).await
    }

    /// A task whose process is killed a second later.
    pub async fn crash(&self, task: &str, more: Value) {
        let died = tokio::time::timeout(Duration::from_secs(1), self.task(task, more)).await;
        assert!(died.is_err(), "it was done before it could be killed: {died:?}");
    }

    /// `booking/close` reacts to an event of the booking, its newest.
    pub async fn close<E: Event>(&self, event: &E) {
        let sequence = self.head().await.sequence;
        let recorded = recorded(sequence, event);
        let payload = json!({
            "source": recorded.source, "detail-type": recorded.detail_type, "detail": recorded.detail,
        });
        self.close.call(payload, &self.invocation()).await.unwrap();
    }

    fn invocation(&self) -> Invocation {
        Invocation {
            request_id: "r".into(),
            deadline: self.clock.now() + SignedDuration::from_mins(1),
        }
    }

    /// A person's command through the gateway: a transition of its own.
    pub async fn command<E: Event>(&self, next: BookingState, event: &E) {
        self.commanded(Next::to(next, Due::In(SignedDuration::from_mins(5)), event).unwrap())
            .await;
    }

    pub async fn cancel(&self) {
        let state = self.head().await.state;
        let event = events_schema::gateway::CancelRequested { during: state };
        self.commanded(
            Next::to(state, Due::Unchanged, &event)
                .unwrap()
                .cancel_requested(),
        )
        .await;
    }

    async fn commanded(&self, next: Next) {
        let action = {
            let mut actions = self.actions.lock().unwrap();
            *actions += 1;
            ActionId::new(format!("action-{actions}"))
        };
        let cause = Cause::Command {
            employee: samples::employee(),
            action,
        };
        let live = Live::of(&Value::Null).unwrap();
        let key = BookingKey::new(samples::employee(), samples::booking());
        let decide = |_| std::future::ready(Ok(Some(next.clone())));
        let outcome = self
            .transitions
            .apply(&live, &key, &cause, &BookingState::ALL, decide)
            .await
            .unwrap();
        assert!(matches!(outcome, Outcome::Done { repeated: false, .. }));
    }

    pub async fn head(&self) -> BookingRow {
        let key = [
            ("employeeId", samples::employee().to_string()),
            ("bookingId", samples::booking().to_string()),
        ];
        self.get("BOOKINGS_TABLE", &key).await.expect("a head")
    }

    /// The booking's events, in order: name and data.
    pub async fn history(&self) -> Vec<(String, Value)> {
        let rows = self
            .transitions
            .history()
            .all(&samples::booking().into())
            .await
            .unwrap();
        rows.into_iter()
            .map(|row| (row.event_type.clone(), row.recorded().unwrap().detail.data))
            .collect()
    }

    pub async fn last_event<E: Event>(&self) -> E {
        let (name, data) = self.history().await.pop().unwrap();
        assert_eq!(name, E::NAME, "{data}");
        serde_json::from_value(data).unwrap()
    }

    pub async fn option(&self, option: &str) -> TripOption {
        let key = [
            ("bookingId", samples::booking().to_string()),
            ("optionId", option.to_owned()),
        ];
        self.get::<OptionRow>("OPTIONS_TABLE", &key)
            .await
            .expect("an option")
            .option
    }

    pub async fn put_option(&self, option: TripOption) {
        let row = OptionRow {
            booking_id: samples::booking(),
            option_id: option.id.clone(),
            rank: 0,
            option,
            held: Vec::new(),
            ttl: 4_000_000_000,
        };
        self.put("OPTIONS_TABLE", &row, &[]).await;
    }

    /// The option, exceeded in one rule, so that it needs these approvals.
    pub async fn needs_approval(&self, option: &str, levels: &[ApprovalLevel], silence: Silence) {
        let mut option = self.option(option).await;
        option.verdict.compliant = false;
        option.verdict.approvals = levels.to_vec();
        option.verdict.reasons = vec![ApprovalReason::example()];
        option.verdict.silence = silence;
        self.put_option(option).await;
    }

    pub async fn person(&self, employee: &EmployeeId, chain: &[&str]) {
        let person = PersonRow {
            employee_id: employee.clone(),
            name: "Sample Person".into(),
            roles: vec![Role::Traveller],
            level: EmployeeLevel::L2,
            approver_chain: chain.iter().map(|id| EmployeeId::new(*id)).collect(),
            finance_approver: None,
            delegate: None,
            away_from: None,
            away_until: None,
            cost_centre: samples::cost_centre(),
            zone: "Europe/Berlin".into(),
            locale: "en-GB".into(),
        };
        self.put("PEOPLE_TABLE", &person, &[]).await;
    }

    async fn option_of_supplier(&self, name: &str, nth: usize) -> TripOption {
        let runtime = Runtime {
            aws: self.cloud.sdk_config("a-test"),
            settings: self.settings.clone(),
            clock: Arc::new(CloudClock(self.clock)),
            http: self.network.clone(),
        };
        let registry = Registry::parse(SUPPLIERS, &runtime).unwrap();
        let live = Live::of(&Value::Null).unwrap();
        let supplier = registry.get(&live, &samples::flight_offer().supplier).unwrap();
        let plan = samples::plan();
        let flights = supplier.search_flights(&plan.flight.unwrap(), 1).await.unwrap();
        let stays = supplier.search_stays(&plan.stay.unwrap(), 1).await.unwrap();
        let legs = vec![flights[nth].clone(), stays[nth].clone()];
        let sum = |of: fn(&events_schema::trip::Offer) -> Money| {
            legs.iter()
                .map(of)
                .reduce(|sum, next| sum.checked_add(next).unwrap())
                .unwrap()
        };
        TripOption {
            id: OptionId::new(name),
            total: sum(|leg| leg.total),
            taxes: sum(|leg| leg.taxes),
            legs,
            verdict: Verdict {
                compliant: true,
                traces: vec![],
                approvals: vec![],
                reasons: vec![],
                approval_sla_hours: 24,
                silence: Silence::Declines,
            },
            reason: "Within policy".into(),
        }
    }

    async fn happened<E: Event>(&self, sequence: u64, event: &E) {
        let recorded = recorded(sequence, event);
        let row = JournalRow {
            aggregate_id: samples::booking().into(),
            sequence,
            cause_key: format!("sample:{sequence}"),
            result: Value::Null,
            event: serde_json::to_string(&recorded).unwrap(),
            event_type: E::NAME.into(),
            correlation_id: recorded.detail.meta.correlation_id,
            occurred_at: samples::now(),
        };
        self.put("JOURNAL_TABLE", &row, &[]).await;
    }
}
