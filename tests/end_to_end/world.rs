//! A whole Sojourn for one test, and what must hold of every booking in it.

use std::collections::BTreeMap;
use std::path::Path;

use aws_sdk_dynamodb::Client;
use events_schema::ids::BookingId;
use events_schema::rows::{BookingRow, JournalRow};
use jiff::{Timestamp, civil};
use local_cloud::clock::Clock;
use serde_json::Value;
use sojourn::laptop::{Laptop, LaptopOptions, OpenAiModel, sample_embeddings};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::records::Records;
use crate::repository;

const SEED: u64 = 7;

pub struct World {
    pub laptop: Laptop,
    directory: TempDir,
}

/// A data directory with the samples in place: seeding it once spares every test the uploads.
static SEEDED: OnceCell<TempDir> = OnceCell::const_new();

/// Saturday morning, 21 November 2026.
pub fn beginning() -> Timestamp {
    civil::date(2026, 11, 21)
        .at(9, 0, 0, 0)
        .in_tz("UTC")
        .expect("a date")
        .timestamp()
}

impl World {
    pub async fn start() -> Self {
        Self::with(None).await
    }

    /// Policies uploaded from now on are embedded by a sample that hashes words.
    pub async fn with_embeddings() -> Self {
        Self::with(Some(sample_embeddings())).await
    }

    async fn with(embeddings: Option<OpenAiModel>) -> Self {
        let seeded = SEEDED
            .get_or_init(|| async {
                let directory = tempfile::tempdir().expect("a temporary directory");
                start(directory.path(), beginning(), None)
                    .await
                    .cloud
                    .shutdown()
                    .await;
                directory
            })
            .await;
        let directory = tempfile::tempdir().expect("a temporary directory");
        copy(seeded.path(), directory.path());
        let laptop = start(directory.path(), beginning(), embeddings).await;
        Self { laptop, directory }
    }

    /// With the sample supplier asked through its pages: on a socket, by a real browser, in real time.
    pub async fn by_pages() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let url = format!("http://{}/web", listener.local_addr().expect("an address"));
        let laptop = start_asking(directory.path(), beginning(), None, Some(url)).await;
        let pages = sample_supplier::router(laptop.supplier.clone());
        tokio::spawn(async move { axum::serve(listener, pages).await });
        Self { laptop, directory }
    }

    /// Kills the process, as far as one can from inside, and starts it again on what it left.
    pub async fn crash(self) -> Self {
        let Self { laptop, directory } = self;
        let now = laptop.now();
        laptop.cloud.shutdown().await;
        drop(laptop.supplier);
        let laptop = start(directory.path(), now, None).await;
        Self { laptop, directory }
    }

    /// Where the cloud keeps everything.
    pub fn data_dir(&self) -> &Path {
        self.directory.path()
    }

    /// What the tables say.
    pub fn records(&self) -> Records {
        Records {
            dynamo: self.dynamo(),
        }
    }

    /// The booking's events, in order.
    pub async fn event_names(&self, booking: BookingId) -> Vec<String> {
        self.records().event_names(booking).await
    }

    pub async fn journal(&self, booking: BookingId) -> Vec<JournalRow> {
        self.records().journal(booking).await
    }

    pub async fn head(&self, booking: BookingId) -> BookingRow {
        self.records().head(booking).await
    }

    pub async fn query(&self, table: &str, key: &str, value: &str) -> Vec<Value> {
        self.records().query(table, key, value).await
    }

    pub async fn scan(&self, table: &str) -> Vec<Value> {
        self.records().scan(table).await
    }

    pub fn dynamo(&self) -> Client {
        Client::new(&self.laptop.cloud.sdk_config("a-test"))
    }

    /// What must hold of an ended booking, once everything it set off is done.
    pub async fn check_ended(&self, booking: BookingId) {
        self.laptop.cloud.idle().await;
        self.records().check_ended(booking).await;
    }
}

async fn start(data_dir: &Path, now: Timestamp, embeddings: Option<OpenAiModel>) -> Laptop {
    start_asking(data_dir, now, embeddings, None).await
}

async fn start_asking(
    data_dir: &Path,
    now: Timestamp,
    embeddings: Option<OpenAiModel>,
    sample_web: Option<String>,
) -> Laptop {
    let options = LaptopOptions {
        repository: repository::root().into(),
        template: None,
        data_dir: data_dir.into(),
        clock: Clock::starting_at(now),
        seed: SEED,
        endpoint_url: None,
        page_url: None,
        model: None,
        embeddings,
        sample_web,
        consumers: Vec::new(),
    };
    match Laptop::start(options).await {
        Ok(laptop) => laptop,
        Err(error) => panic!("the laptop does not start: {}", sojourn::commands::report(&error)),
    }
}

fn copy(from: &Path, to: &Path) {
    let entries: BTreeMap<_, _> = std::fs::read_dir(from)
        .expect("a folder")
        .map(|entry| entry.expect("an entry"))
        .map(|e| (e.path(), e))
        .collect();
    for (path, entry) in entries {
        let target = to.join(entry.file_name());
        if path.is_dir() {
            std::fs::create_dir_all(&target).expect("a folder");
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("a copy");
        }
    }
}
