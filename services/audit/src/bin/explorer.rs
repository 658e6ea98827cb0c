#[tokio::main]
async fn main() -> Result<(), lambda_host::RunError> {
    lambda_host::run(audit::explorer::function).await
}
