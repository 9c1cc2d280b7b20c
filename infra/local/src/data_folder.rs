//! The data folder of the local stack: the database, the announcements, the signing secrets, the lock, and
//! the endpoints of the running stack.

mod lock;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::private;
use crate::token::Token;

pub use lock::Lock;

/// The files in the folder, except those in `secrets`. `SQLite` creates `-wal` and `-shm` with the permissions of the
/// database.
const FILES: [&str; 12] = [
    "announcements-taken",
    "announcements.jsonl",
    "dynamodb.sqlite",
    "dynamodb.sqlite-shm",
    "dynamodb.sqlite-wal",
    "lock",
    "page-token",
    "redrive.jsonl",
    "redrive.lock",
    "renormalize.json",
    "stack.json",
    "suppressions.json",
];

/// The data folder. Its files contain addresses and secrets: only their owner can read them, even in a folder open to others.
#[derive(Clone, Debug)]
pub struct DataFolder {
    path: PathBuf,
}

impl DataFolder {
    /// Opens the folder, and creates it if it is missing. Adds a `.gitignore` that keeps it out of repositories, and makes
    /// existing files readable by their owner only. An existing folder keeps its permissions, because it may be a whole
    /// project. Fails if the folder cannot be written, or one of its files belongs to another user.
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

    /// A warning if other users can access the folder, with the command that fixes it.
    pub fn warning(&self) -> Result<Option<String>> {
        let path = self.path.display();
        Ok(private::open_to_others(&self.path)?.map(|mode| {
            format!(
                "warning: other users of this machine can access the folder {path} (mode {mode:03o}). Only you can read \
                 the local stack's files in it. To restrict access to the folder as well, run: chmod 700 {path}"
            )
        }))
    }

    /// The local signing secret of this provider. If the folder has none, generates one and stores it.
    pub fn signing_secret(&self, provider: &str) -> Result<String> {
        let path = self.secret(provider)?;
        keep_first(&path, || Ok(format!("whsec_{}", Token::random()?.text())))?;
        read(&path, "a secret")
    }

    /// The token of the live page. It is generated once, so that a page that is open in a browser keeps working when the
    /// stack restarts.
    pub fn page_token(&self) -> Result<Token> {
        let path = self.path.join("page-token");
        keep_first(&path, || Ok(Token::random()?.text().to_owned()))?;
        Ok(Token::from(read(&path, "a token")?.as_str()))
    }

    /// Stores a provider's signing secret, replacing the current one.
    pub fn keep_signing_secret(&self, provider: &str, secret: &str) -> Result<()> {
        let path = self.secret(provider)?;
        private::replace(&path, secret)
    }

    /// The path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of the file for this provider's local signing secret. The file may be missing.
    pub fn secret_file(&self, provider: &str) -> PathBuf {
        self.path.join("secrets").join(provider)
    }

    /// The path of the embedded `DynamoDB`'s database.
    pub fn database(&self) -> PathBuf {
        self.path.join("dynamodb.sqlite")
    }

    /// The path of the file with one announcement per line, oldest first.
    pub fn announcements(&self) -> PathBuf {
        self.path.join("announcements.jsonl")
    }

    /// The path of the file with the number of announcements that the suppression list has.
    pub fn announcements_taken(&self) -> PathBuf {
        self.path.join("announcements-taken")
    }

    /// The path of the file with the endpoints of the running stack.
    pub fn stack(&self) -> PathBuf {
        self.path.join("stack.json")
    }

    fn close_files(&self) -> Result<()> {
        for file in FILES {
            private::close(&self.path.join(file))?;
        }
        let secrets = self.path.join("secrets");
        private::close(&secrets)?;
        let files = private::found(fs::read_dir(&secrets));
        let files = files.with_context(|| format!("cannot read {}", secrets.display()))?;
        files.into_iter().flatten().try_for_each(|file| private::close(&file?.path()))
    }

    fn secret(&self, provider: &str) -> Result<PathBuf> {
        ensure!(
            !provider.is_empty() && provider.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
            "invalid provider name {provider:?}: use only letters, digits and hyphens",
        );
        private::make_folder(&self.path.join("secrets"))?;
        Ok(self.secret_file(provider))
    }
}

/// Creates the file with the text that `make` returns, unless the file exists.
fn keep_first(path: &Path, make: impl FnOnce() -> Result<String>) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    let temporary = private::write_beside(path, &make()?)?;
    // A link fails if the file exists, a rename would not: if two processes do this at once, both use the first one's text.
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
