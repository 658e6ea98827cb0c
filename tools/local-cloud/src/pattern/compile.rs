//! From a pattern's JSON to trees of fields that are walked along with an event.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::PatternError;
use super::operators::{self, Operator};

/// EventBridge allows this many combinations of `$or` branches in one pattern.
const MAX_ALTERNATIVES: usize = 1_000;

/// Names that cannot be a field inside `$or`, because they would make an operator look like one.
const RESERVED: [&str; 8] = [
    "exact", "prefix", "suffix", "equals-ignore-case", "anything-but", "numeric", "exists", "cidr",
];

/// One conjunction of fields.
#[derive(Clone, Debug)]
pub(super) struct Alternative {
    root: Node,
}

#[derive(Clone, Debug, Default)]
struct Node {
    leaf: Option<Leaf>,
    fields: Vec<(String, Node)>,
}

/// The values that a field may have.
#[derive(Clone, Debug)]
struct Leaf {
    operators: Vec<Operator>,
    /// `{"exists": false}` is among the values: then these are the names that lead to the field.
    absent: Option<Vec<String>>,
}

impl Alternative {
    pub(super) fn matches(&self, event: &Value) -> bool {
        self.root.matches(Some(event), event)
    }
}

impl Node {
    fn matches(&self, value: Option<&Value>, event: &Value) -> bool {
        if let Some(Value::Array(items)) = value {
            if !items.is_empty() {
                return items.iter().any(|item| self.matches(Some(item), event));
            }
            return self.matches(None, event);
        }
        self.leaf.as_ref().is_none_or(|leaf| leaf.matches(value, event))
            && self
                .fields
                .iter()
                .all(|(name, node)| node.matches(value.and_then(|value| value.get(name)), event))
    }

    fn insert(&mut self, path: &[String], leaf: Leaf) {
        let Some((first, rest)) = path.split_first() else {
            self.leaf = Some(leaf);
            return;
        };
        let index = self
            .fields
            .iter()
            .position(|(name, _)| name == first)
            .unwrap_or_else(|| {
                self.fields.push((first.clone(), Node::default()));
                self.fields.len() - 1
            });
        self.fields[index].1.insert(rest, leaf);
    }
}

impl Leaf {
    /// `value` is a scalar, an object, or missing; only a scalar can be one of the values.
    fn matches(&self, value: Option<&Value>, event: &Value) -> bool {
        if let Some(value) = value.filter(|value| !value.is_object())
            && self.operators.iter().any(|operator| operator.matches(value))
        {
            return true;
        }
        // Absence is a statement about the whole event, not about the one array element we stand in.
        self.absent.as_ref().is_some_and(|path| !has_leaf(event, path))
    }
}

/// Whether any value can be reached by `path`. Objects and empty arrays are not values.
fn has_leaf(value: &Value, path: &[String]) -> bool {
    match (value, path.split_first()) {
        (Value::Array(items), _) => items.iter().any(|item| has_leaf(item, path)),
        (Value::Object(_), None) => false,
        (_, None) => true,
        (value, Some((name, rest))) => value.get(name).is_some_and(|next| has_leaf(next, rest)),
    }
}

type Fields = BTreeMap<Vec<String>, Rc<Leaf>>;

pub(super) fn compile(pattern: &Value) -> Result<Vec<Alternative>, PatternError> {
    let Value::Object(object) = pattern else {
        return Err(error(&[], "the pattern must be a JSON object"));
    };
    let mut alternatives = vec![Fields::new()];
    read_object(&mut alternatives, &mut Vec::new(), object, false)?;
    Ok(alternatives.into_iter().map(tree).collect())
}

fn tree(fields: Fields) -> Alternative {
    let mut root = Node::default();
    for (path, leaf) in fields {
        root.insert(&path, (*leaf).clone());
    }
    Alternative { root }
}

fn read_object(
    alternatives: &mut Vec<Fields>,
    path: &mut Vec<String>,
    object: &Map<String, Value>,
    inside_or: bool,
) -> Result<(), PatternError> {
    if object.is_empty() {
        return Err(error(path, "empty objects are not allowed"));
    }
    for (name, value) in object {
        if name == "$or" {
            read_or(alternatives, path, value)?;
            continue;
        }
        path.push(name.clone());
        if inside_or && RESERVED.contains(&name.as_str()) {
            return Err(error(path, "an operator's name cannot be a field inside $or"));
        }
        match value {
            Value::Object(inner) => read_object(alternatives, path, inner, inside_or)?,
            Value::Array(values) => add_leaf(alternatives, path, values)?,
            _ => return Err(error(path, "must be an object or an array")),
        }
        path.pop();
    }
    Ok(())
}

fn read_or(
    alternatives: &mut Vec<Fields>,
    path: &mut Vec<String>,
    value: &Value,
) -> Result<(), PatternError> {
    let Value::Array(branches) = value else {
        return Err(error(path, "$or must be an array of objects"));
    };
    if branches.len() < 2 {
        return Err(error(path, "$or needs at least two objects"));
    }
    let before = std::mem::take(alternatives);
    for branch in branches {
        let Value::Object(branch) = branch else {
            return Err(error(path, "$or must be an array of objects"));
        };
        let mut forked = before.clone();
        read_object(&mut forked, path, branch, true)?;
        alternatives.append(&mut forked);
        if alternatives.len() > MAX_ALTERNATIVES {
            return Err(error(
                path,
                format!("$or makes more than {MAX_ALTERNATIVES} combinations"),
            ));
        }
    }
    Ok(())
}

fn add_leaf(alternatives: &mut [Fields], path: &[String], values: &[Value]) -> Result<(), PatternError> {
    let leaf = Rc::new(read_leaf(path, values)?);
    for fields in alternatives {
        if fields.insert(path.to_vec(), Rc::clone(&leaf)).is_some() {
            return Err(error(path, "the field is given both inside and outside $or"));
        }
    }
    Ok(())
}

fn read_leaf(path: &[String], values: &[Value]) -> Result<Leaf, PatternError> {
    if values.is_empty() {
        return Err(error(path, "empty arrays are not allowed"));
    }
    let mut leaf = Leaf {
        operators: Vec::new(),
        absent: None,
    };
    for value in values {
        match operators::read(value).map_err(|reason| error(path, reason))? {
            operators::Reading::Operator(operator) => leaf.operators.push(operator),
            operators::Reading::Absent => leaf.absent = Some(path.to_vec()),
        }
    }
    Ok(leaf)
}

fn error(path: &[String], reason: impl Into<String>) -> PatternError {
    PatternError {
        field: path.join("."),
        reason: reason.into(),
    }
}
