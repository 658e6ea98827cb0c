//! One resource after the other, by its type.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::events::{mapping, target};
use super::intrinsics::text;
use super::names::bus_name;
use super::permissions;
use super::properties::Properties;
use super::{
    ArchiveResource, BucketNotification, BucketResource, BusResource, FunctionResource, Ignored, Loader,
    MachineResource, QueueResource, Reason, ResourceSummary, RuleResource,
};
use crate::dynamodb::TableSpec;
use crate::functions::AsyncConfig;
use crate::iam::Statement;
use crate::states::Definition;

const OUTSIDERS: &str = "whoever is not of the template may do anything here";

/// Types that exist for operators or packaging: accepted whole, nothing to emulate, noted as ignored.
const WITHOUT_EFFECT: &[(&str, &str)] = &[
    ("AWS::Logs::", "logs go to the process's own output"),
    ("AWS::CloudFront::", "nothing is served from an edge"),
    ("AWS::CloudWatch::", "there are no metrics to alarm on"),
    (
        "AWS::KMS::",
        "keys wrap what functions ask for; buckets and tables are kept unencrypted",
    ),
    ("AWS::EventSchemas::", "there is no schema registry"),
    (
        "AWS::Serverless::Application",
        "stacks within the stack are not hosted",
    ),
    ("AWS::SNS::", "notifications are not sent"),
    (
        "AWS::SES::EmailIdentity",
        "e-mail from it is kept in the mailbox and delivered to nobody",
    ),
    (
        "AWS::SES::ConfigurationSet",
        "what becomes of e-mail is not told: it is delivered to nobody",
    ),
    ("AWS::Backup::", "there are no backups beside the data directory"),
    ("AWS::SSM::", "parameters are not served"),
    ("AWS::SecretsManager::", "secrets are not served"),
    ("AWS::ApiGateway::Account", "requests are not logged"),
    ("AWS::Events::EventBusPolicy", OUTSIDERS),
    ("AWS::S3::BucketPolicy", OUTSIDERS),
];

impl Loader<'_> {
    pub(super) fn read_resource(
        &mut self,
        id: &str,
        kind: &str,
        properties: Value,
        metadata: &Value,
    ) -> Result<(), Reason> {
        let mut p = Properties::new(id, kind, properties)?;
        self.template.resources.push(ResourceSummary {
            logical_id: id.into(),
            kind: kind.into(),
            physical_id: self
                .resolver
                .names
                .reference(id)
                .map(|v| text(&v))
                .unwrap_or_default(),
        });
        match kind {
            "AWS::Serverless::Function" => self.read_function(id, &mut p, metadata)?,
            "AWS::Serverless::StateMachine" => self.read_machine(id, &mut p)?,
            "AWS::Events::EventBus" => self.read_bus(id, &mut p)?,
            "AWS::Events::Rule" => self.read_rule(id, &mut p)?,
            "AWS::Events::Archive" => self.read_archive(id, &mut p)?,
            "AWS::DynamoDB::Table" => self.read_table(id, &mut p)?,
            "AWS::SQS::Queue" => self.read_queue(id, &mut p)?,
            "AWS::S3::Bucket" => self.read_bucket(id, &mut p)?,
            "AWS::Lambda::EventSourceMapping" => self.read_mapping(id, &mut p)?,
            "AWS::Lambda::EventInvokeConfig" => self.read_invoke_config(&mut p)?,
            "AWS::Lambda::Permission" => self.read_permission(&mut p)?,
            "AWS::SQS::QueuePolicy" => self.read_queue_policy(&mut p)?,
            "AWS::IAM::Role" => self.read_role(id, &mut p)?,
            "AWS::IAM::ManagedPolicy" => self.read_managed_policy(id, &mut p)?,
            _ if kind.starts_with("AWS::ApiGatewayV2::") => return self.read_websocket(id, kind, p),
            _ => return self.without_effect(id, kind),
        }
        p.skip(&["Tags"]);
        p.finish("", &mut self.template.ignored);
        Ok(())
    }

    fn without_effect(&mut self, id: &str, kind: &str) -> Result<(), Reason> {
        let known = WITHOUT_EFFECT.iter().find(|(prefix, _)| kind.starts_with(prefix));
        let (_, why) = known.ok_or_else(|| format!("the local cloud does not offer the type {kind}"))?;
        self.template.ignored.push(Ignored {
            logical_id: id.into(),
            kind: kind.into(),
            property: None,
            why: (*why).into(),
        });
        Ok(())
    }

    fn read_function(&mut self, id: &str, p: &mut Properties, metadata: &Value) -> Result<(), Reason> {
        p.skip(&["Architectures", "FunctionName", "Description", "PackageType"]);
        let arn = self.resolver.names.arn_of(id);
        let grants = permissions::granted(&p.take("Policies"), self.resolver.region())?;
        let mut dead_letters = p.nested("DeadLetterQueue")?;
        let dead_letter_arn = dead_letters.text("TargetArn");
        dead_letters.skip(&["Type"]);
        p.absorb("DeadLetterQueue", dead_letters);
        let mut invoke = p.nested("EventInvokeConfig")?;
        let asynchronous = async_config(&mut invoke, dead_letter_arn)?;
        p.absorb("EventInvokeConfig", invoke);
        let mut environment = p.nested("Environment")?;
        let variables = environment.text_map("Variables")?;
        p.absorb("Environment", environment);
        let function = FunctionResource {
            logical_id: id.into(),
            name: self.resolver.names.physical(id),
            arn: arn.clone(),
            binary: metadata["BuildProperties"]["Binary"]
                .as_str()
                .unwrap_or(id)
                .to_string(),
            runtime: p.text("Runtime"),
            handler: p.text("Handler"),
            code: self.folder.join(p.text("CodeUri").unwrap_or_default()),
            timeout: p.seconds("Timeout")?.unwrap_or(Duration::from_secs(3)),
            memory_mb: p.number("MemorySize")?.unwrap_or(128),
            environment: variables,
            grants,
            role_arn: p.text("Role"),
            asynchronous,
        };
        if function.timeout > Duration::from_secs(900) {
            return Err("Timeout is over 900 seconds".into());
        }
        self.template.functions.push(function);
        self.read_events(id, &arn, p.take("Events"))
    }

    fn read_machine(&mut self, id: &str, p: &mut Properties) -> Result<(), Reason> {
        p.skip(&["Name", "Description"]);
        if let Some(kind) = p.text("Type").filter(|t| t != "STANDARD") {
            return Err(format!(
                "is of type {kind}; only STANDARD state machines are offered"
            ));
        }
        let substitutions = p.text_map("DefinitionSubstitutions")?;
        let definition = self.definition(p, &substitutions)?;
        let arn = self.resolver.names.arn_of(id);
        let machine = MachineResource {
            logical_id: id.into(),
            name: self.resolver.names.physical(id),
            arn: arn.clone(),
            definition,
            role_arn: p
                .text("Role")
                .unwrap_or_else(|| self.resolver.names.arn_of(&format!("{id}Role"))),
            grants: permissions::granted(&p.take("Policies"), self.resolver.region())?,
            tags: p.text_map("Tags")?,
        };
        self.template.machines.push(machine);
        self.read_events(id, &arn, p.take("Events"))
    }

    fn definition(
        &self,
        p: &mut Properties,
        substitutions: &BTreeMap<String, String>,
    ) -> Result<String, Reason> {
        let (mut definition, file) = match (p.take("Definition"), p.text("DefinitionUri")) {
            (Value::Null, Some(uri)) => {
                let path = self.folder.join(&uri);
                let text = std::fs::read_to_string(&path)
                    .map_err(|e| format!("DefinitionUri {}: {e}", path.display()))?;
                (text, format!("{}: ", path.display()))
            }
            (inline @ Value::Object(_), None) => (inline.to_string(), String::new()),
            _ => return Err("needs either Definition or DefinitionUri".into()),
        };
        for (name, value) in substitutions {
            definition = definition.replace(&format!("${{{name}}}"), value);
        }
        match definition
            .split_once("${")
            .and_then(|(_, rest)| rest.split_once('}'))
        {
            Some((name, _)) => Err(format!(
                "{file}its definition uses ${{{name}}}, which DefinitionSubstitutions does not give"
            )),
            None => match Definition::parse(&definition) {
                Ok(_) => Ok(definition),
                Err(error) => Err(format!("{file}{error}")),
            },
        }
    }

    fn read_bus(&mut self, id: &str, p: &mut Properties) -> Result<(), Reason> {
        p.skip(&["Name"]);
        let name = self.resolver.names.physical(id);
        self.template.buses.push(BusResource {
            logical_id: id.into(),
            name,
            description: p.text("Description"),
        });
        Ok(())
    }

    fn read_rule(&mut self, id: &str, p: &mut Properties) -> Result<(), Reason> {
        p.skip(&["Name"]);
        let mut targets = Vec::new();
        for written in p.list("Targets")? {
            let mut t = Properties::new(id, "AWS::Events::Rule", written)?;
            let (target_id, arn) = (t.required_text("Id")?, t.required_text("Arn")?);
            let mut read = target(target_id, arn, &mut t)?;
            let mut dead_letters = t.nested("DeadLetterConfig")?;
            read.dlq_arn = dead_letters.text("Arn");
            t.absorb("DeadLetterConfig", dead_letters);
            read.role_arn = t.text("RoleArn");
            t.finish("Targets.", &mut self.template.ignored);
            targets.push(read);
        }
        self.template.rules.push(RuleResource {
            logical_id: id.into(),
            name: self.resolver.names.physical(id),
            bus: p
                .text("EventBusName")
                .map_or_else(|| "default".into(), |b| bus_name(&b)),
            description: p.text("Description"),
            pattern: Some(p.take("EventPattern")).filter(|v| !v.is_null()),
            schedule: p.text("ScheduleExpression"),
            timezone: None,
            enabled: p.text("State").is_none_or(|s| s != "DISABLED"),
            targets,
            implied: false,
            has_role: false,
        });
        Ok(())
    }

    fn read_archive(&mut self, id: &str, p: &mut Properties) -> Result<(), Reason> {
        p.skip(&["ArchiveName"]);
        self.template.archives.push(ArchiveResource {
            logical_id: id.into(),
            name: self.resolver.names.physical(id),
            bus: bus_name(&p.required_text("SourceArn")?),
            description: p.text("Description"),
            pattern: Some(p.take("EventPattern")).filter(|v| !v.is_null()),
            retention_days: p.number("RetentionDays")?.unwrap_or(0),
        });
        Ok(())
    }

    fn read_table(&mut self, id: &str, p: &mut Properties) -> Result<(), Reason> {
        p.skip(&["TableName", "BillingMode"]);
        let mut definition = Map::from_iter([("BillingMode".to_string(), json!("PAY_PER_REQUEST"))]);
        for member in [
            "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "LocalSecondaryIndexes",
        ] {
            let value = p.take(member);
            if !value.is_null() {
                definition.insert(member.into(), without_throughput(member, value, p));
            }
        }
        let mut ttl = p.nested("TimeToLiveSpecification")?;
        let ttl_on = ttl.flag("Enabled")? == Some(true);
        let ttl_attribute = ttl.text("AttributeName").filter(|_| ttl_on);
        p.absorb("TimeToLiveSpecification", ttl);
        let mut stream = p.nested("StreamSpecification")?;
        let stream_view = stream.text("StreamViewType");
        p.absorb("StreamSpecification", stream);
        self.template.tables.push(TableSpec {
            name: self.resolver.names.physical(id),
            definition: Value::Object(definition),
            stream_view,
            ttl_attribute,
        });
        Ok(())
    }

    fn read_queue(&mut self, id: &str, p: &mut Properties) -> Result<(), Reason> {
        p.skip(&["QueueName"]);
        if p.flag("FifoQueue")? == Some(true) {
            return Err("is a FIFO queue; only standard queues are offered".into());
        }
        let mut policy = p.nested("RedrivePolicy")?;
        let redrive = match policy.text("deadLetterTargetArn") {
            None => None,
            Some(arn) => {
                let count = policy.number("maxReceiveCount")?;
                Some((arn, count.ok_or("RedrivePolicy has no maxReceiveCount")?))
            }
        };
        p.absorb("RedrivePolicy", policy);
        self.template.queues.push(QueueResource {
            logical_id: id.into(),
            name: self.resolver.names.physical(id),
            arn: self.resolver.names.arn_of(id),
            visibility_timeout: p.seconds("VisibilityTimeout")?,
            delay: p.seconds("DelaySeconds")?,
            retention: p.seconds("MessageRetentionPeriod")?,
            receive_wait: p.seconds("ReceiveMessageWaitTimeSeconds")?,
            max_message_bytes: p.number("MaximumMessageSize")?,
            redrive,
        });
        Ok(())
    }

    fn read_bucket(&mut self, id: &str, p: &mut Properties) -> Result<(), Reason> {
        p.skip(&["BucketName"]);
        let name = self.resolver.names.physical(id);
        let mut notification = p.nested("NotificationConfiguration")?;
        let event_bridge = notification.take("EventBridgeConfiguration");
        let event_bridge = !event_bridge.is_null() && text(&event_bridge["EventBridgeEnabled"]) != "false";
        p.absorb("NotificationConfiguration", notification);
        let bucket = self.bucket(&name);
        bucket.logical_id = id.into();
        bucket.event_bridge = event_bridge;
        Ok(())
    }

    /// SAM's S3 event names its bucket, which may be read before or after.
    pub(super) fn bucket_notifications(&mut self, bucket: &str, notification: BucketNotification) {
        self.bucket(bucket).notifications.push(notification);
    }

    fn bucket(&mut self, name: &str) -> &mut BucketResource {
        let at = self
            .template
            .buckets
            .iter()
            .position(|b| b.name == name)
            .unwrap_or_else(|| {
                let new = BucketResource {
                    logical_id: String::new(),
                    name: name.into(),
                    event_bridge: false,
                    notifications: vec![],
                };
                self.template.buckets.push(new);
                self.template.buckets.len() - 1
            });
        &mut self.template.buckets[at]
    }

    fn read_mapping(&mut self, id: &str, p: &mut Properties) -> Result<(), Reason> {
        let (source, function) = (
            p.required_text("EventSourceArn")?,
            p.required_text("FunctionName")?,
        );
        self.template.mappings.push(mapping(id, source, &function, p)?);
        Ok(())
    }

    /// A separate `EventInvokeConfig` is remembered with its function once all are read.
    fn read_invoke_config(&mut self, p: &mut Properties) -> Result<(), Reason> {
        let function = p.required_text("FunctionName")?;
        p.skip(&["Qualifier"]);
        let config = async_config(p, None)?;
        let name = function.rsplit(':').next().unwrap_or(&function).to_string();
        let found = self.template.functions.iter_mut().find(|f| f.name == name);
        let found = found.ok_or_else(|| {
            format!("configures {name}, which no function above it in the template is named")
        })?;
        let dead_letter_arn = found.asynchronous.dead_letter_arn.take();
        found.asynchronous = AsyncConfig {
            dead_letter_arn,
            ..config
        };
        Ok(())
    }

    fn read_managed_policy(&mut self, id: &str, p: &mut Properties) -> Result<(), Reason> {
        p.skip(&["ManagedPolicyName", "Description", "Path"]);
        let statements = Statement::parse_all(&p.take("PolicyDocument")).map_err(|e| e.to_string())?;
        self.template
            .managed_policies
            .insert(self.resolver.names.arn_of(id), statements);
        Ok(())
    }

    fn read_role(&mut self, id: &str, p: &mut Properties) -> Result<(), Reason> {
        p.skip(&["RoleName", "Path", "Description", "MaxSessionDuration"]);
        let arn = self.resolver.names.arn_of(id);
        let role = permissions::read_role(id, arn.clone(), p)?;
        self.template.roles.insert(arn, role);
        Ok(())
    }
}

/// `AWS::Lambda::EventInvokeConfig`, or SAM's `EventInvokeConfig`, which has a type beside each destination.
fn async_config(p: &mut Properties, dead_letter_arn: Option<String>) -> Result<AsyncConfig, Reason> {
    let mut destinations = p.nested("DestinationConfig")?;
    let mut destination = |name: &str| -> Result<Option<String>, Reason> {
        let mut written = destinations.nested(name)?;
        written.skip(&["Type"]);
        let arn = written.text("Destination");
        destinations.absorb(name, written);
        Ok(arn)
    };
    let (on_success, on_failure) = (destination("OnSuccess")?, destination("OnFailure")?);
    p.absorb("DestinationConfig", destinations);
    let defaults = AsyncConfig::default();
    let max_retries = p.number("MaximumRetryAttempts")?.unwrap_or(defaults.max_retries);
    if max_retries > 2 {
        return Err("EventInvokeConfig MaximumRetryAttempts is over 2".into());
    }
    Ok(AsyncConfig {
        max_retries,
        max_age: p.seconds("MaximumEventAgeInSeconds")?.unwrap_or(defaults.max_age),
        on_success,
        on_failure,
        dead_letter_arn,
    })
}

/// Indexes carry their own throughput, which pay-per-request tables must not have.
fn without_throughput(member: &str, mut value: Value, p: &mut Properties) -> Value {
    for index in value.as_array_mut().into_iter().flatten() {
        for name in ["ProvisionedThroughput", "ContributorInsightsSpecification"] {
            if let Some(had) = index.as_object_mut().and_then(|members| members.remove(name)) {
                p.leave(&format!("{member}.{name}"), had);
            }
        }
    }
    value
}
