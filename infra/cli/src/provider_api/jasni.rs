//! Jasni's management API: <https://docs.jasni.ai/api-reference/webhooks/create>.

use super::{Call, Management, with_id};

pub(super) static JASNI: Management = Management {
    name: "Jasni",
    base: "https://api.jasni.ai/api/v1",
    key_variable: "JASNI_API_KEY",
    check_key: |_| Ok(()),
    options: &["url", "event", "all-events", "description", "status"],
    check_name: |_| Ok(()),
    // From <https://docs.jasni.ai/webhooks/events>. The page of the create call lists five of them: it lacks
    // `email.delivered`, `email.rejected` and `domain.verified`.
    types: &[
        "email.received",
        "email.sent",
        "email.delivered",
        "email.bounced",
        "email.spam",
        "email.rejected",
        "email.deleted",
        "domain.verified",
    ],
    status_refused: Some(
        "--status: Jasni creates every webhook enabled; disable it with `webhooks update jasni ID --status disabled`",
    ),
    status: |enabled| ("active", enabled.into()),
    copied: |webhook| webhook.members(&["url", "events", "description"]),
    list: |_| Call::get(["webhooks"]),
    update: |id, body| Call::patch(["webhooks"], with_id("id", id, body)),
    delete: |id| Call::delete(["webhooks"]).query("id", id),
    test: None,
    reset_secret: None,
    all_types_remark: None,
    all_types_refused: Some(
        "some of Jasni's pages list only five of its eight types: try --event \
         email.received,email.sent,email.bounced,email.spam,email.deleted",
    ),
    retries: "seven minutes",
};
