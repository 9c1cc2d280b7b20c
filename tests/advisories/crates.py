"""Compares Cargo.lock files with crates.io and with RustSec's list, or with the snapshot of that list in rustsec.json.

The snapshot has RustSec's advisories on the crates of our Cargo.lock files. The gate uses it where GitHub cannot be reached.
"""

import json
import re
import tomllib

from shared import ROOT, Missing, age, last_line, parsed, planted, run, tracked

RUSTSEC = "https://github.com/RustSec/advisory-db.git"
REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"
SNAPSHOT = ROOT / "tests/advisories/rustsec.json"
# A version with an advisory, and a yanked version.
OLD = ("time", "0.1.40")
YANKED = ("url", "2.5.3")
# License and url name the author of an advisory that RustSec took from GitHub.
KEPT = ("id", "package", "date", "informational", "withdrawn", "license", "url")


def lock_of(folder, name, version):
    """A Cargo.lock with this crate."""
    lock = folder / "Cargo.lock"
    lock.write_text(f'version = 3\n\n[[package]]\nname = "{name}"\nversion = "{version}"\nsource = "{REGISTRY}"\nchecksum = "{"0" * 64}"\n')
    return lock


def audit(database, lock):
    ran = run("cargo-audit", "audit", "--db", database, "--no-fetch", "--stale", "--json", "--file", lock)
    report = parsed(ran, "cargo-audit")
    named = lambda entry: f"{entry['package']['name']} {entry['package']['version']}"
    vulnerable = [f"{named(one)}: {one['advisory']['id']} {one['advisory']['title']}" for one in report["vulnerabilities"]["list"]]
    warnings = report["warnings"]
    yanked = [f"{named(one)}: yanked" for one in warnings.pop("yanked", [])]
    notes = [f"{named(one)}: {kind}, {one['advisory']['id']}" for kind, entries in warnings.items() for one in entries]
    return report["database"]["advisory-count"], vulnerable, yanked, notes


def yanked(folder):
    # With a list without advisories, cargo-audit still asks the registry for yanked versions.
    database = database_of(folder / "advisory-db", [])
    planted(audit(database, lock_of(folder, *YANKED))[2])
    return "crates.io", [problem for lock in tracked("*Cargo.lock") for problem in audit(database, lock)[2]]


def advisories(folder, database, registries):
    try:
        database = database or cloned(folder, seconds=20 if registries else 300)
    except Missing as missing:
        if not registries:
            raise
        print(f"  note: the snapshot is used, because {missing}")
        return advisories_of_snapshot(folder)
    count, found = vulnerable(folder, database)
    return f"RustSec, {count} advisories, list of {age(version(database)[1])}", found


def advisories_of_snapshot(folder):
    snapshot = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    count, found = vulnerable(folder, database_of(folder / "snapshot", snapshot["advisories"]))
    source = f"RustSec snapshot of {age(snapshot['date'])}"
    if unknown := sorted(locked() - set(snapshot["crates"])):
        for problem in found:
            print(f"  {problem}")
        raise Missing(f"{', '.join(unknown)}: not covered by the {source}. Renew it: tests/advisories/run --snapshot")
    return f"{source}, {count} advisories on our crates", found


def vulnerable(folder, database):
    planted(audit(database, lock_of(folder, *OLD))[1])
    found = []
    for lock in tracked("*Cargo.lock"):
        count, problems, _, notes = audit(database, lock)
        found += problems
        for note in notes:
            print(f"  note: {lock.relative_to(ROOT)}: {note}")
    return count, found


def cloned(folder, seconds):
    """RustSec's list. Without a network this gives up after these seconds, and it never asks for a password."""
    database = folder / "advisory-db"
    quietly = ("env", "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=true", "timeout", seconds, "git", "-c", "credential.helper=")
    ran = run(*quietly, "clone", "--quiet", "--depth=1", RUSTSEC, database)
    if ran.returncode:
        raise Missing(f"{RUSTSEC} cannot be cloned: {last_line(ran.stderr, f'no answer in {seconds} s')}")
    return database


def version(database):
    """The newest commit and its date, which says how old the list is."""
    ran = run("git", "log", "-1", "--format=%H %cs", cwd=database)
    if ran.returncode:
        raise Missing(f"{database} is not a clone of {RUSTSEC}")
    return ran.stdout.split()


def locked():
    """The names of the crates that our Cargo.lock files take from crates.io."""
    packages = [package for lock in tracked("*Cargo.lock") for package in tomllib.loads(lock.read_text(encoding="utf-8"))["package"]]
    return {package["name"] for package in packages if package.get("source") == REGISTRY}


def write_snapshot(folder, database):
    database = database or cloned(folder, seconds=300)
    commit, date = version(database)
    crates = sorted(locked() | {OLD[0]})
    files = sorted((file for crate in crates for file in (database / "crates" / crate).glob("*.md")), key=lambda file: file.stem)
    snapshot = {"source": RUSTSEC, "commit": commit, "date": date, "crates": crates, "advisories": [advisory(file) for file in files]}
    SNAPSHOT.write_text(json.dumps(snapshot, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{SNAPSHOT.relative_to(ROOT)}: list of {age(date)}, {len(files)} advisories on {len(crates)} crates")


def advisory(file):
    head, title = re.match(r"```toml\n(.*?)\n```\s+# ([^\n]+)", file.read_text(encoding="utf-8"), re.DOTALL).groups()
    read = tomllib.loads(head)
    kept = {key: read["advisory"][key] for key in KEPT if key in read["advisory"]}
    versions = {key: read["versions"][key] for key in ("patched", "unaffected") if key in read["versions"]}
    return kept | {"title": title} | versions


def database_of(folder, listed):
    """A list in the form of RustSec's repository, as cargo-audit reads it."""
    (folder / "crates").mkdir(parents=True)
    run("git", "init", "--quiet", cwd=folder)
    for one in listed:
        # A string, or a list of strings, is the same in JSON as in TOML.
        lines = lambda keys: "".join(f"{key} = {json.dumps(one[key], ensure_ascii=False)}\n" for key in keys if key in one)
        file = folder / "crates" / one["package"] / f"{one['id']}.md"
        file.parent.mkdir(exist_ok=True)
        versions = lines(("patched", "unaffected"))
        file.write_text(f"```toml\n[advisory]\n{lines(KEPT)}\n[versions]\n{versions}```\n\n# {one['title']}\n", encoding="utf-8")
    return folder
