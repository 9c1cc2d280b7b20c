"""What each consumer concludes from a document, and whether it stops mail to the recipient."""

import re

import django_project
from cases import Case
from envelopes import Signer, forgeries


def anymail_concludes(case: Case) -> tuple[str, bool]:
    """Anymail has one event for all bounces; `description` tells them apart."""
    status, events = django_project.post_to_anymail(case.envelope)
    assert (status, len(events)) == (200, 1), f"answered {status}, {len(events)} events"
    event, message = events[0], case.data.get("message", {})
    assert event.recipient == case.data["recipient"], "another recipient"
    assert event.message_id == message.get("id", case.event_id), "another message id"
    assert event.tags == message.get("tags", []), "other tags"
    assert event.metadata == message.get("metadata", {}), "other metadata"
    words = [f"`{event.event_type}`"]
    if event.reject_reason:
        words.append(f"reject reason `{event.reject_reason}`")
    if event.event_type == "bounced":
        words.append(f"`{event.description}`")
    is_permanent = event.event_type == "bounced" and event.description.startswith("Permanent:")
    return ", ".join(words), is_permanent or event.event_type == "complained"


def django_ses_concludes(case: Case) -> tuple[str, bool]:
    status, signals = django_project.post("/django-ses/", case.envelope)
    assert status == 200, f"answered {status}"
    stops = django_project.blacklisted(case.data["recipient"])
    if case.kind in ("Bounce", "Complaint") and case.is_fixture:
        older = django_project.post("/django-ses/bounces/", case.envelope)
        assert older == (status, signals), "the view handle_bounce told something else"
        assert django_project.blacklisted(case.data["recipient"]) == stops, "the view handle_bounce blacklists otherwise"
    if not signals:
        return "ignored", stops
    (name, mail, report) = signals[0]
    assert len(signals) == 1 and mail == case.message["mail"] and report == case.message[name], "another document"
    return f"`{name}_received`{', blacklisted' if stops else ''}", stops


def rules_conclude(case: Case) -> tuple[str, bool]:
    """The rules of two programs that are not run here, as read in their source. docs/consumers.md names the versions.

    Both take some temporary bounces for permanent: listmonk a 5.4.4, Notifuse a text that says that SES gave up.
    """
    if case.kind != "Bounce":
        return "", case.kind == "Complaint"
    bounce = case.message["bounce"]
    recipient = bounce["bouncedRecipients"][0]
    text = (recipient.get("diagnosticCode") or "").lower()
    expired = bounce.get("bounceSubType") == "General" and re.search(r"\b4\.4\.7\b|message expired", text)
    stops = bounce["bounceType"] == "Permanent" or recipient.get("status") == "5.4.4" or bool(expired)
    return text, stops


def check_refusals(signer: Signer, case: Case) -> None:
    """What the webhooks must refuse: forgeries, raw delivery, and for django-ses the signature version 2."""
    refused = forgeries(signer, case.unsigned) | {"signature version 2": signer.sign(case.unsigned, "2")}
    for name, envelope in refused.items():
        assert django_project.post("/django-ses/", envelope) == (400, []), f"django-ses: {name}"
        assert django_project.post("/django-ses/bounces/", envelope) == (200, []), f"handle_bounce: {name}"
    # Anymail relies on the password in the URL, and checks no signature.
    assert django_project.post_to_anymail(case.envelope, secret="name:wrong") == (400, [])
    assert django_project.post("/anymail/amazon_ses/tracking/", case.envelope) == (401, [])
    raw = case.envelope["Message"]
    assert django_project.post("/django-ses/", case.envelope, raw) == (400, [])
    assert django_project.post_to_anymail(case.envelope, body=raw) == (400, [])
    print(f"django-ses refuses {', '.join(refused)}, raw delivery\ndjango-anymail refuses a wrong password, raw delivery")
