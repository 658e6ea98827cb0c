//! Lambda: finds the clauses that bear on a request.

#[tokio::main]
async fn main() -> Result<(), lambda_host::RunError> {
    lambda_host::run(policy::retrieve).await
}
