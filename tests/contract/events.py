"""Writes the events of all fixtures, one per line, and the same events as a later version could announce them."""
import copy
import json
import pathlib
import sys

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures"


def main():
    events = [event for path in sorted(FIXTURES.glob("*/accepted/*.json")) for event in json.loads(path.read_text(encoding="utf-8"))]
    assert len(events) > 100
    for path, lines in zip(sys.argv[1:], [events, map(later, events)], strict=True):
        pathlib.Path(path).write_text("".join(json.dumps(event) + "\n" for event in lines), encoding="utf-8")


def later(event):
    """The event with a provider, a type, words and members that this version does not know."""
    event = copy.deepcopy(event)
    event |= {"source": "mailhooks/nextmail", "type": "mailhooks.email.recalled", "novelty": "text"}
    data = event["data"]
    data |= {"provider": "nextmail", "provider_type": "mail.recalled", "type": "email.recalled", "novelty": {"of": [1, None]}}
    for name, words in {"bounce": ["reason", "attribution"], "suppression": ["cause"], "complaint": ["feedback_type"]}.items():
        if name in data:
            data[name] |= {word: "novel" for word in words} | {"novelty": "text"}
    return event


main()
