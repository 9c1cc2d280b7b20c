"""Sends webhooks to a receiver that was built for arm64, against the local stack. Run by tests/arm64/run."""
import contextlib
import json
import os
import pathlib
import queue
import subprocess
import tempfile

from world import RuntimeApi, gateway_event

FIXTURES = pathlib.Path("fixtures/jetemail")


def main():
    with tempfile.TemporaryDirectory(prefix="arm64-") as folder, local_stack(folder) as stack, receiver(stack) as post:
        bounce, forgery = FIXTURES / "accepted/outbound-bounced.http", FIXTURES / "rejected/body-changed.http"
        assert listed(folder, "events") == []

        assert (answer := post(bounce)) == (200, {"received": 1, "recorded": 1, "duplicates": 0}), answer
        recorded = listed(folder, "events")
        [expected] = json.loads(bounce.with_suffix(".json").read_text())
        assert recorded == [recorded[0] | expected], recorded
        assert {one["topic"] for one in listed(folder, "announcements")} == {"bounces", "actions"}
        print(f"a signed bounce is recorded and announced: {expected['id']}")

        assert (answer := post(bounce)) == (200, {"received": 1, "recorded": 0, "duplicates": 1}), answer
        assert listed(folder, "events") == recorded
        print("its second delivery is a duplicate")

        status, _ = post(forgery)
        assert status == 503, status
        assert listed(folder, "events") == recorded
        print("a forgery is refused")


@contextlib.contextmanager
def local_stack(folder):
    """The local stack, whose own receivers get no webhook here. Gives what it publishes about itself."""
    stack = subprocess.Popen([os.environ["TOOL"], "dev", "--data", folder, "--port", "0", "--json"], stdout=subprocess.PIPE)
    with ending(stack):
        stack.stdout.readline()  # Printed when everything listens.
        yield json.loads(pathlib.Path(folder, "stack.json").read_text())


@contextlib.contextmanager
def receiver(stack):
    """The function under qemu. Gives a function that invokes it with the request of a fixture and returns its answer."""
    api = RuntimeApi()
    arn = "arn:aws:sns:us-east-1:000000000000:"
    function = subprocess.Popen([os.environ["QEMU"], os.environ["FUNCTION"]], env={
        "QEMU_LD_PREFIX": os.environ["QEMU_LD_PREFIX"],
        "AWS_LAMBDA_RUNTIME_API": api.address, "AWS_LAMBDA_FUNCTION_NAME": "jetemail", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_LOG_GROUP_NAME": "test", "AWS_LAMBDA_LOG_STREAM_NAME": "test",
        "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": stack["token"], "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_ENDPOINT_URL_DYNAMODB": stack["dynamodb"], "AWS_ENDPOINT_URL_SNS": stack["sns"], "TABLE_NAME": "mailhooks",
        "BOUNCES_TOPIC_ARN": f"{arn}bounces", "COMPLAINTS_TOPIC_ARN": f"{arn}complaints", "SPAM_TOPIC_ARN": f"{arn}spam",
        "ACTIONS_TOPIC_ARN": f"{arn}actions", "SIGNING_SECRETS": (FIXTURES / "signing-secret").read_text().strip(),
        # The emulated processor is slow.
        "TIME_LIMITS": "off"})

    def ready():
        """Waits until the function asks for an event: once when it starts, and after each answer."""
        while True:
            try:
                return api.asked.get(timeout=1)
            except queue.Empty:
                assert function.poll() is None, "the function ended"

    def post(fixture):
        head, _, body = fixture.read_text().partition("\n\n")
        headers = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line and not line.startswith("#"))
        api.events.put(gateway_event("jetemail", body.encode(), headers))
        ready()
        kind, said = api.answers.pop()
        assert kind == "response", said
        answer = json.loads(said)
        return answer["statusCode"], json.loads(answer["body"])

    with ending(function):
        ready()
        yield post


@contextlib.contextmanager
def ending(process):
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def listed(folder, what):
    said = subprocess.run([os.environ["TOOL"], what, "--data", folder, "--json"], check=True, capture_output=True, text=True)
    return [json.loads(line) for line in said.stdout.splitlines()]


main()
