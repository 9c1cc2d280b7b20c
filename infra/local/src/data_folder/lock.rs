//! The lock of a data folder, which lets one process at a time run its stack, and the endpoints of that stack.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use anyhow::{Context, Result};

use super::DataFolder;
use crate::endpoints::Endpoints;
use crate::private;

/// The right to run the stack of a folder. Released when dropped; the kernel also releases it when the process ends
/// for any reason.
#[derive(Debug)]
pub struct Lock {
    folder: DataFolder,
    _file: File,
}

impl DataFolder {
    /// Takes the lock; `None` if another process holds it.
    pub fn lock(&self) -> Result<Option<Lock>> {
        let file = self.lock_file()?;
        while !taken(file.try_lock(), &self.path)? {
            // Retry: a command that checks whether the stack is running takes a shared lock for a moment.
            if !taken(file.try_lock_shared(), &self.path)? {
                return Ok(None);
            }
            file.unlock()?;
        }
        // A killed process may have left its endpoints behind.
        private::remove(&self.stack())?;
        Ok(Some(Lock { folder: self.clone(), _file: file }))
    }

    /// Takes the lock of a command that sends many events again, which is released like the other one; `None` if another
    /// process holds it. A stack may run at the same time.
    pub fn lock_redrive(&self) -> Result<Option<File>> {
        let file = private::open(&self.path.join("redrive.lock"))?;
        Ok(taken(file.try_lock(), &self.path)?.then_some(file))
    }

    /// The endpoints of this folder's stack; `None` if it is not running or is still starting.
    pub fn running(&self) -> Result<Option<Endpoints>> {
        let path = self.stack();
        let text = private::found(fs::read(&path));
        let Some(text) = text.with_context(|| format!("cannot read {}", path.display()))? else {
            return Ok(None);
        };
        // If no process holds the lock, the file is left over from a killed process.
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
    /// The locked folder.
    pub fn folder(&self) -> &DataFolder {
        &self.folder
    }

    /// Publishes the endpoints of the stack to other commands until the lock is released.
    pub fn publish(&self, endpoints: &Endpoints) -> Result<()> {
        private::replace(&self.folder.stack(), &serde_json::to_string(endpoints)?)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A file that stays behind is ignored without the lock.
        let _ = fs::remove_file(self.folder.stack());
    }
}

/// Returns whether the lock was taken; `false` means that another process holds it.
fn taken(attempt: Result<(), TryLockError>, folder: &Path) -> Result<bool> {
    match attempt {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error)
            .with_context(|| format!("cannot lock {}: choose a folder on a local disk", folder.display())),
    }
}
