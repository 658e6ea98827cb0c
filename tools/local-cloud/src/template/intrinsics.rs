//! CloudFormation's intrinsic functions, evaluated. A value that comes to `AWS::NoValue` is `None`: its property is
//! as if never written.

use std::collections::BTreeMap;

use base64::Engine;
use serde_json::{Map, Value};

use super::names::Names;
use super::{LoadOptions, Reason};
use crate::endpoint::ACCOUNT;

#[derive(Debug, Default)]
pub(super) struct Resolver {
    pub parameters: BTreeMap<String, Value>,
    pub conditions: BTreeMap<String, bool>,
    pub names: Names,
    mappings: Value,
    region: String,
    stack_name: String,
}

impl Resolver {
    pub fn new(options: &LoadOptions, document: &Value) -> Result<Self, Reason> {
        Ok(Self {
            parameters: parameters(document, options)?,
            mappings: document["Mappings"].clone(),
            region: options.region.clone(),
            stack_name: options.stack_name.clone(),
            ..Self::default()
        })
    }

    pub fn resolve(&self, value: &Value) -> Result<Option<Value>, Reason> {
        match value {
            Value::Array(items) => {
                let mut resolved = Vec::with_capacity(items.len());
                for item in items {
                    resolved.extend(self.resolve(item)?);
                }
                Ok(Some(Value::Array(resolved)))
            }
            Value::Object(members) => match function(members) {
                Some((name, argument)) => self.evaluate(name, argument),
                None => {
                    let mut resolved = Map::new();
                    for (name, member) in members {
                        if let Some(member) = self.resolve(member)? {
                            resolved.insert(name.clone(), member);
                        }
                    }
                    Ok(Some(Value::Object(resolved)))
                }
            },
            other => Ok(Some(other.clone())),
        }
    }

    pub fn region(&self) -> &str {
        &self.region
    }

    /// Whether a resource's or output's `Condition` holds; absent means it does.
    pub fn holds(&self, condition: &Value) -> Result<bool, Reason> {
        match condition {
            Value::Null => Ok(true),
            Value::String(name) => self
                .conditions
                .get(name)
                .copied()
                .ok_or_else(|| format!("condition {name} does not exist")),
            other => Err(format!("Condition must be a name, not {other}")),
        }
    }

    fn evaluate(&self, name: &str, argument: &Value) -> Result<Option<Value>, Reason> {
        let text_of = |value: &Value| self.required(value).map(|v| text(&v));
        Ok(Some(match name {
            "Ref" => return self.reference(argument.as_str().unwrap_or_default()),
            "Fn::GetAtt" => self.attribute(&self.required(argument)?)?,
            "Fn::Sub" => Value::from(self.substitute(argument)?),
            "Fn::Join" => {
                let [separator, parts] = pair(name, argument)?;
                let parts = self.required(parts)?;
                let parts: Vec<String> = list(name, &parts)?.iter().map(text).collect();
                Value::from(parts.join(&text_of(separator)?))
            }
            "Fn::Split" => {
                let [separator, source] = pair(name, argument)?;
                let (separator, source) = (text_of(separator)?, text_of(source)?);
                source.split(&separator).map(Value::from).collect()
            }
            "Fn::Select" => {
                let [index, source] = pair(name, argument)?;
                let (index, source) = (text_of(index)?, self.required(source)?);
                let at: usize = index
                    .parse()
                    .map_err(|_| format!("Fn::Select index {index} is not a number"))?;
                let found = list(name, &source)?.get(at).cloned();
                found.ok_or_else(|| format!("Fn::Select index {index} is out of range"))?
            }
            "Fn::FindInMap" => self.find_in_map(argument)?,
            "Fn::If" => {
                let [condition, yes, no] = triple(name, argument)?;
                return self.resolve(if self.holds(condition)? { yes } else { no });
            }
            "Fn::Base64" => Value::from(base64::engine::general_purpose::STANDARD.encode(text_of(argument)?)),
            "Fn::ToJsonString" => Value::from(self.required(argument)?.to_string()),
            "Fn::Length" => Value::from(list(name, &self.required(argument)?)?.len()),
            "Fn::GetAZs" => ["a", "b", "c"]
                .iter()
                .map(|zone| Value::from(format!("{}{zone}", self.region)))
                .collect(),
            "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not" | "Condition" => {
                Value::Bool(self.truth(name, argument)?)
            }
            other => return Err(format!("the function {other} is not offered by the local cloud")),
        }))
    }

    fn reference(&self, name: &str) -> Result<Option<Value>, Reason> {
        if let Some(value) = self.parameters.get(name) {
            return Ok(Some(value.clone()));
        }
        let pseudo = match name {
            "AWS::NoValue" => return Ok(None),
            "AWS::AccountId" => ACCOUNT.to_string(),
            "AWS::Region" => self.region.clone(),
            "AWS::Partition" => "aws".into(),
            "AWS::URLSuffix" => "amazonaws.com".into(),
            "AWS::StackName" => self.stack_name.clone(),
            "AWS::StackId" => {
                format!(
                    "arn:aws:cloudformation:{}:{ACCOUNT}:stack/{}/local",
                    self.region, self.stack_name
                )
            }
            name => {
                return self
                    .names
                    .reference(name)
                    .map(Some)
                    .ok_or_else(|| format!("refers to {name}, which does not exist"));
            }
        };
        Ok(Some(Value::from(pseudo)))
    }

    fn attribute(&self, argument: &Value) -> Result<Value, Reason> {
        let parts = list("Fn::GetAtt", argument)?;
        let resource = parts.first().map(text).unwrap_or_default();
        let attribute = parts[1..].iter().map(text).collect::<Vec<_>>().join(".");
        self.names.attribute(&resource, &attribute).map(Value::from)
    }

    /// `${Name}`, `${Resource.Attribute}` and the local variables of the long form; `${!x}` stays `${x}`.
    fn substitute(&self, argument: &Value) -> Result<String, Reason> {
        let (source, variables) = match argument {
            Value::Array(parts) if parts.len() == 2 => (text(&parts[0]), self.required(&parts[1])?),
            single => (text(single), Value::Null),
        };
        let mut result = String::new();
        let mut rest = source.as_str();
        while let Some(start) = rest.find("${") {
            result.push_str(&rest[..start]);
            let end = rest[start..].find('}').ok_or("Fn::Sub has an unclosed ${")? + start;
            let name = rest[start + 2..end].trim();
            match name.strip_prefix('!') {
                Some(literal) => result.push_str(&format!("${{{literal}}}")),
                None => result.push_str(&self.variable(name, &variables)?),
            }
            rest = &rest[end + 1..];
        }
        Ok(result + rest)
    }

    fn variable(&self, name: &str, variables: &Value) -> Result<String, Reason> {
        if let Some(value) = variables.get(name) {
            return Ok(text(value));
        }
        match name.split_once('.') {
            Some((resource, attribute)) => self.names.attribute(resource, attribute),
            None => self
                .reference(name)?
                .map(|v| text(&v))
                .ok_or_else(|| format!("Fn::Sub uses {name}, which has no value")),
        }
    }

    fn find_in_map(&self, argument: &Value) -> Result<Value, Reason> {
        let keys = self.required(argument)?;
        let keys: Vec<String> = list("Fn::FindInMap", &keys)?.iter().map(text).collect();
        let found = keys.iter().try_fold(&self.mappings, |value, key| value.get(key));
        found
            .cloned()
            .ok_or_else(|| format!("Fn::FindInMap finds nothing at {}", keys.join(".")))
    }

    fn truth(&self, name: &str, argument: &Value) -> Result<bool, Reason> {
        let holds = |value: &Value| match self.required(value)? {
            Value::Bool(b) => Ok(b),
            other => Err(format!("{name} needs conditions, not {other}")),
        };
        match name {
            "Condition" => self.holds(argument),
            "Fn::Equals" => {
                let [left, right] = pair(name, argument)?;
                Ok(text(&self.required(left)?) == text(&self.required(right)?))
            }
            "Fn::Not" => Ok(!holds(list(name, argument)?.first().unwrap_or(&Value::Null))?),
            "Fn::And" => list(name, argument)?
                .iter()
                .try_fold(true, |all, c| Ok(all & holds(c)?)),
            _ => list(name, argument)?
                .iter()
                .try_fold(false, |any, c| Ok(any | holds(c)?)),
        }
    }

    fn required(&self, value: &Value) -> Result<Value, Reason> {
        self.resolve(value)?
            .ok_or_else(|| "AWS::NoValue stands where a value is needed".to_string())
    }
}

/// The template's conditions, each evaluated once; they may refer to ones written later.
pub(super) fn conditions(resolver: &Resolver, document: &Value) -> Result<BTreeMap<String, bool>, Reason> {
    let Value::Object(written) = &document["Conditions"] else {
        return Ok(BTreeMap::new());
    };
    let mut known = Resolver {
        parameters: resolver.parameters.clone(),
        mappings: resolver.mappings.clone(),
        ..Resolver::default()
    };
    known.region.clone_from(&resolver.region);
    known.stack_name.clone_from(&resolver.stack_name);
    // Each round settles at least one condition; what is left after as many rounds depends on itself.
    for _ in 0..written.len() {
        for (name, condition) in written {
            if let Ok(Some(Value::Bool(truth))) = known.resolve(condition) {
                known.conditions.insert(name.clone(), truth);
            }
        }
    }
    match written
        .iter()
        .find(|(name, _)| !known.conditions.contains_key(*name))
    {
        None => Ok(known.conditions),
        Some((name, condition)) => {
            let why = known
                .resolve(condition)
                .err()
                .unwrap_or_else(|| "it is not a condition".into());
            Err(format!("condition {name}: {why}"))
        }
    }
}

fn parameters(document: &Value, options: &LoadOptions) -> Result<BTreeMap<String, Value>, Reason> {
    let declared = document["Parameters"].as_object().cloned().unwrap_or_default();
    if let Some(unknown) = options
        .parameters
        .keys()
        .find(|name| !declared.contains_key(*name))
    {
        return Err(format!("has no parameter {unknown}"));
    }
    let mut values = BTreeMap::new();
    for (name, declaration) in declared {
        let given = options
            .parameters
            .get(&name)
            .or(options.offered_parameters.get(&name));
        let given = given.map(|v| Value::from(v.clone()));
        let value = given.or_else(|| declaration.get("Default").cloned());
        let value = value.ok_or_else(|| format!("parameter {name} has no default and was not given"))?;
        if let Some(allowed) = declaration["AllowedValues"].as_array()
            && !allowed.iter().any(|a| text(a) == text(&value))
        {
            return Err(format!(
                "parameter {name}: {} is not among its AllowedValues",
                text(&value)
            ));
        }
        let is_list = declaration["Type"]
            .as_str()
            .is_some_and(|t| t == "CommaDelimitedList" || t.starts_with("List<"));
        let value = if is_list {
            text(&value).split(',').map(|v| Value::from(v.trim())).collect()
        } else {
            Value::from(text(&value))
        };
        values.insert(name, value);
    }
    Ok(values)
}

/// CloudFormation treats scalars as text: `5`, `"5"` and `!Ref` of either are the same.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(s) => s.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// The one member of `{"Ref": …}` or `{"Fn::…": …}`. `{"Condition": "Name"}` is a function only where conditions
/// stand; a policy statement's `Condition` is an object.
fn function(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = members.iter().next().filter(|_| members.len() == 1)?;
    let known = name == "Ref" || name.starts_with("Fn::") || (name == "Condition" && argument.is_string());
    known.then_some((name.as_str(), argument))
}

fn list<'v>(name: &str, value: &'v Value) -> Result<&'v Vec<Value>, Reason> {
    value
        .as_array()
        .ok_or_else(|| format!("{name} needs a list, not {value}"))
}

fn pair<'v>(name: &str, value: &'v Value) -> Result<[&'v Value; 2], Reason> {
    match list(name, value)?.as_slice() {
        [a, b] => Ok([a, b]),
        other => Err(format!("{name} needs 2 values, not {}", other.len())),
    }
}

fn triple<'v>(name: &str, value: &'v Value) -> Result<[&'v Value; 3], Reason> {
    match list(name, value)?.as_slice() {
        [a, b, c] => Ok([a, b, c]),
        other => Err(format!("{name} needs 3 values, not {}", other.len())),
    }
}
