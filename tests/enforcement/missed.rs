//! Each function without each of its statements, one after the other: a flow that needed it is played again on a stack of
//! its own, and the function itself must fail and say by name what it may not do. Several functions miss one at a time.
//!
//! What cannot be seen here is what no flow calls, because AWS does it or a supplier is needed: `elsewhere`.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use local_cloud::endpoint::CallSeen;
use local_cloud::template::Template;
use local_cloud::wire::Access;

use super::elsewhere;
use super::flows::{FLOWS, Play};
use super::statements::{allows, describe, played, without};
use super::witness::{Place, Witness};
use crate::end_to_end::listening::listen;
use crate::end_to_end::world::World;

/// What fails is tried again, by whoever called it: Lambda's own queue does so after one minute and after two more.
const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// As often as that every caller tries again.
const RETRIES: usize = 2;

/// Whoever holds an address that this function has signed uploads in its name: S3 refuses them, and the function is done.
const UPLOADS: (&str, &str) = ("PolicyDeskFunction", "s3:PutObject");

/// The statements that functions needed for these calls.
fn needed(template: &Template, calls: &[CallSeen]) -> BTreeSet<Place> {
    let others = elsewhere::done(template);
    let mut needed = BTreeSet::new();
    for call in calls {
        let access = Access {
            action: call.action.clone(),
            resource: call.resource.clone(),
        };
        let mut functions = template.functions.iter();
        let Some(caller) = functions.find(|function| function.logical_id == call.caller) else {
            continue;
        };
        let statements = &caller.grants.statements;
        let alone = |place: &usize| {
            statements[*place].covers(&access) && !allows(&without(statements, *place), &access)
        };
        let own = !others.contains(&(call.caller.clone(), access.clone()))
            && (call.caller.as_str(), call.action.as_str()) != UPLOADS;
        let place = (0..statements.len()).filter(|_| own).find(alone);
        needed.extend(place.map(|place| (call.caller.clone(), place)));
    }
    needed
}

/// The first of each function, no more than it is tried again after.
fn some_each(places: &BTreeSet<Place>) -> Vec<Place> {
    let mut taken: Vec<Place> = Vec::new();
    for place in places {
        if taken.iter().filter(|other| other.0 == place.0).count() < RETRIES {
            taken.push(place.clone());
        }
    }
    taken
}

/// Plays the flow without these, and gives those that were missed.
async fn missed_without(witness: &Witness, play: Play, taken: &[Place]) -> BTreeSet<Place> {
    let world = World::with_embeddings().await;
    witness.take(&world, taken);
    let to_its_end = async {
        // A flow that cannot go on panics: what counts is what the functions say.
        let _ = AssertUnwindSafe(play(&world)).catch_unwind().await;
        tokio::time::sleep(PATIENCE).await;
    };
    tokio::select! {
        () = witness.all_said() => {},
        () = to_its_end => {},
    }
    witness.said()
}

#[tokio::test(start_paused = true)]
async fn a_function_without_any_one_of_its_statements_says_what_it_may_not_do() {
    let called = &played().await.called;
    let template = crate::contract::template::load();
    let witness = Witness::default();
    let listener = witness.listener();
    let _listening = listen(&listener);
    let (mut all, mut missed) = (BTreeSet::new(), BTreeSet::new());
    for (play, calls) in FLOWS.iter().zip(called) {
        let needed = needed(&template, calls);
        let mut left = &needed - &missed;
        let mut stuck = false;
        while !left.is_empty() {
            let taken = if stuck {
                left.first().cloned().into_iter().collect()
            } else {
                some_each(&left)
            };
            let said = missed_without(&witness, *play, &taken).await;
            // Who said nothing may have been kept from it by another that did not; alone nobody is. Another flow may do.
            stuck = said.is_empty();
            if stuck && taken.len() == 1 {
                left.pop_first();
            }
            left.retain(|place| !said.contains(place));
            missed.extend(said);
        }
        all.extend(needed);
    }
    let silent: Vec<_> = template
        .functions
        .iter()
        .flat_map(|function| {
            let statements = function.grants.statements.iter().enumerate();
            statements.map(|(place, statement)| ((function.logical_id.clone(), place), statement))
        })
        .filter(|(place, _)| all.contains(place) && !missed.contains(place))
        .map(|((function, _), statement)| format!("{function}: {}", describe(statement)))
        .collect();
    assert!(
        silent.is_empty(),
        "{} of {} were not missed by name:\n{}",
        silent.len(),
        all.len(),
        silent.join("\n")
    );
    assert!(all.len() > 100, "{} statements", all.len());
}
