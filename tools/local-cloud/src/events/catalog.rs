//! The configuration made ready for use: patterns parsed, schedules and inputs read, names and ARNs resolved.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use super::config::{Archive, Bus, ConfigError, EventsConfig, Rule, Target};
use super::input::Input;
use super::schedule::Schedule;
use crate::pattern::{MAX_FILTER_PATTERN, Pattern};

const DEFAULT_BUS: &str = "default";
const MAX_RULES_PER_BUS: usize = 300;
const MAX_TARGETS_PER_RULE: usize = 5;
const MAX_RETRIES: u32 = 185;

pub(super) struct Catalog {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) buses: BTreeMap<String, Bus>,
    /// By `bus/name`, so that a bus's rules stand together in the order of their names.
    pub(super) rules: BTreeMap<String, ActiveRule>,
    pub(super) archives: BTreeMap<String, ActiveArchive>,
}

pub(super) struct ActiveRule {
    pub(super) config: Rule,
    pub(super) key: String,
    pub(super) arn: String,
    pub(super) pattern: Option<Pattern>,
    pub(super) schedule: Option<Schedule>,
    pub(super) routes: Vec<Arc<Route>>,
    enabled: AtomicBool,
}

/// One way from a rule to a target; deliveries queue by it.
pub(super) struct Route {
    /// `bus/rule/target`
    pub(super) key: String,
    pub(super) rule_name: String,
    pub(super) rule_arn: String,
    pub(super) target: Target,
    pub(super) input: Input,
}

pub(super) struct ActiveArchive {
    pub(super) config: Archive,
    pub(super) arn: String,
    pub(super) pattern: Option<Pattern>,
}

impl ActiveRule {
    pub(super) fn enabled(&self) -> bool {
        self.enabled.load(Ordering::Relaxed)
    }

    pub(super) fn enable(&self, enabled: bool) {
        self.enabled.store(enabled, Ordering::Relaxed);
    }

    pub(super) fn selects(&self, event: &Value) -> bool {
        self.enabled()
            && self
                .pattern
                .as_ref()
                .is_some_and(|pattern| pattern.matches(event))
    }
}

impl ActiveArchive {
    pub(super) fn selects(&self, event: &Value) -> bool {
        self.pattern.as_ref().is_none_or(|pattern| pattern.matches(event))
    }
}

impl Catalog {
    pub(super) fn compile(config: EventsConfig) -> Result<Self, ConfigError> {
        let mut catalog = Self {
            account: config.account,
            region: config.region,
            buses: BTreeMap::from([(
                DEFAULT_BUS.into(),
                Bus {
                    name: DEFAULT_BUS.into(),
                    description: None,
                },
            )]),
            rules: BTreeMap::new(),
            archives: BTreeMap::new(),
        };
        for bus in config.buses {
            catalog.buses.insert(bus.name.clone(), bus);
        }
        for rule in config.rules {
            catalog.add_rule(rule)?;
        }
        for archive in config.archives {
            catalog.add_archive(archive)?;
        }
        Ok(catalog)
    }

    fn add_rule(&mut self, rule: Rule) -> Result<(), ConfigError> {
        let key = rule_key(&rule.bus, &rule.name);
        let fail = |reason: String| {
            Err(ConfigError {
                resource: format!("rule {key}"),
                reason,
            })
        };
        if !self.buses.contains_key(&rule.bus) {
            return fail(format!("there is no bus {}", rule.bus));
        }
        if rule.targets.len() > MAX_TARGETS_PER_RULE {
            return fail(format!("more than {MAX_TARGETS_PER_RULE} targets"));
        }
        if self.rules_of(&rule.bus).count() >= MAX_RULES_PER_BUS {
            return fail(format!("more than {MAX_RULES_PER_BUS} rules on the bus"));
        }
        if rule.schedule.is_some() && rule.bus != DEFAULT_BUS {
            return fail("only the default bus has schedules".into());
        }
        match self.read_rule(&key, rule) {
            Ok(active) if !self.rules.contains_key(&key) => {
                self.rules.insert(key, active);
                Ok(())
            }
            Ok(_) => fail("the name is taken".into()),
            Err(reason) => fail(reason),
        }
    }

    fn read_rule(&self, key: &str, rule: Rule) -> Result<ActiveRule, String> {
        let arn = self.rule_arn(&rule.bus, &rule.name);
        let pattern = rule
            .pattern
            .as_ref()
            .map(Pattern::parse)
            .transpose()
            .map_err(|error| error.to_string())?;
        let schedule = rule
            .schedule
            .as_deref()
            .map(|expression| Schedule::parse(expression, rule.timezone.as_deref()))
            .transpose()
            .map_err(|error| error.to_string())?;
        if pattern.is_none() && schedule.is_none() {
            return Err("a rule needs a pattern or a schedule".into());
        }
        let mut routes: Vec<Arc<Route>> = Vec::new();
        for target in &rule.targets {
            let route = read_route(key, &rule.name, &arn, target)?;
            if routes.iter().any(|other| other.key == route.key) {
                return Err(format!("target {}: the id is taken", target.id));
            }
            routes.push(Arc::new(route));
        }
        let enabled = AtomicBool::new(rule.enabled);
        Ok(ActiveRule {
            config: rule,
            key: key.to_owned(),
            arn,
            pattern,
            schedule,
            routes,
            enabled,
        })
    }

    fn add_archive(&mut self, archive: Archive) -> Result<(), ConfigError> {
        let fail = |reason: String| {
            Err(ConfigError {
                resource: format!("archive {}", archive.name),
                reason,
            })
        };
        if !self.buses.contains_key(&archive.bus) {
            return fail(format!("there is no bus {}", archive.bus));
        }
        if !name_fits(&archive.name, 48) {
            return fail("the name must be 1 to 48 of A-Z a-z 0-9 . - _".into());
        }
        let parse = |pattern: &Value| Pattern::parse_within(pattern, MAX_FILTER_PATTERN);
        let pattern = match archive.pattern.as_ref().map(parse).transpose() {
            Ok(pattern) => pattern,
            Err(error) => return fail(error.to_string()),
        };
        let arn = self.archive_arn(&archive.name);
        self.archives.insert(
            archive.name.clone(),
            ActiveArchive {
                config: archive,
                arn,
                pattern,
            },
        );
        Ok(())
    }

    pub(super) fn rules_of(&self, bus: &str) -> impl Iterator<Item = &ActiveRule> {
        self.rules.values().filter(move |rule| rule.config.bus == bus)
    }

    pub(super) fn rule(&self, bus: &str, name: &str) -> Option<&ActiveRule> {
        self.rules.get(&rule_key(bus, name))
    }

    pub(super) fn route(&self, rule_key: &str, target: &str) -> Option<&Arc<Route>> {
        self.rules
            .get(rule_key)?
            .routes
            .iter()
            .find(|route| route.target.id == target)
    }

    /// A bus's name from what calls give: a name, an ARN, or nothing for the default bus.
    pub(super) fn bus_name<'a>(&self, given: Option<&'a str>) -> &'a str {
        given.map_or(DEFAULT_BUS, |given| {
            given.rsplit_once(":event-bus/").map_or(given, |(_, name)| name)
        })
    }

    pub(super) fn bus_arn(&self, name: &str) -> String {
        self.arn(&format!("event-bus/{name}"))
    }

    pub(super) fn rule_arn(&self, bus: &str, name: &str) -> String {
        if bus == DEFAULT_BUS {
            self.arn(&format!("rule/{name}"))
        } else {
            self.arn(&format!("rule/{bus}/{name}"))
        }
    }

    pub(super) fn replay_arn(&self, name: &str) -> String {
        self.arn(&format!("replay/{name}"))
    }

    pub(super) fn archive_arn(&self, name: &str) -> String {
        self.arn(&format!("archive/{name}"))
    }

    fn arn(&self, resource: &str) -> String {
        format!("arn:aws:events:{}:{}:{resource}", self.region, self.account)
    }
}

fn read_route(key: &str, rule_name: &str, rule_arn: &str, target: &Target) -> Result<Route, String> {
    let fail = |reason: String| format!("target {}: {reason}", target.id);
    if target.retry.max_attempts > MAX_RETRIES {
        return Err(fail(format!("more than {MAX_RETRIES} retries")));
    }
    if !(60..=86_400).contains(&target.retry.max_age.as_secs()) {
        return Err(fail("the maximum event age must be 60 to 86400 seconds".into()));
    }
    if target
        .dlq_arn
        .as_deref()
        .is_some_and(|arn| arn.ends_with(".fifo"))
    {
        return Err(fail("a dead-letter queue must be a standard queue".into()));
    }
    Ok(Route {
        key: format!("{key}/{}", target.id),
        rule_name: rule_name.to_owned(),
        rule_arn: rule_arn.to_owned(),
        input: Input::compile(&target.input).map_err(|error| fail(error.to_string()))?,
        target: target.clone(),
    })
}

fn rule_key(bus: &str, name: &str) -> String {
    format!("{bus}/{name}")
}

/// What names of archives and replays are made of.
pub(super) fn name_fits(name: &str, longest: usize) -> bool {
    (1..=longest).contains(&name.len())
        && name
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_'))
}
