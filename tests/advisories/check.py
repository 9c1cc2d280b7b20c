"""Compares the dependencies with lists of advisories, and says which lists there were and how old they are.

A package registry knows which versions were yanked, and answers at once. RustSec's list is in a repository on GitHub, and the
lists for Python and npm are behind services of their registries that a mirror need not have. A check that cannot be made is
printed as NOT CHECKED, and fails the run unless --registries is given. Each check must first find a planted old version.
"""

import argparse
import datetime
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RUSTSEC = "https://github.com/RustSec/advisory-db.git"
# Versions with an advisory, and yanked versions.
OLD = {"cargo": ("time", "0.1.40"), "pip": ("jinja2", "2.10"), "npm": ("minimist", "1.2.0")}
YANKED = {"cargo": ("url", "2.5.3"), "pip": ("requests", "2.32.0")}


class Missing(Exception):
    """A list cannot be had, for this reason."""


def run(*command, cwd=ROOT):
    return subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)


def tracked(pattern):
    return [ROOT / name for name in run("git", "ls-files", pattern).stdout.split()]


def parsed(ran, what):
    try:
        return json.loads(ran.stdout)
    except json.JSONDecodeError:
        lines = [line for line in (ran.stderr or ran.stdout).splitlines() if line.strip()]
        raise Missing(f"{what}: {lines[-1].strip() if lines else 'no answer'}") from None


def lock_of(folder, name, version):
    """A Cargo.lock with this crate."""
    lock = folder / "Cargo.lock"
    source = "registry+https://github.com/rust-lang/crates.io-index"
    lock.write_text(f'version = 3\n\n[[package]]\nname = "{name}"\nversion = "{version}"\nsource = "{source}"\nchecksum = "{"0" * 64}"\n')
    return lock


def empty_database(folder):
    """A list without advisories, with which cargo-audit still asks the registry for yanked versions."""
    (folder / "crates").mkdir()
    run("git", "init", "--quiet", cwd=folder)
    return folder


def cargo_audit(database, lock):
    ran = run("cargo-audit", "audit", "--db", database, "--no-fetch", "--stale", "--json", "--file", lock)
    report = parsed(ran, "cargo-audit")
    named = lambda entry: f"{entry['package']['name']} {entry['package']['version']}"
    vulnerable = [f"{named(one)}: {one['advisory']['id']} {one['advisory']['title']}" for one in report["vulnerabilities"]["list"]]
    warnings = report["warnings"]
    yanked = [f"{named(one)}: yanked" for one in warnings.pop("yanked", [])]
    notes = [f"{named(one)}: {kind}, {one['advisory']['id']}" for kind, entries in warnings.items() for one in entries]
    return report["database"]["advisory-count"], vulnerable, yanked, notes


def cargo_yanked(folder):
    database = empty_database(folder)
    planted(cargo_audit(database, lock_of(folder, *YANKED["cargo"]))[2])
    return "crates.io", [problem for lock in tracked("*Cargo.lock") for problem in cargo_audit(database, lock)[2]]


def cargo_advisories(folder, database):
    if database is None:
        database = folder / "advisory-db"
        ran = run("git", "clone", "--quiet", "--depth=1", RUSTSEC, database)
        if ran.returncode:
            raise Missing(f"{RUSTSEC} cannot be cloned: {ran.stderr.strip().splitlines()[-1]}")
    date = run("git", "log", "-1", "--format=%cI", cwd=database).stdout.strip()
    if not date:
        raise Missing(f"{database} is not a clone of {RUSTSEC}")
    # The newest commit says how old the list is.
    planted(cargo_audit(database, lock_of(folder, *OLD["cargo"]))[1])
    found = []
    for lock in tracked("*Cargo.lock"):
        count, vulnerable, _, notes = cargo_audit(database, lock)
        found += vulnerable
        for note in notes:
            print(f"  note: {lock.relative_to(ROOT)}: {note}")
    return f"RustSec, {count} advisories, {age(date)}", found


def age(date):
    then = datetime.datetime.fromisoformat(date)
    days = (datetime.datetime.now(datetime.timezone.utc) - then).days
    return f"list of {then.date()}, {days} days old"


def requirements():
    return tracked("*requirements*.txt")


def requirement(folder, name, version):
    file = folder / "planted-requirements.txt"
    file.write_text(f"{name}=={version}\n")
    return file


def pip_yanked(folder):
    def yanked(file):
        ran = run("uv", "pip", "compile", "--refresh", "--no-deps", "--no-header", "--no-annotate", file)
        if ran.returncode:
            raise Missing(f"PyPI: {ran.stderr.strip().splitlines()[-1]}")
        return [line.removeprefix("warning: ").replace("`", "") for line in ran.stderr.splitlines() if "is yanked" in line]

    planted(yanked(requirement(folder, *YANKED["pip"])))
    return "PyPI", [f"{file.relative_to(ROOT)}: {line}" for file in requirements() for line in yanked(file)]


def pip_advisories(folder):
    def vulnerable(file):
        ran = run("pip-audit", "--requirement", file, "--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off")
        found = []
        for package in parsed(ran, "pip-audit")["dependencies"]:
            if reason := package.get("skip_reason"):
                raise Missing(f"PyPI's advisories: {reason}")
            found += [f"{package['name']} {package['version']}: {one['id']}" for one in package["vulns"]]
        return found

    planted(vulnerable(requirement(folder, *OLD["pip"])))
    return "PyPI's advisories of today", [f"{file.relative_to(ROOT)}: {line}" for file in requirements() for line in vulnerable(file)]


def npm_advisories(folder):
    def vulnerable(place):
        report = parsed(run("npm", "audit", "--package-lock-only", "--json", cwd=place), "npm audit")
        if "vulnerabilities" not in report:
            raise Missing(f"npm's advisories: {report.get('message') or report.get('error')}")
        return [f"{name}: {one['severity']}, {one['range']}" for name, one in report["vulnerabilities"].items()]

    name, version = OLD["npm"]
    (folder / "package.json").write_text(json.dumps({"name": "planted", "version": "1.0.0", "dependencies": {name: version}}))
    run("npm", "install", "--package-lock-only", "--no-audit", cwd=folder)
    planted(vulnerable(folder))
    locks = tracked("*package-lock.json")
    return "npm's advisories of today", [f"{lock.relative_to(ROOT)}: {line}" for lock in locks for line in vulnerable(lock.parent)]


def planted(found):
    if not found:
        raise Missing("the check does not find a planted old version")


def without_bot():
    """The folders of lock files that Dependabot does not update."""
    listed = re.findall(r"(?<=[\[ ])/[\w/-]*", (ROOT / ".github/dependabot.yml").read_text(encoding="utf-8"))
    files = tracked("*Cargo.lock") + tracked("*package-lock.json") + requirements()
    folders = sorted({"/" + file.parent.relative_to(ROOT).as_posix().removeprefix(".") for file in files})
    return ".github/dependabot.yml", [f"{folder} is not listed" for folder in folders if folder not in listed]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--registries", action="store_true")
    options = parser.parse_args()
    needed = {"folders without updates": lambda _: without_bot(), "crates: yanked versions": cargo_yanked,
              "Python: yanked versions": pip_yanked}
    lists = {"crates: advisories": lambda folder: cargo_advisories(folder, options.database), "Python: advisories": pip_advisories,
             "npm: advisories": npm_advisories}
    failed = False
    for name, check in (needed | lists).items():
        folder = pathlib.Path(tempfile.mkdtemp())
        try:
            source, found = check(folder)
        except Missing as missing:
            print(f"{name}: NOT CHECKED: {missing}")
            failed |= name in needed or not options.registries
        else:
            print(f"{name}: {len(found)} found ({source})")
            for problem in found:
                print(f"  {problem}")
            failed |= bool(found)
        finally:
            shutil.rmtree(folder)
    sys.exit("dependencies: a known problem, or a check that could not be made" if failed else None)


if __name__ == "__main__":
    main()
