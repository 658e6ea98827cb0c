//! What was e-mailed, newest first: a page for people and the same as JSON. In a deployment it is delivered instead.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_SECURITY_POLICY;
use local_cloud::edge::ses::Email;

use crate::laptop::Laptop;

const MOST: usize = 200;
/// Nothing of an e-mail runs here or is fetched from elsewhere.
const SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                               frame-ancestors 'none'";
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;\
color-scheme:light dark}article{border:1px solid #8886;border-radius:.5rem;padding:1rem;margin:1rem 0}\
h2{font-size:1.1rem;margin:0 0 .25rem}.who{color:GrayText;margin:0 0 .75rem}pre{white-space:pre-wrap;font:inherit;\
margin:0;overflow-wrap:anywhere}";

pub(super) async fn json(State(laptop): State<Arc<Laptop>>) -> Response {
    match laptop.cloud.parts().ses.sent(MOST) {
        Ok(emails) => Json(emails).into_response(),
        Err(error) => unreadable(&error),
    }
}

pub(super) async fn page(State(laptop): State<Arc<Laptop>>) -> Response {
    match laptop.cloud.parts().ses.sent(MOST) {
        Ok(emails) => (
            [(CONTENT_SECURITY_POLICY, SECURITY_POLICY)],
            Html(written(&emails)),
        )
            .into_response(),
        Err(error) => unreadable(&error),
    }
}

fn unreadable(error: &dyn std::error::Error) -> Response {
    tracing::error!(%error, "the mailbox cannot be read");
    (StatusCode::INTERNAL_SERVER_ERROR, "the mailbox cannot be read").into_response()
}

fn written(emails: &[Email]) -> String {
    let articles: String = match emails {
        [] => "<p>Nothing was sent yet. Whoever is asked while they have the page open nowhere gets an e-mail.</p>".into(),
        emails => emails.iter().map(article).collect(),
    };
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>Mailbox</title><style>{STYLE}</style></head><body><main><h1>Mailbox</h1>\
         {articles}</main></body></html>"
    )
}

fn article(email: &Email) -> String {
    format!(
        "<article><h2>{}</h2><p class=\"who\">to {} · {}</p><pre>{}</pre></article>",
        escaped(&email.subject),
        escaped(&email.to.join(", ")),
        email.sent_at.strftime("%-d %B %Y, %H:%M:%S UTC"),
        linked(email.text.as_deref().unwrap_or_default()),
    )
}

/// A line that is an address becomes a link.
fn linked(text: &str) -> String {
    let lines = text.lines().map(
        |line| match line.starts_with("http://") || line.starts_with("https://") {
            true => format!("<a href=\"{0}\">{0}</a>", escaped(line)),
            false => escaped(line),
        },
    );
    lines.collect::<Vec<_>>().join("\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_is_shown_and_not_run() {
        let email = Email {
            number: 1,
            sent_at: "2026-11-21T09:00:00Z".parse().expect("a time"),
            from: "travel@example.com".into(),
            to: vec!["<b>@example.com".into()],
            subject: "<script>alert(1)</script>".into(),
            text: Some("Hello <i>\nhttps://travel.example.com/#/trips/1?a=\"&b\n".into()),
            html: None,
        };
        let page = written(&[email]);
        assert!(
            !page.contains("<script") && !page.contains("<i>") && !page.contains("<b>"),
            "{page}"
        );
        assert!(
            page.contains("href=\"https://travel.example.com/#/trips/1?a=&quot;&amp;b\""),
            "{page}"
        );
        assert!(written(&[]).contains("Nothing was sent yet"));
    }
}
