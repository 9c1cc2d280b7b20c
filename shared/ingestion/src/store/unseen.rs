//! Finds the providers that never sent anything.

use normalization::Key;

use super::by_time::BY_TIME;
use super::{Store, StoreError, item};

/// The message id of the sample that `mailhooks doctor --post` posts to each receiver. It is no sign that the provider sends.
pub const SAMPLE_MESSAGE: &str = "mailhooks-doctor";

/// Entries read per page.
const PAGE: u16 = 1_000;

/// The most pages: 100,000 entries, about 23 MB. To read them every day costs about a cent per month.
const MAX_PAGES: usize = 100;

/// Whether an event with these keys is the sample of `mailhooks doctor --post`.
pub fn is_sample(key: &Key) -> bool {
    is_sample_partition(&key.partition)
}

fn is_sample_partition(partition: &str) -> bool {
    partition.split_once('#').is_some_and(|(_, message)| message == SAMPLE_MESSAGE)
}

impl Store {
    /// Those of the providers that have no event in the index `by_time`, besides the sample of the tool. `None` if that is not
    /// known, because the index is off or has more entries than are read.
    pub async fn unseen<'p>(&self, providers: &'p [String]) -> Result<Option<Vec<&'p str>>, StoreError> {
        if !self.settings.time_index {
            return Ok(None);
        }
        let mut unseen: Vec<&str> = providers.iter().map(String::as_str).collect();
        let mut next = None;
        for _ in 0..MAX_PAGES {
            let request = self.client.scan().table_name(&self.table).index_name(BY_TIME);
            let request =
                request.projection_expression("pk").limit(PAGE.into()).set_exclusive_start_key(next);
            let answer = request.send().await.map_err(|error| StoreError::of("Scan", &error))?;
            for keys in answer.items.unwrap_or_default() {
                let partition = item::text(&keys, "pk")?;
                let provider = partition.split_once('#').map(|(provider, _)| provider);
                if !is_sample_partition(partition) {
                    unseen.retain(|name| Some(*name) != provider);
                }
            }
            next = answer.last_evaluated_key;
            if unseen.is_empty() || next.is_none() {
                return Ok(Some(unseen));
            }
        }
        Ok(None)
    }
}
