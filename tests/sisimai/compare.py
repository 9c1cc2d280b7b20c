"""Compares our bounce classifier with Sisimai on the corpus of SMTP replies.

Prints each class of disagreement (our reason, Sisimai's reason) with one example and how often the label confirms either
classifier. Fails if a class has no line in explained.tsv.
"""

import argparse
import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
CORPUS = HERE.parent.parent / "fixtures" / "smtp-replies"

# Sisimai's reasons, and our reasons with the same meaning. An empty set means that Sisimai gives no reason.
SAME = {
    "authfailure": {"auth_failure"},
    "badreputation": {"spam_reputation"},
    "blocked": {"spam_reputation", "policy"},
    "contenterror": {"spam_content", "syntax"},
    "delivered": set(),
    "exceedlimit": {"message_too_large"},
    "expired": {"expired"},
    # A rejected recipient, if Sisimai does not know which SMTP command was answered.
    "filtered": {"user_unknown", "policy"},
    "hasmoved": {"user_unknown"},
    "hostunknown": {"domain_unknown"},
    "mailboxfull": {"mailbox_full"},
    "mailererror": {"other"},
    "mesgtoobig": {"message_too_large"},
    "networkerror": {"network"},
    "norelaying": {"relay_denied"},
    "notaccept": {"policy"},
    "onhold": set(),
    "policyviolation": {"policy"},
    "rejected": {"policy", "auth_failure"},
    "securityerror": {"policy", "auth_failure"},
    "spamdetected": {"spam_content"},
    "speeding": {"rate_limited"},
    "suspend": {"mailbox_disabled"},
    "syntaxerror": {"syntax"},
    "systemerror": {"network", "other"},
    "systemfull": {"network", "other"},
    "toomanyconn": {"rate_limited"},
    "undefined": set(),
    "userunknown": {"user_unknown"},
    "vacation": {"other"},
    "virusdetected": {"virus"},
}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--all", action="store_true", help="print all replies of each class")
    everything = arguments.parse_args().all

    replies = [json.loads(line) for file in sorted(CORPUS.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()]
    if not replies:
        sys.exit(f"no replies in {CORPUS}")
    texts = "".join(json.dumps(reply["text"]) + "\n" for reply in replies)
    ours = [json.loads(line)["reason"] for line in answers([os.environ["MAILHOOKS"], "classify", "--json"], texts)]
    theirs = answers(["perl", str(HERE / "judge.pl")], texts)
    if not len(replies) == len(ours) == len(theirs):
        sys.exit(f"{len(replies)} replies, but {len(ours)} results of our classifier and {len(theirs)} of Sisimai")

    classes = defaultdict(list)
    agree = silent = 0
    for reply, our, their in zip(replies, ours, theirs):
        if not SAME[their]:
            silent += 1
        elif our in SAME[their]:
            agree += 1
        else:
            classes[our, their].append(reply)
    return report(classes, explained(), everything, f"{len(replies)} replies: Sisimai agrees on {agree} and has no reason for {silent}")


def answers(command: list[str], texts: str) -> list[str]:
    return subprocess.run(command, input=texts, stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout.splitlines()


def explained() -> dict[tuple[str, str], str]:
    lines = (HERE / "explained.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {(our, their): why for our, their, why in rows}


def report(classes: dict, reasons: dict, everything: bool, summary: str) -> int:
    print(f"{'ours':18} {'Sisimai':16} {'count':>5} {'we are right':>12} {'it is right':>11}  example")
    for (our, their), replies in sorted(classes.items(), key=lambda entry: (-len(entry[1]), entry[0])):
        we = sum(our in reply["reasons"] for reply in replies)
        it = sum(bool(SAME[their] & set(reply["reasons"])) for reply in replies)
        examples = [" ".join(reply["text"].split())[:90] for reply in (replies if everything else replies[:1])]
        print(f"{our:18} {their:16} {len(replies):5} {we:12} {it:11}  {examples[0]}")
        for example in examples[1:]:
            print(f"{'':66}{example}")
    disagreements = sum(map(len, classes.values()))
    print(f"{summary}; {disagreements} disagreements in {len(classes)} classes")

    for our, their in sorted(reasons.keys() - classes.keys()):
        print(f"explained.tsv: {our}, {their} no longer occurs")
    unexplained = sorted(classes.keys() - reasons.keys())
    for our, their in unexplained:
        print(f"no explanation in explained.tsv: {our}, {their}", file=sys.stderr)
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
