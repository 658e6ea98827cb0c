//! `GET /local/doctor` and `/local/not-honoured`: what each function and state machine may do, against what it did since the cloud started.
//!
//! A grant not used yet is a question, not a mistake: the way that needs it may not have been taken. Some grants are
//! never used by code but by AWS for it (reading a stream, sending to a destination, logs and traces); the local cloud
//! does these itself and asks nobody, so nothing is said about them but that they are not checked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use local_cloud::endpoint::Seen;
use local_cloud::iam::{Effect, Statement, wildcard};
use local_cloud::template::{Ignored, Template};
use local_cloud::wire::Access;
use serde::{Deserialize, Serialize};

use crate::laptop::Laptop;

/// Who AWS calls for a stream mapping, a log or a trace, rather than the code.
const BY_AWS: &[&str] = &[
    "logs:*", "xray:*", "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
];
const SEND: &str = "sqs:SendMessage";

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Examined {
    /// Its logical id in the template.
    pub name: String,
    /// Calls that were allowed, with how often.
    pub allowed: Vec<Used>,
    /// Calls that were refused: a permission is missing, or the code does what it should not.
    pub denied: Vec<Used>,
    /// Allowed, but only by a grant of more than was needed: any action, or resources of any name.
    pub broad: Vec<Used>,
    /// Granted, and not used since the start.
    pub unused: Vec<Granted>,
    /// Granted for what AWS does on its behalf.
    pub unchecked: Vec<Granted>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    pub action: String,
    pub resource: String,
    pub times: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    pub action: String,
    pub resources: Vec<String>,
}

pub(super) async fn doctor(State(laptop): State<Arc<Laptop>>) -> Json<Vec<Examined>> {
    let cloud = &laptop.cloud;
    Json(examine(cloud.template(), &cloud.endpoint().calls_seen()))
}

pub(super) async fn not_honoured(State(laptop): State<Arc<Laptop>>) -> Json<Vec<Ignored>> {
    Json(laptop.cloud.template().ignored.clone())
}

fn examine(template: &Template, seen: &[Seen]) -> Vec<Examined> {
    let functions = template.functions.iter().map(|f| (&f.logical_id, &f.grants));
    let machines = template.machines.iter().map(|m| (&m.logical_id, &m.grants));
    let granted: BTreeMap<_, _> = functions.chain(machines).collect();
    let destinations = destinations(template);
    let one = |(name, grants): (&String, &local_cloud::template::Grants)| {
        let calls: Vec<_> = seen.iter().filter(|seen| seen.call.caller == *name).collect();
        let (allowed, denied) = calls.into_iter().partition(|seen| seen.call.allowed);
        let examined = Examined {
            name: name.clone(),
            allowed: used(allowed),
            denied: used(denied),
            ..Examined::default()
        };
        compare(examined, &grants.statements, &destinations)
    };
    granted.into_iter().map(one).collect()
}

fn used(calls: Vec<&Seen>) -> Vec<Used> {
    let used = |seen: &Seen| Used {
        action: seen.call.action.clone(),
        resource: seen.call.resource.clone(),
        times: seen.times,
    };
    calls.into_iter().map(used).collect()
}

fn compare(mut examined: Examined, statements: &[Statement], destinations: &BTreeSet<&str>) -> Examined {
    let broad = examined.allowed.iter().filter(|call| is_broad(call, statements));
    examined.broad = broad.cloned().collect();
    let all = [String::from("*")];
    for statement in statements.iter().filter(|s| s.effect == Effect::Allow) {
        let resources = statement.resources().unwrap_or(&all);
        for action in statement.actions().unwrap_or(&all) {
            if examined.allowed.iter().any(|call| uses(call, statement, action)) {
                continue;
            }
            let granted = Granted {
                action: action.clone(),
                resources: resources.to_vec(),
            };
            let destination = action == SEND && resources.iter().all(|r| destinations.contains(r.as_str()));
            if destination || BY_AWS.iter().any(|pattern| wildcard::matches(pattern, action)) {
                examined.unchecked.push(granted);
            } else {
                examined.unused.push(granted);
            }
        }
    }
    examined
}

/// Whether no statement that allows the call names both its action and a resource of its own.
fn is_broad(call: &Used, statements: &[Statement]) -> bool {
    let access = Access {
        action: call.action.clone(),
        resource: call.resource.clone(),
    };
    let named = |statement: &&Statement| {
        let action = statement
            .actions()
            .is_some_and(|all| all.iter().any(|a| a.eq_ignore_ascii_case(&call.action)));
        // An action that is on no resource at all can only be granted on all of them.
        let resources = statement.resources().unwrap_or_default();
        let fits = |pattern: &&String| wildcard::matches(pattern, &call.resource);
        action && (call.resource == "*" || resources.iter().filter(fits).any(|pattern| names_one(pattern)))
    };
    let mut allowing = statements
        .iter()
        .filter(|s| s.effect == Effect::Allow && s.covers(&access));
    !allowing.any(|statement| named(&statement))
}

/// Whether an ARN's pattern is of one resource, or of what is in it: `table/bookings`, `bucket/*`, not `table/*`.
fn names_one(pattern: &str) -> bool {
    let Some((before, _)) = pattern.split_once('*') else {
        return true;
    };
    let parts: Vec<_> = before.splitn(6, ':').collect();
    let [_, _, service, _, _, resource] = parts.as_slice() else {
        return false;
    };
    // Only S3 names a resource without its kind before it.
    let needed = if *service == "s3" { 1 } else { 2 };
    resource.split(['/', ':']).filter(|part| !part.is_empty()).count() >= needed
}

fn uses(call: &Used, statement: &Statement, action: &str) -> bool {
    let access = Access {
        action: call.action.clone(),
        resource: call.resource.clone(),
    };
    statement.covers(&access)
        && wildcard::matches(&action.to_ascii_lowercase(), &call.action.to_ascii_lowercase())
}

/// Queues that AWS sends to when a function has failed for good.
fn destinations(template: &Template) -> BTreeSet<&str> {
    let functions = template.functions.iter().flat_map(|function| {
        let asynchronous = &function.asynchronous;
        [
            &asynchronous.on_failure, &asynchronous.on_success, &asynchronous.dead_letter_arn,
        ]
    });
    let mappings = template.mappings.iter().map(|mapping| &mapping.on_failure);
    functions.chain(mappings).flatten().map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    //! Grants against calls. That the endpoint remembers calls rightly is the local cloud's to test.

    use serde_json::json;

    use super::*;

    #[test]
    fn a_call_that_only_a_grant_of_more_allows_is_broad() {
        let table = "arn:aws:dynamodb:eu-west-1:0:table/a";
        let statements = Statement::parse_all(&json!([
            { "Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": table },
            { "Effect": "Allow", "Action": "dynamodb:*", "Resource": table },
            { "Effect": "Allow", "Action": "dynamodb:Scan", "Resource": "arn:aws:dynamodb:eu-west-1:0:table/*" },
            { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::papers/*" },
            { "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*" },
            { "Effect": "Allow", "Action": "states:SendTaskSuccess", "Resource": "*" },
        ]))
        .expect("a policy");
        let cases = [
            ("dynamodb:GetItem", table, false),
            ("dynamodb:PutItem", table, true),
            ("dynamodb:Scan", "arn:aws:dynamodb:eu-west-1:0:table/b", true),
            ("s3:GetObject", "arn:aws:s3:::papers/1.md", false),
            ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:0:q", true),
            ("states:SendTaskSuccess", "*", false),
        ];
        for (action, resource, broad) in cases {
            let call = Used {
                action: action.into(),
                resource: resource.into(),
                times: 1,
            };
            assert_eq!(is_broad(&call, &statements), broad, "{action} on {resource}");
        }
    }

    #[test]
    fn a_grant_is_used_by_a_call_that_it_covers_and_by_no_other() {
        let statements = Statement::parse_all(&json!([
            { "Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem"], "Resource": "table-a" },
            { "Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "table-b" },
            { "Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": "failures" },
            { "Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": "work" },
            { "Effect": "Allow", "Action": ["dynamodb:GetRecords"], "Resource": "stream" },
        ]))
        .expect("a policy");
        let examined = Examined {
            allowed: vec![Used {
                action: "dynamodb:GetItem".into(),
                resource: "table-a".into(),
                times: 2,
            }],
            ..Examined::default()
        };
        let compared = compare(examined, &statements, &BTreeSet::from(["failures"]));
        let names = |granted: &[Granted]| -> Vec<String> {
            granted
                .iter()
                .map(|granted| format!("{} {}", granted.action, granted.resources.join(" ")))
                .collect()
        };
        assert_eq!(
            names(&compared.unused),
            [
                "dynamodb:PutItem table-a", "dynamodb:GetItem table-b", "sqs:SendMessage work"
            ]
        );
        assert_eq!(
            names(&compared.unchecked),
            ["sqs:SendMessage failures", "dynamodb:GetRecords stream"]
        );
    }
}
