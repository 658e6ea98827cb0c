//! `Fn::Transform: AWS::Include` of local files, put in before anything is resolved, as CloudFormation does.

use std::path::Path;

use serde_json::{Map, Value};

use super::{Reason, document};
use crate::pattern::Pattern;

pub(super) struct IncludeError {
    pub logical_id: Option<String>,
    pub reason: Reason,
}

/// Replaces every include in the document by its file's content.
pub(super) fn expand(document: &mut Value, folder: &Path) -> Result<(), IncludeError> {
    let Value::Object(sections) = document else {
        return Err(IncludeError {
            logical_id: None,
            reason: "is not a template: no mapping at the top".into(),
        });
    };
    for (section, content) in sections {
        match content {
            Value::Object(entries) if section == "Resources" => {
                for (logical_id, resource) in entries {
                    expand_value(resource, folder).map_err(|reason| IncludeError {
                        logical_id: Some(logical_id.clone()),
                        reason,
                    })?;
                }
            }
            content => expand_value(content, folder).map_err(|reason| IncludeError {
                logical_id: None,
                reason,
            })?,
        }
    }
    Ok(())
}

fn expand_value(value: &mut Value, folder: &Path) -> Result<(), Reason> {
    match value {
        Value::Array(items) => items.iter_mut().try_for_each(|item| expand_value(item, folder)),
        Value::Object(members) => {
            if let Some(transform) = members.remove("Fn::Transform") {
                merge(members, load(&transform, folder)?);
            }
            for (name, member) in members.iter_mut() {
                let includes = member["Fn::Transform"]["Parameters"]["Location"]
                    .as_str()
                    .map(str::to_owned);
                expand_value(member, folder)?;
                if let Some(file) = includes.filter(|_| is_pattern(name)) {
                    valid_pattern(member)
                        .map_err(|e| format!("includes {}: {e}", folder.join(file).display()))?;
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Members of rules that hold an event pattern.
fn is_pattern(member: &str) -> bool {
    matches!(member, "Pattern" | "EventPattern")
}

/// Said here, where the file is known; what refers to other resources is only known later.
fn valid_pattern(pattern: &Value) -> Result<(), Reason> {
    let text = pattern.to_string();
    if text.contains("\"Fn::") || text.contains("\"Ref\"") {
        return Ok(());
    }
    Pattern::parse(pattern).map(|_| ()).map_err(|e| e.to_string())
}

/// The included members stand beside those written in place, which win.
fn merge(members: &mut Map<String, Value>, included: Map<String, Value>) {
    for (name, value) in included {
        members.entry(name).or_insert(value);
    }
}

fn load(transform: &Value, folder: &Path) -> Result<Map<String, Value>, Reason> {
    let name = transform["Name"].as_str().unwrap_or_default();
    if name != "AWS::Include" {
        return Err(format!(
            "uses the transform {name:?}; only AWS::Include is offered"
        ));
    }
    let location = transform["Parameters"]["Location"]
        .as_str()
        .ok_or("AWS::Include has no Location that is a plain path")?;
    if location.starts_with("s3://") {
        return Err(format!(
            "includes {location}: only local files can be included here"
        ));
    }
    let path = folder.join(location);
    let text = std::fs::read_to_string(&path).map_err(|e| format!("includes {}: {e}", path.display()))?;
    match document::parse(&text) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(format!("includes {}: not an object", path.display())),
        Err(reason) => Err(format!("includes {}: {reason}", path.display())),
    }
}
