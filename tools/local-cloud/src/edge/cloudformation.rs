//! CloudFormation's answers about one stack: what tooling asks to find a deployed stack's outputs and resources.
//! The stack is given; nothing here deploys.

use async_trait::async_trait;
use bytes::Bytes;
use http::Response;
use jiff::Timestamp;

use super::form::Form;
use super::reply;
use super::xml::Xml;
use crate::wire::{Access, AwsError, AwsService, Call, Protocol};

const NAMESPACE: &str = "http://cloudformation.amazonaws.com/doc/2010-05-15/";

#[derive(Clone, Debug)]
pub struct Stack {
    pub name: String,
    pub region: String,
    pub account: String,
    pub description: Option<String>,
    pub created: Timestamp,
    pub parameters: Vec<(String, String)>,
    pub outputs: Vec<StackOutput>,
    pub resources: Vec<StackResource>,
}

#[derive(Clone, Debug)]
pub struct StackOutput {
    pub key: String,
    pub value: String,
    pub description: Option<String>,
}

#[derive(Clone, Debug)]
pub struct StackResource {
    pub logical_id: String,
    pub physical_id: String,
    /// `AWS::SQS::Queue` and the like.
    pub resource_type: String,
}

impl Stack {
    /// The stack's id: an ARN that follows from its name.
    pub fn arn(&self) -> String {
        let id = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, self.name.as_bytes());
        format!(
            "arn:aws:cloudformation:{}:{}:stack/{}/{id}",
            self.region, self.account, self.name
        )
    }

    fn is_named(&self, name: &str) -> bool {
        name == self.name || name == self.arn()
    }

    fn require(&self, form: &Form) -> Result<(), AwsError> {
        let name = form.get("StackName").unwrap_or(&self.name);
        if self.is_named(name) {
            return Ok(());
        }
        Err(AwsError::new(
            "ValidationError",
            format!("Stack with id {name} does not exist"),
        ))
    }

    fn describe(&self) -> String {
        let mut xml = answer("DescribeStacksResponse", "DescribeStacksResult");
        xml.open("Stacks").open("member");
        xml.leaf("StackId", self.arn()).leaf("StackName", &self.name);
        if let Some(description) = &self.description {
            xml.leaf("Description", description);
        }
        xml.leaf("CreationTime", self.created)
            .leaf("StackStatus", "CREATE_COMPLETE")
            .leaf("DisableRollback", false);
        xml.open("Parameters");
        for (key, value) in &self.parameters {
            xml.open("member")
                .leaf("ParameterKey", key)
                .leaf("ParameterValue", value)
                .close();
        }
        xml.close().open("Outputs");
        for output in &self.outputs {
            xml.open("member")
                .leaf("OutputKey", &output.key)
                .leaf("OutputValue", &output.value);
            if let Some(description) = &output.description {
                xml.leaf("Description", description);
            }
            xml.close();
        }
        xml.close().open("Tags").close();
        xml.finish()
    }

    fn describe_resources(&self, form: &Form) -> Result<String, AwsError> {
        let wanted = form.get("LogicalResourceId");
        let known = |id: &str| self.resources.iter().any(|resource| resource.logical_id == id);
        if let Some(id) = wanted.filter(|id| !known(id)) {
            let message = format!("Resource {id} does not exist for stack {}", self.name);
            return Err(AwsError::new("ValidationError", message));
        }
        let mut xml = answer("DescribeStackResourcesResponse", "DescribeStackResourcesResult");
        xml.open("StackResources");
        for resource in self
            .resources
            .iter()
            .filter(|resource| wanted.is_none_or(|id| id == resource.logical_id))
        {
            xml.open("member")
                .leaf("StackId", self.arn())
                .leaf("StackName", &self.name);
            resource.write(&mut xml);
            xml.leaf("Timestamp", self.created).close();
        }
        Ok(xml.finish())
    }

    fn list_resources(&self) -> String {
        let mut xml = answer("ListStackResourcesResponse", "ListStackResourcesResult");
        xml.open("StackResourceSummaries");
        for resource in &self.resources {
            xml.open("member");
            resource.write(&mut xml);
            xml.leaf("LastUpdatedTimestamp", self.created).close();
        }
        xml.finish()
    }
}

impl StackResource {
    fn write(&self, xml: &mut Xml) {
        xml.leaf("LogicalResourceId", &self.logical_id)
            .leaf("PhysicalResourceId", &self.physical_id)
            .leaf("ResourceType", &self.resource_type)
            .leaf("ResourceStatus", "CREATE_COMPLETE");
    }
}

fn answer(document: &'static str, result: &'static str) -> Xml {
    let mut xml = Xml::document(document, NAMESPACE);
    xml.open(result);
    xml
}

#[async_trait]
impl AwsService for Stack {
    fn signing_name(&self) -> &'static str {
        "cloudformation"
    }

    fn protocol(&self) -> Protocol {
        Protocol::Query
    }

    fn access(&self, call: &Call) -> Result<Vec<Access>, AwsError> {
        let action = operation(call, &Form::parse(&call.body))?;
        Ok(vec![Access {
            action: format!("cloudformation:{action}"),
            resource: self.arn(),
        }])
    }

    async fn call(&self, call: Call) -> Result<Response<Bytes>, AwsError> {
        let form = Form::parse(&call.body);
        let action = operation(&call, &form)?;
        self.require(&form)?;
        let document = match action.as_str() {
            "DescribeStacks" => self.describe(),
            "DescribeStackResources" => self.describe_resources(&form)?,
            "ListStackResources" => self.list_resources(),
            other => return Err(AwsError::not_offered("cloudformation", other)),
        };
        Ok(reply::with_body(200, "text/xml", document))
    }
}

/// The Query protocol names the operation in its form.
pub(super) fn operation(call: &Call, form: &Form) -> Result<String, AwsError> {
    let in_call = Some(call.operation.as_str()).filter(|operation| !operation.is_empty());
    let name = form.get("Action").or(in_call);
    name.map(Into::into)
        .ok_or_else(|| AwsError::new("MissingAction", "The request must contain the parameter Action"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Caller;

    fn stack() -> Stack {
        Stack {
            name: "sojourn".into(),
            region: "eu-west-1".into(),
            account: "000000000000".into(),
            description: None,
            created: "2026-11-21T09:00:00Z".parse().unwrap(),
            parameters: vec![("Stage".into(), "local".into())],
            outputs: vec![StackOutput {
                key: "SocketUrl".into(),
                value: "ws://x?a&b".into(),
                description: None,
            }],
            resources: vec![StackResource {
                logical_id: "Bookings".into(),
                physical_id: "sojourn-bookings".into(),
                resource_type: "AWS::DynamoDB::Table".into(),
            }],
        }
    }

    async fn ask(form: &'static str) -> Result<String, AwsError> {
        let call = Call {
            caller: Caller::Outside,
            operation: String::new(),
            method: http::Method::POST,
            uri: "/".parse().unwrap(),
            headers: http::HeaderMap::new(),
            body: Bytes::from(form),
        };
        let response = stack().call(call).await?;
        Ok(String::from_utf8(response.body().to_vec()).unwrap())
    }

    #[tokio::test]
    async fn outputs_and_resources_are_told() {
        let stacks = ask("Action=DescribeStacks&StackName=sojourn").await.unwrap();
        assert!(
            stacks.contains("<OutputKey>SocketUrl</OutputKey><OutputValue>ws://x?a&amp;b</OutputValue>"),
            "{stacks}"
        );
        assert!(
            stacks.contains("<StackStatus>CREATE_COMPLETE</StackStatus>"),
            "{stacks}"
        );
        let one = ask("Action=DescribeStackResources&LogicalResourceId=Bookings")
            .await
            .unwrap();
        let all = ask("Action=ListStackResources&StackName=sojourn").await.unwrap();
        for answer in [one, all] {
            assert!(
                answer.contains("<PhysicalResourceId>sojourn-bookings</PhysicalResourceId>"),
                "{answer}"
            );
        }
    }

    #[tokio::test]
    async fn an_unknown_stack_or_resource_is_a_validation_error() {
        for form in [
            "Action=DescribeStacks&StackName=other",
            "Action=DescribeStackResources&LogicalResourceId=None",
        ] {
            assert_eq!(ask(form).await.unwrap_err().code, "ValidationError");
        }
        assert_eq!(
            ask("Action=CreateStack&StackName=sojourn")
                .await
                .unwrap_err()
                .code,
            "UnknownOperationException"
        );
    }
}
