"""Measures programs in time, as deployed: with a share of a processor, five milliseconds for each call to AWS, a pause between
webhooks, the secret in Secrets Manager, the system's root certificates and a session token as long as Lambda's."""
import contextlib
import queue
import ssl
import statistics
import time

from measure import SECRET, peak_bytes, variables
from sandbox import Sandbox
from webhooks import bounce, delivery, large_attachment, large_attachment_event, large_mail, large_mail_event
from world import Aws, RuntimeApi

CALL_SECONDS = 0.005
PAUSE_SECONDS = 0.03
SIZES = 128, 256
# The price of an arm64 function in us-east-1 <https://aws.amazon.com/lambda/pricing/>.
DOLLARS_PER_GB_SECOND = 0.0000133334
PATIENCE = 120
# How often the programs take turns with webhooks.
TURNS = 3


class Program:
    """A program that is measured. `getmailer` receives the mail of GetMailer; the peers receive it in JetEmail's format."""

    def __init__(self, name, command, size=None, folder=None, getmailer=None):
        self.name, self.command, self.folder, self.size = name, command, folder, size
        self.of_mail = getmailer or command
        self.mails = {"text": large_mail, "attachment": large_attachment} if getmailer else {
            "text": large_mail_event, "attachment": large_attachment_event}
        self.is_ours = getmailer is not None


class Function:
    """A running program."""

    def __init__(self, folder, program, command):
        self.api, self.aws = RuntimeApi(), Aws(folder, SECRET, lambda put: False, CALL_SECONDS)
        chosen = variables(self.aws, self.api) | {"AWS_SESSION_TOKEN": "t" * 700, **roots(folder, self.aws)}
        if program.is_ours:
            del chosen["SIGNING_SECRETS"]
            chosen["SIGNING_SECRET_ID"] = "bench"
        self.sandbox = Sandbox(command, chosen, program.folder)
        try:
            self.wait()
        except BaseException:
            self.sandbox.end()
            raise
        self.start = time.monotonic() - self.sandbox.began

    def wait(self):
        """Waits until the program asks for the next event."""
        until = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(queue.Empty):
                return self.api.asked.get(timeout=0.2)
            assert self.sandbox.process.poll() is None, self.sandbox.said()
            assert time.monotonic() < until, f"the program takes more than {PATIENCE} s: {self.sandbox.said()}"

    def take(self, event):
        """Sends an event. Returns the seconds until it is answered, those of them without a call to AWS, and the calls."""
        calls = len(self.aws.spans)
        self.api.events.put(event)
        self.wait()
        kind, body = self.api.answers[-1]
        assert kind == "response" and b'"statusCode":200' in body.replace(b" ", b""), body
        began, ended = self.api.spans[-1]
        spans = self.aws.spans[calls:]
        return ended - began, ended - began - covered(spans), len(spans)

    def several(self, make, numbers, pause=PAUSE_SECONDS):
        """The results of `take` for these events, and the processor time of one."""
        results, before = [], self.sandbox.cpu_seconds()
        for number in numbers:
            results.append(self.take(make(number)))
            time.sleep(pause)
        return results, (self.sandbox.cpu_seconds() - before) / len(results)


def roots(folder, aws):
    """The variables that name the root certificates: those of the system, and ours."""
    path = folder / "roots.pem"
    if not path.exists():
        system = ssl.get_default_verify_paths().cafile
        assert system, "the system has no root certificates: install ca-certificates"
        path.write_text(open(system).read() + aws.certificate.read_text())
    return {"SSL_CERT_FILE": str(path), "AWS_CA_BUNDLE": str(path)}


def covered(spans):
    """The seconds that are in at least one of the spans."""
    total, until = 0, 0
    for began, ended in sorted(spans):
        total += max(0, ended - max(began, until))
        until = max(until, ended)
    return total


@contextlib.contextmanager
def running(folder, program, command=None, megabytes=None):
    function = Function(folder, program, command or program.command)
    try:
        start = function.sandbox.cpu_seconds()
        if megabytes:
            function.sandbox.limit(megabytes)
        yield function, start
    finally:
        function.sandbox.end()


def measure(folder, programs, rounds, webhooks):
    """The figures of each program by name. The programs take turns, so that what the machine does else meets all of them."""
    found = {program.name: {} for program in programs}
    cold = [(program, size) for _ in range(rounds) for size in SIZES for program in programs]
    for program, size in cold:
        with running(folder, program, megabytes=size) as (function, start_cpu):
            first = function.take(bounce(0))[0]
            for name, value in {"start": function.start, "start_cpu": start_cpu, f"cold_{size}": function.start + first}.items():
                found[program.name].setdefault(name, []).append(value)
    for program in programs * TURNS:
        for name, value in warm(folder, program, webhooks).items():
            found[program.name].setdefault(name, []).append(value)
    return {name: {key: statistics.median(values) for key, values in rows.items()} for name, rows in found.items()}


def warm(folder, program, webhooks):
    """The figures of a program that has run for some time."""
    found = {"size": program.size}
    first, then = range(webhooks), range(webhooks, 2 * webhooks)
    for size in SIZES:
        with running(folder, program, megabytes=size) as (function, _):
            for name, make in [("bounce", bounce), ("delivery", delivery)]:
                without_pauses, _ = function.several(make, first, 0)
                results, _ = function.several(make, then)
                # Node compiles what it runs often, so the first third does not count.
                found[f"{name}_loop_{size}"] = statistics.median(seconds for seconds, *_ in without_pauses[webhooks // 3:])
                found[f"{name}_{size}"], found[f"{name}_added_{size}"], found[f"{name}_calls"] = map(statistics.median, zip(*results))
    with running(folder, program) as (function, _):
        for name, make in [("bounce", bounce), ("delivery", delivery)]:
            function.several(make, first, 0)
            _, found[f"{name}_cpu_loop"] = function.several(make, then, 0)
            _, found[f"{name}_cpu"] = function.several(make, then)
        found["peak"] = peak_bytes(function.sandbox.process.pid)
    for name, make in program.mails.items():
        with running(folder, program, program.of_mail, SIZES[1]) as (function, _):
            function.take(make(0))
            results, _ = function.several(make, range(1, 6))
            found[name] = statistics.median(seconds for seconds, *_ in results)
            found[f"{name}_peak"] = peak_bytes(function.sandbox.process.pid)
    found["dollars"] = found["bounce_128"] * 128 / 1024 * DOLLARS_PER_GB_SECOND * 1e6
    return found
