//! Addresses that were erased and must still not be mailed: their entries are under a salted hash instead of the address.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use jiff::Timestamp;
use normalization::digest;
use normalization::suppression::{Evidence, Kind, Reason, Slots};

use super::Suppressions;
use crate::store::StoreError;

/// The beginning of a key that is a hash.
pub(super) const FORGOTTEN: &str = "forgotten#";

/// The key of the item with the salt.
pub const SALT: &str = "forgotten#salt";

/// The id of the evidence that stays.
const EVENT: &str = "forgotten";

/// Whether the key of an entry is an address, and not the hash of one.
pub fn is_address(key: &str) -> bool {
    !key.starts_with(FORGOTTEN)
}

impl Suppressions {
    /// All evidence about an address, in lookup form, whether it was erased or not; `None` if the list has nothing about it.
    pub async fn evidence(&self, address: &str) -> Result<Option<Slots>, StoreError> {
        let mut found = self.get(address).await?.map(|entry| entry.slots);
        if let Some(erased) = self.erased(address).await? {
            found.get_or_insert_default().join(&erased);
        }
        Ok(found)
    }

    /// Erases the entry of an address. If it is suppressed without an end and `keep` is set, that and since when stays under a hash of
    /// the address. `salt` is 32 random hex digits, used if the list has no salt yet. Returns whether something stays.
    pub async fn forget(
        &self,
        address: &str,
        keep: bool,
        salt: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let slots = self.evidence(address).await?.unwrap_or_default();
        let kept = slots.suppression(self.policy(), now).filter(|_| keep).and_then(|found| {
            let kind = match found.reason {
                Reason::Manual => Kind::Manual,
                Reason::Complaint => Kind::Complaint,
                Reason::Unsubscribe => Kind::Unsubscribe,
                Reason::Bounce => Kind::Bounce,
                Reason::Listed => Kind::Listed,
                // It ends by itself.
                Reason::SoftBounces => return None,
            };
            let Evidence { time, provider, reason, .. } = found.evidence.clone();
            Some((kind, Evidence { time, provider, reason, event: EVENT.to_owned(), note: None }))
        });
        if let Some(evidence) = &kept {
            let salt = self.salt_or(salt).await?;
            self.add(&hash(&salt, address), std::slice::from_ref(evidence), now).await?;
        } else {
            self.release_erased(address).await?;
        }
        self.delete(address).await?;
        Ok(kept.is_some())
    }

    /// Removes what stayed of an erased address. Returns whether there was something.
    pub async fn release_erased(&self, address: &str) -> Result<bool, StoreError> {
        let Some(salt) = self.salt().await? else { return Ok(false) };
        self.delete(&hash(&salt, address)).await
    }

    async fn erased(&self, address: &str) -> Result<Option<Slots>, StoreError> {
        let Some(salt) = self.salt().await? else { return Ok(None) };
        Ok(self.get(&hash(&salt, address)).await?.map(|entry| entry.slots))
    }

    /// Deletes an entry. Returns whether it existed.
    async fn delete(&self, key: &str) -> Result<bool, StoreError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let delete =
            delete.key("address", AttributeValue::S(key.to_owned())).return_values(ReturnValue::AllOld);
        let deleted = delete.send().await.map_err(|error| StoreError::of("DeleteItem", &error))?;
        Ok(deleted.attributes.is_some_and(|old| !old.is_empty()))
    }

    /// The salt of the list, if an address was erased.
    pub async fn salt(&self) -> Result<Option<String>, StoreError> {
        let read = self.client.get_item().table_name(&self.table).consistent_read(true);
        let answer = read.key("address", AttributeValue::S(SALT.to_owned())).send().await;
        let item = answer.map_err(|error| StoreError::of("GetItem", &error))?.item;
        match item.map(|mut item| item.remove("salt")) {
            None => Ok(None),
            Some(Some(AttributeValue::S(salt))) => Ok(Some(salt)),
            Some(_) => Err(StoreError::unreadable("salt")),
        }
    }

    /// The salt of the list, which is this one if there was none.
    pub async fn salt_or(&self, salt: &str) -> Result<String, StoreError> {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let put = self.client.put_item().table_name(&self.table).item("address", text(SALT));
        let put = put.item("salt", text(salt)).condition_expression("attribute_not_exists(address)");
        match put.send().await {
            Ok(_) => Ok(salt.to_owned()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                self.salt().await?.ok_or_else(|| StoreError::of("PutItem", &error))
            }
            Err(error) => Err(StoreError::of("PutItem", &error)),
        }
    }
}

/// The key of an erased address: the first 32 hex digits of the SHA-256 of salt and address.
fn hash(salt: &str, address: &str) -> String {
    format!("{FORGOTTEN}{}", digest(format!("{salt}{address}").as_bytes()))
}
