//! The data folder of the local stack: the database, the announcements, the signing secrets, and who
//! runs the stack and where.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};

use crate::endpoints::Endpoints;
use crate::private;
use crate::token::Token;

/// The files of the folder, beside those in `secrets`. `SQLite` gives `-wal` and `-shm` the permissions of the
/// database when it makes them.
const FILES: [&str; 8] = [
    "announcements.jsonl",
    "dynamodb.sqlite",
    "dynamodb.sqlite-shm",
    "dynamodb.sqlite-wal",
    "lock",
    "page-token",
    "renormalize.json",
    "stack.json",
];

/// The folder. Only its owner can read the files in it, which hold addresses and secrets, whoever can look into the
/// folder itself.
#[derive(Clone, Debug)]
pub struct DataFolder {
    path: PathBuf,
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
    /// repositories. The files that are in it already become readable by their owner alone; a folder that was there
    /// keeps its permissions, since it may be somebody's whole project.
    ///
    /// # Errors
    ///
    /// If the folder cannot be made or written to, or one of its files belongs to another user.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let folder = Self { path: path.into() };
        private::make_folder(&folder.path)?;
        folder.close_files()?;
        let ignore = folder.path.join(".gitignore");
        if !ignore.exists() {
            private::replace(&ignore, "*\n")?;
        }
        Ok(folder)
    }

    /// What is wrong with the permissions of the folder, and the remedy; `None` if only its owner can look into it.
    ///
    /// # Errors
    ///
    /// If the folder cannot be looked at.
    pub fn warning(&self) -> Result<Option<String>> {
        let path = self.path.display();
        Ok(private::open_to_others(&self.path)?.map(|mode| {
            format!(
                "warning: other users of this machine can use the folder {path} (its mode is {mode:03o}). The files of the \
                 local stack in it are readable by you alone. To close the folder too: chmod 700 {path}"
            )
        }))
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
        private::remove(&self.stack())?;
        Ok(Some(Lock { folder: self.clone(), _file: file }))
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
        keep_first(&path, || Ok(format!("whsec_{}", Token::random()?.text())))?;
        read(&path, "a secret")
    }

    /// The token of the live page: one that is generated once, so that a page that is open in a browser lives on when
    /// the stack starts again.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or written, or is empty.
    pub fn page_token(&self) -> Result<Token> {
        let path = self.path.join("page-token");
        keep_first(&path, || Ok(Token::random()?.text().to_owned()))?;
        Ok(Token::from(read(&path, "a token")?.as_str()))
    }

    /// Keeps this signing secret, one that a provider has given out, instead of a generated one.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn keep_signing_secret(&self, provider: &str, secret: &str) -> Result<()> {
        let path = self.secret(provider)?;
        private::replace(&path, secret)
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

    /// The file that says where the stack listens, while it runs.
    #[must_use]
    pub fn stack(&self) -> PathBuf {
        self.path.join("stack.json")
    }

    fn lock_file(&self) -> Result<File> {
        private::open(&self.path.join("lock"))
    }

    fn close_files(&self) -> Result<()> {
        for file in FILES {
            private::close(&self.path.join(file))?;
        }
        let secrets = self.path.join("secrets");
        private::close(&secrets)?;
        let files = match fs::read_dir(&secrets) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            files => files.with_context(|| format!("cannot read {}", secrets.display()))?,
        };
        for file in files {
            private::close(&file?.path())?;
        }
        Ok(())
    }

    fn secret(&self, provider: &str) -> Result<PathBuf> {
        ensure!(
            !provider.is_empty() && provider.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
            "{provider:?} is no provider: a name has letters, digits and hyphens only",
        );
        private::make_folder(&self.path.join("secrets"))?;
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
        private::replace(&self.folder.stack(), &serde_json::to_string(endpoints)?)
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
        Err(TryLockError::Error(error)) => Err(anyhow!(error)
            .context(format!("cannot lock {}: choose a folder on a local disk", folder.display()))),
    }
}

/// Writes what is made, unless the file is there.
fn keep_first(path: &Path, make: impl FnOnce() -> Result<String>) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    let temporary = private::write_beside(path, &make()?)?;
    // A link and not a renaming: of two processes that make one at once, one wins and both read what it made.
    match fs::hard_link(&temporary, path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(error).context(format!("cannot write {}", path.display()))
        }
        _ => private::remove(&temporary),
    }
}

fn read(path: &Path, what: &str) -> Result<String> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = text.trim();
    ensure!(!text.is_empty(), "{} is empty: remove it to generate {what}", path.display());
    Ok(text.to_owned())
}
