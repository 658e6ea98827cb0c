//! Finding a running local cloud: `up` leaves a note of its addresses in its data directory.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

const NOTE: &str = "running.json";

/// Where a running cloud is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Running {
    pub process: u32,
    /// `http://127.0.0.1:4580`: the AWS endpoint.
    pub aws: String,
    /// `http://127.0.0.1:8080`: the page.
    pub web: String,
    /// `ws://127.0.0.1:8080/live`.
    pub socket: String,
    pub region: String,
}

/// The data directory when none is named: in the folder the command runs in.
pub fn default_data_dir() -> PathBuf {
    PathBuf::from(".sojourn")
}

/// Removes the note when the cloud ends.
pub struct Note(PathBuf);

impl Running {
    pub fn note(&self, data_dir: &Path) -> std::io::Result<Note> {
        let path = data_dir.join(NOTE);
        std::fs::write(&path, serde_json::to_string_pretty(self)?)?;
        Ok(Note(path))
    }

    /// The cloud that runs on `data_dir`, if one answers. A note left by a killed process is no running cloud.
    pub async fn find(data_dir: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(data_dir.join(NOTE)).ok()?;
        let running: Self = serde_json::from_str(&text).ok()?;
        let address = running.web.strip_prefix("http://")?;
        tokio::net::TcpStream::connect(address).await.ok()?;
        Some(running)
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = std::fs::remove_file(&self.0);
    }
}
