//! Lambda: finds the clauses that bear on a request.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda_host::run(policy::retrieve).await
}
