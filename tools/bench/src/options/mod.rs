//! `bench options`: random trips through search and compliance, beside every combination there is.
//!
//! Places and distances are real, dates lie in the coming year, and the offers are the sample supplier's, asked over
//! HTTP on loopback as a deployed search asks it. What the few options shown are worth is told by [`brute_force`], which
//! judges every flight with every stay and knows nothing of how options are chosen. Everything but the latencies
//! follows from the seed.

mod brute_force;
mod report;
mod requests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use compliance::decide::{Case, OptionsDecision, Traveller, decide_options};
use compliance::policy::PinnedPolicy;
use events_schema::ids::PolicyVersion;
use events_schema::person::EmployeeLevel;
use events_schema::policy::PolicyRetrieved;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use lambda_host::{Clock, Live, Runtime};
use search::ask::{Found, ask_all};
use search::decide::{Decision, alternatives, decide, nearby};
use serde_json::Value;
use sojourn::laptop::LocalHttp;
use suppliers::{Health, Registry};
use tokio::time::Instant;

use crate::BenchError;
use brute_force::Everything;
use report::{Outcome, Report, Searched};

/// Sojourn's sample policy: caps, cabins, advance purchase, preferred carriers.
const POLICY: &[u8] = include_bytes!("../../../sojourn/sample/travel-policy.md");
/// When all requests are made, so that the same seed finds the same offers on any day.
const TODAY: Date = date(2026, 11, 21);
const LIMIT: Duration = Duration::from_secs(8);

#[derive(Args)]
pub struct OptionsArgs {
    /// How many random trips are asked for.
    #[arg(long, default_value_t = 200)]
    requests: usize,
    #[arg(long, default_value_t = 20_261_121)]
    seed: u64,
    /// Prints every request with what came of it.
    #[arg(long)]
    verbose: bool,
}

pub async fn run(args: OptionsArgs) -> Result<(), BenchError> {
    let policy = policy()?;
    let now: Timestamp = TODAY.at(9, 0, 0, 0).in_tz("UTC")?.timestamp();
    let suppliers = serve(now).await?;
    let health = Health::of_nobody(Arc::new(Stopped(now)));
    let live = Live::of(&Value::Null).ok_or("nothing is replayed here")?;
    let mut report = Report::new(args.seed);
    for plan in requests::random(args.seed, args.requests, TODAY) {
        let asked_at = Instant::now();
        let found = ask_all(&suppliers.all(&live), &health, &plan, LIMIT).await;
        let took = asked_at.elapsed();
        let case = Case {
            policy: &policy,
            traveller: Traveller {
                level: EmployeeLevel::L2,
                requested_on: TODAY,
            },
            plan: &plan,
            revision: 0,
        };
        let outcome = match decide(&plan, &found, LIMIT) {
            Decision::Found { .. } => chosen(case, &found),
            Decision::Nothing => {
                let candidates = nearby(&plan, now);
                let mut answers = Vec::new();
                for candidate in &candidates {
                    answers.push(ask_all(&suppliers.all(&live), &health, &candidate.plan, LIMIT).await);
                }
                Outcome::NoOffers {
                    alternatives: alternatives(candidates, &answers).len(),
                }
            }
            Decision::Failed { reason } => return Err(reason.into()),
        };
        if args.verbose {
            println!("{}: {}", requests::in_words(&plan), outcome.in_words());
        }
        report.add(Searched { took, outcome });
    }
    println!("{}", report.text());
    Ok(())
}

fn chosen(case: Case<'_>, found: &Found) -> Outcome {
    let everything = Everything::of(case, &found.offers);
    match decide_options(case, &found.offers) {
        OptionsDecision::Ranked(options, _) => Outcome::Options(Box::new(everything.beside(&options))),
        OptionsDecision::Rejected(rejected) => Outcome::Rejected {
            possible: everything.len(),
            because: rejected
                .violations
                .into_iter()
                .map(|violation| violation.field)
                .collect(),
        },
    }
}

/// The sample supplier on a socket of its own, and the adapter that asks it.
async fn serve(now: Timestamp) -> Result<Registry, BenchError> {
    let config = sample_supplier::Config::default();
    let supplier = sample_supplier::Supplier::new(config, Arc::new(move || now))?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let router = sample_supplier::router(supplier);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let runtime = Runtime {
        aws: aws_types::SdkConfig::builder().build(),
        settings: BTreeMap::new(),
        clock: Arc::new(Stopped(now)),
        http: Arc::new(LocalHttp::new()),
    };
    let entry = serde_json::json!([
        {"name": "sample-api", "kind": "sample-api", "url": format!("http://{address}")}
    ]);
    Ok(Registry::parse(&entry.to_string(), &runtime)?)
}

/// All requests are made at the same moment.
struct Stopped(Timestamp);

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        self.0
    }
}

fn policy() -> Result<PinnedPolicy, BenchError> {
    let version = PolicyVersion::new("sample");
    let document = policy::parse("travel-policy.md", POLICY, None)?;
    let rules = policy::read_rules(&version, &document)?;
    let retrieved = PolicyRetrieved {
        version,
        clauses: Vec::new(),
        silent: false,
        currency: rules.currency,
        rates: rules.rates.clone(),
    };
    Ok(PinnedPolicy::new(rules, &[], &retrieved))
}
