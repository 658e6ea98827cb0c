//! A resource's properties, taken out one by one: what is left at the end is what the local cloud ignores.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use super::intrinsics::text;
use super::{Ignored, Reason};

pub(super) struct Properties {
    logical_id: String,
    kind: String,
    left: Map<String, Value>,
}

impl Properties {
    pub fn new(logical_id: &str, kind: &str, properties: Value) -> Result<Self, Reason> {
        let left = match properties {
            Value::Object(members) => members,
            Value::Null => Map::new(),
            other => return Err(format!("its properties are {other}, not an object")),
        };
        Ok(Self {
            logical_id: logical_id.into(),
            kind: kind.into(),
            left,
        })
    }

    pub fn take(&mut self, name: &str) -> Value {
        self.left.remove(name).unwrap_or_default()
    }

    pub fn text(&mut self, name: &str) -> Option<String> {
        Some(self.take(name)).filter(|v| !v.is_null()).map(|v| text(&v))
    }

    pub fn required_text(&mut self, name: &str) -> Result<String, Reason> {
        self.text(name).ok_or_else(|| format!("has no {name}"))
    }

    pub fn number<N: std::str::FromStr>(&mut self, name: &str) -> Result<Option<N>, Reason> {
        let Some(written) = self.text(name) else {
            return Ok(None);
        };
        written
            .parse()
            .map(Some)
            .map_err(|_| format!("{name} is {written}, not a number"))
    }

    pub fn seconds(&mut self, name: &str) -> Result<Option<Duration>, Reason> {
        Ok(self.number(name)?.map(Duration::from_secs))
    }

    pub fn flag(&mut self, name: &str) -> Result<Option<bool>, Reason> {
        let Some(written) = self.text(name) else {
            return Ok(None);
        };
        written
            .to_ascii_lowercase()
            .parse()
            .map(Some)
            .map_err(|_| format!("{name} is {written}, not true or false"))
    }

    pub fn list(&mut self, name: &str) -> Result<Vec<Value>, Reason> {
        match self.take(name) {
            Value::Null => Ok(Vec::new()),
            Value::Array(items) => Ok(items),
            single @ Value::String(_) => Ok(vec![single]),
            other => Err(format!("{name} is {other}, not a list")),
        }
    }

    pub fn texts(&mut self, name: &str) -> Result<Vec<String>, Reason> {
        Ok(self.list(name)?.iter().map(text).collect())
    }

    pub fn text_map(&mut self, name: &str) -> Result<BTreeMap<String, String>, Reason> {
        match self.take(name) {
            Value::Null => Ok(BTreeMap::new()),
            Value::Object(members) => Ok(members.iter().map(|(k, v)| (k.clone(), text(v))).collect()),
            other => Err(format!("{name} is {other}, not a map")),
        }
    }

    /// A nested object as properties of their own; what is left of it goes back with [`absorb`](Self::absorb).
    pub fn nested(&mut self, name: &str) -> Result<Properties, Reason> {
        let inner = self.take(name);
        Self::new(&self.logical_id, &self.kind, inner)
    }

    /// Takes back what nobody took of a nested object, to be reported as `Outer.Inner`.
    pub fn absorb(&mut self, name: &str, inner: Properties) {
        let left = inner.left.into_iter();
        self.left
            .extend(left.map(|(property, value)| (format!("{name}.{property}"), value)));
    }

    /// Gives back what has no effect after all, to be reported.
    pub fn leave(&mut self, name: &str, value: Value) {
        self.left.insert(name.into(), value);
    }

    pub fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Takes what describes or packages a resource and has no behaviour to emulate.
    pub fn skip(&mut self, names: &[&str]) {
        for name in names {
            self.left.remove(*name);
        }
    }

    /// Ends the reading: notes everything that was not taken.
    pub fn finish(self, prefix: &str, ignored: &mut Vec<Ignored>) {
        for property in self.left.keys() {
            ignored.push(Ignored {
                logical_id: self.logical_id.clone(),
                kind: self.kind.clone(),
                property: Some(format!("{prefix}{property}")),
                why: why(property).into(),
            });
        }
    }
}

fn why(property: &str) -> &'static str {
    const NO_POLICY: &str = "of a queue's policy only who may send is looked at, and aws:SourceArn";
    if property.starts_with("PolicyDocument.") && !property.ends_with("SourceAccount") {
        return NO_POLICY;
    }
    match property.rsplit('.').next().unwrap_or(property) {
        "Tracing" | "TracingConfiguration" => "nothing is traced to X-Ray locally",
        "Logging" | "LoggingConfig" | "LoggingConfiguration" | "LogConfig" => {
            "logs go to the process's own output"
        }
        "SSESpecification"
        | "KmsMasterKeyId"
        | "KmsKeyArn"
        | "SseEnabled"
        | "SqsManagedSseEnabled"
        | "BucketEncryption"
        | "KmsKeyIdentifier"
        | "KmsDataKeyReusePeriodSeconds" => "data is kept unencrypted in the data directory",
        "PointInTimeRecoverySpecification" | "DeletionProtectionEnabled" | "VersioningConfiguration" => {
            "there is no backup or versioning beside the data directory"
        }
        "LifecycleConfiguration" => "objects are kept until somebody deletes them",
        "CorsConfiguration" => "the page's own server takes what the page uploads",
        "ReservedConcurrentExecutions"
        | "ProvisionedConcurrencyConfig"
        | "AutoPublishAlias"
        | "DeploymentPreference"
        | "ScalingConfig"
        | "EphemeralStorage"
        | "SnapStart"
        | "VpcConfig"
        | "Layers" => "functions run in one process",
        "AccessLogSettings" | "DefaultRouteSettings" | "RouteSettings" => {
            "requests are neither logged nor throttled"
        }
        "ProvisionedThroughput"
        | "OnDemandThroughput"
        | "TableClass"
        | "WarmThroughput"
        | "ContributorInsightsSpecification" => "tables take any load",
        "PublicAccessBlockConfiguration"
        | "OwnershipControls"
        | "RedriveAllowPolicy"
        | "ResourcePolicy"
        | "AssumeRolePolicyDocument"
        | "PermissionsBoundary"
        | "ApiKeyRequired"
        | "DisableExecuteApiEndpoint" => "whoever is not of the template may do anything here",
        "SourceAccount" | "aws:SourceAccount" => "there is one account here",
        "FlexibleTimeWindow" => "schedules fire at their time",
        "RoleArn" => "rules and schedules reach what SAM gives them without a role",
        "AuthorizerResultTtlInSeconds" => "the authorizer is asked every time",
        "AuthorizerCredentialsArn" => "functions are reached by AWS::Lambda::Permission alone",
        "PassthroughBehavior" | "ContentHandlingStrategy" => "messages are handed on as they come",
        "FunctionUrlConfig" | "FunctionUrlAuthType" => "functions have no addresses of their own",
        _ => Ignored::UNKNOWN,
    }
}
