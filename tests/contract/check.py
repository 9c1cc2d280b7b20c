"""Reads the events into the models of datamodel-code-generator, and with the CloudEvents SDK for Python."""
import json
import pathlib
import sys

from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

FOLDER = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(FOLDER))
import model  # noqa: E402


def main():
    lines = [line for name in ("events", "later") for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(lines) > 200
    for line in lines:
        written = json.loads(line)
        event = model.Event.model_validate_json(line)
        word = event.data.type.root if hasattr(event.data.type, "root") else event.data.type
        assert getattr(word, "value", word) == written["data"]["type"], line
        read = JSONFormat().read(CloudEvent, line)
        assert (read.get_id(), read.get_type(), read.get_data()) == (written["id"], written["type"], written["data"]), line
    print(f"datamodel-code-generator: {len(lines)} events\nCloudEvents SDK for Python: {len(lines)} events")


main()
