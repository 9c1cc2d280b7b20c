//! Which events a sender has to know of: the topic *actions* carries them.

use super::{Action, EventData, EventType, FeedbackType};

impl EventData {
    /// Whether a sender has to know of the event: its action is not `none`, or it takes back or repeats an earlier
    /// one. A resubscription, a complaint of the type `not-spam` and the deletion of a suppression take one back; a
    /// suppressed mail and a new suppression repeat one that may have been missed.
    pub fn is_actionable(&self) -> bool {
        let is_about_earlier = match self.event_type {
            EventType::EmailResubscribed
            | EventType::EmailSuppressed
            | EventType::SuppressionCreated
            | EventType::SuppressionDeleted => true,
            EventType::EmailComplained => {
                let feedback = self.complaint.as_ref().and_then(|complaint| complaint.feedback_type);
                feedback == Some(FeedbackType::NotSpam)
            }
            _ => false,
        };
        self.action != Action::None || is_about_earlier
    }
}
