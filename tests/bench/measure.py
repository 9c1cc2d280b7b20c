"""Runs a program with stand-ins for Lambda and AWS and counts its user instructions: with hardware counters or, without
them, with callgrind."""
import collections
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from world import Aws, RuntimeApi

SECRET = "whsec_benchmark"
TOPIC = "arn:aws:sns:us-east-1:123456789012"
PATIENCE = 600


def instructions_in(text):
    """The sum over all kinds of cores (man perf-stat, CSV FORMAT). Without a counter the value is not a number."""
    return sum(map(int, re.findall(r"^(\d+),[^,]*,[^,]*instructions", text, re.MULTILINE)))


def has_counters():
    probe = shutil.which("perf") and subprocess.run(["perf", "stat", "-x,", "-e", "instructions:u", "true"], capture_output=True, text=True)
    return bool(probe and instructions_in(probe.stderr))


COUNTER = "hardware counters" if has_counters() else "callgrind"


# Valgrind counts every byte of `rep stosb` and `rep movsb` as an instruction, so the C library must not use them.
TUNABLES = {"GLIBC_TUNABLES": "glibc.cpu.x86_rep_stosb_threshold=1073741824:glibc.cpu.x86_rep_movsb_threshold=1073741824"}


class Count(collections.Counter):
    """Instruction counts, by function if callgrind counted them."""

    def __sub__(self, other):
        return Count({name: self[name] - other[name] for name in self.keys() | other.keys()})

    def __truediv__(self, number):
        return Count({name: cost / number for name, cost in self.items()})

    @classmethod
    def of(cls, path):
        text = open(path).read()
        if COUNTER != "callgrind":
            return cls({"all": instructions_in(text)})
        count, names, function, of_a_call = cls(), {}, None, False
        # <https://valgrind.org/docs/manual/cl-format.html>. The line after `calls=` has the cost of the callee.
        for line in text.splitlines():
            if named := re.match(r"(c?)fn=(\(\d+\))(?: (.*))?", line):
                names.setdefault(named[2], named[3])
                function = function if named[1] else names[named[2]]
            elif line.startswith("calls="):
                of_a_call = True
            elif re.match(r"[\d+*-]", line):
                count[function] += 0 if of_a_call else int(line.split()[1])
                of_a_call = False
        return count


def counted_by(path):
    """The command prefix that writes the instruction count of a command to a file."""
    if COUNTER == "callgrind":
        return ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={path}"]
    return ["perf", "stat", "-x,", "-e", "instructions:u", "-o", path]


def variables(aws, api):
    return {
        "PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8", "TZ": "UTC",
        "AWS_LAMBDA_RUNTIME_API": api.address, "AWS_LAMBDA_FUNCTION_NAME": "bench", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "1", "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "AWS_SESSION_TOKEN": "token",
        "TABLE_NAME": "events", "BOUNCES_TOPIC_ARN": f"{TOPIC}:bounces", "COMPLAINTS_TOPIC_ARN": f"{TOPIC}:complaints",
        "SPAM_TOPIC_ARN": f"{TOPIC}:spam", "ACTIONS_TOPIC_ARN": f"{TOPIC}:actions", "SIGNING_SECRETS": SECRET,
        **{f"AWS_ENDPOINT_URL_{service}": endpoint for service, endpoint in aws.endpoints.items()},
        # Our only root certificate, in the variables of the three runtimes.
        "SSL_CERT_FILE": str(aws.certificate), "NODE_EXTRA_CA_CERTS": str(aws.certificate), "AWS_CA_BUNDLE": str(aws.certificate),
    }


class Slow(Exception):
    """A timeout. Counting makes a program fifty times slower, and the machine may be busy."""


def run(*arguments, attempts=20, **options):
    """Repeats a run until nothing times out."""
    for attempt in range(1, attempts + 1):
        try:
            return Run(*arguments, **options)
        except Slow as slow:
            print(f"the machine is busy: attempt {attempt} of {attempts} failed: {slow}", file=sys.stderr)
            if attempt == attempts:
                raise


class Run:
    """One process from its start until it has answered these events."""

    def __init__(self, folder, command, events, status, known=lambda put: False, counted=True):
        api, aws = RuntimeApi(), Aws(folder, SECRET, known)
        out = tempfile.NamedTemporaryFile("r", dir=folder)
        wrapper = counted_by(out.name) if counted else []
        process = subprocess.Popen([*wrapper, *command], env=variables(aws, api) | TUNABLES, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE)
        try:
            self.first_poll(api, process)
            at_start = len(aws.calls)
            for event in events:
                api.events.put(event)
                api.asked.get(timeout=PATIENCE)
            self.peak = peak_bytes(process.pid)
            given_up = sum(server.closed for server in aws.servers)
        finally:
            end(process)
        self.calls = aws.calls[at_start:]
        self.count = Count.of(out.name) if counted else None
        answers = [(kind, body) for kind, body in api.answers]
        wanted = f'"statusCode":{status}'.encode()
        wrong = [answer for answer in answers if answer[0] != "response" or wanted not in answer[1].replace(b" ", b"")]
        if counted and wrong and all(b'"statusCode":503' in body for _, body in wrong):
            raise Slow("AWS did not answer in time")
        # Before the first event, our functions open connections with a call to the table and to both topics of a bounce, and give
        # up after a second. The events would then open the connections, which would distort the count.
        if counted and command[0].endswith("bootstrap") and (given_up or at_start < 3):
            raise Slow("connections were not open in time")
        assert len(answers) == len(events) and not wrong, f"{command}: {wrong[:1]} {process.stderr.read()[-2000:]}"

    def first_poll(self, api, process):
        deadline = time.monotonic() + PATIENCE
        while api.asked.empty():
            assert process.poll() is None, f"the program exited: {process.stderr.read()[-2000:]}"
            assert time.monotonic() < deadline, "the program does not ask for an event"
            time.sleep(0.01)
        api.asked.get()


def count_program(folder, command):
    """The instructions of a program that exits by itself."""
    with tempfile.NamedTemporaryFile("r", dir=folder) as out:
        subprocess.run([*counted_by(out.name), *command], check=True, stdout=subprocess.DEVNULL)
        return Count.of(out.name)


def end(process):
    """Stops the program so that the counter writes its file. Valgrind runs in the program's process; perf is its parent and must
    not get the signal itself."""
    if process.args[0] == "perf" and process.poll() is None:
        for program in open(f"/proc/{process.pid}/task/{process.pid}/children").read().split():
            os.kill(int(program), signal.SIGTERM)
    else:
        process.terminate()
    process.wait(60)


def peak_bytes(pid):
    status = open(f"/proc/{pid}/status").read()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024
