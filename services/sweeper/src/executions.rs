//! What Step Functions says of an execution.

use aws_sdk_sfn::Client;
use aws_sdk_sfn::operation::describe_execution::DescribeExecutionError;
use events_schema::ids::ExecutionId;
use lambda_host::HandlerError;

use crate::decide::GONE;

pub async fn status(sfn: &Client, execution: &ExecutionId) -> Result<String, HandlerError> {
    let answer = sfn
        .describe_execution()
        .execution_arn(execution.as_str())
        .send()
        .await;
    match answer {
        Ok(execution) => Ok(execution.status().as_str().to_owned()),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(DescribeExecutionError::is_execution_does_not_exist) =>
        {
            Ok(GONE.into())
        }
        Err(error) => Err(error.into()),
    }
}
