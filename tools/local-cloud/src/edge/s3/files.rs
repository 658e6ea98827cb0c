//! Object bodies as numbered files, one folder per bucket. A file that the index names is complete: it was
//! written under another name, flushed, and renamed before the index learned of it, and is never written again.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;

pub(super) struct Files {
    folder: PathBuf,
    next: AtomicI64,
}

impl Files {
    /// Opens the folder. What no entry of `in_use` names is left over from a crash or an overwritten object, and goes.
    pub fn open(folder: PathBuf, in_use: &BTreeSet<(String, i64)>) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        for bucket in fs::read_dir(&folder)? {
            let bucket = bucket?;
            for file in fs::read_dir(bucket.path())? {
                let file = file?;
                let number = file
                    .file_name()
                    .to_str()
                    .and_then(|name| name.parse::<i64>().ok());
                let name = bucket.file_name().to_string_lossy().into_owned();
                if !number.is_some_and(|number| in_use.contains(&(name, number))) {
                    fs::remove_file(file.path())?;
                }
            }
        }
        let last = in_use.iter().map(|(_, number)| *number).max().unwrap_or(0);
        Ok(Self {
            folder,
            next: AtomicI64::new(last + 1),
        })
    }

    pub fn next_number(&self) -> i64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    pub fn write(&self, bucket: &str, number: i64, content: &Bytes) -> io::Result<()> {
        let path = self.path(bucket, number);
        let part = path.with_extension("part");
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = File::create(&part)?;
        file.write_all(content)?;
        file.sync_data()?;
        fs::rename(&part, &path)
    }

    /// `length` bytes from `start`.
    pub fn read(&self, bucket: &str, number: i64, start: u64, length: u64) -> io::Result<Bytes> {
        let mut file = File::open(self.path(bucket, number))?;
        file.seek(SeekFrom::Start(start))?;
        let mut content = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        file.take(length).read_to_end(&mut content)?;
        Ok(content.into())
    }

    /// Removing what is already gone is fine: another overwrite was faster.
    pub fn remove(&self, bucket: &str, number: i64) -> io::Result<()> {
        match fs::remove_file(self.path(bucket, number)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn path(&self, bucket: &str, number: i64) -> PathBuf {
        self.folder.join(Path::new(bucket)).join(number.to_string())
    }
}
