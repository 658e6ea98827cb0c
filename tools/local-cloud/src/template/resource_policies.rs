//! Who besides roles may reach functions and queues: `AWS::Lambda::Permission` and `AWS::SQS::QueuePolicy`. Conditions
//! that are not looked at are listed: with them AWS may refuse what is allowed here.

use serde_json::Value;

use super::intrinsics::text;
use super::properties::Properties;
use super::{Loader, Permission, Reason};
use crate::endpoint::ACCOUNT;
use crate::iam::wildcard;

const INVOKE: &str = "lambda:InvokeFunction";
const SEND: &str = "sqs:SendMessage";
/// Operators by which a source's ARN is compared, with or without `IfExists`.
const COMPARED: &[&str] = &["ArnEquals", "ArnLike", "StringEquals", "StringLike"];

impl Loader<'_> {
    pub(super) fn read_permission(&mut self, p: &mut Properties) -> Result<(), Reason> {
        let function = p.required_text("FunctionName")?;
        let resource = match function.starts_with("arn:") {
            true => function,
            false => self.arn("lambda", &format!("function:{function}")),
        };
        let permission = Permission {
            resource,
            principal: p.required_text("Principal")?,
            source_arn: p.text("SourceArn"),
        };
        let action = p.required_text("Action")?;
        if covers(&action, INVOKE) {
            self.template.permissions.push(permission);
        } else {
            p.leave("Action", action.into());
        }
        Ok(())
    }

    pub(super) fn read_queue_policy(&mut self, p: &mut Properties) -> Result<(), Reason> {
        let urls = p.texts("Queues")?;
        let arn = |url: &String| self.arn("sqs", url.rsplit('/').next().unwrap_or(url));
        let queues: Vec<String> = urls.iter().map(arn).collect();
        let document = p.take("PolicyDocument");
        for statement in several(&document["Statement"]) {
            self.template.permissions.extend(senders(&queues, &statement, p));
        }
        Ok(())
    }

    fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:aws:{service}:{}:{ACCOUNT}:{rest}", self.resolver.region())
    }
}

/// Services that the statement lets send to those of `queues` it names; what is not looked at goes back to `p`.
fn senders(queues: &[String], statement: &Value, p: &mut Properties) -> Vec<Permission> {
    if statement["Effect"] != "Allow" {
        p.leave("PolicyDocument.Statement.Deny", statement.clone());
        return Vec::new();
    }
    let sends = several(&statement["Action"])
        .iter()
        .any(|action| covers(&text(action), SEND));
    let named: Vec<_> = several(&statement["Resource"]).iter().map(text).collect();
    let named = |queue: &&String| named.iter().any(|pattern| wildcard::matches(pattern, queue));
    let sources = sources(&statement["Condition"], p);
    let mut permissions = Vec::new();
    for queue in queues.iter().filter(named).filter(|_| sends) {
        for principal in principals(&statement["Principal"]) {
            permissions.extend(sources.iter().map(|source_arn| Permission {
                resource: queue.clone(),
                principal: principal.clone(),
                source_arn: source_arn.clone(),
            }));
        }
    }
    permissions
}

/// Services, and `*` for everybody. Accounts and roles are not asked for: whoever is not of the template may do anything
/// here.
fn principals(principal: &Value) -> Vec<String> {
    if *principal == "*" || principal["AWS"] == "*" {
        return vec!["*".into()];
    }
    several(&principal["Service"]).iter().map(text).collect()
}

/// One of the ARNs must fit; `None` fits any. Every other condition is left to be listed, and so is a negated one.
fn sources(condition: &Value, p: &mut Properties) -> Vec<Option<String>> {
    let mut sources = Vec::new();
    for (operator, keys) in condition.as_object().into_iter().flatten() {
        let compares = COMPARED.contains(&operator.trim_end_matches("IfExists"));
        for (key, value) in keys.as_object().into_iter().flatten() {
            if compares && key.eq_ignore_ascii_case("aws:SourceArn") {
                sources.extend(several(value).iter().map(|arn| Some(text(arn))));
            } else {
                p.leave(
                    &format!("PolicyDocument.Statement.Condition.{key}"),
                    value.clone(),
                );
            }
        }
    }
    match sources.is_empty() {
        true => vec![None],
        false => sources,
    }
}

/// Actions are compared without regard to case.
fn covers(pattern: &str, action: &str) -> bool {
    wildcard::matches(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
}

/// A list, or the one thing that stands for it.
fn several(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(all) => all.clone(),
        single => vec![single.clone()],
    }
}
