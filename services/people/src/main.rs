//! The `people` Lambda.

#[tokio::main]
async fn main() -> Result<(), lambda_host::RunError> {
    lambda_host::run(people::function).await
}
