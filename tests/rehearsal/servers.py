"""The servers that replace AWS. A call of a function passes microburst, which injects failures; a relay, which records calls;
and MiniStack, which answers and enforces the policies of the function's role."""
import atexit
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

from relay import Relay

FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="rehearsal-"))
STARTED = time.monotonic()


class Servers:
    def __init__(self):
        self.ministack, self.microburst = free_ports(2)
        # MiniStack verifies the signature of each request, so it needs the host that the function has signed.
        self.calls = Relay(self.ministack, f"127.0.0.1:{self.microburst}")
        start("microburst", "--upstream", f"http://127.0.0.1:{self.calls.port}", "--host", "127.0.0.1",
              "--port", str(self.microburst), "--no-resign")
        self.process = start("ministack", AUTH="true", BIND_HOST="127.0.0.1", GATEWAY_PORT=str(self.ministack), IOT_MTLS_ENABLED="0",
                             AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test",
                             # The endpoint of the functions.
                             AWS_ENDPOINT_URL=f"http://127.0.0.1:{self.microburst}")
        wait_until(lambda: answers(f"http://127.0.0.1:{self.ministack}/_ministack/health"), "MiniStack answers")
        wait_until(lambda: answers(f"http://127.0.0.1:{self.microburst}/_microburst/rules"), "microburst answers")

        self.secure = Relay(self.ministack)

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.ministack}"

    @property
    def secure_endpoint(self):
        """The endpoint of requests that must count as sent over TLS. Relays no uploads."""
        return f"http://127.0.0.1:{self.secure.port}"

    def fail(self, *rules):
        """Makes only these calls fail from now on: (service, operation, probability, error code), and the resource if it matters."""
        self._rules([{"service": service, "operation": operation, "probability": probability, "error": {"code": code}}
                     | ({"resource": resource[0]} if resource else {})
                     for service, operation, probability, code, *resource in rules])

    def delay(self, service, operation, resource, milliseconds):
        """Makes only these calls slow from now on."""
        self._rules([{"service": service, "operation": operation, "resource": resource, "latency": milliseconds}])

    def _rules(self, rules):
        request = urllib.request.Request(self._control("rules"), json.dumps(rules).encode(), {"content-type": "application/json"})
        urllib.request.urlopen(request).close()
        urllib.request.urlopen(urllib.request.Request(self._control("fired"), method="DELETE")).close()

    def failed(self):
        """The calls that failed or were slow since the rules changed, but not more than microburst keeps."""
        with urllib.request.urlopen(self._control("fired?limit=2000")) as answer:
            return [f"{call['service']} {call['operation']}" for call in json.load(answer)]

    def kill(self, function):
        """Kills the processes of a function without warning, as Lambda may at any time. Returns their number."""
        parents, named = {}, []
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                if f"AWS_LAMBDA_FUNCTION_NAME={function}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                    named.append(int(folder.name))
            except OSError:
                continue  # it has ended, or belongs to another user

        def started_here(process):
            return process == self.process.pid or process in parents and started_here(parents[process])

        killed = [process for process in named if started_here(process)]
        for process in killed:
            os.kill(process, signal.SIGKILL)
        return len(killed)

    def _control(self, what):
        return f"http://127.0.0.1:{self.microburst}/_microburst/{what}"


def free_ports(count):
    """Free ports below the ephemeral range, which the system assigns to other programs."""
    ports = []
    for port in random.sample(range(20_000, 32_000), 1_000):
        with socket.socket() as probe:
            if len(ports) < count and probe.connect_ex(("127.0.0.1", port)):
                ports.append(port)
    return ports


def start(program, *arguments, **environment):
    log = open(FOLDER / f"{program}.log", "w")
    process = subprocess.Popen([program, *arguments], stdout=log, stderr=subprocess.STDOUT, env=os.environ | environment)
    atexit.register(stop, process)
    return process


def stop(process):
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()


def answers(url):
    try:
        urllib.request.urlopen(url, timeout=2).close()
        return True
    except OSError:
        return False


def wait_until(holds, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"timed out after {seconds} s: {what}"
        time.sleep(0.2)
    return found


def say(what):
    print(f"{time.monotonic() - STARTED:5.0f} s  {what}", flush=True)
