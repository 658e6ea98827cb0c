//! Bedrock Data Automation as a reader of documents with pages: a job is begun, waited for, and its output read from the
//! bucket it was written to. What it can say of a document is in `output`; only this module knows its client.
//!
//! The job's token is the version's name. A delivery that was cut off while it waited comes again, asks for the same
//! job and gets the one that was begun.

mod output;

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_bedrockdataautomationruntime::Client;
use aws_sdk_bedrockdataautomationruntime::types::{
    AutomationJobStatus, DataAutomationConfiguration, InputConfiguration, OutputConfiguration,
};
use aws_types::SdkConfig;
use lambda_host::{ConfigError, HandlerError, Runtime};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::documents::Documents;
use crate::parser::{Document, Unreadable};
use crate::pdf;
use crate::reader::{InProcess, ReadError, Reader, Upload};

/// Between two looks at a job: it takes from seconds to a few minutes.
const LOOK: Duration = Duration::from_secs(2);
/// A job that failed on their side is begun anew so often.
const JOBS: u32 = 2;

pub struct DataAutomation {
    client: Client,
    documents: Documents,
    profile: String,
    project: String,
    /// Where jobs write to. Not the bucket of the uploads: what is written there is taken for an upload.
    bucket: String,
}

enum Job {
    /// Where its metadata lies.
    Done(String),
    Refused(Unreadable),
    /// On their side: another job may succeed.
    Broken(String),
}

impl DataAutomation {
    /// Settings: `DATA_AUTOMATION_PROFILE`, `DATA_AUTOMATION_PROJECT`, `READINGS_BUCKET`.
    pub fn from_runtime(runtime: &Runtime, documents: Documents) -> Result<Self, ConfigError> {
        Ok(Self::new(
            &runtime.aws,
            documents,
            runtime.setting("DATA_AUTOMATION_PROFILE")?,
            runtime.setting("DATA_AUTOMATION_PROJECT")?,
            runtime.setting("READINGS_BUCKET")?,
        ))
    }

    /// `profile` and `project` are ARNs.
    pub fn new(aws: &SdkConfig, documents: Documents, profile: &str, project: &str, bucket: &str) -> Self {
        Self {
            client: Client::new(aws),
            documents,
            profile: profile.into(),
            project: project.into(),
            bucket: bucket.into(),
        }
    }

    async fn begin(&self, upload: &Upload<'_>, job: u32) -> Result<String, HandlerError> {
        let input = InputConfiguration::builder().s3_uri(format!("s3://{}/{}", upload.bucket, upload.key));
        let output =
            OutputConfiguration::builder().s3_uri(format!("s3://{}/{}/", self.bucket, upload.reading));
        let project = DataAutomationConfiguration::builder().data_automation_project_arn(&self.project);
        let begun = self
            .client
            .invoke_data_automation_async()
            .client_token(format!("{}-{job}", upload.reading))
            .input_configuration(input.build()?)
            .output_configuration(output.build()?)
            .data_automation_configuration(project.build()?)
            .data_automation_profile_arn(&self.profile)
            .send()
            .await?;
        Ok(begun.invocation_arn().to_owned())
    }

    async fn ended(&self, invocation: &str, until: Instant) -> Result<Job, HandlerError> {
        loop {
            let asked = self
                .client
                .get_data_automation_status()
                .invocation_arn(invocation);
            let said = asked.send().await?;
            let why = said.error_message().unwrap_or("no reason was given").to_owned();
            match said.status() {
                Some(AutomationJobStatus::Success) => {
                    let output = said.output_configuration().map(OutputConfiguration::s3_uri);
                    return match output {
                        Some(uri) => Ok(Job::Done(uri.to_owned())),
                        None => Ok(Job::Broken("it ended without output".into())),
                    };
                }
                Some(AutomationJobStatus::ClientError) => {
                    return Ok(Job::Refused(Unreadable(format!(
                        "the document could not be read: {why}"
                    ))));
                }
                Some(AutomationJobStatus::ServiceError) => return Ok(Job::Broken(why)),
                _ if Instant::now() >= until => {
                    let late = format!("{invocation} has not ended yet");
                    return Err(HandlerError::named("DocumentStillRead", late));
                }
                _ => sleep(LOOK).await,
            }
        }
    }

    async fn json(&self, uri: &str) -> Result<Value, HandlerError> {
        Ok(serde_json::from_slice(&self.documents.at(uri).await?)?)
    }

    async fn document(&self, metadata: &str) -> Result<Document, ReadError> {
        let metadata = self.json(metadata).await.map_err(ReadError::Failed)?;
        let mut outputs = Vec::new();
        for uri in output::paths(&metadata) {
            outputs.push(self.json(uri).await.map_err(ReadError::Failed)?);
        }
        Ok(output::document(&outputs)?)
    }
}

#[async_trait]
impl Reader for DataAutomation {
    async fn read(&self, upload: &Upload<'_>, time_left: Duration) -> Result<Document, ReadError> {
        if !upload.key.to_lowercase().ends_with(".pdf") {
            return InProcess.read(upload, time_left).await;
        }
        // What is no PDF, or is locked, is told at once and in our own words.
        pdf::check(upload.bytes)?;
        let until = Instant::now() + time_left;
        let mut broken = String::new();
        for job in 1..=JOBS {
            let invocation = self.begin(upload, job).await.map_err(ReadError::Failed)?;
            match self.ended(&invocation, until).await.map_err(ReadError::Failed)? {
                Job::Done(metadata) => return self.document(&metadata).await,
                Job::Refused(unreadable) => return Err(unreadable.into()),
                Job::Broken(why) => broken = why,
            }
        }
        let failed = format!("Bedrock Data Automation failed {JOBS} times: {broken}");
        Err(ReadError::Failed(HandlerError::named("ReadingFailed", failed)))
    }
}
