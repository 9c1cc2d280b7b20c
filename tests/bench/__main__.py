"""What a webhook costs: the release binaries, a bare handler, the arithmetic that nobody can save, and the same job in Node and in
Python, in one run. tests/bench/run starts it."""
import argparse
import hashlib
import hmac
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import zipfile

import chart
from measure import COUNTER, SECRET, Run, count_program
from world import gateway_event

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMITS = pathlib.Path(__file__).parent / "limits.json"
PAGE = ROOT / "docs/performance.md"
MARKS = "<!-- From here on written by `tests/bench/run --write`. -->", "<!-- To here. -->"


def main():
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(pathlib.Path(folder), options)
        ours = bench.ours()
        peers = {} if options.gate else bench.peers()
    figures = ratios(ours, peers, options)
    table = report(ours, peers, figures)
    print(table)
    if options.write:
        head, tail = PAGE.read_text().partition(MARKS[0])[0], PAGE.read_text().partition(MARKS[1])[2]
        PAGE.write_text(f"{head}{MARKS[0]}\n\n{table}\n{MARKS[1]}{tail}")
        (ROOT / "docs/performance.svg").write_text(chart.draw(ours, peers))
    failed = check(figures, options.gate)
    sys.exit(1 if failed else 0)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gate", action="store_true", help="only what is limited, without Node and Python")
    parser.add_argument("--write", action="store_true", help="write the table and the chart into docs")
    parser.add_argument("--functions", type=pathlib.Path, required=True)
    parser.add_argument("--yardsticks", type=pathlib.Path, required=True)
    parser.add_argument("--node", type=pathlib.Path)
    parser.add_argument("--python", type=pathlib.Path)
    return parser.parse_args()


class Bench:
    def __init__(self, folder, options):
        self.folder, self.options = folder, options

    def function(self, name):
        return [str(self.options.functions / name / "bootstrap")]

    def instructions(self, command, make, status=200, few=5, many=25, **how):
        """Of one event, warm: what `many` of them take more than `few`."""
        runs = [Run(self.folder, command, [make(n) for n in range(count)], status, **how) for count in (few, many)]
        return (runs[1].instructions - runs[0].instructions) / (many - few)

    def cold(self, command, make):
        start = Run(self.folder, command, [], 200).instructions
        return start, Run(self.folder, command, [make(0)], 200).instructions

    def native(self, command, make, times=200, status=200, **how):
        run = Run(self.folder, command, [make(n) for n in range(times)], status, counted=False, **how)
        return {"cpu_ms": 1000 * run.cpu / times, "peak_mb": run.peak / 1e6, "calls": len(run.calls) / times}

    def job(self, command, warm):
        """What both ours and the peers do."""
        few, many = warm
        start, first = self.cold(command, bounce)
        rows = {
            "start": {"instructions": start},
            "start and first bounce": {"instructions": first},
            "bounce": {"instructions": self.instructions(command, bounce, few=few, many=many)} | self.native(command, bounce),
            "delivery": {"instructions": self.instructions(command, delivery, few=few, many=many)} | self.native(command, delivery),
            "duplicate": {"instructions": self.instructions(command, bounce, few=few, many=many, known=lambda _: True)}
            | self.native(command, bounce, known=lambda _: True),
            "bad signature": {"instructions": self.instructions(command, forged, status=503, few=few, many=many)}
            | self.native(command, forged, status=503),
        }
        rows["first bounce"] = {"instructions": first - start}
        return rows

    def ours(self):
        rows = self.job(self.function("jetemail"), (5, 25))
        emailit = self.function("emailit")
        rows["array of 100 bounces"] = {"instructions": self.instructions(emailit, array, few=2, many=6)} | self.native(emailit, array, times=20)
        rows["array of 100, half of them known"] = (
            {"instructions": self.instructions(emailit, array, few=2, many=6, known=lambda put: put % 2)}
            | self.native(emailit, array, times=20, known=lambda put: put % 2))
        getmailer = self.function("getmailer")
        for name, size in [("mail of 1 KB", 1_000), ("mail of 100 KB", 100_000), ("mail of 4 MB", 4_000_000)]:
            rows[name] = ({"instructions": self.instructions(getmailer, lambda n: mail(n, size), few=2, many=6)}
                          | self.native(getmailer, lambda n: mail(n, size), times=5))
        echo = [str(self.options.yardsticks / "echo")]
        rows["bare handler"] = {"instructions": self.instructions(echo, bounce)} | self.native(echo, bounce)
        rows |= self.arithmetic(rows["bad signature"]["instructions"])
        return rows

    def arithmetic(self, forged):
        """HMAC and one scan, and our own code, of the body of a bounce."""
        body = self.folder / "body.json"
        body.write_bytes(bounce_body(0, "outbound.bounced"))
        program = str(self.options.yardsticks / "compute")
        rows = {}

        def each(what):
            few, many = (count_program(self.folder, [program, what, str(body), str(times)]) for times in (100, 1_100))
            return (many - few) / 1_000

        mac, floor, own = each("hmac"), each("floor"), each("own")
        if COUNTER == "callgrind":
            # valgrind hides the processor's SHA instructions, and the software in their place would outweigh all else. So the HMAC
            # is counted as what it takes with them: 165 a block of 64 bytes, and four blocks more for the key and the result.
            blocks = len(body.read_bytes()) // 64 + 1 + 4
            software = mac - 165 * blocks
            floor, own = floor - software, own - software
            # It has no other hash to compute than this one.
            rows["bad signature, HMAC in hardware"] = {"instructions": forged - software}
        else:
            rows["bad signature, HMAC in hardware"] = {"instructions": forged}
        return rows | {"arithmetic floor": {"instructions": floor}, "our own code": {"instructions": own}}

    def peers(self):
        node = ["node", str(self.options.node)]
        python = [str(self.options.python), "-B", str(ROOT / "tests/bench/peers/python/main.py")]
        # Their first hundred calls are not yet what the later ones are.
        return {"Node": self.job(node, (100, 200)), "Python": self.job(python, (20, 60))}


def bounce_body(number, kind):
    return json.dumps({
        "id": f"evt_01HZX4V8Q2M{number:06}", "type": kind, "created_at": "2026-03-01T12:00:00Z",
        "data": {"uid": f"msg_01HZX4V8Q2ABC{number:06}", "from": "news@shop.example.com", "to": "ada.lovelace@example.org",
                 "subject": "Your order 4711 has been shipped and is on its way", "bounce_type": "hard",
                 "response": "550 5.1.1 <ada.lovelace@example.org>: Recipient address rejected: User unknown in virtual mailbox table",
                 "mx": "mx1.example.org", "ip": "192.0.2.17", "tags": ["order", "shipping"], "attempt": 1}}, separators=(",", ":")).encode()


def signed(body):
    return {"x-webhook-signature": "sha256=" + digest(body)}


def digest(body):
    return hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


def bounce(number):
    body = bounce_body(number, "outbound.bounced")
    return gateway_event("jetemail", body, signed(body))


def delivery(number):
    body = bounce_body(number, "outbound.delivered")
    return gateway_event("jetemail", body, signed(body))


def forged(number):
    return gateway_event("jetemail", bounce_body(number, "outbound.bounced"), signed(b"another"))


def array(number):
    events = [{"event_id": f"evt_{number:04}{one:04}", "type": "email.bounced", "created_at": 1772366400,
               "data": {"object": {"id": f"em_{number:04}{one:04}", "from": "news@shop.example.com", "to": f"person{one}@example.org",
                                   "subject": "Your order has been shipped", "smtp_response": "550 5.1.1 User unknown"}}} for one in range(100)]
    body = json.dumps(events, separators=(",", ":")).encode()
    now = str(int(time.time()))
    return gateway_event("emailit", body, {"x-emailit-timestamp": now, "x-emailit-signature": digest(f"{now}.".encode() + body)})


def mail(number, size):
    line = f"Line {number} of a mail that says much the same as all the others. "
    text = (line * (size // len(line) + 1))[:size]
    body = json.dumps({"id": f"evt_{number}", "event": "email.received", "timestamp": "2026-03-01T12:00:00Z",
                       "data": {"emailId": f"in_{number}", "from": "a@example.com", "to": "b@example.org", "subject": "Mail", "text": text}}).encode()
    return gateway_event("getmailer", body, {"x-getmailer-signature": "sha256=" + digest(body)})


def ratios(ours, peers, options):
    """What is limited: each a name and a number that is the same on every machine, to about a percent."""
    def cost(name, of=ours):
        return of[name]["instructions"]

    figures = {
        "bad signature / bare handler": cost("bad signature, HMAC in hardware") / cost("bare handler"),
        "our own code / arithmetic floor": cost("our own code") / cost("arithmetic floor"),
        "bounce / bare handler": cost("bounce") / cost("bare handler"),
        "delivery / bare handler": cost("delivery") / cost("bare handler"),
        "duplicate / delivery": cost("duplicate") / cost("delivery"),
        "first bounce / bounce": cost("first bounce") / cost("bounce"),
        "start and first bounce / bounce": cost("start and first bounce") / cost("bounce"),
        "an event of an array of 100 / bounce": cost("array of 100 bounces") / 100 / cost("bounce"),
        "half known / all new": cost("array of 100, half of them known") / cost("array of 100 bounces"),
        "a byte of 4 MB / a byte of 100 KB": cost("mail of 4 MB") / cost("mail of 100 KB") / 40,
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
    for name, rows in peers.items():
        for what in ["start and first bounce", "bounce", "delivery"]:
            figures[f"{what}: {name} / ours"] = cost(what, rows) / cost(what)
    return figures


def zipped(program):
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.write(program, "bootstrap")
        return file.tell()


def report(ours, peers, figures):
    model = next((line.partition(": ")[2] for line in open("/proc/cpuinfo") if line.startswith("model name")), "an unnamed processor")
    lines = [f"Counted on {time.strftime('%d %B %Y')} with {COUNTER}, on {model.strip()}.", "",
             "| one … | thousand instructions | Node | Python | CPU ms | peak MB | calls to AWS |", "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for name, row in ours.items():
        others = [f"{rows[name]['instructions'] / row['instructions']:.0f} ×" if name in rows else "" for rows in
                  (peers.get("Node", {}), peers.get("Python", {}))]
        rest = [f"{row[key]:.{digits}f}" if key in row else "" for key, digits in [("cpu_ms", 2), ("peak_mb", 1), ("calls", 1)]]
        lines.append(f"| {name} | {row['instructions'] / 1000:,.0f} | {' | '.join(others + rest)} |")
    limits = json.loads(LIMITS.read_text())
    lines += ["", "| ratio, or figure | measured | limit | why this limit |", "| --- | ---: | ---: | --- |"]
    for name, figure in figures.items():
        limit = limits.get(name, {})
        bound = f"{'≥' if limit.get('least') else '≤'} {limit.get('least') or limit.get('most')}" if limit else ""
        lines.append(f"| {name} | {figure:.2f} | {bound} | {limit.get('reason', '')} |")
    return "\n".join(lines) + "\n"


def check(figures, gate):
    limits = json.loads(LIMITS.read_text())
    unmeasured = {name for name in limits if name not in figures and not (gate and " / ours" in name)}
    assert not unmeasured, f"limits of what is not measured: {unmeasured}"
    failed = [name for name, limit in limits.items() if name in figures
              and (figures[name] > limit.get("most", float("inf")) or figures[name] < limit.get("least", 0))]
    for name in failed:
        print(f"{name} is {figures[name]:.3f}: beyond the limit of {LIMITS.name}", file=sys.stderr)
    return failed


main()
