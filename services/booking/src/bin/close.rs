//! The `booking-close` Lambda.

#[tokio::main]
async fn main() -> Result<(), lambda_host::RunError> {
    lambda_host::run(booking::close).await
}
