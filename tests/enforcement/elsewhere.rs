//! Calls that the flows of these tests cannot bring about, as far as statements allow them: AWS makes them for the code, or
//! they take real time, a real supplier, or a connection that hangs. Each is played somewhere else.

use local_cloud::endpoint::ACCOUNT;
use local_cloud::template::Template;
use local_cloud::wire::Access;

/// Whatever nobody calls here.
pub fn done(template: &Template) -> Vec<(String, Access)> {
    [
        by_aws(template),
        in_a_browser(template),
        to_slow_readers(template),
        with_suppliers(template),
    ]
    .concat()
}

/// As Step Functions' documentation lists them for logs and traces.
const OF_A_MACHINES_LOG_AND_TRACES: &[&str] = &[
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
];

/// What AWS does in a function's or machine's name: read its stream, send what it failed on, write its logs.
fn by_aws(template: &Template) -> Vec<(String, Access)> {
    let access = |action: &str, resource: &str| Access {
        action: action.into(),
        resource: resource.into(),
    };
    let mut done = Vec::new();
    for function in &template.functions {
        if let Some(queue) = &function.asynchronous.on_failure {
            done.push((function.logical_id.clone(), access("sqs:SendMessage", queue)));
        }
        // What a function needs to be fed from a queue, SAM gives it.
        for mapping in template
            .mappings
            .iter()
            .filter(|m| m.function_arn == function.arn && !m.source_arn.contains(":sqs:"))
        {
            for action in ["DescribeStream", "GetRecords", "GetShardIterator"] {
                let action = format!("dynamodb:{action}");
                done.push((function.logical_id.clone(), access(&action, &mapping.source_arn)));
            }
            done.push((function.logical_id.clone(), access("dynamodb:ListStreams", "*")));
            if let Some(queue) = &mapping.on_failure {
                done.push((function.logical_id.clone(), access("sqs:SendMessage", queue)));
            }
        }
    }
    for machine in &template.machines {
        for action in OF_A_MACHINES_LOG_AND_TRACES {
            done.push((machine.logical_id.clone(), access(action, "*")));
        }
    }
    done
}

/// What functions do where a supplier is visited by a browser. Browsers take real time, and these flows none:
/// `tests/pages` plays them, under the same statements, but for AgentCore's, which the adapter's own tests play.
fn in_a_browser(template: &Template) -> Vec<(String, Access)> {
    let bucket = template
        .buckets
        .iter()
        .find(|bucket| bucket.logical_id == "EvidenceBucket");
    let bucket = bucket
        .map(|bucket| bucket.name.as_str())
        .expect("a bucket for evidence");
    let access = |action: &str, resource: String| Access {
        action: action.into(),
        resource,
    };
    let managed = "arn:aws:bedrock-agentcore:eu-west-1:aws:browser/aws.browser.v1".to_owned();
    let mut done = vec![
        access(
            "s3:PutObject",
            format!("arn:aws:s3:::{bucket}/pages/0/1-review-0.png"),
        ),
        access("s3:ListBucket", format!("arn:aws:s3:::{bucket}")),
    ]
    .into_iter()
    .map(|access| ("BookingTaskFunction".to_owned(), access))
    .collect::<Vec<_>>();
    for function in ["SearchFunction", "BookingTaskFunction"] {
        for action in [
            "StartBrowserSession",
            "StopBrowserSession",
            "ConnectBrowserAutomationStream",
        ] {
            let action = format!("bedrock-agentcore:{action}");
            done.push((function.into(), access(&action, managed.clone())));
        }
    }
    done
}

/// What only a deployment does that buys from real suppliers: it opens their secrets, and takes their notices of changed
/// flights. The suppliers' own tests play both.
fn with_suppliers(template: &Template) -> Vec<(String, Access)> {
    let arn_of = |id: &str| {
        let named = |spec: &&local_cloud::dynamodb::TableSpec| spec.name.ends_with(id);
        let table = template.tables.iter().find(named).expect("a table");
        format!("arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/{}", table.name)
    };
    let journal = arn_of("JournalTable");
    let bus = format!(
        "arn:aws:events:eu-west-1:{ACCOUNT}:event-bus/{}",
        template.buses[0].name
    );
    let secret = format!("arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:suppliers/one");
    let schedules = [
        ("secretsmanager:GetSecretValue", secret.clone()),
        ("dynamodb:PutItem", journal.clone()),
        ("dynamodb:Query", journal.clone()),
        ("dynamodb:Query", format!("{journal}/index/byCause")),
        ("events:PutEvents", bus),
    ];
    let opening = ["SearchFunction", "BookingTaskFunction"];
    let opening = opening.map(|function| (function, ("secretsmanager:GetSecretValue", secret.clone())));
    let done = schedules
        .map(|call| ("SchedulesFunction", call))
        .into_iter()
        .chain(opening);
    done.map(|(function, (action, resource))| {
        let action = action.to_owned();
        (function.to_owned(), Access { action, resource })
    })
    .collect()
}

/// Where a connection takes nothing any more: API Gateway's posts may hang, and the local cloud's never do. The tests of
/// `progress` play it, under the same statements.
fn to_slow_readers(template: &Template) -> Vec<(String, Access)> {
    let named = |spec: &&local_cloud::dynamodb::TableSpec| spec.name.ends_with("ConnectionsTable");
    let table = template.tables.iter().find(named).expect("a table");
    let access = Access {
        action: "dynamodb:UpdateItem".into(),
        resource: format!("arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/{}", table.name),
    };
    vec![("ProgressFunction".into(), access)]
}
