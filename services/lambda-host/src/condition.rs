//! Conditional writes to DynamoDB.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// Whether the write was made. That its condition held no longer is an answer, not an error.
pub fn held<T, E, R>(outcome: Result<T, SdkError<E, R>>) -> Result<bool, SdkError<E, R>>
where
    E: ProvideErrorMetadata,
{
    match outcome {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(false),
        Err(error) => Err(error),
    }
}
