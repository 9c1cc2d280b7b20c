"""Passes the documents of the SES topics to software for Amazon SES, and compares what it concludes with the action of each event.

    judge.py FOLDER [--write]

FOLDER has documents.jsonl, and gets what check.mjs needs. Fails if a consumer refuses a document, stops mail to a recipient whose
event has another action than `suppress`, or does not stop it where the action is `suppress`. --write writes the table of
conclusions into docs/consumers.md; without it, a different table fails.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from importlib.metadata import version
from pathlib import Path
from unittest import mock

import requests

import powertools
from cases import Case, read
from conclusions import anymail_concludes, check_refusals, django_ses_concludes, rules_conclude
from envelopes import CERTIFICATE_URL, Signer, forgeries

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "consumers.md"
MARKS = "<!-- From here on written by `tests/consumers/run --write`. -->\n", "<!-- To here. -->\n"
MOST_PROBLEMS = 20


class Tally:
    """What one consumer made of all documents."""

    def __init__(self, name: str):
        self.name = name
        self.counts = Counter()
        self.problems = []

    def judge(self, case: Case, concludes) -> str:
        """Asks the consumer; returns its conclusion for the table."""
        self.counts["documents"] += 1
        try:
            words, stops = concludes(case)
        except Exception as error:
            self.problems.append(f"{case.name}: {type(error).__name__}: {error}")
            return "refused"
        self.counts["stops"] += stops
        if stops != case.must_stop:
            said = "stops" if stops else "does not stop"
            self.problems.append(f"{case.name}: {said} mail, but the action is {case.data['action']}: {words}")
        return words

    def report(self) -> bool:
        for problem in self.problems[:MOST_PROBLEMS]:
            print(f"{self.name}: {problem}", file=sys.stderr)
        counts = ", ".join(f"{count} {what}" for what, count in self.counts.items())
        print(f"{self.name}: {counts}, {len(self.problems)} wrong")
        return not self.problems


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--write", action="store_true")
    arguments = arguments.parse_args()

    signer = Signer()
    cases, others = read(arguments.folder / "documents.jsonl", signer)
    with mock.patch.object(requests, "get", side_effect=lambda url, timeout: certificate(signer, url)):
        rows, tallies = conclusions(cases)
        check_refusals(signer, next(case for case in cases if case.kind == "Bounce"))
    tallies.append(unwrapped(cases + others))
    prepare_node(arguments.folder, signer, cases)
    is_sound = all([tally.report() for tally in tallies])
    is_sound &= is_documented(table(rows), arguments.write)
    sys.exit(not is_sound)


def certificate(signer: Signer, url: str) -> requests.Response:
    """What the URL of the certificate answers; no test reaches the network."""
    assert url == CERTIFICATE_URL, url
    response = requests.Response()
    response.status_code, response._content = 200, signer.certificate
    return response


def conclusions(cases: list[Case]) -> tuple[dict, list[Tally]]:
    consumers = {
        f"django-anymail {version('django-anymail')}": anymail_concludes,
        f"django-ses {version('django-ses')}": django_ses_concludes,
        "rules of listmonk and Notifuse": rules_conclude,
    }
    tallies = {name: Tally(name) for name in consumers}
    rows = {}
    for case in cases:
        row = rows.setdefault((case.data["type"], case.data["action"], kind_in_full(case)), defaultdict(set))
        row["topics"].add(case.topic)
        for name, tally in tallies.items():
            row[name].add(tally.judge(case, consumers[name]))
    return rows, list(tallies.values())


def kind_in_full(case: Case) -> str:
    if case.kind != "Bounce":
        return case.kind
    bounce = case.message["bounce"]
    return f"Bounce {bounce.get('bounceType')}/{bounce.get('bounceSubType')}"


def unwrapped(cases: list[Case]) -> Tally:
    tally = Tally(f"Powertools for Python {version('aws-lambda-powertools')}")
    for case in cases:
        tally.counts["messages"] += 1
        if problem := powertools.problem(case):
            tally.problems.append(f"{case.name}: {problem}")
    return tally


def prepare_node(folder: Path, signer: Signer, cases: list[Case]) -> None:
    """Writes what check.mjs passes to the packages for JavaScript: envelopes, and whether they are genuine."""
    lines = [{"name": case.name, "genuine": True, "envelope": case.envelope} for case in cases]
    for case in filter(lambda case: case.is_fixture, cases):
        envelope = signer.sign(case.unsigned, "2")
        lines.append({"name": f"{case.name}, signature version 2", "genuine": True, "envelope": envelope})
    for name, envelope in forgeries(signer, cases[0].unsigned).items():
        lines.append({"name": name, "genuine": False, "envelope": envelope})
    (folder / "envelopes.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    (folder / "certificate.json").write_text(json.dumps({"url": CERTIFICATE_URL, "pem": signer.certificate.decode()}))


def table(rows: dict) -> str:
    names = [name for name in next(iter(rows.values())) if name.startswith("django-")]
    lines = [f"| event | action | document | {' | '.join(names)} |", "| --- " * (3 + len(names)) + "|"]
    for (event, action, kind), row in sorted(rows.items()):
        where = f"`{kind}`" if len(row["topics"]) == 2 else f"`{kind}`, *ses-events* only"
        said = [" or ".join(sorted(row[name])) for name in names]
        lines.append(f"| `{event}` | `{action}` | {where} | {' | '.join(said)} |")
    return "\n" + "\n".join(lines) + "\n\n"


def is_documented(text: str, write: bool) -> bool:
    before, rest = DOCUMENT.read_text(encoding="utf-8").split(MARKS[0])
    present, after = rest.split(MARKS[1])
    if write:
        DOCUMENT.write_text(before + MARKS[0] + text + MARKS[1] + after, encoding="utf-8")
    elif present != text:
        print("docs/consumers.md has another table: run tests/consumers/run --write, and review the change", file=sys.stderr)
        return False
    return True


main()
