"""The receivers accept requests that the vendors sign, the vendors accept requests that `mailhooks send` signs, and nothing else."""
import re
import subprocess
import uuid

import judges
import pytest
from judges import FACTS, FIXTURES

# A provider that drops an event after a 4xx answer gets 503 instead of 401.
REFUSED = {provider: 503 if facts["drops_on_4xx"] else 401 for provider, facts in FACTS.items()}


def documented(provider):
    """The samples of documented events: name and body."""
    for path in sorted((FIXTURES / provider / "accepted").glob("*.http")):
        head, _, body = path.read_bytes().partition(b"\n\n")
        if b"\n# documents: " in head:
            yield path.stem, body


def test_every_provider_has_a_judge_and_samples():
    providers = {path.parent.name for path in FIXTURES.glob("*/accepted")}
    assert providers == {judge.provider for judge in judges.ALL} == set(FACTS)
    assert all(any(documented(provider)) for provider in providers)


@pytest.mark.parametrize(
    ("judge", "body"),
    [
        pytest.param(judge, body, id=f"{type(judge).__name__}-{judge.provider}-{name}")
        for judge in judges.ALL
        for name, body in documented(judge.provider)
    ],
)
def test_the_receiver_believes_the_vendor(judge, body, tool, receivers, check):
    body = renewed(judge.provider, body)
    secret = tool.secrets[judge.provider]
    headers = judge.sign(body, secret)

    def post(headers, body):
        return receivers(judge.provider, headers, body)

    status, _ = post(headers, changed(body))
    check(status, REFUSED[judge.provider], "one byte was changed")
    status, _ = post(judge.sign(body, tool.secrets["another"]), body)
    check(status, REFUSED[judge.provider], "signed with another secret")
    status, answer = post(headers, body)
    events = answer.get("received", 0)
    check((status, answer), (200, {"received": events, "recorded": events, "duplicates": 0}), "the first time")
    check(events > 0, True, "no event was found")
    answer = post(headers, body)
    check(answer, (200, {"received": events, "recorded": 0, "duplicates": events}), "the second time")


@pytest.mark.parametrize(
    ("provider", "name", "body"),
    [
        pytest.param(provider, name, body, id=f"{provider}-{name}")
        for provider in FACTS
        for name, body in documented(provider)
    ],
)
def test_the_vendor_believes_the_tool(provider, name, body, tool, capture, check):
    url, requests = capture
    path = f"/webhooks/{provider}"
    command = tool.command("send", provider, name, "--same-ids", "--url", url + path)
    subprocess.run(command, env=tool.environment([provider]), check=True, stdout=subprocess.DEVNULL, timeout=60)
    request = requests.get_nowait()
    assert requests.empty(), "more than one request"
    check((request.path, request.body), (path, body), "the path or body differs from the sample")
    secret = tool.secrets[provider]
    asked = [judge for judge in judges.ALL if judge.provider == provider and judge.signature in request.headers]
    assert asked, f"no signature among {list(request.headers)}"
    for judge in asked:
        believes = [
            judge.believes(request.body, request.headers, secret),
            judge.believes(changed(request.body), request.headers, secret),
            judge.believes(request.body, request.headers, tool.secrets["another"]),
        ]
        check(believes, [True, False, False], "as sent; with one byte changed; with another secret")


def renewed(provider, body):
    """The body of a new event: with an id that no other request has."""
    new = uuid.uuid4().hex.encode()
    member = FACTS[provider].get("event_key", "").encode()
    if not member:
        # The event is identified by its bytes or by a header.
        return body.replace(b"{", b'{"renewed":"%s",' % new, 1)
    body, replaced = re.subn(rb'"%s":"[^"]*"' % member, b'"%s":"%s"' % (member, new), body)
    assert replaced == 1
    return body


def changed(body):
    """The body with one letter of its first word changed; still valid JSON and UTF-8."""
    return re.sub(rb"[a-z]", lambda letter: b"x" if letter[0] != b"x" else b"y", body, count=1)
