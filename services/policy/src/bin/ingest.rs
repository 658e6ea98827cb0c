//! Lambda: reads an uploaded document into clauses and rules.

#[tokio::main]
async fn main() -> Result<(), lambda_host::RunError> {
    lambda_host::run(policy::ingest).await
}
