//! The `booking-task` Lambda.

#[tokio::main]
async fn main() -> Result<(), lambda_host::RunError> {
    lambda_host::run(booking::task).await
}
