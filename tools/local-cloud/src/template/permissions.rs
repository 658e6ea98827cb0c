//! Policies: a function's or machine's own, SAM's policy templates expanded, and those of roles the template names.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Grants, Reason, RoleResource, Template};
use crate::endpoint::ACCOUNT;
use crate::iam::sam_policies::{Place, expand};
use crate::iam::{PolicyError, Statement};

/// `Policies` of a SAM function or state machine: managed policies by name, templates, documents.
pub(super) fn granted(policies: &Value, region: &str) -> Result<Grants, Reason> {
    let all = match policies {
        Value::Null => return Ok(Grants::default()),
        Value::Array(policies) => policies.as_slice(),
        single => std::slice::from_ref(single),
    };
    let mut grants = Grants::default();
    for policy in all {
        match policy {
            Value::String(arn) if arn.starts_with(OWN_POLICIES) => grants.managed.push(arn.clone()),
            policy => grants
                .statements
                .extend(one_policy(policy, region).map_err(|e| e.to_string())?),
        }
    }
    Ok(grants)
}

/// ARNs of managed policies that the template may define itself, below or above who uses them.
const OWN_POLICIES: &str = "arn:aws:iam::000000000000:policy/";

fn one_policy(policy: &Value, region: &str) -> Result<Vec<Statement>, PolicyError> {
    match policy {
        Value::String(name) if is_basic(name) => Ok(Vec::new()),
        Value::String(name) => Err(PolicyError::UnknownManagedPolicy(name.clone())),
        Value::Object(members) if members.contains_key("Statement") || members.contains_key("Effect") => {
            Statement::parse_all(policy)
        }
        Value::Object(members) => {
            let mut statements = Vec::new();
            for (name, parameters) in members {
                let expanded = expand(
                    name,
                    parameters,
                    Place {
                        region,
                        account: ACCOUNT,
                    },
                )?;
                statements.extend(Statement::parse_all(&expanded)?);
            }
            Ok(statements)
        }
        other => Err(PolicyError::UnknownTemplate(other.to_string())),
    }
}

/// Managed policies that only allow logs and traces, which nobody is kept from locally.
fn is_basic(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    matches!(
        name,
        "AWSLambdaBasicExecutionRole"
            | "AWSXrayWriteOnlyAccess"
            | "AWSXRayDaemonWriteAccess"
            | "CloudWatchLambdaInsightsExecutionRolePolicy"
            | "AmazonAPIGatewayPushToCloudWatchLogs"
    )
}

pub(super) fn read_role(
    logical_id: &str,
    arn: String,
    properties: &mut super::properties::Properties,
) -> Result<RoleResource, Reason> {
    let mut grants = granted(&properties.take("ManagedPolicyArns"), "")?;
    for policy in properties.list("Policies")? {
        grants
            .statements
            .extend(Statement::parse_all(&policy["PolicyDocument"]).map_err(|e| e.to_string())?);
    }
    Ok(RoleResource {
        logical_id: logical_id.into(),
        arn,
        grants,
    })
}

/// Settles what functions and machines may do: managed policies of the template looked up, roles they name included.
pub(super) fn attach_policies(template: &mut Template) -> Result<(), (String, Reason)> {
    let managed = &template.managed_policies;
    for role in template.roles.values_mut() {
        settle(&mut role.grants, managed).map_err(|reason| (role.logical_id.clone(), reason))?;
    }
    for function in &mut template.functions {
        let at = |reason| (function.logical_id.clone(), reason);
        settle(&mut function.grants, managed).map_err(at)?;
        if let Some(arn) = &function.role_arn {
            let missing = || format!("has the role {arn}, which the template does not define");
            let role = template.roles.get(arn).ok_or_else(|| at(missing()))?;
            function
                .grants
                .statements
                .extend(role.grants.statements.iter().cloned());
        }
    }
    for machine in &mut template.machines {
        settle(&mut machine.grants, managed).map_err(|reason| (machine.logical_id.clone(), reason))?;
        if let Some(role) = template.roles.get(&machine.role_arn) {
            machine
                .grants
                .statements
                .extend(role.grants.statements.iter().cloned());
        }
    }
    Ok(())
}

fn settle(grants: &mut Grants, managed: &BTreeMap<String, Vec<Statement>>) -> Result<(), Reason> {
    for arn in std::mem::take(&mut grants.managed) {
        let statements = managed
            .get(&arn)
            .ok_or_else(|| format!("uses the policy {arn}, which the template does not define"))?;
        grants.statements.extend(statements.iter().cloned());
    }
    Ok(())
}
