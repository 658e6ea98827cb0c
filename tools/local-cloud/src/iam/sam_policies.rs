//! SAM's policy templates, expanded to the statements that SAM deploys for them.
//!
//! Source: the policy template list of the AWS SAM developer guide. A template not listed here is refused by name.

use serde_json::{Value, json};

use super::PolicyError;

/// Where the ARNs of an expanded template live.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub region: &'a str,
    pub account: &'a str,
}

impl Place<'_> {
    fn arn(&self, service: &str, resource: impl std::fmt::Display) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }
}

/// Expands `{ "DynamoDBCrudPolicy": { "TableName": … } }` to statements in IAM's JSON.
pub fn expand(name: &str, parameters: &Value, place: Place<'_>) -> Result<Value, PolicyError> {
    let text = |parameter: &'static str| {
        parameters[parameter]
            .as_str()
            .map(str::to_string)
            .ok_or(PolicyError::Missing(parameter))
    };
    let allow = |actions: Value, resource: Value| json!([{ "Effect": "Allow", "Action": actions, "Resource": resource }]);
    let table = || {
        let arn = place.arn("dynamodb", format!("table/{}", text("TableName")?));
        Ok(json!([arn, format!("{arn}/index/*")]))
    };
    let queue = || Ok(Value::from(place.arn("sqs", text("QueueName")?)));
    let bucket = || {
        let arn = format!("arn:aws:s3:::{}", text("BucketName")?);
        Ok(json!([arn, format!("{arn}/*")]))
    };
    Ok(match name {
        "DynamoDBCrudPolicy" => allow(prefixed("dynamodb", DYNAMODB_CRUD), table()?),
        "DynamoDBReadPolicy" => allow(prefixed("dynamodb", DYNAMODB_READ), table()?),
        "DynamoDBWritePolicy" => allow(prefixed("dynamodb", DYNAMODB_WRITE), table()?),
        "DynamoDBReconfigurePolicy" => allow(json!(["dynamodb:UpdateTable"]), table()?),
        "DynamoDBStreamReadPolicy" => {
            let stream = place.arn(
                "dynamodb",
                format!("table/{}/stream/{}", text("TableName")?, text("StreamName")?),
            );
            allow(
                prefixed("dynamodb", &["DescribeStream", "GetRecords", "GetShardIterator"]),
                json!(stream),
            )
        }
        "EventBridgePutEventsPolicy" => allow(
            json!("events:PutEvents"),
            json!(place.arn("events", format!("event-bus/{}", text("EventBusName")?))),
        ),
        "SQSSendMessagePolicy" => allow(json!("sqs:SendMessage*"), queue()?),
        "SQSPollerPolicy" => allow(prefixed("sqs", SQS_POLLER), queue()?),
        "LambdaInvokePolicy" => allow(
            json!("lambda:InvokeFunction"),
            json!(place.arn("lambda", format!("function:{}*", text("FunctionName")?))),
        ),
        "StepFunctionsExecutionPolicy" => allow(
            json!("states:StartExecution"),
            json!(place.arn("states", format!("stateMachine:{}", text("StateMachineName")?))),
        ),
        "S3ReadPolicy" => allow(prefixed("s3", S3_READ), bucket()?),
        "S3WritePolicy" => allow(
            json!(["s3:PutObject", "s3:PutObjectAcl", "s3:PutLifecycleConfiguration"]),
            bucket()?,
        ),
        "S3CrudPolicy" => {
            let actions: Vec<&str> = S3_READ
                .iter()
                .chain(&["PutObject", "PutObjectAcl", "DeleteObject"])
                .copied()
                .collect();
            allow(prefixed("s3", &actions), bucket()?)
        }
        "CloudWatchPutMetricPolicy" => allow(json!("cloudwatch:PutMetricData"), json!("*")),
        other => return Err(PolicyError::UnknownTemplate(other.to_string())),
    })
}

const DYNAMODB_READ: &[&str] = &["GetItem", "Scan", "Query", "BatchGetItem", "DescribeTable"];
const DYNAMODB_WRITE: &[&str] = &["PutItem", "UpdateItem", "BatchWriteItem"];
const DYNAMODB_CRUD: &[&str] = &[
    "GetItem", "DeleteItem", "PutItem", "Scan", "Query", "UpdateItem", "BatchWriteItem", "BatchGetItem",
    "DescribeTable", "ConditionCheckItem",
];
const SQS_POLLER: &[&str] = &[
    "ChangeMessageVisibility", "ChangeMessageVisibilityBatch", "DeleteMessage", "DeleteMessageBatch",
    "GetQueueAttributes", "ReceiveMessage",
];
const S3_READ: &[&str] = &[
    "GetObject", "ListBucket", "GetBucketLocation", "GetObjectVersion", "GetLifecycleConfiguration",
];

fn prefixed(service: &str, actions: &[&str]) -> Value {
    actions
        .iter()
        .map(|action| format!("{service}:{action}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'static> = Place {
        region: "eu-west-1",
        account: "000000000000",
    };

    #[test]
    fn a_crud_policy_covers_the_table_and_its_indexes() {
        let statements = expand("DynamoDBCrudPolicy", &json!({ "TableName": "bookings" }), PLACE).unwrap();
        let parsed = super::super::Statement::parse_all(&statements).unwrap();
        let asks = |action: &str, resource: &str| {
            let access = crate::wire::Access {
                action: action.into(),
                resource: resource.into(),
            };
            parsed.iter().any(|s| s.applies(&access, &Default::default()))
        };
        assert!(asks(
            "dynamodb:PutItem",
            "arn:aws:dynamodb:eu-west-1:000000000000:table/bookings"
        ));
        assert!(asks(
            "dynamodb:Query",
            "arn:aws:dynamodb:eu-west-1:000000000000:table/bookings/index/due"
        ));
        assert!(!asks(
            "dynamodb:PutItem",
            "arn:aws:dynamodb:eu-west-1:000000000000:table/journal"
        ));
        assert!(!asks(
            "dynamodb:UpdateTable",
            "arn:aws:dynamodb:eu-west-1:000000000000:table/bookings"
        ));
    }

    #[test]
    fn an_unknown_template_and_a_missing_parameter_are_named() {
        assert_eq!(
            expand("AdministratorPolicy", &json!({}), PLACE),
            Err(PolicyError::UnknownTemplate("AdministratorPolicy".into()))
        );
        assert_eq!(
            expand("SQSPollerPolicy", &json!({}), PLACE),
            Err(PolicyError::Missing("QueueName"))
        );
    }
}
