//! The WebSocket API: its five kinds of resource, each naming the others by id, put together once all are read.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::intrinsics::text;
use super::properties::Properties;
use super::{ApiResource, AuthorizerResource, Loader, Reason, RouteResource};

/// What has been read of an API; routes refer to integrations and authorizers by their ids.
#[derive(Debug, Default)]
pub(super) struct Parts {
    integrations: BTreeMap<String, Integration>,
    authorizers: BTreeMap<String, AuthorizerResource>,
    routes: Vec<Route>,
    responding: Vec<String>,
}

#[derive(Clone, Debug)]
struct Integration {
    function_arn: String,
    timeout: Option<Duration>,
}

#[derive(Clone, Debug)]
struct Route {
    logical_id: String,
    api: String,
    key: String,
    /// `integrations/ID`
    target: String,
    authorizer: Option<String>,
}

impl Loader<'_> {
    pub(super) fn read_websocket(&mut self, id: &str, kind: &str, mut p: Properties) -> Result<(), Reason> {
        let physical = self.resolver.names.physical(id);
        match kind {
            "AWS::ApiGatewayV2::Api" => self.read_api(id, physical, &mut p)?,
            "AWS::ApiGatewayV2::Stage" => self.read_stage(&mut p)?,
            "AWS::ApiGatewayV2::Integration" => {
                p.skip(&["ApiId", "IntegrationMethod", "Description"]);
                let kind = p.required_text("IntegrationType")?;
                if kind != "AWS_PROXY" {
                    return Err(format!(
                        "is an integration of type {kind}; only AWS_PROXY is offered"
                    ));
                }
                let function_arn = function_of(&p.required_text("IntegrationUri")?)?;
                let timeout = p.number("TimeoutInMillis")?.map(Duration::from_millis);
                self.websocket.integrations.insert(
                    physical,
                    Integration {
                        function_arn,
                        timeout,
                    },
                );
            }
            "AWS::ApiGatewayV2::Authorizer" => self.read_authorizer(physical, &mut p)?,
            "AWS::ApiGatewayV2::Route" => {
                p.skip(&["OperationName"]);
                p.skip(&["RouteResponseSelectionExpression"]);
                let authorizer = p.text("AuthorizerId");
                let kind = p.text("AuthorizationType").unwrap_or_else(|| "NONE".into());
                if !matches!((kind.as_str(), &authorizer), ("NONE", None) | ("CUSTOM", Some(_))) {
                    return Err(format!("AuthorizationType {kind} does not fit its AuthorizerId"));
                }
                self.websocket.routes.push(Route {
                    logical_id: id.into(),
                    api: p.required_text("ApiId")?,
                    key: p.required_text("RouteKey")?,
                    target: p.required_text("Target")?,
                    authorizer,
                });
            }
            "AWS::ApiGatewayV2::RouteResponse" => {
                p.skip(&["ApiId", "RouteResponseKey"]);
                let route = p.required_text("RouteId")?;
                self.websocket.responding.push(route);
            }
            "AWS::ApiGatewayV2::IntegrationResponse" => {
                p.skip(&["ApiId", "IntegrationId", "IntegrationResponseKey"]);
            }
            "AWS::ApiGatewayV2::Deployment" => p.skip(&["ApiId", "Description", "StageName"]),
            other => return Err(format!("the local cloud does not offer the type {other}")),
        }
        p.skip(&["Tags"]);
        p.finish("", &mut self.template.ignored);
        Ok(())
    }

    fn read_api(&mut self, id: &str, api_id: String, p: &mut Properties) -> Result<(), Reason> {
        p.skip(&["Description"]);
        let protocol = p.required_text("ProtocolType")?;
        if protocol != "WEBSOCKET" {
            return Err(format!("is an API of type {protocol}; only WEBSOCKET is offered"));
        }
        self.template.apis.push(ApiResource {
            logical_id: id.into(),
            api_id,
            name: p.text("Name").unwrap_or_else(|| id.into()),
            stage: "$default".into(),
            stage_variables: BTreeMap::new(),
            route_selection_expression: p.required_text("RouteSelectionExpression")?,
            routes: Vec::new(),
        });
        Ok(())
    }

    fn read_stage(&mut self, p: &mut Properties) -> Result<(), Reason> {
        p.skip(&["AutoDeploy", "DeploymentId", "Description"]);
        let (api, stage, variables) = (
            p.required_text("ApiId")?,
            p.required_text("StageName")?,
            p.text_map("StageVariables")?,
        );
        let found = self.template.apis.iter_mut().find(|a| a.api_id == api);
        let found = found.ok_or("is a stage of an API that does not stand above it")?;
        found.stage = stage;
        found.stage_variables = variables;
        Ok(())
    }

    fn read_authorizer(&mut self, physical: String, p: &mut Properties) -> Result<(), Reason> {
        p.skip(&["ApiId", "AuthorizerPayloadFormatVersion"]);
        let kind = p.required_text("AuthorizerType")?;
        if kind != "REQUEST" {
            return Err(format!(
                "is an authorizer of type {kind}; a WebSocket API has REQUEST ones"
            ));
        }
        let authorizer = AuthorizerResource {
            name: p.required_text("Name")?,
            function_arn: function_of(&p.required_text("AuthorizerUri")?)?,
            identity_sources: p.list("IdentitySource")?.iter().map(text).collect(),
        };
        self.websocket.authorizers.insert(physical, authorizer);
        Ok(())
    }

    /// Puts the routes into their APIs.
    pub(super) fn connect_websockets(&mut self) -> Result<(), (String, Reason)> {
        for route in std::mem::take(&mut self.websocket.routes) {
            let at = |reason: String| (route.logical_id.clone(), reason);
            let target = route.target.trim_start_matches("integrations/");
            let integration = self.websocket.integrations.get(target).cloned();
            let integration = integration
                .ok_or_else(|| at(format!("targets the integration {target}, which does not exist")))?;
            let authorizer = match &route.authorizer {
                None => None,
                Some(id) => Some(
                    self.websocket
                        .authorizers
                        .get(id)
                        .cloned()
                        .ok_or_else(|| at("has an authorizer that does not exist".into()))?,
                ),
            };
            let physical = self.resolver.names.physical(&route.logical_id);
            let resource = RouteResource {
                key: route.key.clone(),
                function_arn: integration.function_arn,
                authorizer,
                responds: self.websocket.responding.contains(&physical),
                timeout: integration.timeout,
            };
            let api = self.template.apis.iter_mut().find(|a| a.api_id == route.api);
            api.ok_or_else(|| at("is a route of an API that does not exist".into()))?
                .routes
                .push(resource);
        }
        Ok(())
    }
}

/// The function in `arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/ARN/invocations`.
fn function_of(uri: &str) -> Result<String, Reason> {
    let function = uri
        .split_once("/functions/")
        .and_then(|(_, rest)| rest.strip_suffix("/invocations"));
    function
        .map(str::to_string)
        .ok_or_else(|| format!("{:?} is not the invocation URI of a function", Value::from(uri)))
}
