//! `sojourn up`: everything in one process, until Ctrl-C.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use axum::serve::{ListenerExt, TapIo};
use jiff::Timestamp;
use local_cloud::clock::Clock;
use tokio::net::{TcpListener, TcpStream};

use super::{CommandError, UpArgs, not_honoured, suggestion};
use crate::laptop::{Identity, Laptop, LaptopOptions, SAMPLE_PEOPLE};
use crate::running::{Running, default_data_dir};
use crate::web;

pub async fn up(args: UpArgs) -> Result<ExitCode, CommandError> {
    let throwaway = args.ephemeral.then(tempfile::tempdir).transpose()?;
    let data_dir = match &throwaway {
        Some(directory) => directory.path().to_path_buf(),
        None => args.data.clone().unwrap_or_else(default_data_dir),
    };
    let server = Server::start(&args, &data_dir).await?;
    // The note is left where a `book` typed in this folder looks, throwaway or not.
    let _elsewhere = match &throwaway {
        Some(_) => {
            std::fs::create_dir_all(default_data_dir())?;
            Some(server.running.note(&default_data_dir())?)
        }
        None => None,
    };
    server.announce(&data_dir, args.ephemeral);
    tokio::signal::ctrl_c().await?;
    eprintln!("\nstopping");
    drop(server);
    Ok(ExitCode::SUCCESS)
}

/// A laptop with its two listeners.
pub struct Server {
    pub running: Running,
    pub laptop: Arc<Laptop>,
    /// Where the sample supplier's pages are, if they are what is asked.
    pub pages_url: Option<String>,
    tasks: Vec<tokio::task::JoinHandle<std::io::Result<()>>>,
    _note: crate::running::Note,
}

impl Server {
    /// On free ports of its own, with the samples in `data_dir`: for a single command, or a test.
    pub async fn throwaway(data_dir: &Path) -> Result<Self, CommandError> {
        Self::start(&super::connection::throwaway(), data_dir).await
    }

    /// The same, with the sample supplier asked through its pages.
    pub async fn throwaway_by_pages(data_dir: &Path) -> Result<Self, CommandError> {
        let args = UpArgs {
            sample_web: true,
            ..super::connection::throwaway()
        };
        Self::start(&args, data_dir).await
    }

    pub async fn start(args: &UpArgs, data_dir: &Path) -> Result<Self, CommandError> {
        let aws = listen(args.port, "--port").await?;
        let page = listen(args.web_port, "--web-port").await?;
        let pages = match args.sample_web {
            true => Some(listen(0, "--sample-web").await?),
            false => None,
        };
        let pages_url = pages.as_ref().map(TcpListener::local_addr).transpose()?;
        let pages_url = pages_url.map(|address| format!("http://{address}/web"));
        let aws_url = format!("http://{}", aws.local_addr()?);
        let repository = args.repository.clone().unwrap_or_else(repository);
        let laptop = Laptop::start(LaptopOptions {
            repository: repository.clone(),
            template: args.template.clone(),
            data_dir: data_dir.into(),
            clock: Clock::starting_at(now()),
            seed: seed(),
            endpoint_url: Some(aws_url.clone()),
            page_url: Some(format!("http://{}", page.local_addr()?)),
            model: args.model(),
            embeddings: args.embeddings(),
            sample_web: pages_url.clone(),
            consumers: args.with.clone(),
        })
        .await?;
        let laptop = Arc::new(laptop);
        let web_address = page.local_addr()?;
        let running = Running {
            process: std::process::id(),
            aws: aws_url,
            web: format!("http://{web_address}"),
            socket: format!("ws://{web_address}{}", web::socket_path(&laptop)),
            region: laptop
                .cloud
                .sdk_config("sojourn")
                .region()
                .map(ToString::to_string)
                .unwrap_or_default(),
        };
        let endpoint = laptop
            .cloud
            .router()
            .into_make_service_with_connect_info::<SocketAddr>();
        let web =
            web::router(laptop.clone(), &repository).into_make_service_with_connect_info::<SocketAddr>();
        let mut tasks = vec![
            tokio::spawn(async move { axum::serve(prompt(aws), endpoint).await }),
            tokio::spawn(async move { axum::serve(prompt(page), web).await }),
        ];
        if laptop.is_sojourn() {
            // Whoever finds the note may sign in.
            make_key(laptop.identity.clone()).await?;
        }
        if let Some(pages) = pages {
            let supplier = sample_supplier::router(laptop.supplier.clone());
            tasks.push(tokio::spawn(async move { axum::serve(pages, supplier).await }));
        }
        let _note = running.note(data_dir)?;
        Ok(Self {
            running,
            laptop,
            pages_url,
            tasks,
            _note,
        })
    }

    fn announce(&self, data_dir: &Path, ephemeral: bool) {
        let Running {
            aws,
            web,
            socket,
            region,
            ..
        } = &self.running;
        let kept = match ephemeral {
            true => "nothing is kept".to_owned(),
            false => format!("kept in {}", data_dir.display()),
        };
        let template = self.laptop.cloud.template();
        if self.laptop.is_sojourn() {
            let people: Vec<_> = SAMPLE_PEOPLE.iter().map(|person| person.name).collect();
            println!("Sojourn is up ({kept}).\n");
            println!("  Page           {web}");
            println!("  Mailbox        {web}/local/mailbox");
            println!("  WebSocket      {socket}");
            println!("  AWS endpoint   {aws}   (region {region}; any credentials)");
            if let Some(pages) = &self.pages_url {
                println!("  Supplier       {pages}/   (fictional; asked through these pages)");
            }
            println!("  Sample people  {}\n", people.join(", "));
            println!("  cargo run -- book \"{}\"", suggestion::request(now()));
        } else {
            println!("{} resources are up ({kept}).\n", template.resources.len());
            println!("  AWS endpoint   {aws}   (region {region}; any credentials)");
            if !template.apis.is_empty() {
                println!("  WebSocket      {socket}");
            }
        }
        let left_out = not_honoured::summary(&template.ignored);
        if !left_out.is_empty() {
            println!(
                "\nOf the template, not honoured here (each by itself: cargo run -- doctor --not-honoured):"
            );
            left_out.iter().for_each(|line| println!("  {line}"));
        }
        println!("\nCtrl-C stops it.");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

/// Connections on which nothing waits for more to send: a second frame right behind the first would otherwise be held
/// back until the client has acknowledged that one, which it may take 40 ms to do.
fn prompt(listener: TcpListener) -> TapIo<TcpListener, impl FnMut(&mut TcpStream) + Send + 'static> {
    listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection is not as prompt as it could be");
        }
    })
}

async fn listen(port: u16, option: &str) -> Result<TcpListener, CommandError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(address)
        .await
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                format!("port {port} is in use; choose another with {option} (0 takes a free one)").into()
            }
            _ => format!("cannot listen on {address}: {error}").into(),
        })
}

/// Beside the server that answers already.
#[allow(
    clippy::disallowed_methods,
    reason = "a process of its own: no simulation comes through here"
)]
async fn make_key(identity: Identity) -> Result<(), CommandError> {
    Ok(tokio::task::spawn_blocking(move || identity.ready()).await??)
}

/// The repository this was built from.
pub(super) fn repository() -> PathBuf {
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    built_in.canonicalize().unwrap_or(built_in)
}

#[allow(clippy::disallowed_methods, reason = "main's share: the real clock")]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}

pub(super) struct WallClock;

impl lambda_host::Clock for WallClock {
    fn now(&self) -> Timestamp {
        now()
    }
}

/// A laptop need not repeat its run; a test passes its own seed.
#[allow(clippy::cast_sign_loss, reason = "any 64 bits will do")]
fn seed() -> u64 {
    now().as_nanosecond() as u64
}
