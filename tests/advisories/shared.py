"""What the checks of all kinds of dependencies need."""

import datetime
import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Missing(Exception):
    """A check cannot be made, for this reason."""


def run(*command, cwd=ROOT):
    return subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)


def tracked(pattern):
    return [ROOT / name for name in run("git", "ls-files", pattern).stdout.split()]


def last_line(text, otherwise):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else otherwise


def parsed(ran, what):
    try:
        return json.loads(ran.stdout)
    except json.JSONDecodeError:
        raise Missing(f"{what}: {last_line(ran.stderr or ran.stdout, 'no answer')}") from None


def planted(found):
    if not found:
        raise Missing("the check does not find a planted old version")


def age(date):
    days = (datetime.datetime.now(datetime.timezone.utc).date() - datetime.date.fromisoformat(date)).days
    return f"{date}, {days} days old"
