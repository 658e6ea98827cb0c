//! Lambda's HTTP API as far as anyone here needs it: Invoke, ListFunctions, GetFunction, GetFunctionConfiguration.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Response};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::{Function, Lambda};
use crate::ports::{Functions, InvokeError};
use crate::wire::{Access, AwsError, AwsService, Call, Protocol};

enum Operation<'a> {
    Invoke { function: String, kind: &'a str },
    List,
    Get { function: String },
    Configuration { function: String },
}

#[async_trait]
impl AwsService for Lambda {
    fn signing_name(&self) -> &'static str {
        "lambda"
    }

    fn protocol(&self) -> Protocol {
        Protocol::RestJson
    }

    fn access(&self, call: &Call) -> Result<Vec<Access>, AwsError> {
        let on = |action: &str, function: &str| {
            let resource = self
                .find(function)
                .map_or_else(|| function.to_string(), |f| f.spec.arn.clone());
            vec![Access {
                action: format!("lambda:{action}"),
                resource,
            }]
        };
        Ok(match operation(call)? {
            Operation::Invoke { function, .. } => on("InvokeFunction", &function),
            Operation::List => on("ListFunctions", "*"),
            Operation::Get { function } => on("GetFunction", &function),
            Operation::Configuration { function } => on("GetFunctionConfiguration", &function),
        })
    }

    async fn call(&self, call: Call) -> Result<Response<Bytes>, AwsError> {
        match operation(&call)? {
            Operation::Invoke { function, kind } => self.invoke_over_http(&function, kind, &call.body).await,
            Operation::List => {
                let all: Vec<Value> = self.functions.values().map(configuration).collect();
                Ok(answer(200, json!({ "Functions": all })))
            }
            Operation::Get { function } => {
                let found = self.required(&function).map_err(aws_error)?;
                Ok(answer(200, json!({ "Configuration": configuration(found) })))
            }
            Operation::Configuration { function } => Ok(answer(
                200,
                configuration(self.required(&function).map_err(aws_error)?),
            )),
        }
    }
}

impl Lambda {
    async fn invoke_over_http(
        &self,
        function: &str,
        kind: &str,
        body: &[u8],
    ) -> Result<Response<Bytes>, AwsError> {
        let payload = match body {
            [] => Value::Null,
            body => serde_json::from_slice(body).map_err(|e| {
                AwsError::new(
                    "InvalidRequestContentException",
                    format!("Could not parse request body into json: {e}"),
                )
            })?,
        };
        match kind {
            "Event" => {
                self.invoke_async(function, payload).await.map_err(aws_error)?;
                Ok(answer(202, Value::Null))
            }
            "DryRun" => self
                .required(function)
                .map(|_| answer(204, Value::Null))
                .map_err(aws_error),
            _ => match self.invoke(function, payload).await {
                Ok(value) => Ok(with_version(answer(200, value))),
                Err(InvokeError::Function(error)) => {
                    let body = json!({ "errorType": error.error_type, "errorMessage": error.message });
                    let mut response = with_version(answer(200, body));
                    let unhandled = http::HeaderValue::from_static("Unhandled");
                    response.headers_mut().insert("x-amz-function-error", unhandled);
                    Ok(response)
                }
                Err(error) => Err(aws_error(error)),
            },
        }
    }
}

fn operation(call: &Call) -> Result<Operation<'_>, AwsError> {
    // Clients differ in what they escape.
    let path = percent_decode_str(call.uri.path().trim_end_matches('/')).decode_utf8_lossy();
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match (&call.method, segments.as_slice()) {
        (&Method::GET, ["2015-03-31", "functions"]) => Ok(Operation::List),
        (&Method::GET, ["2015-03-31", "functions", function]) => Ok(Operation::Get {
            function: function.to_string(),
        }),
        (&Method::GET, ["2015-03-31", "functions", function, "configuration"]) => {
            Ok(Operation::Configuration {
                function: function.to_string(),
            })
        }
        (&Method::POST, ["2015-03-31", "functions", function, "invocations"]) => {
            let kind = call
                .headers
                .get("x-amz-invocation-type")
                .and_then(|v| v.to_str().ok());
            Ok(Operation::Invoke {
                function: function.to_string(),
                kind: kind.unwrap_or("RequestResponse"),
            })
        }
        (method, _) => Err(AwsError::not_offered("lambda", &format!("{method} {path}"))),
    }
}

fn configuration(function: &Function) -> Value {
    let spec = &function.spec;
    json!({
        "FunctionName": spec.name,
        "FunctionArn": spec.arn,
        "Runtime": "provided.al2023",
        "Handler": "bootstrap",
        "Timeout": spec.timeout.as_secs(),
        "MemorySize": spec.memory_mb,
        "Environment": { "Variables": spec.environment },
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "Version": "$LATEST",
    })
}

fn aws_error(error: InvokeError) -> AwsError {
    match error {
        InvokeError::NotFound(ref function) => AwsError::new(
            "ResourceNotFoundException",
            format!("Function not found: {function}"),
        )
        .with_status(404),
        InvokeError::TooLarge { .. } => {
            AwsError::new("RequestEntityTooLargeException", error.to_string()).with_status(413)
        }
        InvokeError::Function(error) => AwsError::new("ServiceException", error.to_string()).with_status(500),
    }
}

fn answer(status: u16, body: Value) -> Response<Bytes> {
    let body = if status == 200 {
        Bytes::from(body.to_string())
    } else {
        Bytes::new()
    };
    let mut response = Response::new(body);
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::OK);
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static("application/json"),
    );
    response
}

fn with_version(mut response: Response<Bytes>) -> Response<Bytes> {
    response.headers_mut().insert(
        "x-amz-executed-version",
        http::HeaderValue::from_static("$LATEST"),
    );
    response
}
