//! What a template says and the local cloud does not do is listed, never dropped.

use local_cloud::template::{Ignored, LoadOptions, Template};

use crate::contract::template::with_suppliers;

fn ignored_of(resources: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("template.yaml");
    std::fs::write(&path, format!("Resources:\n{resources}")).expect("room");
    let template = Template::load(&path, &LoadOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    template.ignored.iter().map(named).collect()
}

fn named(ignored: &Ignored) -> String {
    match &ignored.property {
        Some(property) => format!("{} {property}", ignored.logical_id),
        None => format!("{} ({})", ignored.logical_id, ignored.kind),
    }
}

/// Misspelt, unknown, or known and without effect here: at any depth, in every kind of resource.
#[test]
fn every_property_that_has_no_effect_is_listed() {
    let cases: &[(&str, &[&str])] = &[
        (
            "  Q:\n    Type: AWS::SQS::Queue\n    Properties: { VisibilityTimeOut: 9, RedrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:000000000000:d', maxReceiveCount: 3, extra: 1 }, KmsMasterKeyId: k }\n",
            &["Q VisibilityTimeOut", "Q RedrivePolicy.extra", "Q KmsMasterKeyId"],
        ),
        (
            "  T:\n    Type: AWS::DynamoDB::Table\n    Properties: { AttributeDefinitions: [{ AttributeName: id, AttributeType: S }], KeySchema: [{ AttributeName: id, KeyType: HASH }], ProvisionedThroughput: { ReadCapacityUnits: 1 }, TimeToLiveSpecification: { AttributeName: t, Enabled: true, Enabledd: true }, StreamSpecification: { StreamViewType: NEW_IMAGE, ResourcePolicy: {} } }\n",
            &[
                "T ProvisionedThroughput",
                "T TimeToLiveSpecification.Enabledd",
                "T StreamSpecification.ResourcePolicy",
            ],
        ),
        (
            "  B:\n    Type: AWS::S3::Bucket\n    Properties: { NotificationConfiguration: { QueueConfigurations: [] }, LifecycleConfiguration: {} }\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties: { Bucket: !Ref B }\n",
            &[
                "B LifecycleConfiguration",
                "B NotificationConfiguration.QueueConfigurations",
                "P (AWS::S3::BucketPolicy)",
            ],
        ),
        (
            "  F:\n    Type: AWS::Serverless::Function\n    Properties: { Timout: 9, Environment: { Varables: { A: b } }, EventInvokeConfig: { MaximumRetryAttempt: 1, DestinationConfig: { OnFailur: {} } }, Events: { E: { Type: Schedule, Properties: { Schedule: rate(1 minute), RetryPolicy: { MaximumRetries: 1 } } } } }\n",
            &[
                "F Environment.Varables",
                "F EventInvokeConfig.DestinationConfig.OnFailur",
                "F EventInvokeConfig.MaximumRetryAttempt",
                "F Events.E.RetryPolicy.MaximumRetries",
                "F Timout",
            ],
        ),
        ("  K:\n    Type: AWS::KMS::Key\n", &["K (AWS::KMS::Key)"]),
    ];
    for (resources, expected) in cases {
        let mut found = ignored_of(resources);
        let mut expected: Vec<_> = expected.iter().map(|line| (*line).to_owned()).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
    }
}

/// Our own template has nothing unknown in it: only what is known to have no effect on a laptop, each with its reason.
#[test]
fn of_our_own_template_only_what_is_known_to_have_no_effect_is_left_out() {
    let ignored = with_suppliers().ignored;
    for one in &ignored {
        assert!(!one.is_unknown(), "{}", named(one));
    }
    let listed: Vec<_> = ignored.iter().map(named).collect();
    for expected in [
        "SchedulesFunction FunctionUrlConfig",
        "DeadLettersPolicy PolicyDocument.Statement.Condition.aws:SourceAccount",
        "FunctionLogs (AWS::Logs::LogGroup)",
    ] {
        assert!(
            listed.iter().any(|line| line == expected),
            "{expected}: {listed:#?}"
        );
    }
}
