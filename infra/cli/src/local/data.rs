//! The data folder of the local stack: the database, the announcements, the signing secrets, and who
//! runs the stack and where.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Random bytes of a generated signing secret: as many as the output of the HMAC-SHA-256 that it keys
/// (<https://www.rfc-editor.org/rfc/rfc2104#section-3>).
const SECRET_BYTES: usize = 32;

/// The folder, which only its owner can read: it holds addresses and secrets.
#[derive(Clone, Debug)]
pub struct DataFolder {
    path: PathBuf,
}

/// Where a running local stack listens, as `stack.json` says it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Endpoints {
    /// Endpoint of the embedded `DynamoDB`.
    pub dynamodb: String,
    /// Endpoint of the SNS stand-in.
    pub sns: String,
    /// URL under which the receivers are.
    pub receiver: String,
    /// Whether events and announcements are kept in memory, so that the folder has none of them.
    #[serde(default)]
    pub in_memory: bool,
    /// Whether every event is announced, on the topic `events`.
    #[serde(default)]
    pub announce_all: bool,
}

/// The right to run the stack of a folder. Ends when dropped, and with the process however it dies:
/// the kernel holds it.
#[derive(Debug)]
pub struct Lock {
    folder: DataFolder,
    _file: File,
}

impl DataFolder {
    /// Opens the folder, and makes it if there is none, with a `.gitignore` that keeps it out of
    /// repositories.
    ///
    /// # Errors
    ///
    /// If the folder cannot be made or written to.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let folder = Self { path: path.into() };
        make_private_folder(&folder.path)?;
        let ignore = folder.path.join(".gitignore");
        if !ignore.exists() {
            fs::write(&ignore, "*\n")
                .with_context(|| format!("cannot write {}", ignore.display()))?;
        }
        Ok(folder)
    }

    /// Takes the lock; `None` if another process has it.
    ///
    /// # Errors
    ///
    /// If the lock file cannot be opened, or the file system knows no locks.
    pub fn lock(&self) -> Result<Option<Lock>> {
        let file = self.lock_file()?;
        loop {
            if taken(file.try_lock(), &self.path)? {
                break;
            }
            // Whoever only looks whether the stack runs shares the lock for a moment, which is not
            // running it.
            if !taken(file.try_lock_shared(), &self.path)? {
                return Ok(None);
            }
            file.unlock()?;
        }
        // What a process that was killed left behind.
        remove_if_there(&self.stack())?;
        Ok(Some(Lock {
            folder: self.clone(),
            _file: file,
        }))
    }

    /// Where the stack of this folder listens; `None` if it is not running, or is still starting.
    ///
    /// # Errors
    ///
    /// If the lock file or `stack.json` cannot be read.
    pub fn running(&self) -> Result<Option<Endpoints>> {
        let path = self.stack();
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).context(format!("cannot read {}", path.display())),
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

    /// The local signing secret of this provider: the one that is kept, else a generated one, which
    /// is kept from then on.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or written, or is empty.
    pub fn signing_secret(&self, provider: &str) -> Result<String> {
        let path = self.secret(provider)?;
        if !path.exists() {
            let temporary = write_private(&path, &generate()?)?;
            // A link and not a renaming: of two processes that generate at once, one wins and both
            // read its secret.
            match fs::hard_link(&temporary, &path) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    return Err(error).context(format!("cannot write {}", path.display()));
                }
                _ => remove_if_there(&temporary)?,
            }
        }
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let secret = text.trim();
        ensure!(
            !secret.is_empty(),
            "{} is empty: remove it to generate a secret",
            path.display()
        );
        Ok(secret.to_owned())
    }

    /// Keeps this signing secret, one that a provider has given out, instead of a generated one.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn keep_signing_secret(&self, provider: &str, secret: &str) -> Result<()> {
        let path = self.secret(provider)?;
        replace(&path, secret)
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file that keeps the local signing secret of this provider, whether or not it is there.
    #[must_use]
    pub fn secret_file(&self, provider: &str) -> PathBuf {
        self.path.join("secrets").join(provider)
    }

    /// The file of the embedded `DynamoDB`.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.path.join("dynamodb.sqlite")
    }

    /// The file with one announcement a line, oldest first.
    #[must_use]
    pub fn announcements(&self) -> PathBuf {
        self.path.join("announcements.jsonl")
    }

    fn stack(&self) -> PathBuf {
        self.path.join("stack.json")
    }

    fn lock_file(&self) -> Result<File> {
        let path = self.path.join("lock");
        private_file()
            .open(&path)
            .with_context(|| format!("cannot open {}", path.display()))
    }

    fn secret(&self, provider: &str) -> Result<PathBuf> {
        ensure!(
            !provider.is_empty()
                && provider
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
            "{provider:?} is no provider: a name has letters, digits and hyphens only",
        );
        make_private_folder(&self.path.join("secrets"))?;
        Ok(self.secret_file(provider))
    }
}

impl Lock {
    /// The folder that this is the lock of.
    #[must_use]
    pub fn folder(&self) -> &DataFolder {
        &self.folder
    }

    /// Tells other commands where the stack listens, until the lock ends.
    ///
    /// # Errors
    ///
    /// If `stack.json` cannot be written.
    pub fn publish(&self, endpoints: &Endpoints) -> Result<()> {
        replace(&self.folder.stack(), &serde_json::to_string(endpoints)?)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Left behind, it is ignored.
        let _ = fs::remove_file(self.folder.stack());
    }
}

/// Whether a lock was got; `false` if somebody else is in the way.
fn taken(attempt: Result<(), TryLockError>, folder: &Path) -> Result<bool> {
    match attempt {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(anyhow!(error).context(format!(
            "cannot lock {}: choose a folder on a local disk",
            folder.display()
        ))),
    }
}

fn generate() -> Result<String> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| {
        anyhow!("the system gives no random bytes for a signing secret: {error}")
    })?;
    Ok(format!("whsec_{}", hex::encode(bytes)))
}

/// Puts this text into the file at once: a reader sees the old text or the new one, whole.
pub(crate) fn replace(path: &Path, text: &str) -> Result<()> {
    let temporary = write_private(path, text)?;
    fs::rename(&temporary, path).with_context(|| format!("cannot write {}", path.display()))
}

/// Writes a file beside this one, under a name that nobody else uses.
fn write_private(path: &Path, text: &str) -> Result<PathBuf> {
    let temporary = path.with_extension(format!("{}.new", Uuid::new_v4()));
    private_file()
        .open(&temporary)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write {}", temporary.display()))?;
    Ok(temporary)
}

fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn make_private_folder(path: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .with_context(|| format!("cannot make the folder {}", path.display()))
}

fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}
