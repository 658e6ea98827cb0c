//! What AWS would only refuse while running: a delivery whose target does not exist, or that may not reach it.
//! Found at start instead, with the resource's name.

use super::{Permission, Reason, RuleResource, TargetResource, Template};
use crate::iam::{Context, Decision, Policies, wildcard};
use crate::wire::Access;

const EVENTBRIDGE: &str = "events.amazonaws.com";

pub(super) fn check(template: &Template, other_buses: &[String]) -> Result<(), (String, Reason)> {
    buses_exist(template, other_buses)?;
    for rule in &template.rules {
        let at = |reason: Reason| (rule.logical_id.clone(), reason);
        for target in &rule.targets {
            reaches(template, rule, target).map_err(at)?;
        }
    }
    for function in &template.functions {
        let config = &function.asynchronous;
        let destinations = [&config.on_success, &config.on_failure, &config.dead_letter_arn];
        for arn in destinations.into_iter().flatten() {
            exists(template, arn).map_err(|r| (function.logical_id.clone(), r))?;
        }
    }
    for mapping in &template.mappings {
        let at = |reason: Reason| (mapping.logical_id.clone(), reason);
        exists(template, &mapping.source_arn).map_err(at)?;
        exists(template, &mapping.function_arn).map_err(at)?;
        if let Some(arn) = &mapping.on_failure {
            exists(template, arn).map_err(at)?;
        }
    }
    apis_may_invoke(template)
}

/// A function lets a rule in by a permission, which SAM makes for the rules it implies; a queue by its policy, which
/// nobody makes.
fn reaches(template: &Template, rule: &RuleResource, target: &TargetResource) -> Result<(), Reason> {
    let source = rule_arn(template, rule);
    exists(template, &target.arn)?;
    may_start_machine(template, &target.arn, target.role_arn.as_deref(), rule.implied)?;
    if target.arn.contains(":sqs:") || (!rule.implied && target.arn.contains(":function:")) {
        permitted(template, &target.arn, EVENTBRIDGE, &source)?;
    }
    match &target.dlq_arn {
        None => Ok(()),
        Some(dlq) => {
            exists(template, dlq)?;
            match rule.has_role {
                true => Ok(()),
                false => permitted(template, dlq, EVENTBRIDGE, &source),
            }
        }
    }
}

fn buses_exist(template: &Template, other_buses: &[String]) -> Result<(), (String, Reason)> {
    let own = template.buses.iter().map(|bus| &bus.name);
    let all: Vec<_> = own.chain(other_buses).collect();
    let known = |bus: &str| bus == "default" || all.iter().any(|name| name.as_str() == bus);
    let rules = template.rules.iter().map(|r| (&r.logical_id, &r.bus));
    let archives = template.archives.iter().map(|a| (&a.logical_id, &a.bus));
    match rules.chain(archives).find(|(_, bus)| !known(bus)) {
        Some((id, bus)) => Err((id.clone(), format!("names the bus {bus}, which does not exist"))),
        None => Ok(()),
    }
}

fn exists(template: &Template, arn: &str) -> Result<(), Reason> {
    let found = if let Some((_, name)) = arn.split_once(":function:") {
        template
            .functions
            .iter()
            .any(|f| f.arn == arn || f.name == name.split(':').next().unwrap_or(name))
    } else if arn.contains(":sqs:") {
        template.queues.iter().any(|q| q.arn == arn)
    } else if arn.contains(":stateMachine:") {
        template.machines.iter().any(|m| m.arn == arn)
    } else if let Some((_, bus)) = arn.split_once("event-bus/") {
        bus == "default" || template.buses.iter().any(|b| b.name == bus)
    } else if let Some((_, rest)) = arn.split_once(":table/") {
        let name = rest.split('/').next().unwrap_or(rest);
        template
            .tables
            .iter()
            .any(|t| t.name == name && t.stream_view.is_some())
    } else {
        return Err(format!("targets {arn}, which the local cloud cannot deliver to"));
    };
    if found {
        Ok(())
    } else {
        Err(format!("targets {arn}, which the template does not define"))
    }
}

/// EventBridge starts a machine with a role; SAM writes that role for the rules it implies.
fn may_start_machine(
    template: &Template,
    arn: &str,
    role: Option<&str>,
    implied: bool,
) -> Result<(), Reason> {
    if !arn.contains(":stateMachine:") || implied {
        return Ok(());
    }
    let role = role.ok_or_else(|| format!("targets {arn} without a RoleArn"))?;
    let statements = template.roles.get(role).map(|r| r.grants.statements.clone());
    let statements =
        statements.ok_or_else(|| format!("has the role {role}, which the template does not define"))?;
    let access = Access {
        action: "states:StartExecution".into(),
        resource: arn.into(),
    };
    match Policies::new(statements).decide(&access, &Context::default()) {
        Decision::Allowed => Ok(()),
        _ => Err(format!(
            "its role {role} does not allow states:StartExecution on {arn}"
        )),
    }
}

fn rule_arn(template: &Template, rule: &RuleResource) -> String {
    let arns = template.functions.iter().map(|f| &f.arn);
    let place = arns
        .chain(template.queues.iter().map(|q| &q.arn))
        .next()
        .and_then(|arn| arn.split(':').nth(3))
        .unwrap_or_default();
    let path = if rule.bus == "default" {
        rule.name.clone()
    } else {
        format!("{}/{}", rule.bus, rule.name)
    };
    format!("arn:aws:events:{place}:{}:rule/{path}", crate::endpoint::ACCOUNT)
}

fn apis_may_invoke(template: &Template) -> Result<(), (String, Reason)> {
    for api in &template.apis {
        for route in &api.routes {
            let functions = [
                Some(&route.function_arn),
                route.authorizer.as_ref().map(|a| &a.function_arn),
            ];
            for arn in functions.into_iter().flatten() {
                let at = |reason: Reason| (api.logical_id.clone(), format!("route {}: {reason}", route.key));
                exists(template, arn).map_err(at)?;
                let source = format!(":{}/", api.api_id);
                let permitted = template.permissions.iter().any(|p| {
                    p.resource == *arn
                        && p.principal == "apigateway.amazonaws.com"
                        && p.source_arn.as_ref().is_none_or(|s| s.contains(&source))
                });
                if !permitted {
                    return Err(at(format!(
                        "no AWS::Lambda::Permission lets API Gateway invoke {arn}"
                    )));
                }
            }
        }
    }
    Ok(())
}

fn permitted(template: &Template, resource: &str, principal: &str, source: &str) -> Result<(), Reason> {
    let fits = |p: &Permission| {
        p.resource == resource
            && (p.principal == principal || p.principal == "*")
            && p.source_arn.as_ref().is_none_or(|s| wildcard::matches(s, source))
    };
    if template.permissions.iter().any(fits) {
        return Ok(());
    }
    let (grant, does) = match resource.contains(":sqs:") {
        true => ("AWS::SQS::QueuePolicy", "send to"),
        false => ("AWS::Lambda::Permission", "invoke"),
    };
    Err(format!(
        "no {grant} lets {principal} ({source}) {does} {resource}"
    ))
}
