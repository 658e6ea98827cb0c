//! Least privilege, both ways: a statement taken away is noticed by what its function does, and the refusal says who
//! may not do what.
//!
//! Removing one statement and playing every flow again would take minutes for each. Instead the flows are played once,
//! and a statement counts as needed if some call that a function made is allowed by it alone; that this very call is
//! refused without it is then tried for each. [`super::missed`] plays the flow that made it again.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use local_cloud::endpoint::{CallSeen, Seen};
use local_cloud::iam::{Context, Decision, Policies, Statement};
use local_cloud::template::{Grants, Template};
use local_cloud::wire::{Access, Caller};
use tokio::sync::OnceCell;

use super::elsewhere;
use super::flows;

/// A call that one statement of its caller's alone allows.
struct Needed {
    caller: String,
    statement: usize,
    access: Access,
}

fn granted(template: &Template) -> BTreeMap<&str, &Grants> {
    let functions = template
        .functions
        .iter()
        .map(|f| (f.logical_id.as_str(), &f.grants));
    let machines = template
        .machines
        .iter()
        .map(|m| (m.logical_id.as_str(), &m.grants));
    functions.chain(machines).collect()
}

pub fn without(statements: &[Statement], index: usize) -> Policies {
    let mut rest = statements.to_vec();
    rest.remove(index);
    Policies::new(rest)
}

pub fn allows(policies: &Policies, access: &Access) -> bool {
    policies.decide(access, &Context::default()) == Decision::Allowed
}

pub fn describe(statement: &Statement) -> String {
    let list =
        |names: Option<&[String]>| names.map_or_else(|| "all but some".into(), |names| names.join(", "));
    format!("{} on {}", list(statement.actions()), list(statement.resources()))
}

/// What came of the flows.
pub struct Played {
    /// Calls of the flows, and of AWS for the functions.
    calls: Vec<(String, Access)>,
    /// Those of each flow.
    pub called: Vec<Vec<CallSeen>>,
}

async fn play() -> Played {
    let (world, called) = flows::played().await;
    let cloud = &world.laptop.cloud;
    let seen = cloud.endpoint().calls_seen();
    let refused = |seen: &&Seen| !seen.call.allowed && seen.call.caller != flows::MACHINE;
    let denied: Vec<_> = seen.iter().filter(refused).collect();
    assert!(
        denied.is_empty(),
        "the template does not allow what the functions do: {denied:#?}"
    );
    let made = seen.into_iter().filter(|seen| seen.call.allowed).map(|seen| {
        let access = Access {
            action: seen.call.action,
            resource: seen.call.resource,
        };
        (seen.call.caller, access)
    });
    let mut calls: Vec<_> = made.collect();
    calls.extend(elsewhere::done(&template()));
    Played { calls, called }
}

fn needed(template: &Template, calls: &[(String, Access)]) -> (Vec<Needed>, Vec<String>) {
    let (mut found, mut unnoticed) = (Vec::new(), Vec::new());
    for (caller, grants) in granted(template) {
        for (index, statement) in grants.statements.iter().enumerate() {
            let rest = without(&grants.statements, index);
            let own = calls.iter().filter(|(who, _)| who == caller);
            let alone = own
                .map(|(_, access)| access)
                .find(|access| statement.covers(access) && !allows(&rest, access));
            match alone {
                Some(access) => found.push(Needed {
                    caller: caller.into(),
                    statement: index,
                    access: access.clone(),
                }),
                None => unnoticed.push(format!("{caller}: {}", describe(statement))),
            }
        }
    }
    (found, unnoticed)
}

/// Actions that could be left out of a statement which is needed for others: nobody called them.
fn unused_actions(template: &Template, calls: &[(String, Access)]) -> Vec<String> {
    let mut unused = Vec::new();
    for (caller, grants) in granted(template) {
        for (index, statement) in grants.statements.iter().enumerate() {
            let rest = without(&grants.statements, index);
            let own: Vec<_> = calls
                .iter()
                .filter(|(who, access)| who == caller && statement.covers(access) && !allows(&rest, access))
                .map(|(_, access)| access.action.to_ascii_lowercase())
                .collect();
            let idle = statement
                .actions()
                .into_iter()
                .flatten()
                .filter(|action| !own.contains(&action.to_ascii_lowercase()));
            unused.extend(idle.map(|action| format!("{caller}: {action} of {}", describe(statement))));
        }
    }
    unused
}

fn template() -> Template {
    crate::contract::template::with_suppliers()
}

static PLAYED: OnceCell<Option<Played>> = OnceCell::const_new();

/// Played once, also when that fails.
pub async fn played() -> &'static Played {
    let once = || async { AssertUnwindSafe(play()).catch_unwind().await.ok() };
    let played = PLAYED.get_or_init(once).await.as_ref();
    played.expect("the flows can be played: the test that came first says why they cannot")
}

#[tokio::test(start_paused = true)]
async fn a_statement_that_is_taken_away_is_missed() {
    let calls = &played().await.calls;
    let (found, unnoticed) = needed(&template(), calls);
    assert!(
        unnoticed.is_empty(),
        "nobody would notice if these were taken away; they are too much, or a flow is missing:\n{}",
        unnoticed.join("\n")
    );
    assert!(found.len() > 60, "{} statements", found.len());
}

/// Also of a statement that is needed, single actions may be too much.
#[tokio::test(start_paused = true)]
async fn an_action_that_is_taken_away_is_missed() {
    let calls = &played().await.calls;
    let unused = unused_actions(&template(), calls);
    assert!(
        unused.is_empty(),
        "nobody would notice without:\n{}",
        unused.join("\n")
    );
}

/// What nobody calls here is not known to work by its being called: it has to be allowed by what is deployed.
#[test]
fn what_is_done_elsewhere_is_allowed() {
    let template = template();
    let granted = granted(&template);
    let done = elsewhere::done(&template);
    assert!(done.len() > 40, "{} calls", done.len());
    for (caller, access) in done {
        let grants = granted
            .get(caller.as_str())
            .unwrap_or_else(|| panic!("no {caller}"));
        let policies = Policies::new(grants.statements.clone());
        assert!(allows(&policies, &access), "{caller} may not {access:?}");
    }
}

/// The check itself: a grant that nothing uses, and one that another covers, do not pass.
#[tokio::test(start_paused = true)]
async fn a_statement_too_much_is_named() {
    let calls = &played().await.calls;
    let mut template = template();
    let unused = serde_json::json!({ "Effect": "Allow", "Action": "dynamodb:DeleteTable", "Resource": "*" });
    let planner = template
        .functions
        .iter_mut()
        .find(|f| f.logical_id == "PlannerFunction")
        .expect("a planner");
    planner
        .grants
        .statements
        .extend(Statement::parse_all(&unused).expect("a statement"));
    let search = template
        .functions
        .iter_mut()
        .find(|f| f.logical_id == "SearchFunction")
        .expect("a search");
    let again = search.grants.statements[0].clone();
    search.grants.statements.push(again);
    assert!(
        unused_actions(&template, calls)
            .iter()
            .any(|line| line.starts_with("PlannerFunction: dynamodb:DeleteTable ")),
        "it is no action that anybody calls"
    );
    let (_, unnoticed) = needed(&template, calls);
    assert!(
        unnoticed.contains(&"PlannerFunction: dynamodb:DeleteTable on *".to_owned()),
        "{unnoticed:?}"
    );
    assert_eq!(
        unnoticed
            .iter()
            .filter(|line| line.starts_with("SearchFunction: "))
            .count(),
        2,
        "{unnoticed:?}"
    );
}

/// Without the statement, the endpoint refuses the very call that needed it, and says who may not do what to what.
#[tokio::test(start_paused = true)]
async fn without_its_statement_a_call_is_refused_by_name() {
    let calls = &played().await.calls;
    let template = template();
    let world = crate::end_to_end::world::World::start().await;
    let endpoint = world.laptop.cloud.endpoint();
    let granted = granted(&template);
    for Needed {
        caller,
        statement,
        access,
    } in needed(&template, calls).0
    {
        let who = Caller::Resource(caller.clone());
        let ask = || endpoint.authorize(&who, std::slice::from_ref(&access), &Context::default());
        let all = &granted[caller.as_str()].statements;
        // The world has no suppliers and so fewer statements.
        endpoint.set_policies(&caller, Policies::new(all.clone()));
        assert!(ask().is_ok(), "{caller} may {access:?}");
        endpoint.set_policies(&caller, without(all, statement));
        let refused = ask().expect_err("its statement is gone");
        assert_eq!(refused.code, "AccessDeniedException");
        let said = format!(
            "{caller} is not authorized to perform: {} on resource: {}",
            access.action, access.resource
        );
        assert!(refused.message.contains(&said), "{}", refused.message);
        endpoint.set_policies(&caller, Policies::new(all.clone()));
    }
}

/// And a function that runs into it fails, with the refusal in its error: nothing swallows it.
#[tokio::test(start_paused = true)]
async fn a_function_without_its_permission_fails_and_its_dead_letter_says_why() {
    use crate::end_to_end::people::Person;
    let world = crate::end_to_end::world::World::start().await;
    let template = template();
    let cases = [
        ("PolicyRetrieveFunction", "PolicyClausesTable"),
        ("PlannerFunction", "PrivateTextTable"),
        ("ComplianceFunction", "PoliciesTable"),
        ("SearchFunction", "OffersTable"),
    ];
    let mut traveller = Person::connect(&world, "traveller").await;
    for (function, table) in cases {
        let all = &granted(&template)[function].statements;
        let touches = |s: &Statement| {
            s.resources()
                .is_some_and(|all| all.iter().any(|arn| arn.ends_with(table)))
        };
        let index = all.iter().position(touches).expect("a statement on the table");
        world
            .laptop
            .cloud
            .endpoint()
            .set_policies(function, without(all, index));
        let booking = traveller.request(crate::end_to_end::trips::LISBON).await;
        traveller.until_the_end().await;
        world.check_ended(booking).await;
        let letters = dead_letters(&world, function).await;
        let said = format!("{function} is not authorized to perform: dynamodb:");
        assert!(
            letters.contains(&said) && letters.contains(table),
            "{function}: {letters}"
        );
        world
            .laptop
            .cloud
            .endpoint()
            .set_policies(function, Policies::new(all.clone()));
    }
}

async fn dead_letters(world: &crate::end_to_end::world::World, function: &str) -> String {
    let sqs = aws_sdk_sqs::Client::new(&world.laptop.cloud.sdk_config("a-test"));
    let name = format!("sojourn-{}DeadLetters", function.trim_end_matches("Function"));
    let url = sqs
        .get_queue_url()
        .queue_name(name)
        .send()
        .await
        .expect("a queue");
    let url = url.queue_url().expect("an address");
    let received = sqs
        .receive_message()
        .queue_url(url)
        .max_number_of_messages(10)
        .send()
        .await
        .expect("letters");
    received
        .messages()
        .iter()
        .filter_map(|message| message.body())
        .collect::<Vec<_>>()
        .join("\n")
}
