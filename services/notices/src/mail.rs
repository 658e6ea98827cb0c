//! E-mail by SES: SendEmail of its version 2, the one operation needed. Its SDK is as large as the largest crate of the
//! whole build, so the request is made here and signed by what the SDKs sign with.

use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_types::SdkConfig;
use bytes::Bytes;
use events_schema::ids::BookingId;
use http::Request;
use lambda_host::http::HttpClient;
use lambda_host::{Clock, ConfigError, HandlerError, Live, Runtime};
use serde_json::{Value, json};

use crate::texts::Words;

const PATH: &str = "/v2/email/outbound-emails";
const CONTENT_TYPE: (&str, &str) = ("content-type", "application/json");
/// Tags by which an e-mail that comes back is found.
pub const BOOKING: &str = "bookingId";
pub const NOTICE: &str = "notice";
/// Well within an invocation, so that what could not be sent is given back.
const PATIENCE: Duration = Duration::from_secs(10);

/// No replay sends e-mail.
///
/// ```
/// # use lambda_host::Live;
/// # use notices::{mail::{About, Mail}, texts::Words};
/// async fn tell(mail: &Mail, live: &Live, words: &Words, about: &About) {
///     mail.send(live, "to", words, about).await.ok();
/// }
/// ```
///
/// ```compile_fail,E0061
/// # use lambda_host::Live;
/// # use notices::{mail::{About, Mail}, texts::Words};
/// async fn tell(mail: &Mail, live: &Live, words: &Words, about: &About) {
///     mail.send("to", words, about).await.ok();
/// }
/// ```
pub struct Mail {
    aws: SdkConfig,
    http: Arc<dyn HttpClient>,
    clock: Arc<dyn Clock>,
    sender: String,
    configuration_set: String,
}

/// What SES says again of an e-mail that comes back.
pub struct About {
    pub booking: BookingId,
    pub tag: String,
}

impl Mail {
    /// Settings: `NOTICES_SENDER`, an identity that SES knows, and `NOTICES_CONFIGURATION_SET`, whose bounces are told.
    pub fn from_runtime(runtime: &Runtime) -> Result<Self, ConfigError> {
        Ok(Self {
            aws: runtime.aws.clone(),
            http: runtime.http.clone(),
            clock: runtime.clock.clone(),
            sender: runtime.setting("NOTICES_SENDER")?.into(),
            configuration_set: runtime.setting("NOTICES_CONFIGURATION_SET")?.into(),
        })
    }

    /// The address is used here and nowhere else: what SES says may repeat it, so only its error's code goes on.
    pub async fn send(
        &self,
        _live: &Live,
        address: &str,
        words: &Words,
        about: &About,
    ) -> Result<(), HandlerError> {
        let request = self.signed(&self.message(address, words, about)).await?;
        let answer = tokio::time::timeout(PATIENCE, self.http.send(request)).await;
        let answer = answer.map_err(|_| not_sent("no answer in time"))??;
        if answer.status().is_success() {
            return Ok(());
        }
        let code = answer.headers().get("x-amzn-errortype");
        let code = code.and_then(|code| code.to_str().ok()?.split(':').next());
        Err(not_sent(code.unwrap_or(answer.status().as_str())))
    }

    async fn signed(&self, message: &Value) -> Result<Request<Bytes>, HandlerError> {
        let region = self.aws.region().map(ToString::to_string).unwrap_or_default();
        let endpoint = match self.aws.endpoint_url() {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("https://email.{region}.amazonaws.com"),
        };
        let (uri, body) = (format!("{endpoint}{PATH}"), message.to_string());
        let provider = self
            .aws
            .credentials_provider()
            .ok_or_else(|| not_sent("no credentials"))?;
        let identity = provider.provide_credentials().await?.into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&region)
            .name("ses")
            .time(self.clock.now().into())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let signable = SignableRequest::new(
            "POST",
            &uri,
            std::iter::once(CONTENT_TYPE),
            SignableBody::Bytes(body.as_bytes()),
        )?;
        let (instructions, _) = sign(signable, &params)?.into_parts();
        let (name, value) = CONTENT_TYPE;
        let mut request = Request::post(&uri).header(name, value).body(Bytes::from(body))?;
        instructions.apply_to_request_http1x(&mut request);
        Ok(request)
    }

    fn message(&self, address: &str, words: &Words, about: &About) -> Value {
        let text = |data: &str| json!({"Data": data, "Charset": "UTF-8"});
        json!({
            "FromEmailAddress": self.sender,
            "Destination": {"ToAddresses": [address]},
            "Content": {"Simple": {
                "Subject": text(&words.subject),
                "Body": {"Text": text(&words.text), "Html": text(&words.html)},
            }},
            "ConfigurationSetName": self.configuration_set,
            "EmailTags": [
                {"Name": BOOKING, "Value": about.booking.to_string()},
                {"Name": NOTICE, "Value": about.tag},
            ],
        })
    }
}

fn not_sent(why: &str) -> HandlerError {
    HandlerError::named("NotSent", format!("SES did not take the e-mail: {why}"))
}
