//! STS GetCallerIdentity: who a client's credentials are, which most tooling asks before anything else.

use async_trait::async_trait;
use bytes::Bytes;
use http::Response;

use super::cloudformation::operation;
use super::form::Form;
use super::reply;
use super::xml::Xml;
use crate::wire::{Access, AwsError, AwsService, Call, Caller, Protocol};

#[derive(Clone, Debug)]
pub struct Sts {
    pub account: String,
}

#[async_trait]
impl AwsService for Sts {
    fn signing_name(&self) -> &'static str {
        "sts"
    }

    fn protocol(&self) -> Protocol {
        Protocol::Query
    }

    /// None: AWS answers everyone about themselves, whatever their policies say.
    fn access(&self, _call: &Call) -> Result<Vec<Access>, AwsError> {
        Ok(Vec::new())
    }

    async fn call(&self, call: Call) -> Result<Response<Bytes>, AwsError> {
        let action = operation(&call, &Form::parse(&call.body))?;
        if action != "GetCallerIdentity" {
            return Err(AwsError::not_offered("sts", &action));
        }
        let account = &self.account;
        let (arn, user_id) = match &call.caller {
            Caller::Resource(id) => (
                format!("arn:aws:sts::{account}:assumed-role/{id}Role/{id}"),
                format!("AROALOCAL:{id}"),
            ),
            Caller::Outside => (format!("arn:aws:iam::{account}:root"), account.clone()),
        };
        let mut xml = Xml::document(
            "GetCallerIdentityResponse",
            "https://sts.amazonaws.com/doc/2011-06-15/",
        );
        xml.open("GetCallerIdentityResult")
            .leaf("Arn", arn)
            .leaf("UserId", user_id)
            .leaf("Account", account);
        Ok(reply::with_body(200, "text/xml", xml.finish()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_function_is_its_role_and_an_outside_client_the_account() {
        let cases = [
            (
                Caller::Resource("PlannerFunction".into()),
                "assumed-role/PlannerFunctionRole/PlannerFunction</Arn>",
            ),
            (Caller::Outside, "<Arn>arn:aws:iam::000000000000:root</Arn>"),
        ];
        for (caller, expected) in cases {
            let call = Call {
                caller,
                operation: String::new(),
                method: http::Method::POST,
                uri: "/".parse().unwrap(),
                headers: http::HeaderMap::new(),
                body: Bytes::from_static(b"Action=GetCallerIdentity&Version=2011-06-15"),
            };
            let response = Sts {
                account: "000000000000".into(),
            }
            .call(call)
            .await
            .unwrap();
            let body = String::from_utf8(response.body().to_vec()).unwrap();
            assert!(body.contains(expected), "{body}");
        }
    }
}
