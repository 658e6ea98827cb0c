//! Queues and functions let in whom AWS would let in, and what decides there and is not looked at here is listed.

use std::collections::BTreeSet;

use super::*;

const RULE: &str = "arn:aws:events:eu-west-1:000000000000:rule/";

fn load(resources: &str) -> Result<Template, TemplateError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("template.yaml");
    std::fs::write(&path, format!("Resources:\n{resources}")).unwrap();
    Template::load(&path, &LoadOptions::default())
}

fn ignored(resources: &str) -> BTreeSet<(String, String)> {
    let template = load(resources).unwrap_or_else(|error| panic!("{error}"));
    let name = |one: &Ignored| one.property.clone().unwrap_or_default();
    template
        .ignored
        .iter()
        .map(|one| (name(one), one.why.clone()))
        .collect()
}

/// A rule to a queue whose policy has the one statement.
fn with_statement(statement: &str) -> String {
    format!(
        "  Q: {{ Type: AWS::SQS::Queue, Properties: {{ QueueName: q }} }}
  R: {{ Type: AWS::Events::Rule, Properties: {{ Name: r, EventPattern: {{ source: [a] }}, Targets: [{{ Id: q, Arn: !GetAtt Q.Arn }}] }} }}
  P: {{ Type: AWS::SQS::QueuePolicy, Properties: {{ Queues: [!Ref Q], PolicyDocument: {{ Statement: [{statement}] }} }} }}
"
    )
}

#[test]
fn a_queue_takes_from_a_rule_what_its_policy_lets_in() {
    let statement = |principal: &str, action: &str, resource: &str, more: &str| {
        format!("{{ Effect: Allow, Principal: {principal}, Action: {action}, Resource: {resource}{more} }}")
    };
    let (events, send, queue) = (
        "{ Service: events.amazonaws.com }",
        "sqs:SendMessage",
        "!GetAtt Q.Arn",
    );
    let when = |operator: &str, source: &str| {
        statement(
            events,
            send,
            queue,
            &format!(", Condition: {{ {operator}: {{ aws:SourceArn: {source} }} }}"),
        )
    };
    let cases = [
        (statement(events, send, queue, ""), true),
        (
            statement(
                "{ Service: [sns.amazonaws.com, events.amazonaws.com] }",
                send,
                queue,
                "",
            ),
            true,
        ),
        (statement("'*'", "'SQS:*'", "'*'", ""), true),
        (when("ArnLike", &format!("'{RULE}*'")), true),
        (when("ArnEquals", &format!("[{RULE}other, {RULE}r]")), true),
        (when("StringLikeIfExists", &format!("'{RULE}r'")), true),
        (when("ArnEquals", &format!("{RULE}other")), false),
        (
            statement("{ Service: sns.amazonaws.com }", send, queue, ""),
            false,
        ),
        (statement("{ AWS: '000000000000' }", send, queue, ""), false),
        (statement(events, "sqs:ReceiveMessage", queue, ""), false),
        (
            statement(events, send, "arn:aws:sqs:eu-west-1:000000000000:other", ""),
            false,
        ),
        (statement(events, send, queue, "").replace("Allow", "Deny"), false),
    ];
    for (statement, let_in) in cases {
        let refused = load(&with_statement(&statement))
            .err()
            .map(|error| error.to_string());
        assert_eq!(refused.is_none(), let_in, "{statement}: {refused:?}");
        let said = format!(
            "R: no AWS::SQS::QueuePolicy lets events.amazonaws.com ({RULE}r) send to \
             arn:aws:sqs:eu-west-1:000000000000:q"
        );
        assert!(refused.is_none_or(|text| text.ends_with(&said)), "{statement}");
    }
}

/// The queues that SAM's rules and schedules name for what they cannot deliver are the template's own, and so is their
/// policy. Scheduler reaches them with a role.
#[test]
fn a_dead_letter_queue_without_a_policy_is_refused_whoever_made_the_rule() {
    let function = |event: &str| {
        format!(
            "  Q: {{ Type: AWS::SQS::Queue }}
  F: {{ Type: AWS::Serverless::Function, Properties: {{ Events: {{ E: {event} }} }} }}
"
        )
    };
    let dead = "DeadLetterConfig: { Arn: !GetAtt Q.Arn }";
    for (event, refused) in [
        (
            format!("{{ Type: EventBridgeRule, Properties: {{ Pattern: {{ source: [a] }}, {dead} }} }}"),
            true,
        ),
        (
            format!("{{ Type: Schedule, Properties: {{ Schedule: rate(1 day), {dead} }} }}"),
            true,
        ),
        (
            format!("{{ Type: ScheduleV2, Properties: {{ ScheduleExpression: rate(1 day), {dead} }} }}"),
            false,
        ),
        (
            "{ Type: Schedule, Properties: { Schedule: rate(1 day) } }".to_owned(),
            false,
        ),
    ] {
        let error = load(&function(&event)).err();
        let by_policy = error
            .as_ref()
            .is_some_and(|error| error.reason.contains("no AWS::SQS::QueuePolicy lets"));
        assert_eq!(
            (error.is_some(), by_policy),
            (refused, refused),
            "{event}: {error:?}"
        );
    }
}

#[test]
fn what_decides_on_aws_and_is_not_looked_at_here_is_listed() {
    let allowed =
        "Effect: Allow, Principal: { Service: events.amazonaws.com }, Action: sqs:SendMessage, Resource: '*'";
    let listed = ignored(&with_statement(&format!(
        "{{ {allowed}, Condition: {{ StringEquals: {{ aws:SourceAccount: '000000000000', aws:PrincipalOrgID: o }}, \
         ArnNotLike: {{ aws:SourceArn: a }} }} }}, {{ Effect: Deny, Principal: '*', Action: sqs:SendMessage }}"
    )));
    let of_queues = "of a queue's policy only who may send is looked at, and aws:SourceArn";
    let expected = [
        ("PolicyDocument.Statement.Condition.aws:PrincipalOrgID", of_queues),
        (
            "PolicyDocument.Statement.Condition.aws:SourceAccount",
            "there is one account here",
        ),
        ("PolicyDocument.Statement.Condition.aws:SourceArn", of_queues),
        ("PolicyDocument.Statement.Deny", of_queues),
    ];
    let expected = expected.map(|(name, why)| (name.to_owned(), why.to_owned()));
    assert_eq!(listed, BTreeSet::from(expected));
}

/// Each a resource, the property in it, and what is said of it.
#[test]
fn what_was_once_dropped_in_silence_is_listed_with_its_reason() {
    let function = "  F: { Type: AWS::Serverless::Function, Properties: ";
    let api = "  A: { Type: AWS::ApiGatewayV2::Api, Properties: { ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action } }\n";
    let uri = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:000000000000:function:f/invocations";
    let integration = format!(
        "{api}  I: {{ Type: AWS::ApiGatewayV2::Integration, Properties: {{ ApiId: !Ref A, IntegrationType: AWS_PROXY, IntegrationUri: '{uri}', "
    );
    let authorizer = format!(
        "{api}  I: {{ Type: AWS::ApiGatewayV2::Authorizer, Properties: {{ ApiId: !Ref A, AuthorizerType: REQUEST, Name: n, AuthorizerUri: '{uri}', "
    );
    let permission = "  P: { Type: AWS::Lambda::Permission, Properties: { FunctionName: f, Principal: p, ";
    let table = "  T: { Type: AWS::DynamoDB::Table, Properties: { AttributeDefinitions: [{ AttributeName: id, AttributeType: S }], KeySchema: [{ AttributeName: id, KeyType: HASH }], ";
    let no_address = "functions have no addresses of their own";
    let cases = [
        (
            format!("{function} {{ FunctionUrlConfig: {{ AuthType: NONE }} }} }}"),
            "FunctionUrlConfig",
            no_address,
        ),
        (
            format!("{permission} Action: lambda:InvokeFunction, FunctionUrlAuthType: NONE }} }}"),
            "FunctionUrlAuthType",
            no_address,
        ),
        (
            format!("{permission} Action: lambda:InvokeFunctionUrl }} }}"),
            "Action",
            Ignored::UNKNOWN,
        ),
        (
            format!("{permission} Action: lambda:InvokeFunction, SourceAccount: '1' }} }}"),
            "SourceAccount",
            "there is one account here",
        ),
        (
            format!(
                "{function} {{ Events: {{ E: {{ Type: ScheduleV2, Properties: {{ ScheduleExpression: rate(1 day), FlexibleTimeWindow: {{ Mode: 'OFF' }} }} }} }} }} }}"
            ),
            "Events.E.FlexibleTimeWindow",
            "schedules fire at their time",
        ),
        (
            format!(
                "{function} {{ Events: {{ E: {{ Type: ScheduleV2, Properties: {{ ScheduleExpression: rate(1 day), RoleArn: r }} }} }} }} }}"
            ),
            "Events.E.RoleArn",
            "rules and schedules reach what SAM gives them without a role",
        ),
        (
            format!("{integration} PassthroughBehavior: NEVER }} }}"),
            "PassthroughBehavior",
            "messages are handed on as they come",
        ),
        (
            format!("{integration} ContentHandlingStrategy: CONVERT_TO_TEXT }} }}"),
            "ContentHandlingStrategy",
            "messages are handed on as they come",
        ),
        (
            format!("{authorizer} AuthorizerResultTtlInSeconds: 9 }} }}"),
            "AuthorizerResultTtlInSeconds",
            "the authorizer is asked every time",
        ),
        (
            format!("{authorizer} AuthorizerCredentialsArn: c }} }}"),
            "AuthorizerCredentialsArn",
            "functions are reached by AWS::Lambda::Permission alone",
        ),
        (
            format!(
                "{table} GlobalSecondaryIndexes: [{{ IndexName: i, ProvisionedThroughput: {{ ReadCapacityUnits: 1 }} }}] }} }}"
            ),
            "GlobalSecondaryIndexes.ProvisionedThroughput",
            "tables take any load",
        ),
        (
            "  Q: { Type: AWS::SQS::Queue, Propertys: {} }\nGlobals: { Function: {}, StateMachine: {} }"
                .into(),
            "Propertys",
            Ignored::UNKNOWN,
        ),
        (
            "  Q: { Type: AWS::SQS::Queue }\nGlobals: { Function: {}, Functions: {} }".into(),
            "Functions",
            Ignored::UNKNOWN,
        ),
        (
            "  Q: { Type: AWS::SQS::Queue }\nResorces: {}".into(),
            "",
            Ignored::UNKNOWN,
        ),
    ];
    for (resources, property, why) in cases {
        let listed = ignored(&format!("{resources}\n"));
        let expected = BTreeSet::from([(property.to_owned(), why.to_owned())]);
        assert_eq!(listed, expected, "{resources}");
    }
}

/// What lets somebody call a function's address lets no rule in.
#[test]
fn a_permission_for_another_action_lets_no_rule_in() {
    let stack = |action: &str| {
        format!(
            "  F: {{ Type: AWS::Serverless::Function, Properties: {{ FunctionName: f }} }}
  R: {{ Type: AWS::Events::Rule, Properties: {{ Name: r, EventPattern: {{ source: [a] }}, Targets: [{{ Id: f, Arn: !GetAtt F.Arn }}] }} }}
  P: {{ Type: AWS::Lambda::Permission, Properties: {{ FunctionName: !Ref F, Principal: events.amazonaws.com, Action: {action} }} }}
"
        )
    };
    for (action, let_in) in [
        ("lambda:InvokeFunction", true),
        ("'lambda:*'", true),
        ("lambda:InvokeFunctionUrl", false),
    ] {
        let refused = load(&stack(action)).err();
        assert_eq!(refused.is_none(), let_in, "{action}: {refused:?}");
    }
}
