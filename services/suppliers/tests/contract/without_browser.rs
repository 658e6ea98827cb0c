//! Suppliers that are visited by a browser, where there is none: it is said at start, and the others go on. What a
//! session on AWS needs is held to the same.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::SdkConfig;
use aws_types::region::Region;
use events_schema::samples;
use lambda_host::logs::{Format, dispatch};
use lambda_host::{Live, Runtime};
use sample_supplier::Config;
use serde_json::{Value, json};
use suppliers::{Registry, RegistryError};

use crate::network::{Network, Nobody, runtime, serve};
use crate::sample_web::text_of;
use crate::suite::stay_wish;

/// What was logged, line by line.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("a log").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn lines(&self) -> Vec<Value> {
        let bytes = self.0.lock().expect("a log");
        let text = std::str::from_utf8(&bytes).expect("text");
        let lines = text.lines().map(serde_json::from_str);
        lines.collect::<Result<_, _>>().expect("JSON")
    }
}

/// The suppliers of these entries, and what was said at their start.
fn start(entries: &Value, runtime: &Runtime) -> (Result<Registry, RegistryError>, Vec<Value>) {
    let log = Log::default();
    let written = log.clone();
    let listener = dispatch(Format::Json, "info", move || written.clone());
    // A lone listener would be taken for everybody's, and be switched off by a thread of another test.
    let _beside = dispatch(Format::Json, "info", std::io::sink);
    let json = entries.to_string();
    let registry = tracing::dispatcher::with_default(&listener, || Registry::parse(&json, runtime));
    (registry, log.lines())
}

/// What each supplier answers when all are asked: how many offers, or why there are none.
async fn ask_all(registry: &Registry) -> BTreeMap<String, Result<usize, String>> {
    let live = Live::of(&Value::Null).expect("no replay");
    let mut answers = BTreeMap::new();
    for supplier in registry.all(&live) {
        let found = supplier.search_stays(&stay_wish(), 1).await;
        let told = found.map(|offers| offers.len()).map_err(|error| {
            assert!(error.retryable(), "not available: {error:?}");
            text_of(&error)
        });
        answers.insert(supplier.id().to_string(), told);
    }
    answers
}

#[tokio::test]
async fn a_supplier_without_its_browser_says_so_at_start_and_the_other_one_answers() {
    let other_side = sample_supplier::Supplier::new(Config::default(), Arc::new(samples::now));
    let url = serve(sample_supplier::router(other_side.expect("a store"))).await;
    let entries = json!([
        {"name": "by-pages", "kind": "sample-web", "url": format!("{url}/web"),
            "browser": {"kind": "chromium", "program": "no-such-browser"}},
        {"name": "by-api", "kind": "sample-api", "url": url},
    ]);
    let (registry, lines) = start(&entries, &runtime(Network::new()));
    let registry = registry.expect("both are well configured");

    let [line] = lines.as_slice() else {
        panic!("one line, for the one: {lines:?}")
    };
    assert_eq!(
        (&line["level"], &line["supplier"]),
        (&json!("WARN"), &json!("by-pages"))
    );
    let message = line["message"].as_str().expect("a message");
    for part in ["no-such-browser", "apt-get install chromium", "will not be asked"] {
        assert!(message.contains(part), "{message}");
    }

    let answers = ask_all(&registry).await;
    assert_eq!(answers.len(), 2);
    assert!(
        answers["by-api"].as_ref().is_ok_and(|offers| *offers >= 3),
        "{answers:?}"
    );
    let told = answers["by-pages"].as_ref().expect_err("no browser");
    assert!(told.contains("no browser could be started"), "{told}");
    assert!(told.contains("apt-get install chromium"), "{told}");
}

#[tokio::test]
async fn a_browser_on_aws_needs_a_region_and_credentials() {
    let needs = "AgentCore needs a region and credentials";
    let usual = "could not connect to bedrock-agentcore.eu-west-1.amazonaws.com";
    let other = "could not connect to agentcore.test";
    let plain = json!({"kind": "agentcore"});
    let own = json!({"kind": "agentcore", "id": "own-browser", "endpoint": "https://agentcore.test"});
    for (browser, region, signs, warned, told) in [
        (&plain, true, true, false, usual),
        (&own, true, true, false, other),
        (&plain, false, true, true, needs),
        (&plain, true, false, true, needs),
        (&own, false, true, true, needs),
    ] {
        let credentials = Credentials::new("AKIDEXAMPLE", "a-sample-secret", None, None, "test");
        let mut aws = SdkConfig::builder().region(region.then(|| Region::new("eu-west-1")));
        aws.set_credentials_provider(signs.then(|| SharedCredentialsProvider::new(credentials)));
        let runtime = Runtime {
            aws: aws.build(),
            ..runtime(Arc::new(Nobody))
        };
        let entries = json!([{"name": "by-pages", "kind": "sample-web", "url": "http://pages.test/web",
            "browser": browser}]);
        let (registry, lines) = start(&entries, &runtime);
        let case = format!("{browser}, region {region}, credentials {signs}: {lines:?}");
        assert_eq!(lines.len(), usize::from(warned), "{case}");
        for line in &lines {
            assert_eq!(
                (&line["level"], &line["supplier"]),
                (&json!("WARN"), &json!("by-pages"))
            );
            assert!(
                line["message"].as_str().is_some_and(|text| text.contains(needs)),
                "{case}"
            );
        }
        let answers = ask_all(&registry.expect(&case)).await;
        let answer = answers["by-pages"].as_ref().expect_err(&case);
        assert!(answer.contains(told), "{case}: {answer}");
    }
}

#[test]
fn a_browser_that_is_not_described_as_its_kind_needs_it_is_refused() {
    for (browser, expected) in [
        (
            json!({"kind": "firefox"}),
            "the supplier by-pages is not described",
        ),
        (
            json!({"kind": "agentcore", "program": "chromium"}),
            "the supplier by-pages is not described",
        ),
        (
            json!({"kind": "chromium", "id": "aws.browser.v1"}),
            "the supplier by-pages is not described",
        ),
        (
            json!({"kind": "agentcore", "endpoint": "/nowhere"}),
            "the supplier by-pages has no usable url",
        ),
    ] {
        let credentials = Credentials::new("AKIDEXAMPLE", "a-sample-secret", None, None, "test");
        let aws = SdkConfig::builder()
            .region(Region::new("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials));
        let runtime = Runtime {
            aws: aws.build(),
            ..runtime(Arc::new(Nobody))
        };
        let entries = json!([{"name": "by-pages", "kind": "sample-web", "url": "http://pages.test/web",
            "browser": browser}]);
        let error = start(&entries, &runtime).0.err().expect("refused");
        assert!(error.to_string().starts_with(expected), "{browser}: {error}");
    }
}
