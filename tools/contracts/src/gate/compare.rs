//! What differs between two schemas of one event, place by place, and whether somebody is hurt by it.
//!
//! Two are to be spared: a consumer written against the old schema, who meets new events, and code of today, which
//! meets old events in the archive, in Journal and in replays. What breaks either is breaking. A new member, a new value
//! of a closed list and a new kind of a choice are not: consumers are told to pass over what they do not know.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `data.legs.total`; lists and kinds of a choice have no part of their own.
    pub place: String,
    pub breaks: bool,
    /// What happened there, as the rest of a sentence that begins with the place.
    pub words: String,
}

/// Between two schemas of `detail`, or of anything with `$defs`.
pub fn compare(old: &Value, new: &Value) -> Vec<Difference> {
    let mut comparison = Comparison {
        old: &old["$defs"],
        new: &new["$defs"],
        under_way: BTreeSet::new(),
        found: Vec::new(),
    };
    comparison.schemas("", old, new);
    comparison.found
}

struct Comparison<'a> {
    old: &'a Value,
    new: &'a Value,
    /// Pairs of definitions being compared: a type may be made of itself.
    under_way: BTreeSet<(String, String)>,
    found: Vec<Difference>,
}

/// A schema without what may be `null` beside it, and what it is a choice of.
struct Alternatives {
    nullable: bool,
    members: Vec<Value>,
}

impl Comparison<'_> {
    fn add(&mut self, place: &str, breaks: bool, words: impl Into<String>) {
        let place = if place.is_empty() { "the event" } else { place };
        self.found.push(Difference {
            place: place.into(),
            breaks,
            words: words.into(),
        });
    }

    fn schemas(&mut self, place: &str, old: &Value, new: &Value) {
        let names = (reference(old), reference(new));
        let pair = names.0.clone().zip(names.1.clone());
        if let Some(pair) = &pair
            && !self.under_way.insert(pair.clone())
        {
            return;
        }
        let before = alternatives(old, self.old);
        let after = alternatives(new, self.new);
        match (before.nullable, after.nullable) {
            (true, false) => self.add(place, true, "could be null and no longer can"),
            (false, true) => self.add(place, true, "may now be null"),
            _ => {}
        }
        self.members(place, &before.members, &after.members);
        if let Some(pair) = pair {
            self.under_way.remove(&pair);
        }
    }

    fn members(&mut self, place: &str, old: &[Value], new: &[Value]) {
        let values = (literals(old), literals(new));
        if let (Some(old), Some(new)) = values {
            return self.values(place, &old, &new);
        }
        if let ([old], [new]) = (old, new) {
            return self.single(place, old, new);
        }
        let tagged = |members: &[Value]| -> Option<Vec<(String, Value)>> {
            members
                .iter()
                .map(|member| Some((tag(member)?, member.clone())))
                .collect()
        };
        let (Some(old), Some(new)) = (tagged(old), tagged(new)) else {
            if old != new {
                self.add(place, true, "is of another shape");
            }
            return;
        };
        for (tag, before) in &old {
            match new.iter().find(|(other, _)| other == tag) {
                Some((_, after)) => self.single(place, before, after),
                None => self.add(place, true, format!("can no longer be a {tag}")),
            }
        }
        for (tag, _) in new
            .iter()
            .filter(|(tag, _)| old.iter().all(|(other, _)| other != tag))
        {
            self.add(place, false, format!("can now also be a {tag}"));
        }
    }

    fn values(&mut self, place: &str, old: &[Value], new: &[Value]) {
        let gone: Vec<_> = old.iter().filter(|value| !new.contains(value)).collect();
        let come: Vec<_> = new.iter().filter(|value| !old.contains(value)).collect();
        if let ([gone], [come]) = (gone.as_slice(), come.as_slice()) {
            return self.add(place, true, format!("says {come} where it said {gone}"));
        }
        for value in gone {
            self.add(
                place,
                true,
                format!("no longer takes the value {value}, which was recorded"),
            );
        }
        for value in come {
            self.add(place, false, format!("also takes the value {value}"));
        }
    }

    fn single(&mut self, place: &str, old: &Value, new: &Value) {
        let kinds = (kind(old), kind(new));
        if kinds.0 != kinds.1 {
            return self.add(place, true, format!("is {} where it was {}", kinds.1, kinds.0));
        }
        match kinds.0 {
            "an object" => self.objects(place, old, new),
            "a list" => {
                self.bounds(place, old, new, "minItems", "maxItems", "items");
                self.schemas(place, &old["items"], &new["items"]);
            }
            "text" => {
                self.bounds(place, old, new, "minLength", "maxLength", "characters");
                self.form(place, old, new);
            }
            _ => self.bounds(place, old, new, "minimum", "maximum", ""),
        }
    }

    /// Pattern and format of a text.
    fn form(&mut self, place: &str, old: &Value, new: &Value) {
        for key in ["pattern", "format"] {
            match (old[key].as_str(), new[key].as_str()) {
                (old, new) if old == new => {}
                (None, Some(new)) => self.add(place, true, format!("must now have the {key} {new}")),
                (Some(old), None) => self.add(place, false, format!("need no longer have the {key} {old}")),
                (Some(old), Some(new)) => {
                    self.add(place, true, format!("has the {key} {new} where it had {old}"));
                }
                (None, None) => {}
            }
        }
    }

    fn bounds(&mut self, place: &str, old: &Value, new: &Value, least: &str, most: &str, unit: &str) {
        let unit = if unit.is_empty() {
            String::new()
        } else {
            format!(" {unit}")
        };
        let bound = |schema: &Value, key: &str| schema[key].as_f64();
        let sides = [(least, "at least", 1.0), (most, "at most", -1.0)];
        for (key, words, sign) in sides {
            let (before, after) = (bound(old, key), bound(new, key));
            if before == after {
                continue;
            }
            match (before, after) {
                (before, Some(after)) if before.is_none_or(|before| (after - before) * sign > 0.0) => {
                    self.add(place, true, format!("must now be {words} {after}{unit}"));
                }
                (_, Some(after)) => self.add(place, false, format!("may now be {words} {after}{unit}")),
                (_, None) => self.add(
                    place,
                    false,
                    format!("need no longer be {words} a number of{unit}"),
                ),
            }
        }
    }

    fn objects(&mut self, place: &str, old: &Value, new: &Value) {
        let none = Map::new();
        let before = old["properties"].as_object().unwrap_or(&none);
        let after = new["properties"].as_object().unwrap_or(&none);
        let (needed, needs) = (required(old), required(new));
        let at = |name: &str| {
            if place.is_empty() {
                name.to_owned()
            } else {
                format!("{place}.{name}")
            }
        };
        let mut come: Vec<&String> = after.keys().filter(|name| !before.contains_key(*name)).collect();
        for (name, schema) in before {
            let Some(now) = after.get(name) else {
                let renamed = come.iter().position(|other| same(&after[*other], schema));
                match renamed.map(|index| come.remove(index)) {
                    Some(other) => self.add(&at(name), true, format!("was renamed to {other}")),
                    None => self.add(&at(name), true, "was removed"),
                }
                continue;
            };
            match (needed.contains(name.as_str()), needs.contains(name.as_str())) {
                (true, false) => self.add(&at(name), true, "was always there and now may be missing"),
                (false, true) => self.add(
                    &at(name),
                    true,
                    "is now required, and recorded events are without it",
                ),
                _ => {}
            }
            self.schemas(&at(name), schema, now);
        }
        for name in come {
            match needs.contains(name.as_str()) {
                true => self.add(
                    &at(name),
                    true,
                    "is new and required, and recorded events are without it",
                ),
                false => self.add(&at(name), false, "is new, and may be missing"),
            }
        }
        if old["additionalProperties"] != false && new["additionalProperties"] == false {
            self.add(place, true, "no longer takes members it does not know");
        }
    }
}

fn required(schema: &Value) -> BTreeSet<&str> {
    let names = schema["required"].as_array().into_iter().flatten();
    names.filter_map(Value::as_str).collect()
}

fn reference(schema: &Value) -> Option<String> {
    let name = schema["$ref"].as_str()?;
    Some(name.rsplit('/').next().unwrap_or(name).to_owned())
}

/// Whether two members say the same, whatever is said about them.
fn same(one: &Value, other: &Value) -> bool {
    let bare = |schema: &Value| {
        let mut schema = schema.clone();
        if let Some(members) = schema.as_object_mut() {
            members.remove("description");
            members.remove("default");
        }
        schema
    };
    bare(one) == bare(other)
}

fn alternatives(schema: &Value, definitions: &Value) -> Alternatives {
    let mut flat = Alternatives {
        nullable: false,
        members: Vec::new(),
    };
    flatten(schema, definitions, &mut flat);
    flat
}

fn flatten(schema: &Value, definitions: &Value, flat: &mut Alternatives) {
    if let Some(name) = reference(schema) {
        return flatten(&definitions[&name], definitions, flat);
    }
    let choices = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
    if let Some(choices) = choices.filter(|_| schema["properties"].is_null()) {
        return choices
            .iter()
            .for_each(|choice| flatten(choice, definitions, flat));
    }
    match &schema["type"] {
        Value::String(kind) if kind == "null" => flat.nullable = true,
        Value::Array(kinds) => {
            for kind in kinds.iter().filter_map(Value::as_str) {
                let mut one = schema.clone();
                one["type"] = kind.into();
                flatten(&one, definitions, flat);
            }
        }
        _ => flat.members.push(schema.clone()),
    }
}

/// All values, if every member is a closed list of them.
fn literals(members: &[Value]) -> Option<Vec<Value>> {
    let mut all = Vec::new();
    for member in members {
        match (member.get("const"), member["enum"].as_array()) {
            (Some(value), _) => all.push(value.clone()),
            (None, Some(values)) => all.extend(values.iter().cloned()),
            _ => return None,
        }
    }
    Some(all)
}

/// What tells one kind of object from the others: its constant member, or its only one.
fn tag(member: &Value) -> Option<String> {
    if let Some(value) = member.get("const") {
        return value.as_str().map(str::to_owned);
    }
    let properties = member["properties"].as_object()?;
    let constant = properties.values().find_map(|schema| schema["const"].as_str());
    let only = || {
        properties
            .keys()
            .next()
            .filter(|_| properties.len() == 1)
            .map(String::as_str)
    };
    constant.or_else(only).map(str::to_owned)
}

fn kind(schema: &Value) -> &'static str {
    if literals(std::slice::from_ref(schema)).is_some() {
        return "one of a closed list";
    }
    match schema["type"].as_str() {
        Some("object") => "an object",
        Some("array") => "a list",
        Some("string") => "text",
        Some("integer") => "a whole number",
        Some("number") => "a number",
        Some("boolean") => "true or false",
        _ => "anything",
    }
}
