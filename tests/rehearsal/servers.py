"""The servers that replace AWS. A call of a function passes microburst, which injects failures; a relay, which records calls;
and MiniStack, which answers and enforces the policies of the function's role."""
import atexit
import json
import os
import pathlib
import random
import socket
import subprocess
import tempfile
import time
import urllib.request

from relay import Relay

FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="rehearsal-"))


class Servers:
    def __init__(self):
        self.ministack, self.microburst = free_ports(2)
        # MiniStack verifies the signature of each request, so it needs the host that the function has signed.
        self.calls = Relay(self.ministack, f"127.0.0.1:{self.microburst}")
        start("microburst", "--upstream", f"http://127.0.0.1:{self.calls.port}", "--host", "127.0.0.1",
              "--port", str(self.microburst), "--no-resign")
        start("ministack", AUTH="true", BIND_HOST="127.0.0.1", GATEWAY_PORT=str(self.ministack), IOT_MTLS_ENABLED="0",
              AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test",
              # The endpoint of the functions.
              AWS_ENDPOINT_URL=f"http://127.0.0.1:{self.microburst}")
        wait_until(lambda: answers(f"http://127.0.0.1:{self.ministack}/_ministack/health"), "MiniStack answers")
        wait_until(lambda: answers(f"http://127.0.0.1:{self.microburst}/_microburst/rules"), "microburst answers")

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.ministack}"

    def fail(self, *rules):
        """Makes only these calls fail from now on: (service, operation, probability, error code)."""
        rules = [{"service": service, "operation": operation, "probability": probability, "error": {"code": code}}
                 for service, operation, probability, code in rules]
        request = urllib.request.Request(self._control("rules"), json.dumps(rules).encode(), {"content-type": "application/json"})
        urllib.request.urlopen(request).close()

    def failed(self):
        """The recent calls that failed."""
        with urllib.request.urlopen(self._control("fired?limit=2000")) as answer:
            return [f"{call['service']} {call['operation']}" for call in json.load(answer)]

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
