//! Every resource's physical name before any resource is read, so that references can be resolved in any order.
//!
//! A name the template gives is used as it is; otherwise it is `<stack>-<LogicalId>`, where AWS would add a random
//! suffix: the same template has the same names on every laptop and in every run.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::intrinsics::{Resolver, text};
use super::{LoadOptions, Located, Reason};
use crate::dynamodb::STREAM_LABEL;
use crate::endpoint::ACCOUNT;

#[derive(Debug, Default)]
pub(super) struct Names {
    known: BTreeMap<String, Named>,
    region: String,
    base_url: String,
}

#[derive(Clone, Debug)]
struct Named {
    kind: String,
    physical: String,
    /// For rules: the bus; for API stages: the API.
    parent: Option<String>,
}

impl Names {
    pub fn of(resources: &Map<String, Value>, resolver: &Resolver, options: &LoadOptions) -> Located<Self> {
        let mut names = Self {
            known: BTreeMap::new(),
            region: options.region.clone(),
            base_url: options.base_url.clone(),
        };
        for (logical_id, resource) in resources {
            let kind = resource["Type"].as_str().unwrap_or_default();
            let property = name_property(kind).map_or(&Value::Null, |p| &resource["Properties"][p]);
            let given = resolver.resolve(property).map_err(|reason| {
                (
                    Some(logical_id.clone()),
                    format!("its name must be known before other resources: {reason}"),
                )
            })?;
            let physical = match given.as_ref().map(text).filter(|name| !name.is_empty()) {
                Some(name) => name,
                None => default_name(kind, &options.stack_name, logical_id),
            };
            names.add(logical_id, kind, &physical, None);
            if kind.starts_with("AWS::Serverless::") {
                names.add_implied(logical_id, &physical, resource);
            }
        }
        names.set_parents(resources, resolver);
        Ok(names)
    }

    /// What `!Ref` gives.
    pub fn reference(&self, logical_id: &str) -> Option<Value> {
        let named = self.known.get(logical_id)?;
        let name = &named.physical;
        let value = match named.kind.as_str() {
            "AWS::Serverless::StateMachine"
            | "AWS::StepFunctions::StateMachine"
            | "AWS::SNS::Topic"
            | "AWS::IAM::ManagedPolicy" => self.arn(named),
            "AWS::SQS::Queue" => self.queue_url(name),
            "AWS::Events::Rule" => match named.parent.as_deref() {
                Some(bus) if bus != "default" => format!("{bus}|{name}"),
                _ => name.clone(),
            },
            _ => name.clone(),
        };
        Some(Value::from(value))
    }

    /// What `!GetAtt` gives.
    pub fn attribute(&self, logical_id: &str, attribute: &str) -> Result<String, Reason> {
        let named = self
            .known
            .get(logical_id)
            .ok_or_else(|| format!("refers to {logical_id}, which does not exist"))?;
        let name = named.physical.clone();
        Ok(match (named.kind.as_str(), attribute) {
            (_, "Arn") => self.arn(named),
            ("AWS::DynamoDB::Table" | "AWS::Serverless::SimpleTable", "StreamArn") => {
                format!("{}/stream/{STREAM_LABEL}", self.arn(named))
            }
            ("AWS::SQS::Queue", "QueueName") | (_, "Name") => name,
            ("AWS::SQS::Queue", "QueueUrl") => self.queue_url(&name),
            ("AWS::S3::Bucket", "DomainName") => format!("{name}.s3.amazonaws.com"),
            ("AWS::S3::Bucket", "RegionalDomainName") => format!("{name}.s3.{}.amazonaws.com", self.region),
            ("AWS::ApiGatewayV2::Api", "ApiEndpoint") => {
                format!("wss://{name}.execute-api.{}.amazonaws.com", self.region)
            }
            ("AWS::CloudFront::Distribution", "DomainName") => format!("{name}.cloudfront.net"),
            ("AWS::CloudFront::Function", "FunctionARN") => self.arn(named),
            ("AWS::ApiGatewayV2::Api", "ApiId")
            | (
                "AWS::CloudFront::Distribution"
                | "AWS::CloudFront::OriginAccessControl"
                | "AWS::CloudFront::ResponseHeadersPolicy",
                "Id",
            )
            | ("AWS::KMS::Key", "KeyId")
            | ("AWS::IAM::Role", "RoleId")
            | ("AWS::Events::Archive", "ArchiveName")
            | ("AWS::EventSchemas::Registry", "RegistryName")
            | ("AWS::EventSchemas::Schema", "SchemaName")
            | ("AWS::EventSchemas::Registry", "RegistryArn") => name,
            (kind, attribute) => {
                return Err(format!("{logical_id} ({kind}) has no attribute {attribute} here"));
            }
        })
    }

    pub fn physical(&self, logical_id: &str) -> String {
        self.known
            .get(logical_id)
            .map(|named| named.physical.clone())
            .unwrap_or_default()
    }

    pub fn arn_of(&self, logical_id: &str) -> String {
        self.known
            .get(logical_id)
            .map(|named| self.arn(named))
            .unwrap_or_default()
    }

    fn add(&mut self, logical_id: &str, kind: &str, physical: &str, parent: Option<String>) {
        let named = Named {
            kind: kind.into(),
            physical: physical.into(),
            parent,
        };
        self.known.insert(logical_id.into(), named);
    }

    /// SAM makes a role beside each function and machine, and a rule or mapping beside each of its events.
    fn add_implied(&mut self, logical_id: &str, physical: &str, resource: &Value) {
        self.add(
            &format!("{logical_id}Role"),
            "AWS::IAM::Role",
            &format!("{physical}-role"),
            None,
        );
        let events = resource["Properties"]["Events"].as_object().into_iter().flatten();
        for (event, definition) in events {
            let given = &definition["Properties"];
            let rule_name = given["RuleName"].as_str().or(given["Name"].as_str());
            let physical = rule_name.map_or_else(|| format!("{physical}-{event}"), str::to_string);
            let bus = given["EventBusName"].as_str().map(str::to_string);
            self.add(
                &format!("{logical_id}{event}"),
                "AWS::Events::Rule",
                &physical,
                bus,
            );
        }
    }

    /// A rule's ARN names its bus, which is itself a reference most of the time.
    fn set_parents(&mut self, resources: &Map<String, Value>, resolver: &Resolver) {
        let with_names = |value: &Value, names: &Names| match value {
            Value::Object(o) if o.contains_key("Ref") => {
                let target = o["Ref"].as_str().unwrap_or_default();
                names
                    .reference(target)
                    .or_else(|| resolver.parameters.get(target).cloned())
                    .map(|v| text(&v))
            }
            value => resolver.resolve(value).ok().flatten().map(|v| text(&v)),
        };
        let mut parents = Vec::new();
        for (logical_id, resource) in resources {
            let properties = &resource["Properties"];
            if resource["Type"] == "AWS::Events::Rule" {
                parents.push((logical_id.clone(), with_names(&properties["EventBusName"], self)));
            }
            for (event, definition) in properties["Events"].as_object().into_iter().flatten() {
                let bus = with_names(&definition["Properties"]["EventBusName"], self);
                parents.push((format!("{logical_id}{event}"), bus));
            }
        }
        for (logical_id, bus) in parents {
            if let Some(named) = self.known.get_mut(&logical_id) {
                named.parent = bus.filter(|b| !b.is_empty()).map(|b| bus_name(&b));
            }
        }
    }

    fn queue_url(&self, name: &str) -> String {
        format!("{}/{ACCOUNT}/{name}", self.base_url.trim_end_matches('/'))
    }

    fn arn(&self, named: &Named) -> String {
        let (name, region) = (&named.physical, &self.region);
        match named.kind.as_str() {
            "AWS::Serverless::Function" | "AWS::Lambda::Function" => {
                format!("arn:aws:lambda:{region}:{ACCOUNT}:function:{name}")
            }
            "AWS::Serverless::StateMachine" | "AWS::StepFunctions::StateMachine" => {
                format!("arn:aws:states:{region}:{ACCOUNT}:stateMachine:{name}")
            }
            "AWS::Events::EventBus" => format!("arn:aws:events:{region}:{ACCOUNT}:event-bus/{name}"),
            "AWS::Events::Archive" => format!("arn:aws:events:{region}:{ACCOUNT}:archive/{name}"),
            "AWS::Events::Rule" => match named.parent.as_deref() {
                Some(bus) if bus != "default" => {
                    format!("arn:aws:events:{region}:{ACCOUNT}:rule/{bus}/{name}")
                }
                _ => format!("arn:aws:events:{region}:{ACCOUNT}:rule/{name}"),
            },
            "AWS::DynamoDB::Table" | "AWS::Serverless::SimpleTable" => {
                format!("arn:aws:dynamodb:{region}:{ACCOUNT}:table/{name}")
            }
            "AWS::SQS::Queue" => format!("arn:aws:sqs:{region}:{ACCOUNT}:{name}"),
            "AWS::SNS::Topic" => format!("arn:aws:sns:{region}:{ACCOUNT}:{name}"),
            "AWS::S3::Bucket" => format!("arn:aws:s3:::{name}"),
            "AWS::IAM::Role" => format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
            "AWS::IAM::ManagedPolicy" => format!("arn:aws:iam::{ACCOUNT}:policy/{name}"),
            "AWS::Logs::LogGroup" => format!("arn:aws:logs:{region}:{ACCOUNT}:log-group:{name}:*"),
            "AWS::KMS::Key" => format!("arn:aws:kms:{region}:{ACCOUNT}:key/{name}"),
            // CloudFront belongs to no region.
            "AWS::CloudFront::Distribution" => format!("arn:aws:cloudfront::{ACCOUNT}:distribution/{name}"),
            "AWS::CloudFront::Function" => format!("arn:aws:cloudfront::{ACCOUNT}:function/{name}"),
            "AWS::CloudWatch::Alarm" => format!("arn:aws:cloudwatch:{region}:{ACCOUNT}:alarm:{name}"),
            "AWS::SecretsManager::Secret" => {
                format!("arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:{name}")
            }
            kind => {
                let service = kind.split("::").nth(1).unwrap_or_default().to_ascii_lowercase();
                format!("arn:aws:{service}:{region}:{ACCOUNT}:{name}")
            }
        }
    }
}

/// The name in `arn:…:event-bus/NAME`, or the name itself.
pub(super) fn bus_name(bus: &str) -> String {
    bus.rsplit_once("event-bus/")
        .map_or(bus, |(_, name)| name)
        .to_string()
}

fn name_property(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "AWS::Serverless::Function" | "AWS::Lambda::Function" => "FunctionName",
        "AWS::Serverless::StateMachine" | "AWS::Events::EventBus" | "AWS::Events::Rule" => "Name",
        "AWS::StepFunctions::StateMachine" => "StateMachineName",
        "AWS::Events::Archive" => "ArchiveName",
        "AWS::DynamoDB::Table" | "AWS::Serverless::SimpleTable" => "TableName",
        "AWS::SQS::Queue" => "QueueName",
        "AWS::SNS::Topic" => "TopicName",
        "AWS::S3::Bucket" => "BucketName",
        "AWS::IAM::Role" => "RoleName",
        "AWS::IAM::ManagedPolicy" => "ManagedPolicyName",
        "AWS::Logs::LogGroup" => "LogGroupName",
        "AWS::CloudWatch::Alarm" => "AlarmName",
        "AWS::CloudWatch::Dashboard" => "DashboardName",
        "AWS::ApiGatewayV2::Stage" => "StageName",
        "AWS::KMS::Alias" => "AliasName",
        "AWS::SES::EmailIdentity" => "EmailIdentity",
        "AWS::SES::ConfigurationSet" => "Name",
        "AWS::EventSchemas::Registry" => "RegistryName",
        "AWS::EventSchemas::Schema" => "SchemaName",
        "AWS::SSM::Parameter" => "Name",
        "AWS::Scheduler::Schedule" => "Name",
        _ => return None,
    })
}

fn default_name(kind: &str, stack: &str, logical_id: &str) -> String {
    let name = format!("{stack}-{logical_id}");
    match kind {
        "AWS::S3::Bucket" => name.to_ascii_lowercase(),
        // Ten characters, as API Gateway makes them.
        "AWS::ApiGatewayV2::Api" => hex::encode(Sha256::digest(name.as_bytes()))[..10].to_string(),
        _ if kind.starts_with("AWS::ApiGatewayV2::") => {
            hex::encode(Sha256::digest(name.as_bytes()))[..7].to_string()
        }
        "AWS::KMS::Key" => uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()).to_string(),
        _ => name,
    }
}
