//! JSONata as Step Functions runs it: compiled when a definition loads, evaluated against `$states`, the assigned
//! variables, a given clock and given randomness. Knows nothing of states or executions.
//!
//! The library offers no way to register a native function and reads the system's clock and randomness for `$now`,
//! `$millis`, `$random` and `$shuffle`. So an expression that uses one of these, or one that only Step Functions has,
//! is compiled together with definitions of them in JSONata. Such a definition looks its answer up in a table of
//! answers; if it is not there, the evaluation stops with the question as its error, [`natives`] answers it, and the
//! evaluation starts again. Expressions have no effects, so starting again changes nothing.
//!
//! Where the library and the reference implementation differ and nothing is done about it: `$map` and `$filter` keep
//! a list of one a list and give `[]` for none, where the reference gives the one element and nothing. Write
//! `[$filter(…)]`, and no expression depends on it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jsonata_core::ast::AstNode;
use jsonata_core::evaluator::{Context, Evaluator, EvaluatorError, EvaluatorOptions};
use jsonata_core::parser;
use jsonata_core::value::JValue;
use serde_json::{Map, Value, json};

use super::natives::{self, Draw};

/// The longest sequence an expression may build; a runaway range stops here rather than at the memory's end.
const MAX_SEQUENCE: usize = 1_000_000;
/// How many distinct native calls one evaluation may make.
const MAX_NATIVE_CALLS: usize = 10_000;

/// A compiled `{% … %}`.
#[derive(Clone, Debug)]
pub struct Expression {
    source: String,
    ast: AstNode,
    /// Every variable it mentions and does not bind itself.
    reads: BTreeSet<String>,
    /// The members of `$states` it reads, as far as the text shows.
    reads_states: BTreeSet<String>,
}

/// Where variables come from: the innermost scope first.
pub trait Variables {
    fn lookup(&self, name: &str) -> Option<&Value>;
}

impl Variables for BTreeMap<String, Value> {
    fn lookup(&self, name: &str) -> Option<&Value> {
        self.get(name)
    }
}

/// What an expression may see.
pub struct Surroundings<'a> {
    pub variables: &'a dyn Variables,
    /// The value of `$states`.
    pub states: &'a Value,
    pub now: Timestamp,
    pub draw: Draw,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    #[error(
        "The JSONata expression '{expression}' specified for the field '{field}' returned nothing (undefined)."
    )]
    Undefined { expression: String, field: String },
    #[error("The JSONata expression '{expression}' specified for the field '{field}' failed. {reason}")]
    Failed {
        expression: String,
        field: String,
        reason: String,
    },
}

impl Expression {
    /// Compiles what stands between `{%` and `%}`.
    pub fn compile(source: &str) -> Result<Self, String> {
        let source = source.trim();
        let parsed = parser::parse(source).map_err(|error| error.to_string())?;
        let mut tree = serde_json::to_value(&parsed).map_err(|error| error.to_string())?;
        let mut survey = Survey::default();
        survey.visit(&mut tree, &mut Vec::new())?;
        let tree = natives::with_definitions(tree, &survey.called)?;
        let ast = serde_json::from_value(tree).map_err(|error| error.to_string())?;
        let reads = survey.mentioned.difference(&survey.bound).cloned().collect();
        Ok(Self {
            source: source.to_owned(),
            ast,
            reads,
            reads_states: survey.states,
        })
    }

    pub fn source(&self) -> &str {
        &self.source
    }

    pub fn reads_states(&self) -> &BTreeSet<String> {
        &self.reads_states
    }

    /// Evaluates for `field`, which only names the place in errors.
    pub fn evaluate(&self, around: &Surroundings<'_>, field: &str) -> Result<Value, EvaluationError> {
        let failed = |reason: String| EvaluationError::Failed {
            expression: self.source.clone(),
            field: field.to_owned(),
            reason,
        };
        let mut answers = Map::new();
        for _ in 0..=MAX_NATIVE_CALLS {
            match self.attempt(around, &answers) {
                Ok(JValue::Undefined) => {
                    return Err(EvaluationError::Undefined {
                        expression: self.source.clone(),
                        field: field.to_owned(),
                    });
                }
                Ok(value) => return to_json(&value).map_err(failed),
                Err(error) => {
                    let message = error.to_string();
                    let Some(question) = natives::question_in(&message) else {
                        return Err(failed(message));
                    };
                    let answer = natives::answer(question, &around.draw).map_err(failed)?;
                    answers.insert(question.to_owned(), json!({ "v": answer }));
                }
            }
        }
        Err(failed(format!(
            "It calls more than {MAX_NATIVE_CALLS} functions."
        )))
    }

    fn attempt(
        &self,
        around: &Surroundings<'_>,
        answers: &Map<String, Value>,
    ) -> Result<JValue, EvaluatorError> {
        let mut context = Context::new();
        for name in &self.reads {
            let value = match name.as_str() {
                "states" => JValue::from(around.states.clone()),
                name => match around.variables.lookup(name) {
                    Some(value) => JValue::from(value.clone()),
                    None if natives::is_function(name) => continue,
                    // Left unbound, the library reads an unknown variable as null; AWS as undefined.
                    None => JValue::Undefined,
                },
            };
            context.bind(name.clone(), value);
        }
        for (name, value) in [
            (natives::ANSWERS, JValue::from(Value::Object(answers.clone()))),
            (natives::NOW_MS, JValue::from(around.now.as_millisecond())),
        ] {
            context.bind(name.to_owned(), value);
        }
        let options = EvaluatorOptions {
            max_sequence_length: Some(MAX_SEQUENCE),
            ..Default::default()
        };
        Evaluator::with_options(context, options).evaluate(&self.ast, &JValue::Undefined)
    }
}

/// What a walk over a syntax tree in its JSON form finds. Only the library's own tags are keys there, so a text or
/// field name of the expression is never mistaken for a node.
#[derive(Default)]
struct Survey {
    mentioned: BTreeSet<String>,
    bound: BTreeSet<String>,
    called: BTreeSet<String>,
    states: BTreeSet<String>,
    sites: u32,
}

impl Survey {
    /// `parameters` are those of the functions around this node.
    fn visit(&mut self, node: &mut Value, parameters: &mut Vec<String>) -> Result<(), String> {
        let depth = parameters.len();
        match node {
            Value::Array(items) => {
                for item in items {
                    self.visit(item, parameters)?;
                }
            }
            Value::Object(members) => {
                self.note(members, parameters)?;
                for member in members.values_mut() {
                    self.visit(member, parameters)?;
                }
                self.adapt_call(members, parameters);
            }
            _ => {}
        }
        parameters.truncate(depth);
        Ok(())
    }

    fn note(&mut self, node: &Map<String, Value>, parameters: &mut Vec<String>) -> Result<(), String> {
        if let Some(Value::String(name)) = node.get("Variable") {
            natives::refuse_reference(name)?;
            self.mentioned.insert(name.clone());
            self.called.insert(name.clone());
        }
        if node.contains_key("ParentVariable") {
            return Err("$$ has no meaning in a state machine; use $states.input".into());
        }
        if let Some(name) = node.get("Function").and_then(|call| call["name"].as_str()) {
            natives::refuse_call(name)?;
            self.called
                .insert(if name == "lookup" { natives::LOOKUP } else { name }.to_owned());
            self.mentioned.insert(name.to_owned());
        }
        if let Some(Value::Object(binary)) = node.get("Binary")
            && binary["op"] == "ColonEqual"
            && let Some(name) = binary["lhs"]["Variable"].as_str()
        {
            if name == "states" {
                return Err("$states is reserved and cannot be bound".into());
            }
            self.bound.insert(name.to_owned());
        }
        if let Some(lambda) = node.get("Lambda") {
            let names = lambda["params"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str);
            for name in names {
                self.bound.insert(name.to_owned());
                parameters.push(name.to_owned());
            }
        }
        for binding in ["focus", "index_var"] {
            if let Some(Value::String(name)) = node.get(binding) {
                self.bound.insert(name.clone());
            }
        }
        self.note_states(node);
        Ok(())
    }

    fn note_states(&mut self, node: &Map<String, Value>) {
        let Some(steps) = node.get("Path").and_then(|path| path["steps"].as_array()) else {
            return;
        };
        if let [first, second, ..] = steps.as_slice()
            && first["node"]["Variable"] == "states"
            && let Some(member) = second["node"]["Name"].as_str()
        {
            self.states.insert(member.to_owned());
        }
    }

    /// Two calls of `$uuid()` must differ, yet the language has no state to tell them apart. Each call is given its
    /// place in the text and what surrounds it: the context value and the parameters of the functions around it.
    fn adapt_call(&mut self, node: &mut Map<String, Value>, parameters: &[String]) {
        let Some(call) = node.get_mut("Function") else {
            return;
        };
        if call["name"] == "lookup" {
            call["name"] = json!(natives::LOOKUP);
        }
        let Some(arity) = call["name"].as_str().and_then(natives::arity_before_site) else {
            return;
        };
        let Some(arguments) = call["args"].as_array_mut() else {
            return;
        };
        while arguments.len() < arity {
            arguments.push(json!("Undefined"));
        }
        self.sites += 1;
        let mut surroundings = vec![json!({ "Number": self.sites }), json!({ "Variable": "" })];
        surroundings.extend(parameters.iter().map(|name| json!({ "Variable": name })));
        arguments.push(json!({ "Array": surroundings }));
    }
}

fn to_json(value: &JValue) -> Result<Value, String> {
    match value {
        JValue::Null => Ok(Value::Null),
        JValue::Bool(flag) => Ok(Value::Bool(*flag)),
        JValue::Number(number) => number_to_json(*number),
        JValue::String(text) => Ok(Value::String(text.to_string())),
        JValue::Array(items) => {
            let defined = items.iter().filter(|item| !item.is_undefined());
            defined
                .map(to_json)
                .collect::<Result<Vec<_>, _>>()
                .map(Value::Array)
        }
        JValue::Object(members) => {
            let defined = members.iter().filter(|(_, member)| !member.is_undefined());
            let members = defined.map(|(name, member)| Ok((name.clone(), to_json(member)?)));
            members.collect::<Result<Map<_, _>, String>>().map(Value::Object)
        }
        JValue::Undefined => Err("It returned nothing (undefined).".into()),
        JValue::Lambda { .. } | JValue::Builtin { .. } | JValue::Regex { .. } => {
            Err("It returned a function or regular expression, which is not JSON.".into())
        }
    }
}

/// Whole numbers stay whole on the wire, as long as a double holds them exactly.
fn number_to_json(number: f64) -> Result<Value, String> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        return Ok(json!(number as i64));
    }
    serde_json::Number::from_f64(number)
        .map(Value::Number)
        .ok_or_else(|| "It returned a number JSON cannot hold.".into())
}
