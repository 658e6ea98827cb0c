//! The operators: what one element of a field's array says about a scalar.

use serde_json::{Map, Value};

use super::value::{Cidr, Number, Range, Wildcard};

/// Matches one scalar: a string, a number, true, false or null.
#[derive(Clone, Debug)]
pub(super) enum Operator {
    Null,
    Bool(bool),
    Text(String),
    Number(Number),
    Prefix(String),
    /// Lower case, as are the next two.
    PrefixIgnoreCase(String),
    SuffixIgnoreCase(String),
    EqualsIgnoreCase(String),
    Suffix(String),
    Wildcard(Wildcard),
    Range(Range),
    Cidr(Cidr),
    Exists,
    /// Anything that none of these matches.
    AnythingBut(Vec<Operator>),
}

pub(super) enum Reading {
    Operator(Operator),
    /// `{"exists": false}`: no scalar can satisfy it, only the field's absence.
    Absent,
}

impl Operator {
    pub(super) fn matches(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Exists, _) => true,
            (Self::AnythingBut(excluded), value) => !excluded.iter().any(|operator| operator.matches(value)),
            (Self::Null, Value::Null) => true,
            (Self::Bool(expected), Value::Bool(actual)) => expected == actual,
            (Self::Number(expected), Value::Number(actual)) => expected.equals(actual),
            (Self::Range(range), Value::Number(actual)) => range.contains(actual),
            (operator, Value::String(text)) => operator.matches_text(text),
            _ => false,
        }
    }

    fn matches_text(&self, text: &str) -> bool {
        match self {
            Self::Text(expected) => expected == text,
            Self::Prefix(prefix) => text.starts_with(prefix.as_str()),
            Self::Suffix(suffix) => text.ends_with(suffix.as_str()),
            Self::PrefixIgnoreCase(prefix) => text.to_lowercase().starts_with(prefix.as_str()),
            Self::SuffixIgnoreCase(suffix) => text.to_lowercase().ends_with(suffix.as_str()),
            Self::EqualsIgnoreCase(expected) => text.to_lowercase() == *expected,
            Self::Wildcard(wildcard) => wildcard.matches(text),
            Self::Cidr(network) => network.contains(text),
            _ => false,
        }
    }
}

/// Reads one element of a field's array.
pub(super) fn read(value: &Value) -> Result<Reading, String> {
    let operator = match value {
        Value::Null => Operator::Null,
        Value::Bool(flag) => Operator::Bool(*flag),
        Value::Number(number) => Operator::Number(Number::of(number)),
        Value::String(text) => Operator::Text(text.clone()),
        Value::Array(_) => {
            return Err("a value must be a string, number, true, false, null or a match expression".into());
        }
        Value::Object(expression) => return read_expression(expression),
    };
    Ok(Reading::Operator(operator))
}

fn read_expression(expression: &Map<String, Value>) -> Result<Reading, String> {
    let (name, operand) = only_entry(expression)?;
    let operator = match name {
        "exact" => Operator::Text(text(name, operand)?),
        "prefix" => match operand {
            Value::Object(nested) => Operator::PrefixIgnoreCase(ignore_case(name, nested)?),
            operand => Operator::Prefix(text(name, operand)?),
        },
        "suffix" => match operand {
            Value::Object(nested) => Operator::SuffixIgnoreCase(ignore_case(name, nested)?),
            operand => Operator::Suffix(text(name, operand)?),
        },
        "equals-ignore-case" => Operator::EqualsIgnoreCase(text(name, operand)?.to_lowercase()),
        "wildcard" => Operator::Wildcard(Wildcard::parse(&text(name, operand)?)?),
        "numeric" => Operator::Range(Range::parse(operand)?),
        "cidr" => Operator::Cidr(Cidr::parse(&text(name, operand)?)?),
        "anything-but" => Operator::AnythingBut(anything_but(operand)?),
        "exists" => match operand {
            Value::Bool(true) => Operator::Exists,
            Value::Bool(false) => return Ok(Reading::Absent),
            _ => return Err("exists must be true or false".into()),
        },
        other => return Err(format!("unrecognized match type {other}")),
    };
    Ok(Reading::Operator(operator))
}

fn only_entry(expression: &Map<String, Value>) -> Result<(&str, &Value), String> {
    let mut entries = expression.iter();
    match (entries.next(), entries.next()) {
        (Some((name, operand)), None) => Ok((name, operand)),
        (None, _) => Err("a match expression needs a name".into()),
        _ => Err("only one key is allowed in a match expression".into()),
    }
}

fn text(name: &str, operand: &Value) -> Result<String, String> {
    operand
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| format!("{name} takes a string"))
}

fn ignore_case(name: &str, nested: &Map<String, Value>) -> Result<String, String> {
    match only_entry(nested)? {
        ("equals-ignore-case", operand) => Ok(text("equals-ignore-case", operand)?.to_lowercase()),
        (other, _) => Err(format!("{name} cannot be combined with {other}")),
    }
}

/// A value, a list of strings or of numbers, or one nested operator with a string or list of strings.
fn anything_but(operand: &Value) -> Result<Vec<Operator>, String> {
    match operand {
        Value::Object(nested) => anything_but_nested(nested),
        Value::Array(values) => {
            let strings = values.iter().filter(|value| value.is_string()).count();
            let numbers = values.iter().filter(|value| value.is_number()).count();
            if values.is_empty() || (strings != values.len() && numbers != values.len()) {
                return Err("anything-but takes a list of strings or a list of numbers, not mixed".into());
            }
            values.iter().map(anything_but_value).collect()
        }
        value => Ok(vec![anything_but_value(value)?]),
    }
}

fn anything_but_value(value: &Value) -> Result<Operator, String> {
    match value {
        Value::String(text) => Ok(Operator::Text(text.clone())),
        Value::Number(number) => Ok(Operator::Number(Number::of(number))),
        _ => Err("anything-but takes a string, a number or a list of them".into()),
    }
}

fn anything_but_nested(nested: &Map<String, Value>) -> Result<Vec<Operator>, String> {
    let (name, operand) = only_entry(nested)?;
    let build: fn(&str) -> Result<Operator, String> = match name {
        "prefix" => |text| Ok(Operator::Prefix(text.into())),
        "suffix" => |text| Ok(Operator::Suffix(text.into())),
        "equals-ignore-case" => |text| Ok(Operator::EqualsIgnoreCase(text.to_lowercase())),
        "wildcard" => |text| Ok(Operator::Wildcard(Wildcard::parse(text)?)),
        other => return Err(format!("anything-but cannot be combined with {other}")),
    };
    let operands = match operand {
        Value::Array(operands) if !operands.is_empty() => operands.as_slice(),
        operand => std::slice::from_ref(operand),
    };
    operands
        .iter()
        .map(|operand| match operand.as_str() {
            None => Err(format!("anything-but {name} takes a string or a list of strings")),
            Some("") if matches!(name, "prefix" | "suffix") => {
                Err(format!("anything-but {name} cannot be empty"))
            }
            Some(text) => build(text),
        })
        .collect()
}
