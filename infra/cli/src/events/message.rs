//! Finds the events of a message.

use anyhow::{Context, Result};
use ingestion::store::Found;
use normalization::ProviderName;

use crate::connect::Connection;

/// Finds the events of a message of this provider, or of the messages of all providers that have this id. A Message-ID may have its
/// angle brackets.
pub(super) async fn find(
    connection: &Connection,
    message: &str,
    provider: Option<ProviderName>,
) -> Result<Found> {
    let bare = message.trim().strip_prefix('<').and_then(|inner| inner.strip_suffix('>'));
    let message = bare.unwrap_or(message);
    let mut all = Found::default();
    for &name in ProviderName::ALL {
        if provider.is_none_or(|provider| provider == name) {
            let found = connection.store.timeline(name, message).await;
            let found = found.with_context(|| connection.unreadable())?;
            all.events.extend(found.events);
            all.unreadable.extend(found.unreadable);
        }
    }
    Ok(all)
}
