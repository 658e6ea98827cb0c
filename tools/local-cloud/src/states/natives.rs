//! The functions Step Functions adds to JSONata or runs on its own terms, and the one it takes away (`$eval`).
//! See [`super::jsonata`] for how an expression reaches them.

use std::collections::BTreeSet;

use jsonata_core::parser;
use md5::Md5;
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// The variable that holds the answers so far, by question.
pub const ANSWERS: &str = "__answers";
/// The variable that holds the clock's reading in milliseconds.
pub const NOW_MS: &str = "__now_ms";

/// What calls of `$lookup` are renamed to: its definition needs the library's own.
pub const LOOKUP: &str = "__lookup";

/// Marks an error message as a question to [`answer`].
const MARK: &str = "asked of the host: ";
const MAX_RANGE: usize = 1_000;

/// Randomness for one evaluation: everything drawn is a pure function of this.
#[derive(Clone, Debug)]
pub struct Draw(pub [u8; 32]);

impl Draw {
    /// 32 bytes that depend on this draw and `what` alone.
    pub fn bytes(&self, what: &[u8]) -> [u8; 32] {
        Sha256::new()
            .chain_update(self.0)
            .chain_update(what)
            .finalize()
            .into()
    }

    fn generator(&self, what: &[u8]) -> fastrand::Rng {
        generator_of(&self.bytes(what))
    }
}

/// The functions defined here, each as JSONata text. `$ask` is what all of them stand on.
const DEFINITIONS: &[(&str, &str)] = &[
    (
        "partition",
        r#"function($a, $b) { $__ask({"f": "partition", "a": $a, "b": $b}) }"#,
    ),
    (
        "range",
        r#"function($a, $b, $c) { $__ask({"f": "range", "a": $a, "b": $b, "c": $c}) }"#,
    ),
    (
        "hash",
        r#"function($a, $b) { $__ask({"f": "hash", "a": $a, "b": $b}) }"#,
    ),
    ("parse", r#"function($a) { $__ask({"f": "parse", "a": $a}) }"#),
    (
        "random",
        r#"function($a, $site) { $__ask({"f": "random", "a": $a, "site": $site}) }"#,
    ),
    (
        "shuffle",
        r#"function($a, $site) { $__ask({"f": "shuffle", "a": $a, "site": $site}) }"#,
    ),
    (
        "uuid",
        r#"function($site) { $__ask({"f": "uuid", "site": $site}) }"#,
    ),
    // The library's `$exists` denies a null value, and its `$lookup` gives null for what is not there.
    ("exists", "function($value) { $type($value) ? true : false }"),
    (
        LOOKUP,
        r#"function($in, $key) { ($found := $lookup($in, $key);
          ($type($found) != "null" or $key in $keys($in)) ? $found) }"#,
    ),
    ("millis", "function() { $__now_ms }"),
    (
        "now",
        "function($picture, $zone) { $exists($zone) ? $fromMillis($__now_ms, $picture, $zone)
          : $exists($picture) ? $fromMillis($__now_ms, $picture) : $fromMillis($__now_ms) }",
    ),
];

/// An answer stands in an object of its own, so that null is an answer too.
const ASK: &str = r#"function($q) { ($k := $string($q); $found := $lookup($__answers, $k);
    $type($found) = "object" ? $lookup($found, "v") : $error($__mark & $k)) }"#;

/// What JSONata itself brings, by name: a mention of one of these is not a mention of a variable.
const BUILT_IN: &[&str] = &[
    "", "abs", "append", "assert", "average", "base64decode", "base64encode", "boolean", "ceil", "clone",
    "contains", "count", "decodeUrl", "decodeUrlComponent", "distinct", "each", "encodeUrl",
    "encodeUrlComponent", "error", "filter", "floor", "formatBase", "formatInteger", "formatNumber",
    "fromMillis", "join", "keys", "length", "lookup", "lowercase", "map", "match", "max", "merge", "min",
    "not", "number", "pad", "parseInteger", "power", "reduce", "replace", "reverse", "round", "sift",
    "single", "sort", "split", "spread", "sqrt", "string", "substring", "substringAfter", "substringBefore",
    "sum", "toMillis", "trim", "type", "uppercase", "zip",
];

pub fn is_function(name: &str) -> bool {
    BUILT_IN.contains(&name) || DEFINITIONS.iter().any(|(known, _)| *known == name)
}

/// How many arguments stand before the call's site, for functions whose calls must differ from each other.
pub fn arity_before_site(name: &str) -> Option<usize> {
    match name {
        "uuid" => Some(0),
        "random" | "shuffle" => Some(1),
        _ => None,
    }
}

pub fn refuse_call(name: &str) -> Result<(), String> {
    if name == "eval" {
        return Err("$eval is not offered by Step Functions; use $parse to read JSON".into());
    }
    if name.starts_with("__") {
        return Err(format!("${name} is reserved"));
    }
    Ok(())
}

/// Refuses a function passed as a value where only a call can be told apart from its siblings.
pub fn refuse_reference(name: &str) -> Result<(), String> {
    if arity_before_site(name).is_some() {
        return Err(format!(
            "${name} can be called, but not passed as a value, in the local cloud"
        ));
    }
    refuse_call(name)
}

/// The tree with definitions in front of it, if it mentions any function defined here.
pub fn with_definitions(tree: Value, mentioned: &BTreeSet<String>) -> Result<Value, String> {
    let used: Vec<_> = DEFINITIONS
        .iter()
        .filter(|(name, _)| mentioned.contains(*name))
        .collect();
    if used.is_empty() {
        return Ok(tree);
    }
    let ask = format!("$__ask := {}", ASK.replace("$__mark", &format!("'{MARK}'")));
    let mut block = vec![definition(&ask)?];
    for (name, text) in used {
        block.push(definition(&format!("${name} := {text}"))?);
    }
    block.push(tree);
    Ok(json!({ "Block": block }))
}

fn definition(text: &str) -> Result<Value, String> {
    let parsed = parser::parse(text).map_err(|error| error.to_string())?;
    serde_json::to_value(&parsed).map_err(|error| error.to_string())
}

/// The question that an evaluation's error carries, if it is one.
pub fn question_in(message: &str) -> Option<&str> {
    message.split_once(MARK).map(|(_, question)| question)
}

/// Answers a question as [`question_in`] found it.
pub fn answer(question: &str, draw: &Draw) -> Result<Value, String> {
    let asked: Value = serde_json::from_str(question).map_err(|error| error.to_string())?;
    let argument = &asked["a"];
    match asked["f"].as_str().unwrap_or_default() {
        "partition" => partition(argument, &asked["b"]),
        "range" => range(argument, &asked["b"], &asked["c"]),
        "hash" => hash(argument, &asked["b"]),
        "parse" => parse(argument),
        "random" => Ok(random(argument, question, draw)),
        "shuffle" => shuffle(argument, question, draw),
        "uuid" => Ok(uuid(question, draw)),
        other => Err(format!("${other} is unknown")),
    }
}

fn partition(items: &Value, size: &Value) -> Result<Value, String> {
    let items = items
        .as_array()
        .ok_or("Argument 1 of function $partition must be an array.")?;
    let size = size.as_u64().filter(|size| *size > 0);
    let size = size.ok_or("Argument 2 of function $partition must be a positive whole number.")?;
    Ok(items
        .chunks(size as usize)
        .map(|chunk| Value::Array(chunk.to_vec()))
        .collect())
}

fn range(first: &Value, last: &Value, delta: &Value) -> Result<Value, String> {
    let whole = |value: &Value| {
        value
            .as_i64()
            .ok_or("The arguments of function $range must be whole numbers.")
    };
    let (first, last, delta) = (whole(first)?, whole(last)?, whole(delta)?);
    if delta == 0 {
        return Err("Argument 3 of function $range must not be 0.".into());
    }
    let goes_on = |at: &i64| if delta > 0 { *at <= last } else { *at >= last };
    let numbers = std::iter::successors(Some(first), |at| at.checked_add(delta)).take_while(goes_on);
    let numbers: Vec<i64> = numbers.take(MAX_RANGE + 1).collect();
    if numbers.len() > MAX_RANGE {
        return Err(format!("Function $range gives at most {MAX_RANGE} numbers."));
    }
    Ok(json!(numbers))
}

fn hash(data: &Value, algorithm: &Value) -> Result<Value, String> {
    let text = match data {
        Value::Null => return Err("Argument 1 of function $hash is missing.".into()),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let digest = match algorithm.as_str().unwrap_or_default() {
        "MD5" => hex::encode(Md5::digest(&text)),
        "SHA-1" => hex::encode(Sha1::digest(&text)),
        "SHA-256" => hex::encode(Sha256::digest(&text)),
        "SHA-384" => hex::encode(Sha384::digest(&text)),
        "SHA-512" => hex::encode(Sha512::digest(&text)),
        _ => {
            return Err(
                "Argument 2 of function $hash must be MD5, SHA-1, SHA-256, SHA-384 or SHA-512.".into(),
            );
        }
    };
    Ok(Value::String(digest))
}

fn parse(text: &Value) -> Result<Value, String> {
    let text = text
        .as_str()
        .ok_or("Argument 1 of function $parse must be a string.")?;
    serde_json::from_str(text).map_err(|error| format!("Argument 1 of function $parse is not JSON: {error}."))
}

/// With a seed the same number every time, as on AWS; without one, a new number per call.
fn random(seed: &Value, question: &str, draw: &Draw) -> Value {
    let mut generator = match seed {
        Value::Null => draw.generator(question.as_bytes()),
        seed => generator_of(&Sha256::digest(seed.to_string()).into()),
    };
    json!(generator.f64())
}

fn shuffle(items: &Value, question: &str, draw: &Draw) -> Result<Value, String> {
    let mut items = items
        .as_array()
        .ok_or("Argument 1 of function $shuffle must be an array.")?
        .clone();
    draw.generator(question.as_bytes()).shuffle(&mut items);
    Ok(Value::Array(items))
}

fn uuid(question: &str, draw: &Draw) -> Value {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&draw.bytes(question.as_bytes())[..16]);
    json!(uuid::Builder::from_random_bytes(bytes).into_uuid())
}

fn generator_of(bytes: &[u8; 32]) -> fastrand::Rng {
    let seed = bytes
        .iter()
        .take(8)
        .fold(0, |seed, byte| seed << 8 | u64::from(*byte));
    fastrand::Rng::with_seed(seed)
}
