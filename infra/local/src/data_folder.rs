//! The data folder of the local stack: the database, the announcements, the signing secrets, and who
//! runs the stack and where.

mod lock;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::private;
use crate::token::Token;

pub use lock::Lock;

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

/// The folder. Only its owner can read its files, which contain addresses and secrets, even if others can list it.
#[derive(Clone, Debug)]
pub struct DataFolder {
    path: PathBuf,
}

impl DataFolder {
    /// Opens the folder and creates it if it is missing, with a `.gitignore` that keeps it out of repositories. Existing files become
    /// readable by their owner only. An existing folder keeps its permissions, because it may be a whole project. Fails if the
    /// folder cannot be written, or one of its files belongs to another user.
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
    pub fn warning(&self) -> Result<Option<String>> {
        let path = self.path.display();
        Ok(private::open_to_others(&self.path)?.map(|mode| {
            format!(
                "warning: other users of this machine can use the folder {path} (its mode is {mode:03o}). The files of the \
                 local stack in it are readable by you alone. To close the folder too: chmod 700 {path}"
            )
        }))
    }

    /// The local signing secret of this provider: the one that is kept, else a generated one, which
    /// is kept from then on.
    pub fn signing_secret(&self, provider: &str) -> Result<String> {
        let path = self.secret(provider)?;
        keep_first(&path, || Ok(format!("whsec_{}", Token::random()?.text())))?;
        read(&path, "a secret")
    }

    /// The token of the live page: one that is generated once, so that a page that is open in a browser lives on when
    /// the stack starts again.
    pub fn page_token(&self) -> Result<Token> {
        let path = self.path.join("page-token");
        keep_first(&path, || Ok(Token::random()?.text().to_owned()))?;
        Ok(Token::from(read(&path, "a token")?.as_str()))
    }

    /// Stores a provider's signing secret instead of a generated one.
    pub fn keep_signing_secret(&self, provider: &str, secret: &str) -> Result<()> {
        let path = self.secret(provider)?;
        private::replace(&path, secret)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file that keeps the local signing secret of this provider, whether or not it is there.
    pub fn secret_file(&self, provider: &str) -> PathBuf {
        self.path.join("secrets").join(provider)
    }

    /// The file of the embedded `DynamoDB`.
    pub fn database(&self) -> PathBuf {
        self.path.join("dynamodb.sqlite")
    }

    /// The file with one announcement per line, oldest first.
    pub fn announcements(&self) -> PathBuf {
        self.path.join("announcements.jsonl")
    }

    /// The file that says where the stack listens, while it runs.
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
            "{provider:?} is no provider: a name has letters, digits and hyphens only",
        );
        private::make_folder(&self.path.join("secrets"))?;
        Ok(self.secret_file(provider))
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
