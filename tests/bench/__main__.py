"""Measures the cost of a webhook for the release binaries, a bare handler, and the same job in Node and Python, in one run.
Run by tests/bench/run."""
import argparse
import functools
import json
import pathlib
import sys
import tempfile
import time
import zipfile

import chart
from measure import COUNTER, count_program, run
from webhooks import (array, array_of_bounces, bounce, bounce_body, delivery, forged, large_attachment, large_event, large_mail,
                      mail)

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMITS = pathlib.Path(__file__).parent / "limits.json"
PAGE = ROOT / "docs/performance.md"
OWN = "our own code"
# Instructions per block of 64 bytes with the processor's SHA instructions: those of the loop around `sha256rnds2` in the machine
# code of `compute`.
IN_HARDWARE = 164
MARKS = "<!-- From here on written by `tests/bench/run --write`. -->", "<!-- To here. -->"


def main():
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(pathlib.Path(folder), options)
        ours = bench.ours()
        peers = {} if options.gate else bench.peers()
    table = report(ours, peers)
    print(table)
    if options.write:
        head, tail = PAGE.read_text().partition(MARKS[0])[0], PAGE.read_text().partition(MARKS[1])[2]
        PAGE.write_text(f"{head}{MARKS[0]}\n\n{table}\n{MARKS[1]}{tail}")
        (ROOT / "docs/performance.svg").write_text(chart.draw(ours, peers))
    sys.exit(1 if check(ratios(ours, options)) else 0)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gate", action="store_true", help="skip Node and Python")
    parser.add_argument("--write", action="store_true", help="write the table and the chart into docs")
    parser.add_argument("--functions", type=pathlib.Path, required=True)
    parser.add_argument("--yardsticks", type=pathlib.Path, required=True)
    parser.add_argument("--node", type=pathlib.Path, help="folder with the bundle and Lambda's runtime client for Node")
    parser.add_argument("--python", type=pathlib.Path, help="Python with boto3 and Lambda's runtime client for Python")
    return parser.parse_args()


class Bench:
    def __init__(self, folder, options):
        self.folder, self.options = folder, options
        # By program: the function that hashes in software, because callgrind hides the SHA instructions, and its cost per block.
        self.software, self.block = {}, None

    def function(self, name):
        return [str(self.options.functions / name / "bootstrap")]

    def count(self, command, make, status=200, few=5, many=25, **how):
        """The count of one warm event: the difference between `many` and `few` events, per event."""
        runs = [run(self.folder, command, [make(n) for n in range(count)], status, **how) for count in (few, many)]
        return (runs[1].count - runs[0].count) / (many - few)

    def row(self, command, make, times=200, status=200, few=5, many=25, **how):
        count = self.count(command, make, status, few, many, **how)
        if command[0].endswith("bootstrap") and COUNTER == "callgrind":
            # Hashing is by far the most expensive function in the calls that set this.
            self.software.setdefault(command[0], (max(count, key=count.get), self.block))
        native = run(self.folder, command, [make(n) for n in range(times)], status, counted=False, **how)
        return {"instructions": self.instructions(command, count), "cpu_ms": 1000 * native.cpu / times, "peak_mb": native.peak / 1e6,
                "calls": len(native.calls) / times}

    def instructions(self, command, count):
        """The total, corrected for the processor's SHA instructions if callgrind counted software hashing instead."""
        name, block = self.software.get(command[0], (None, IN_HARDWARE))
        return count.total() - count[name] * (1 - IN_HARDWARE / block)

    def job(self, command, warm, task_root=None):
        """The operations that we and the peers run. A runtime client looks for the handler in its working directory."""
        few, many = warm
        row = functools.partial(self.row, task_root=task_root)
        rows = {
            "bounce": row(command, bounce, few=few, many=many),
            "delivery": row(command, delivery, few=few, many=many),
            "duplicate": row(command, bounce, few=few, many=many, known=lambda _: True),
            "bad signature": row(command, forged, status=503, few=few, many=many),
            "array of 100 bounces": row(*self.taken_by(command, "emailit", array, array_of_bounces), times=20, few=2, many=6),
            "mail of 4 MB": row(*self.taken_by(command, "getmailer", large_mail, large_event), times=5, few=2, many=6),
        }
        start = self.instructions(command, run(self.folder, command, [], 200, task_root=task_root).count)
        first = self.instructions(command, run(self.folder, command, [bounce(0)], 200, task_root=task_root).count)
        cold = {"start": start, "start and first bounce": first, "first bounce": first - start}
        return {name: {"instructions": instructions} for name, instructions in cold.items()} | rows

    def taken_by(self, command, provider, ours, theirs):
        """The program and event for an operation that JetEmail does not send. A peer gets it in JetEmail's format."""
        return (self.function(provider), ours) if command[0].endswith("bootstrap") else (command, theirs)

    def ours(self):
        own = self.own_code()
        rows = self.job(self.function("jetemail"), (5, 25)) | own
        rows["array of 100, half of them known"] = self.row(
            self.function("emailit"), array, times=20, few=2, many=6, known=lambda put: put % 2)
        for name, size in [("mail of 1 KB", 1_000), ("mail of 100 KB", 100_000)]:
            rows[name] = self.row(self.function("getmailer"), lambda n, size=size: mail(n, size), times=5, few=2, many=6)
        rows["attachment of 4 MB"] = self.row(self.function("getmailer"), large_attachment, times=5, few=2, many=6)
        rows["bare handler"] = self.row([str(self.options.yardsticks / "echo")], bounce)
        rows["bare handler with one call"] = self.row([str(self.options.yardsticks / "put")], bounce)
        return rows

    def own_code(self):
        """Verification, normalization and the announcement of a bounce, without the runtime and the AWS SDK."""
        program, rows = str(self.options.yardsticks / "compute"), {}
        for kind, word, work in [("bounce", "outbound.bounced", "announcement"), ("delivery", "outbound.delivered", "event")]:
            body = self.folder / f"{word}.json"
            body.write_bytes(bounce_body(0, word))
            counts = {what: self.times(1_000, [program, what, str(body)], 100) for what in ("hmac", work)}
            if COUNTER == "callgrind":
                name = max(counts["hmac"], key=counts["hmac"].get)
                # The blocks of 64 bytes that HMAC hashes (RFC 2104): the body with its padding, the key twice, and the result.
                self.block = counts["hmac"][name] / ((len(body.read_bytes()) + 9 + 63) // 64 + 3)
                self.software[program] = name, self.block
            rows[f"{OWN} of a {kind}"] = {"instructions": self.instructions([program], counts[work])}
        return rows

    def times(self, many, command, few):
        """The instructions per repetition of the work, from runs of a program with `few` and `few + many` repetitions."""
        counts = [count_program(self.folder, [*command, str(times)]) for times in (few, few + many)]
        return (counts[1] - counts[0]) / many

    def peers(self):
        python = str(self.options.python.absolute())
        self.hashes("node", "-e", "crypto.createHash('sha256').update(Buffer.alloc(+process.argv[1])).digest()")
        self.hashes(python, "-c", "import hashlib, sys; hashlib.sha256(bytes(int(sys.argv[1]))).digest()")
        # Started as on Lambda: the runtime client with the name of the handler.
        node = ["node", "node_modules/aws-lambda-ric/bin/index.mjs", "bundle.handler"]
        python = [python, "-B", "-m", "awslambdaric", "main.handler"]
        # Their first events cost more than later ones, so the counts start later; Node keeps getting faster (tests/bench/README.md).
        return {"Node": self.job(node, (100, 200), self.options.node),
                "Python": self.job(python, (20, 60), ROOT / "tests/bench/peers/python")}

    def hashes(self, program, *words):
        """Finds the function that a peer hashes with and its cost per block, from runs with few and many bytes."""
        if COUNTER == "callgrind":
            few, many = (count_program(self.folder, [program, *words, str(size)]) for size in (1_000_000, 5_000_000))
            name, count = (many - few).most_common(1)[0]
            self.software[program] = name, count / (4_000_000 / 64)


def ratios(ours, options):
    """The figures with limits, by name. Each is the same on every machine to about one percent."""
    def cost(name):
        return ours[name]["instructions"]

    figures = {
        "bad signature / bare handler": cost("bad signature") / cost("bare handler"),
        **{f"{OWN} of a {kind} / bare handler": cost(f"{OWN} of a {kind}") / cost("bare handler") for kind in ("bounce", "delivery")},
        "bounce / bare handler": cost("bounce") / cost("bare handler"),
        "delivery / bare handler with one call": cost("delivery") / cost("bare handler with one call"),
        "duplicate / delivery": cost("duplicate") / cost("delivery"),
        "first bounce / bounce": cost("first bounce") / cost("bounce"),
        "start and first bounce / bounce": cost("start and first bounce") / cost("bounce"),
        "an event of an array of 100 / bounce": cost("array of 100 bounces") / 100 / cost("bounce"),
        "half known / all new": cost("array of 100, half of them known") / cost("array of 100 bounces"),
        "a byte of 4 MB / a byte of 100 KB": cost("mail of 4 MB") / cost("mail of 100 KB") / 40,
        "an attachment of 4 MB / text of 4 MB": cost("attachment of 4 MB") / cost("mail of 4 MB"),
        "AWS calls of a bounce": ours["bounce"]["calls"],
        "AWS calls of a delivery": ours["delivery"]["calls"],
        "AWS calls of a duplicate": ours["duplicate"]["calls"],
        "AWS calls of a bad signature": ours["bad signature"]["calls"],
        "peak MB of small events": max(ours["bounce"]["peak_mb"], ours["delivery"]["peak_mb"]),
        "peak MB of a mail of 4 MB": ours["mail of 4 MB"]["peak_mb"],
    }
    programs = sorted(options.functions.glob("*/bootstrap"))
    figures["largest program, MB"] = max(program.stat().st_size for program in programs) / 1e6
    figures["largest zip, MB"] = max(map(zipped, programs)) / 1e6
    return figures


def zipped(program):
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.write(program, "bootstrap")
        return file.tell()


def report(ours, peers):
    """The costs as a Markdown table."""
    model = next((line.partition(": ")[2] for line in open("/proc/cpuinfo") if line.startswith("model name")), "an unnamed processor")
    columns = ["thousand instructions", *peers, "CPU ms", "peak MB", "calls to AWS"]
    lines = [f"Counted on {time.strftime('%d %B %Y')} with {COUNTER}, on {model.strip()}.", "",
             f"| operation | {' | '.join(columns)} |", f"| --- |{' ---: |' * len(columns)}"]
    for name, row in ours.items():
        others = [f"{rows[name]['instructions'] / row['instructions']:.1f} ×" if name in rows else "" for rows in peers.values()]
        rest = [f"{row[key]:.{digits}f}" if key in row else "" for key, digits in [("cpu_ms", 2), ("peak_mb", 1), ("calls", 1)]]
        cells = [name, format(row["instructions"] / 1000, ",.0f"), *others, *rest]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def check(figures):
    limits = json.loads(LIMITS.read_text())
    assert limits.keys() == figures.keys(), f"figures without a limit, or limits without a figure: {limits.keys() ^ figures.keys()}"
    for name, limit in limits.items():
        print(f"{name}: {figures[name]:.3f}, at most {limit['most']}")
    failed = [name for name, limit in limits.items() if figures[name] > limit["most"]]
    for name in failed:
        print(f"{name} is {figures[name]:.3f}, above its limit in {LIMITS.name}", file=sys.stderr)
    return failed


main()
