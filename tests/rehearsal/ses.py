"""The documents of Amazon SES that the topics of a stack carry."""

# The types of events that have a document, each with that of the document.
KINDS = {"email.bounced": "Bounce", "email.complained": "Complaint", "email.queued": "Send", "email.sent": "Send", "email.delivered": "Delivery",
         "email.deferred": "DeliveryDelay", "email.rejected": "Reject", "email.spam": "Reject", "email.opened": "Open",
         "email.clicked": "Click", "email.unsubscribed": "Subscription"}


def kind(item):
    """The type of the document of a recorded event, if it has one."""
    event = item["event"]["M"]
    is_about_another = event["type"]["S"] in ("email.bounced", "email.complained") and event["action"]["S"] == "none"
    return KINDS.get(event["type"]["S"]) if "recipient" in event and not is_about_another else None


def expected(items):
    """The ids of the events on each of the two topics."""
    events = {id for id, item in items.items() if kind(item)}
    return {"ses-notifications": {id for id in events if kind(items[id]) in ("Bounce", "Complaint")}, "ses-events": events}


def check(items, queues):
    """Checks that each document is of the kind of its event, about its recipient, and stops mail if the action is `suppress`."""
    for name, member in {"ses-notifications": "notificationType", "ses-events": "eventType"}.items():
        for document in queues[name].read():
            (id,) = document["mail"]["tags"]["mailhooks-id"]
            event = items[id]["event"]["M"]
            assert document[member] == kind(items[id]), document
            assert document["mail"]["destination"] == [event["recipient"]["S"]], document
            if document[member] == "Bounce":
                assert (document["bounce"]["bounceType"] == "Permanent") == (event["action"]["S"] == "suppress"), document
