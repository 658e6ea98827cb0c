//! One file per subcommand.

mod approve;
mod audit;
mod book;
mod cancel;
mod chooser;
mod connection;
pub mod consumer;
pub mod contracts;
mod dead_letters;
mod doctor;
mod event_line;
mod events;
mod executions;
mod functions;
mod itinerary;
mod link;
mod not_honoured;
mod office;
mod options;
pub mod outside;
#[cfg(test)]
mod own_cloud;
mod paragraph;
mod policy;
mod reconcile;
pub mod replay;
pub mod suggestion;
mod table;
mod tail;
mod trace;
pub mod up;
mod webhooks;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use events_schema::ids::BookingId;
use lambda_host::logs;

use crate::laptop::OpenAiModel;

/// Books business travel from one plain sentence: the whole system on your laptop.
///
/// Without a subcommand it starts the local cloud (the same as `up`).
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// How log lines look on standard error; RUST_LOG=info shows one for every step.
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "FORMAT",
        default_value_t = LogFormat::Text,
        display_order = 900
    )]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    up: UpArgs,
}

#[derive(Clone, Copy, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

#[derive(Subcommand)]
enum Command {
    /// Start the local cloud: page, sockets and AWS endpoint, until Ctrl-C.
    Up(UpArgs),
    /// Book a trip from one sentence, showing every step as it happens.
    Book(BookArgs),
    /// Cancel a booking: one under way at once, a confirmed one after showing what the suppliers give back.
    Cancel(CancelArgs),
    /// List what waits for your approval, or somebody's you stand in for; with a booking, approve it.
    Approve(ApproveArgs),
    /// Print a booking's audit trail and check its chain.
    Audit(LookArgs),
    /// Print a booking's events in order, each with its cause.
    Events(LookArgs),
    /// Print a booking's trace: who reacted to what, state by state, and how long each took.
    Trace(LookArgs),
    /// Show every event on the bus as it happens, until Ctrl-C.
    Tail(TailArgs),
    /// Hand history once more to read models that welcome it: look, start, pause, rebuild, compare.
    Replay(ReplayArgs),
    /// List the state machines' executions, or one booking's with every step.
    Executions(ExecutionsArgs),
    /// Keep the directory of people: import, export, list, show, change, delegate.
    People(office::PeopleArgs),
    /// Set and show what cost centres may spend.
    Budget(office::BudgetArgs),
    /// List, show and resolve bookings that need a travel manager's attention.
    Attention(office::AttentionArgs),
    /// Look into the dead-letter queues, and send what is in them again.
    Dlq(DlqArgs),
    /// Compare what is kept of every history: head, Journal, audit trail, and what the bus received.
    Reconcile(ReconcileArgs),
    /// Tell addresses outside what became of bookings, signed: add, list, rotate, remove.
    Webhooks(WebhooksArgs),
    /// Add, show and activate policies; ask them, check a trip, and see what a new one would change.
    Policy(PolicyArgs),
    /// Make a new consumer of the events, and hold any consumer to what at-least-once delivery asks of it.
    Consumer(ConsumerArgs),
    /// Write what others rely on from the Rust types, and hold it to what was released.
    Contracts(ContractsArgs),
    /// Compare what every function may do with what it did since the cloud started.
    Doctor(DoctorArgs),
}

#[derive(Args, Clone)]
pub struct UpArgs {
    /// Port of the AWS endpoint (for the AWS CLI, boto3, any SDK); 0 takes a free one.
    #[arg(long, default_value_t = 4580)]
    port: u16,
    /// Port of the page and the sockets; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    web_port: u16,
    /// Keep everything in this directory (default: .sojourn here).
    #[arg(long, value_name = "DIR", conflicts_with = "ephemeral")]
    data: Option<PathBuf>,
    /// Keep nothing: start fresh, and forget everything at the end.
    #[arg(long)]
    ephemeral: bool,
    /// Host another template made of the same resource types.
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// Host the consumer in this folder beside our own services. May be given several times.
    #[arg(long, value_name = "DIR")]
    with: Vec<PathBuf>,
    /// The folder with template.yaml, rules/ and statemachine/ (default: the one this was built from).
    #[arg(long, value_name = "DIR")]
    repository: Option<PathBuf>,
    /// Let a model plan: the address of an OpenAI-compatible endpoint, http://127.0.0.1:11434/v1 for Ollama.
    #[arg(long, value_name = "URL")]
    model_url: Option<String>,
    /// What the model is called there.
    #[arg(long, value_name = "NAME", requires = "model_url")]
    model: Option<String>,
    /// What the model there is called that embeds clauses and questions; policies are embedded as they are uploaded.
    #[arg(long, value_name = "NAME", requires = "model_url")]
    embedding_model: Option<String>,
    /// Ask the sample supplier through its web pages, in Chromium, instead of through its API.
    #[arg(long)]
    sample_web: bool,
}

impl UpArgs {
    fn model(&self) -> Option<OpenAiModel> {
        let (url, name) = (self.model_url.clone()?, self.model.clone()?);
        Some(OpenAiModel { url, name })
    }

    fn embeddings(&self) -> Option<OpenAiModel> {
        let (url, name) = (self.model_url.clone()?, self.embedding_model.clone()?);
        Some(OpenAiModel { url, name })
    }
}

#[derive(Args, Clone)]
#[command(
    after_help = "Exit status: 0 confirmed; 1 something went wrong; 3 ended without a booking (declined, expired, \
cancelled, failed); 4 a question was asked back; 5 the request was a question about the policy, answered; 6 no offers; \
7 the cloud went away and stayed away: the booking can be taken up again with --resume; 130 left. Without a terminal answers are read from standard input, a line each; where it ends, the first \
option within policy is taken, approvers are waited for, and nothing is bought."
)]
pub struct BookArgs {
    /// What you want, in a sentence: "Berlin to Lisbon 3-5 December, hotel under 150 a night".
    #[arg(required_unless_present = "resume")]
    request: Option<String>,
    /// Take up a booking where it stands, instead of asking for a new one.
    #[arg(long, value_name = "BOOKING", conflicts_with = "request")]
    resume: Option<BookingId>,
    /// How long to try again when the connection to the cloud is lost.
    #[arg(long, value_name = "SECONDS", default_value_t = link::LONGEST_AWAY.as_secs())]
    reconnect_for: u64,
    /// Who travels: traveller, traveller-2, manager or travel-manager.
    #[arg(long = "as", value_name = "NAME", default_value = "traveller")]
    person: String,
    /// Take option N (from 1) without asking.
    #[arg(long, value_name = "N")]
    choose: Option<usize>,
    /// Take the first option within policy, and answer yes to everything, approvals included.
    #[arg(long)]
    yes: bool,
    /// One WebSocket message a line on standard output, nothing else. With --yes it asks nothing.
    #[arg(long)]
    json: bool,
    /// Who travels, as a JSON list like that of set_passengers (default: the traveller, and other sample people).
    #[arg(long, value_name = "FILE")]
    passengers: Option<PathBuf>,
    /// Write the itinerary of the confirmed trip to this calendar file.
    #[arg(long, value_name = "FILE")]
    ics: Option<PathBuf>,
    /// The data directory of the running cloud to use (default: .sojourn here). When none runs there, the booking is
    /// made in a throwaway cloud of its own.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Args, Clone)]
#[command(
    after_help = "Exit status: 0 cancelled; 1 something went wrong or it was refused; 3 ended otherwise (kept, expired, \
failed, left to a travel manager)."
)]
struct CancelArgs {
    /// The booking's id, as printed when it was requested.
    booking: BookingId,
    /// Whose booking it is: traveller, traveller-2, manager or travel-manager.
    #[arg(long = "as", value_name = "NAME", default_value = "traveller")]
    person: String,
    /// Cancel at whatever conditions the suppliers have, without asking.
    #[arg(long)]
    yes: bool,
    /// The data directory of the running cloud (default: .sojourn here).
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Args, Clone)]
struct ApproveArgs {
    /// The booking to approve; without one, what waits is listed.
    booking: Option<BookingId>,
    /// Who answers: traveller, traveller-2, manager or travel-manager.
    #[arg(long = "as", value_name = "NAME", default_value = "manager")]
    person: String,
    /// Decline instead.
    #[arg(long, requires = "booking")]
    no: bool,
    /// A word to the traveller.
    #[arg(long, value_name = "TEXT", requires = "booking")]
    comment: Option<String>,
    /// The data directory of the running cloud (default: .sojourn here).
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Args, Clone)]
struct LookArgs {
    /// The booking's id, as printed when it was requested.
    booking: BookingId,
    /// One JSON document a line.
    #[arg(long)]
    json: bool,
    /// The data directory of the running cloud (default: .sojourn here).
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Args, Clone)]
struct TailArgs {
    /// Only what this EventBridge pattern selects: '{"detail-type": [{"prefix": "Booking"}]}'.
    #[arg(long, value_name = "JSON")]
    pattern: Option<String>,
    /// Whole events, one a line.
    #[arg(long)]
    json: bool,
    /// The data directory of the running cloud (default: .sojourn here).
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Args)]
struct ExecutionsArgs {
    /// Only this booking's, each with the states it entered and what went wrong there.
    booking: Option<BookingId>,
    /// Only those that stand so.
    #[arg(long)]
    status: Option<executions::Status>,
    /// The newest N; without effect on a booking's.
    #[arg(long, value_name = "N", default_value_t = 50)]
    max: usize,
    /// One JSON document an execution, a line each.
    #[arg(long)]
    json: bool,
    /// The data directory of the running cloud (default: .sojourn here).
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Args)]
struct DlqArgs {
    #[command(subcommand)]
    action: dead_letters::Action,
    /// The data directory of the running cloud (default: .sojourn here).
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
}

#[derive(Args)]
#[command(after_help = "Exit status: 0 if nothing is open, else 1.")]
struct ReconcileArgs {
    /// Only this booking's.
    booking: Option<BookingId>,
    /// Repair what one record proves of another; without it nothing is changed.
    #[arg(long)]
    repair: bool,
    /// What has moved in the last SECONDS is passed over: what is on its way is not lost.
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    settled: u32,
    /// One JSON document a finding, a line each.
    #[arg(long)]
    json: bool,
    /// The data directory of the running cloud (default: .sojourn here).
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Args)]
struct ReplayArgs {
    #[command(subcommand)]
    action: replay::Action,
    #[command(flatten)]
    place: replay::Place,
}

#[derive(Args)]
struct PolicyArgs {
    #[command(subcommand)]
    action: policy::Action,
    /// The data directory of the cloud (default: the one running here). When none runs there, one is started on it for
    /// the length of the command.
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
}

#[derive(Args)]
struct WebhooksArgs {
    #[command(subcommand)]
    action: webhooks::Action,
    /// The data directory of the running cloud (default: .sojourn here).
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
}

#[derive(Args)]
struct ConsumerArgs {
    #[command(subcommand)]
    action: consumer::Action,
    /// The folder that holds events-schema/ (default: the one this was built from).
    #[arg(long, value_name = "DIR", global = true)]
    repository: Option<PathBuf>,
}

#[derive(Args)]
struct ContractsArgs {
    #[command(subcommand)]
    action: contracts::Action,
    /// The folder that holds events-schema/ (default: the one this was built from).
    #[arg(long, value_name = "DIR", global = true)]
    repository: Option<PathBuf>,
}

#[derive(Args)]
#[command(after_help = "Exit status: 0 if nothing was denied, else 1.")]
struct DoctorArgs {
    /// List instead what the template says and the local cloud does not do, with the reason.
    #[arg(long)]
    not_honoured: bool,
    /// One JSON document per function or state machine, a line each.
    #[arg(long)]
    json: bool,
    /// The data directory of the running cloud (default: .sojourn here).
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// An error for a person: what went wrong, and its causes.
pub type CommandError = Box<dyn Error + Send + Sync>;

pub async fn run(cli: Cli) -> Result<ExitCode, CommandError> {
    match cli.command {
        None => up::up(cli.up).await,
        Some(Command::Up(args)) => up::up(args).await,
        Some(Command::Book(args)) => book::book(args).await,
        Some(Command::Cancel(args)) => cancel::cancel(args).await,
        Some(Command::Approve(args)) => approve::approve(args).await,
        Some(Command::Audit(args)) => audit::audit(&args.booking, args.json, args.data).await,
        Some(Command::Events(args)) => events::events(&args.booking, args.json, args.data).await,
        Some(Command::Trace(args)) => trace::trace(&args.booking, args.json, args.data).await,
        Some(Command::Tail(args)) => tail::tail(args).await,
        Some(Command::Executions(args)) => {
            executions::executions(args.booking, args.status, args.max, args.json, args.data).await
        }
        Some(Command::People(args)) => office::people(args).await,
        Some(Command::Budget(args)) => office::budget(args).await,
        Some(Command::Attention(args)) => office::attention(args).await,
        Some(Command::Dlq(args)) => dead_letters::dead_letters(args.action, args.data).await,
        Some(Command::Reconcile(args)) => reconcile::reconcile(args).await,
        Some(Command::Replay(args)) => replay::replay(args.action, args.place).await,
        Some(Command::Webhooks(args)) => webhooks::webhooks(args.action, args.data).await,
        Some(Command::Policy(args)) => policy::policy(args.action, args.data).await,
        Some(Command::Consumer(args)) => consumer::consumer(&args.action, args.repository).await,
        Some(Command::Contracts(args)) => contracts::contracts(&args.action, args.repository),
        Some(Command::Doctor(args)) => doctor::doctor(args).await,
    }
}

/// Logs to standard error: what went wrong, and nothing else unless `RUST_LOG` says otherwise. Every step of every
/// booking is a line at `info`; `book` shows its own steps and hides even warnings.
pub fn log(cli: &Cli) {
    let default = match &cli.command {
        None | Some(Command::Up(_)) => "warn",
        _ => "error",
    };
    let format = match cli.log_format {
        LogFormat::Text => logs::Format::Text,
        LogFormat::Json => logs::Format::Json,
    };
    logs::start(format, default, std::io::stderr);
}

/// The error with its causes, outermost first.
pub fn report(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}

/// [`report`], as it begins a sentence.
fn sentence(error: &(dyn Error + 'static)) -> String {
    let text = report(error);
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}", letters.as_str())
}

/// Whether the error is that nobody reads our output any more.
pub fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
