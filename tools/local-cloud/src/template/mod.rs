//! Reads the SAM template that also deploys to AWS, and turns it into plain data for the emulated services.
//!
//! The way of a template: YAML with CloudFormation's tags → included files put in → conditions, parameters and
//! references resolved against names known in advance → SAM resources read, their implied ones (roles, rules) with
//! them. What the local cloud does not act on is listed in [`Template::ignored`], never dropped in silence; what
//! would not deploy is an error that names file, resource and reason.
//!
//! Knows the shapes of CloudFormation and SAM; starts nothing and touches no service.

mod checks;
mod document;
mod events;
mod globals;
mod include;
mod intrinsics;
mod join;
mod model;
mod names;
mod permissions;
mod properties;
mod resource_policies;
#[cfg(test)]
mod resource_policies_tests;
mod resources;
#[cfg(test)]
mod tests;
mod websocket;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

pub use model::*;

use intrinsics::Resolver;
use names::Names;

/// What deployment decides and the template does not say.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    pub stack_name: String,
    pub region: String,
    /// Values for the template's `Parameters`; the rest take their defaults.
    pub parameters: BTreeMap<String, String>,
    /// Values for parameters that the template may declare; not declaring one is no mistake.
    pub offered_parameters: BTreeMap<String, String>,
    /// Scheme and host of queue URLs.
    pub base_url: String,
    /// Buses of other stacks, which rules may name.
    pub other_buses: Vec<String>,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            stack_name: "sojourn".into(),
            region: "eu-west-1".into(),
            parameters: BTreeMap::new(),
            offered_parameters: BTreeMap::new(),
            base_url: crate::connector::ENDPOINT_URL.into(),
            other_buses: Vec::new(),
        }
    }
}

/// Why a template would not deploy, or not run here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}: {reason}", file.display(), logical_id.as_ref().map(|id| format!(": {id}")).unwrap_or_default())]
pub struct TemplateError {
    pub file: PathBuf,
    pub logical_id: Option<String>,
    pub reason: String,
}

/// A reason on its way to the place that knows file and resource.
type Reason = String;

impl Template {
    /// Loads the template and everything it includes; paths in it are relative to its folder.
    pub fn load(path: &Path, options: &LoadOptions) -> Result<Self, TemplateError> {
        let fail = |logical_id: Option<&str>, reason: Reason| TemplateError {
            file: path.to_path_buf(),
            logical_id: logical_id.map(str::to_string),
            reason,
        };
        let text = std::fs::read_to_string(path).map_err(|e| fail(None, format!("cannot be read: {e}")))?;
        let mut document = document::parse(&text).map_err(|e| fail(None, e))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        include::expand(&mut document, folder).map_err(|e| fail(e.logical_id.as_deref(), e.reason))?;
        Loader::new(document, folder, options)
            .and_then(Loader::load)
            .map_err(|(logical_id, reason)| fail(logical_id.as_deref(), reason))
    }
}

type Located<T> = Result<T, (Option<String>, Reason)>;

/// One load: the document and what has been read of it so far.
struct Loader<'a> {
    document: Value,
    folder: &'a Path,
    resolver: Resolver,
    other_buses: &'a [String],
    template: Template,
    websocket: websocket::Parts,
}

impl<'a> Loader<'a> {
    fn new(document: Value, folder: &'a Path, options: &'a LoadOptions) -> Located<Self> {
        let everywhere = |reason| (None, reason);
        let mut resolver = Resolver::new(options, &document).map_err(everywhere)?;
        resolver.conditions = intrinsics::conditions(&resolver, &document).map_err(everywhere)?;
        let resources = live_resources(&document, &resolver)?;
        resolver.names = Names::of(&resources, &resolver, options)?;
        let description = document["Description"].as_str().map(str::to_string);
        let parameters = resolver.parameters.clone().into_iter();
        let parameters = parameters
            .map(|(name, value)| (name, intrinsics::text(&value)))
            .collect();
        let template = Template {
            description,
            parameters,
            ..Template::default()
        };
        Ok(Self {
            document,
            folder,
            resolver,
            other_buses: &options.other_buses,
            template,
            websocket: websocket::Parts::default(),
        })
    }

    fn load(mut self) -> Located<Template> {
        let resources = live_resources(&self.document, &self.resolver)?;
        let globals = self.document["Globals"].clone();
        for (logical_id, resource) in &resources {
            let located = |reason| (Some(logical_id.clone()), reason);
            let kind = resource["Type"]
                .as_str()
                .ok_or_else(|| located("has no Type".into()))?;
            let merged = globals::merge(&globals, kind, &resource["Properties"]);
            let resolved = self
                .resolver
                .resolve(&merged)
                .map_err(located)?
                .unwrap_or_default();
            let metadata = self
                .resolver
                .resolve(&resource["Metadata"])
                .map_err(located)?
                .unwrap_or_default();
            self.read_resource(logical_id, kind, resolved, &metadata)
                .map_err(located)?;
        }
        self.connect_websockets()
            .map_err(|(id, reason)| (Some(id), reason))?;
        self.note_ignored_sections();
        self.read_outputs()?;
        permissions::attach_policies(&mut self.template).map_err(|(id, reason)| (Some(id), reason))?;
        checks::check(&self.template, self.other_buses).map_err(|(id, reason)| (Some(id), reason))?;
        Ok(self.template)
    }

    fn read_outputs(&mut self) -> Located<()> {
        let Value::Object(outputs) = self.document["Outputs"].clone() else {
            return Ok(());
        };
        for (key, output) in outputs {
            let located = |reason| (Some(format!("Outputs.{key}")), reason);
            if !self.resolver.holds(&output["Condition"]).map_err(located)? {
                continue;
            }
            let value = self
                .resolver
                .resolve(&output["Value"])
                .map_err(located)?
                .unwrap_or_default();
            let description = output["Description"].as_str().map(str::to_string);
            self.template.outputs.push(Output {
                key,
                value: intrinsics::text(&value),
                description,
            });
        }
        Ok(())
    }

    /// Sections that have no effect here, and what no section is called: a slip there would lose all that is below it.
    fn note_ignored_sections(&mut self) {
        let members = |value: &Value| -> Vec<String> {
            value
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, _)| name.clone())
                .collect()
        };
        let mut note = |logical_id: &str, kind: &str, property: Option<String>, why: &str| {
            self.template.ignored.push(Ignored {
                logical_id: logical_id.into(),
                kind: kind.into(),
                property,
                why: why.into(),
            });
        };
        for section in members(&self.document) {
            match section.as_str() {
                "Hooks" | "Rules" => note(&section, "Section", None, "acts at deployment only"),
                known if SECTIONS.contains(&known) => {}
                unknown => note(unknown, "Section", None, Ignored::UNKNOWN),
            }
        }
        for kind in members(&self.document["Globals"]) {
            if !matches!(kind.as_str(), "Function" | "StateMachine") {
                note("Globals", "Section", Some(kind), Ignored::UNKNOWN);
            }
        }
        for (id, resource) in self.document["Resources"].as_object().into_iter().flatten() {
            for name in members(resource) {
                if !ATTRIBUTES.contains(&name.as_str()) {
                    note(
                        id,
                        &intrinsics::text(&resource["Type"]),
                        Some(name),
                        Ignored::UNKNOWN,
                    );
                }
            }
        }
    }
}

const SECTIONS: &[&str] = &[
    "AWSTemplateFormatVersion", "Transform", "Description", "Metadata", "Parameters", "Mappings",
    "Conditions", "Globals", "Resources", "Outputs",
];

/// What a resource may have beside its properties; some of it acts at deployment only.
const ATTRIBUTES: &[&str] = &[
    "Type", "Properties", "Metadata", "Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy",
    "UpdatePolicy", "CreationPolicy",
];

/// Resources whose condition holds, in the template's order.
fn live_resources(document: &Value, resolver: &Resolver) -> Located<Map<String, Value>> {
    let mut live = Map::new();
    for (logical_id, resource) in document["Resources"].as_object().into_iter().flatten() {
        let holds = resolver
            .holds(&resource["Condition"])
            .map_err(|reason| (Some(logical_id.clone()), reason))?;
        if holds {
            live.insert(logical_id.clone(), resource.clone());
        }
    }
    Ok(live)
}
