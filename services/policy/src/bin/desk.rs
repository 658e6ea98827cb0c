//! Lambda: takes travel managers' commands about the policy.

#[tokio::main]
async fn main() -> Result<(), lambda_host::RunError> {
    lambda_host::run(policy::desk).await
}
