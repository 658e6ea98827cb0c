//! The `schedules` Lambda.

#[tokio::main]
async fn main() -> Result<(), lambda_host::RunError> {
    lambda_host::run(schedules::function).await
}
