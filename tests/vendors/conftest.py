"""The programs under test, and the summary at the end of a run."""
import collections
import contextlib
import http.client
import http.server
import importlib.metadata
import json
import os
import queue
import secrets
import signal
import subprocess
import threading
import urllib.parse

import pytest
from judges import FACTS

PACKAGES = ["emailit", "jasni-sdk", "jetemail"]
# Seconds. Each operation takes well under a second unless the machine is busy.
PATIENCE = 60

Request = collections.namedtuple("Request", "path headers body")


class Checks:
    done = 0


@pytest.fixture
def check():
    """Asserts equality and counts the checks."""

    def assert_equal(given, expected, what):
        Checks.done += 1
        assert given == expected, what

    return assert_equal


def pytest_terminal_summary(terminalreporter):
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    openssl = subprocess.run(["openssl", "version"], capture_output=True, check=True, text=True)
    terminalreporter.write_line(f"{Checks.done} checks against {versions}, {openssl.stdout.strip()}")


class Tool:
    """The mailhooks program, with random signing secrets that no fixture uses."""

    def __init__(self, folder):
        self.folder = folder
        self.secrets = collections.defaultdict(lambda: "whsec_" + secrets.token_hex(32))

    def command(self, *arguments):
        return [os.environ["MAILHOOKS"], "--data", str(self.folder), "--json", *arguments]

    def environment(self, providers):
        # Leaves out all other variables, such as secrets or proxies of the caller's environment.
        variables = {f"SIGNING_SECRETS_{provider.upper()}": self.secrets[provider] for provider in providers}
        return {"PATH": os.environ["PATH"], **variables}


@pytest.fixture(scope="session")
def tool(tmp_path_factory):
    return Tool(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def receivers(tool):
    """Posts to the running receivers: `post(provider, headers, body)` gives the status and the answer."""
    with running(tool.command("dev", "--port", "0", "--in-memory"), tool.environment(FACTS)) as lines:
        started = json.loads(lines.get(timeout=PATIENCE))
        assert started["kind"] == "started", started

        def post(provider, headers, body):
            url = urllib.parse.urlsplit(started["receivers"][provider]["url"])
            connection = http.client.HTTPConnection(url.hostname, url.port, timeout=PATIENCE)
            with contextlib.closing(connection):
                connection.request("POST", url.path, body, {"content-type": "application/json", **headers})
                response = connection.getresponse()
                return response.status, json.loads(response.read())

        yield post


@contextlib.contextmanager
def running(command, environment):
    """Runs a program, yields the lines it prints, and stops it at the end."""
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        lines = queue.Queue()

        def read():
            for line in process.stdout:
                lines.put(line)
            lines.put(b'{"kind": "ended"}')

        threading.Thread(target=read, daemon=True).start()
        try:
            yield lines
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


@pytest.fixture(scope="session")
def capture():
    """Runs a server that answers 200 and records requests; yields its URL and the requests."""
    requests = queue.Queue()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            requests.put(Request(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            answer = b'{"received":1,"recorded":1,"duplicates":0}'
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", requests
        server.shutdown()
