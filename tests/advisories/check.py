"""Compares the dependencies with lists of advisories, and says which lists there were and how old they are.

A package registry knows which versions were yanked, and answers at once. RustSec's list is in a repository on GitHub, and the
lists for Python and npm are behind services of their registries that a mirror need not have. With --registries, a snapshot stands
in for RustSec's list. A check that cannot be made is printed as NOT CHECKED, and fails the run; with --registries the advisories
on Python and npm packages are excepted. Each check must first find a planted old version.
"""

import argparse
import json
import pathlib
import re
import sys
import tempfile

import crates
from shared import ROOT, Missing, last_line, parsed, planted, run, tracked

# Versions with an advisory, and a yanked version.
OLD = {"pip": ("jinja2", "2.10"), "npm": ("minimist", "1.2.0")}
YANKED = ("requests", "2.32.0")


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
            raise Missing(f"PyPI: {last_line(ran.stderr, 'no answer')}")
        return [line.removeprefix("warning: ").replace("`", "") for line in ran.stderr.splitlines() if "is yanked" in line]

    planted(yanked(requirement(folder, *YANKED)))
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
    parser.add_argument("--snapshot", action="store_true")
    options = parser.parse_args()
    if options.snapshot:
        sys.exit(write_snapshot(options.database))
    needed = {"folders without updates": lambda _: without_bot(), "crates: yanked versions": crates.yanked,
              "crates: advisories": lambda folder: crates.advisories(folder, options.database, options.registries),
              "Python: yanked versions": pip_yanked}
    lists = {"Python: advisories": pip_advisories, "npm: advisories": npm_advisories}
    failed = False
    for name, check in (needed | lists).items():
        try:
            with tempfile.TemporaryDirectory() as folder:
                source, found = check(pathlib.Path(folder))
        except Missing as missing:
            print(f"{name}: NOT CHECKED: {missing}")
            failed |= name in needed or not options.registries
        else:
            print(f"{name}: {len(found)} found ({source})")
            for problem in found:
                print(f"  {problem}")
            failed |= bool(found)
    sys.exit("dependencies: a known problem, or a check that could not be made" if failed else None)


def write_snapshot(database):
    try:
        with tempfile.TemporaryDirectory() as folder:
            crates.write_snapshot(pathlib.Path(folder), database)
    except Missing as missing:
        return f"rustsec.json: not written: {missing}"


if __name__ == "__main__":
    main()
