"""Counts the instructions of webhooks, and compares their ratios with limits.json. They repeat to about one percent on every
machine, unlike times."""
import json
import pathlib
import sys
import tempfile
import zipfile

from measure import COUNTER, count_program, run
from webhooks import array, bounce, bounce_body, delivery, forged, large_attachment, large_mail, mail

LIMITS = pathlib.Path(__file__).parent / "limits.json"
OWN = "our own code"
# Instructions per block of 64 bytes with the processor's SHA instructions: those of the loop around `sha256rnds2` in the machine
# code of `compute`.
IN_HARDWARE = 164


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
        return {"instructions": self.instructions(command, count), "peak_mb": native.peak / 1e6, "calls": len(native.calls) / times}

    def instructions(self, command, count):
        """The total, corrected for the processor's SHA instructions if callgrind counted software hashing instead."""
        name, block = self.software.get(command[0], (None, IN_HARDWARE))
        return count.total() - count[name] * (1 - IN_HARDWARE / block)

    def rows(self):
        rows = self.own_code()
        jetemail, emailit, getmailer = map(self.function, ("jetemail", "emailit", "getmailer"))
        rows |= {
            "bounce": self.row(jetemail, bounce),
            "delivery": self.row(jetemail, delivery),
            "duplicate": self.row(jetemail, bounce, known=lambda _: True),
            "bad signature": self.row(jetemail, forged, status=503),
            "array of 100 bounces": self.row(emailit, array, times=20, few=2, many=6),
            "array of 100, half of them known": self.row(emailit, array, times=20, few=2, many=6, known=lambda put: put % 2),
            # First of its program, because most of what it takes is hashing.
            "mail of 4 MB": self.row(getmailer, large_mail, times=5, few=2, many=6),
            "mail of 100 KB": self.row(getmailer, lambda n: mail(n, 100_000), times=5, few=2, many=6),
            "attachment of 4 MB": self.row(getmailer, large_attachment, times=5, few=2, many=6),
            "bare handler": self.row([str(self.options.yardsticks / "echo")], bounce),
            "bare handler with one call": self.row([str(self.options.yardsticks / "put")], bounce),
        }
        start = self.instructions(jetemail, run(self.folder, jetemail, [], 200).count)
        first = self.instructions(jetemail, run(self.folder, jetemail, [bounce(0)], 200).count)
        cold = {"start": start, "start and first bounce": first, "first bounce": first - start}
        return rows | {name: {"instructions": instructions} for name, instructions in cold.items()}

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


def table(rows):
    lines = [f"thousand instructions, counted with {COUNTER}"]
    return "\n".join(lines + [f"{row['instructions'] / 1000:>10,.0f}  {name}" for name, row in rows.items()])


def check(figures):
    limits = json.loads(LIMITS.read_text())
    assert limits.keys() == figures.keys(), f"figures without a limit, or limits without a figure: {limits.keys() ^ figures.keys()}"
    for name, limit in limits.items():
        print(f"{name}: {figures[name]:.3f}, at most {limit['most']}")
    failed = [name for name, limit in limits.items() if figures[name] > limit["most"]]
    for name in failed:
        print(f"{name} is {figures[name]:.3f}, above its limit in {LIMITS.name}", file=sys.stderr)
    return failed
