//! Who runs the stack of a data folder: one process at a time, and where it listens.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use anyhow::{Context, Result};

use super::DataFolder;
use crate::endpoints::Endpoints;
use crate::private;

/// The right to run the stack of a folder. Ends when dropped, and with the process however it dies:
/// the kernel holds it.
#[derive(Debug)]
pub struct Lock {
    folder: DataFolder,
    _file: File,
}

impl DataFolder {
    /// Takes the lock; `None` if another process has it.
    pub fn lock(&self) -> Result<Option<Lock>> {
        let file = self.lock_file()?;
        while !taken(file.try_lock(), &self.path)? {
            // A command that checks whether the stack runs shares the lock for a moment; that is not a running stack.
            if !taken(file.try_lock_shared(), &self.path)? {
                return Ok(None);
            }
            file.unlock()?;
        }
        // What a process that was killed left behind.
        private::remove(&self.stack())?;
        Ok(Some(Lock { folder: self.clone(), _file: file }))
    }

    /// Where the stack of this folder listens; `None` if it is not running, or is still starting.
    pub fn running(&self) -> Result<Option<Endpoints>> {
        let path = self.stack();
        let text = private::found(fs::read(&path));
        let Some(text) = text.with_context(|| format!("cannot read {}", path.display()))? else {
            return Ok(None);
        };
        // Without a holder of the lock the file is what a killed process left behind.
        if taken(self.lock_file()?.try_lock_shared(), &self.path)? {
            return Ok(None);
        }
        let endpoints = serde_json::from_slice(&text).with_context(|| {
            format!(
                "{} was not written by this version of mailhooks: stop the stack that runs there",
                path.display()
            )
        })?;
        Ok(Some(endpoints))
    }

    fn lock_file(&self) -> Result<File> {
        private::open(&self.path.join("lock"))
    }
}

impl Lock {
    /// The folder that this is the lock of.
    pub fn folder(&self) -> &DataFolder {
        &self.folder
    }

    /// Tells other commands where the stack listens, until the lock ends.
    pub fn publish(&self, endpoints: &Endpoints) -> Result<()> {
        private::replace(&self.folder.stack(), &serde_json::to_string(endpoints)?)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Left behind, it is ignored.
        let _ = fs::remove_file(self.folder.stack());
    }
}

/// Whether the lock was taken; `false` if another process holds it.
fn taken(attempt: Result<(), TryLockError>, folder: &Path) -> Result<bool> {
    match attempt {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error)
            .with_context(|| format!("cannot lock {}: choose a folder on a local disk", folder.display())),
    }
}
