//! Taking fields out of a JSON object, so that what is left over is known to be unknown.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::states::template::{Template, expression_in};

/// Fields that only the JSONPath query language has, with what JSONata has instead.
const JSONPATH_ONLY: &[(&str, &str)] = &[
    ("InputPath", "Arguments or Output"),
    ("OutputPath", "Output"),
    ("ResultPath", "Output"),
    ("ResultSelector", "Output"),
    ("Parameters", "Arguments"),
    ("Result", "Output"),
    ("ItemsPath", "Items"),
    ("SecondsPath", "Seconds"),
    ("TimestampPath", "Timestamp"),
    ("TimeoutSecondsPath", "TimeoutSeconds"),
    ("HeartbeatSecondsPath", "HeartbeatSeconds"),
    ("MaxConcurrencyPath", "MaxConcurrency"),
    ("ErrorPath", "Error"),
    ("CausePath", "Cause"),
    ("Variable", "Condition"),
];

/// Fields that AWS takes on a distributed Map only, which the local cloud does not offer.
const DISTRIBUTED_MAP: &[&str] = &[
    "ItemReader", "ItemBatcher", "ResultWriter", "Label", "ToleratedFailureCount",
    "ToleratedFailurePercentage",
];

/// What AWS offers and the local cloud does not.
const NOT_OFFERED: &[&str] = &["Credentials", "Iterator"];

pub struct Fields<'a> {
    object: &'a Map<String, Value>,
    taken: BTreeSet<&'static str>,
}

impl<'a> Fields<'a> {
    pub fn of(value: &'a Value) -> Result<Self, String> {
        let object = value.as_object().ok_or("must be a JSON object")?;
        Ok(Self {
            object,
            taken: BTreeSet::new(),
        })
    }

    pub fn take(&mut self, name: &'static str) -> Option<&'a Value> {
        self.taken.insert(name);
        self.object.get(name)
    }

    pub fn text(&mut self, name: &'static str) -> Result<Option<&'a str>, String> {
        let read = |value: &'a Value| value.as_str().ok_or_else(|| format!("{name} must be a string"));
        self.take(name).map(read).transpose()
    }

    pub fn required_text(&mut self, name: &'static str) -> Result<&'a str, String> {
        self.text(name)?.ok_or_else(|| format!("{name} is missing"))
    }

    pub fn flag(&mut self, name: &'static str) -> Result<Option<bool>, String> {
        let read = |value: &Value| {
            value
                .as_bool()
                .ok_or_else(|| format!("{name} must be true or false"))
        };
        self.take(name).map(read).transpose()
    }

    pub fn whole_number(&mut self, name: &'static str) -> Result<Option<u64>, String> {
        let read = |value: &Value| {
            value
                .as_u64()
                .ok_or_else(|| format!("{name} must be a whole number, 0 or more"))
        };
        self.take(name).map(read).transpose()
    }

    pub fn number(&mut self, name: &'static str) -> Result<Option<f64>, String> {
        let read = |value: &Value| value.as_f64().ok_or_else(|| format!("{name} must be a number"));
        self.take(name).map(read).transpose()
    }

    pub fn list(&mut self, name: &'static str) -> Result<Option<&'a Vec<Value>>, String> {
        let read = |value: &'a Value| value.as_array().ok_or_else(|| format!("{name} must be a list"));
        self.take(name).map(read).transpose()
    }

    /// A field whose strings may be expressions, which may read `$states` members other than `input` and `context`
    /// only as far as `readable` allows.
    pub fn template(&mut self, name: &'static str, readable: &[&str]) -> Result<Option<Template>, String> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        let template = Template::compile(value, name)?;
        for member in template.reads_states() {
            let known =
                ["input", "context"].contains(&member.as_str()) || readable.contains(&member.as_str());
            if !known {
                return Err(format!("{name}: $states.{member} has no value here"));
            }
        }
        Ok(Some(template))
    }

    /// A field that is an expression or a whole number from `least` up.
    pub fn count(&mut self, name: &'static str, least: u64, most: u64) -> Result<Option<Template>, String> {
        let Some(value) = self.object.get(name) else {
            return Ok(None);
        };
        let is_number = value
            .as_u64()
            .is_some_and(|number| (least..=most).contains(&number));
        let is_expression = value.as_str().is_some_and(|text| expression_in(text).is_some());
        if !is_number && !is_expression {
            return Err(format!(
                "{name} must be a JSONata expression or a whole number from {least} to {most}"
            ));
        }
        self.template(name, &[])
    }

    pub fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// Refuses what nobody took.
    pub fn finish(self) -> Result<(), String> {
        let Some(name) = self
            .object
            .keys()
            .find(|name| !self.taken.contains(name.as_str()))
        else {
            return Ok(());
        };
        if let Some((_, instead)) = JSONPATH_ONLY.iter().find(|(field, _)| field == name) {
            return Err(format!("{name} belongs to JSONPath; with JSONata use {instead}"));
        }
        if DISTRIBUTED_MAP.contains(&name.as_str()) {
            return Err(format!(
                "{name} belongs to a distributed Map, which the local cloud does not offer"
            ));
        }
        if NOT_OFFERED.contains(&name.as_str()) {
            return Err(format!("{name} is not offered by the local cloud"));
        }
        Err(format!("unknown field {name}"))
    }
}
