//! Lambda: judges plans, and turns offers into judged options.

#[tokio::main]
async fn main() -> Result<(), lambda_host::RunError> {
    lambda_host::run(compliance::function).await
}
