"""The cases: each event on each topic."""

import json
from functools import cached_property
from pathlib import Path

from envelopes import Signer

SES_TOPICS = ["ses-events", "ses-notifications"]
# The other events have no word in SES that stops mail: software for SES does not read `Subscription`.
CARRIED = ["email.bounced", "email.complained"]


class Case:
    """An event on one topic: its envelope, and the message in it."""

    def __init__(self, name: str, event: dict, topic: str, envelope: dict, signer: Signer):
        self.name = f"{name} on {topic}"
        self.is_fixture = not name.startswith("smtp-replies/")
        self.data = event["data"]
        self.event_id = event["id"]
        self.topic = topic
        self.signer = signer
        self.unsigned = envelope
        self.message = json.loads(envelope["Message"])

    @cached_property
    def envelope(self) -> dict:
        """Signed with version 1, the default of the SES topics."""
        return self.signer.sign(self.unsigned, "1")

    @property
    def kind(self) -> str:
        return self.message.get("eventType") or self.message["notificationType"]

    @property
    def must_stop(self) -> bool:
        return self.data["action"] == "suppress" and self.data["type"] in CARRIED


def read(path: Path, signer: Signer) -> tuple[list[Case], list[Case]]:
    """The documents of the SES topics, signed, and the events on the topic of all events."""
    cases, others = [], []
    with path.open(encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            data, by_topic = line["event"]["data"], line["envelopes"]
            if data["type"] in CARRIED and data["action"] != "none" and "recipient" in data:
                assert set(SES_TOPICS) <= set(by_topic), f"{line['case']}: without a document"
            for topic, envelope in by_topic.items():
                case = Case(line["case"], line["event"], topic, envelope, signer)
                (cases if topic in SES_TOPICS else others).append(case)
    assert len(cases) > 5_000, len(cases)
    return cases, others
