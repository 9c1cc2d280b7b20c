//! An embedded `DynamoDB`: dynoxide, in this process.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use dynoxide::Database;

use super::loopback::Loopback;

/// A `DynamoDB` endpoint without tables. It stops when this is dropped.
#[derive(Debug)]
pub struct DynamoDb {
    loopback: Loopback,
}

impl DynamoDb {
    /// Serves the database of this file, which is made if there is none, or one in memory. Whoever
    /// gives a file must hold the lock of its folder. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// If the file is no database or cannot be opened, or no port can be bound.
    pub async fn start(file: Option<&Path>) -> Result<Self> {
        let database = match file {
            Some(path) => open(path)?,
            None => Database::memory()
                .map_err(|error| anyhow!("cannot open a database in memory: {error}"))?,
        };
        let loopback = Loopback::serve(move |listener, stopped| async move {
            // It ends when it is told to, and has nothing to say then.
            let _ = dynoxide::server::serve_with_shutdown(listener, database, async {
                let _ = stopped.await;
            })
            .await;
        })
        .await?;
        Ok(Self { loopback })
    }

    /// The URL that an AWS client takes as its endpoint.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.loopback.endpoint()
    }
}

fn open(path: &Path) -> Result<Database> {
    let name = path.to_str().with_context(|| {
        format!(
            "{} is not UTF-8: choose another data folder",
            path.display()
        )
    })?;
    Database::new(name).map_err(|error| {
        anyhow!("cannot open the database {name}: {error}; move it away to start with an empty one")
    })
}
