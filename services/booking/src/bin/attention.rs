//! The `booking-attention` Lambda.

#[tokio::main]
async fn main() -> Result<(), lambda_host::RunError> {
    lambda_host::run(booking::attention).await
}
