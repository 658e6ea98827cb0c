//! Runs the sample supplier on a socket of its own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Parser;
use sample_supplier::{Config, Scenario, Supplier, router};

/// A fictional supplier of flights and hotel stays, over HTTP.
#[derive(Parser)]
struct Arguments {
    #[arg(long, default_value = "127.0.0.1:8790")]
    listen: SocketAddr,
    /// Keeps orders in this file; without it they end with the process.
    #[arg(long)]
    store: Option<PathBuf>,
    #[arg(long)]
    seed: Option<u64>,
    /// How it misbehaves: none, sold-out, price-up, order-fails, …
    #[arg(long, default_value = "none")]
    scenario: Scenario,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let defaults = Config::default();
    let config = Config {
        seed: arguments.seed.unwrap_or(defaults.seed),
        store: arguments.store,
        scenario: arguments.scenario,
        ..defaults
    };
    // The real time enters here.
    #[allow(clippy::disallowed_methods)]
    let supplier = Supplier::new(config, Arc::new(jiff::Timestamp::now))?;
    let listener = tokio::net::TcpListener::bind(arguments.listen).await?;
    println!("Sample supplier (fictional) on http://{}", listener.local_addr()?);
    axum::serve(listener, router(supplier)).await?;
    Ok(())
}
