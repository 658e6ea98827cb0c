//! A receiver that is not ours, with a library that is not ours either: it verifies every signature, answers the first
//! attempt with an error, and sees the delivery again, under the same id.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::made::run;
use super::scaffolds::wish;
use crate::deploy::binaries::target_dir;
use crate::deploy::python::words;
use crate::durability::process::{Process, executable};

const REQUIREMENT: &str = "standardwebhooks==1.1.0";

/// Secrets come in on its command line, a line goes out for every request.
const RECEIVER: &str = r#"
import http.server, json, sys
from standardwebhooks import Webhook, WebhookVerificationError

class Receiver(http.server.BaseHTTPRequestHandler):
    seen = set()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        verified = []
        for secret in sys.argv[1:]:
            try:
                Webhook(secret).verify(body, dict(self.headers.items()))
                verified.append(True)
            except WebhookVerificationError:
                verified.append(False)
        name = self.headers["webhook-id"]
        answer = 204 if name in self.seen else 503
        self.seen.add(name)
        print(json.dumps({"id": name, "type": json.loads(body)["type"], "verified": verified, "answer": answer}), flush=True)
        self.send_response(answer)
        self.end_headers()

    def log_message(self, *about):
        pass

server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
print(server.server_port, flush=True)
server.serve_forever()
"#;

struct Receiver {
    lines: tokio::io::Lines<BufReader<tokio::process::ChildStdout>>,
    _process: Child,
}

impl Receiver {
    fn start(secrets: &[String]) -> Self {
        let mut process = Command::new(environment().join("bin/python"))
            .args(["-c", RECEIVER])
            .args(secrets)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("python starts");
        let lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        Self {
            lines,
            _process: process,
        }
    }

    async fn line(&mut self) -> String {
        let line = tokio::time::timeout(Duration::from_secs(120), self.lines.next_line()).await;
        line.expect("in time")
            .expect("readable")
            .expect("the receiver goes on")
    }
}

fn environment() -> PathBuf {
    let folder = target_dir().join("webhook-receiver");
    let stamp = folder.join(REQUIREMENT);
    // Another run of the tests over the same folder waits.
    let lock =
        std::fs::File::create(target_dir().join("webhook-receiver.lock")).expect("a file below target");
    lock.lock().expect("a lock");
    if !stamp.exists() {
        let _ = std::fs::remove_dir_all(&folder);
        run(
            std::process::Command::new("python3")
                .args(["-m", "venv"])
                .arg(&folder),
            "a Python environment",
        );
        let pip = [
            "-m", "pip", "install", "--quiet", "--disable-pip-version-check", REQUIREMENT,
        ];
        run(
            std::process::Command::new(folder.join("bin/python")).args(pip),
            "the receiver's library",
        );
        std::fs::write(stamp, "").expect("a file below target");
    }
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_not_ours_verifies_what_it_is_told() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let data = scratch.path().join("data");
    let cloud = Process::start(&data).await;
    let refused = sojourn(&data, &["webhooks", "add", "http://192.168.1.1/"]).await;
    assert!(
        !refused.status.success() && words(&refused).contains("https"),
        "{}",
        words(&refused)
    );

    // The receiver knows its port only when it runs, and must be told the secrets before: the address is a relay's.
    let port = free_port();
    let added = said(
        &data,
        &["webhooks", "add", &format!("http://127.0.0.1:{port}/in")],
    )
    .await;
    let id = word_starting(&added, "webhook-");
    let first = word_starting(&added, "whsec_");
    let rotated = said(&data, &["webhooks", "rotate", &id]).await;
    let second = word_starting(&rotated, "whsec_");
    assert_ne!(first, second);
    let listed = said(&data, &["webhooks", "list"]).await;
    assert!(
        listed.contains(&id) && listed.contains("2 secrets") && !listed.contains("whsec_"),
        "{listed}"
    );

    let other = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
    let mut receiver = Receiver::start(&[first.clone(), second.clone(), other]);
    let receiving = receiver.line().await;
    let _relay = relay(port, receiving.parse().expect("a port")).await;
    said(&data, &["book", "--yes", &wish()]).await;

    let (one, two) = (receiver.line().await, receiver.line().await);
    for (line, answer) in [(&one, 503), (&two, 204)] {
        let told: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(told["type"], "BookingConfirmed", "{line}");
        assert_eq!(
            told["verified"],
            serde_json::json!([true, true, false]),
            "both secrets and no other: {line}"
        );
        assert_eq!(told["answer"], answer, "{line}");
    }
    let id_of = |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["id"].clone();
    assert_eq!(id_of(&one), id_of(&two), "a repetition is known by its id");
    let log = crate::durability::process::log(&data);
    assert!(
        log.contains("503") && !log.contains(&first[6..]) && !log.contains(&second[6..]),
        "{log}"
    );
    cloud.kill().await;
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// Passes bytes on, both ways.
async fn relay(from: u16, to: u16) -> tokio::task::JoinHandle<()> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", from))
        .await
        .expect("the port is still free");
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let Ok(mut far) = tokio::net::TcpStream::connect(("127.0.0.1", to)).await else {
                continue;
            };
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut near, &mut far).await });
        }
    })
}

fn word_starting(text: &str, start: &str) -> String {
    let word = text.split_whitespace().find(|word| word.starts_with(start));
    word.unwrap_or_else(|| panic!("no {start}… in {text}")).to_owned()
}

async fn said(data: &Path, arguments: &[&str]) -> String {
    let output = sojourn(data, arguments).await;
    assert!(output.status.success(), "{arguments:?}: {}", words(&output));
    words(&output)
}

async fn sojourn(data: &Path, arguments: &[&str]) -> std::process::Output {
    let mut command = Command::new(executable());
    command.args(arguments).arg("--data").arg(data);
    command.output().await.expect("sojourn starts")
}
