"""The vendors' published signature schemes, as code that shares nothing with ours.

A judge signs a body as its vendor does, and tells whether the vendor's code accepts a request.
"""
import base64
import hmac
import pathlib
import subprocess
import time
import tomllib
import uuid
from unittest import mock

from emailit import WebhookSignature
from emailit.events.webhook_event import WebhookEvent
from emailit.exceptions.api_error import ApiErrorException
from jasni.webhooks import generate_signature, verify_signature
from jetemail.webhook_verification import WebhookSignatureVerificationFailed, verify_webhook


FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures"
FACTS = {path.parent.name: tomllib.loads(path.read_text()) for path in sorted(FIXTURES.glob("*/provider.toml"))}


def openssl(body, key):
    """HMAC-SHA256, for vendors that describe their scheme but publish no package."""
    command = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{key.hex()}", "-binary"]
    return subprocess.run(command, input=body, capture_output=True, check=True).stdout


class Described:
    """A scheme that a vendor describes but publishes no package for."""

    def __init__(self, provider, scheme):
        self.provider, self.scheme, self.signature = provider, scheme, scheme["signature_header"]

    def sign(self, body, secret):
        headers = {name: uuid.uuid4().hex for name in self.scheme["signed"] if name not in ("body", "timestamp")}
        now = str(int(time.time()))
        if "timestamp_header" in self.scheme:
            headers[self.scheme["timestamp_header"]] = now
        headers[self.signature] = self.value(body, headers, secret, now)
        return headers

    def believes(self, body, headers, secret):
        now = headers.get(self.scheme.get("timestamp_header"), "")
        return hmac.compare_digest(self.value(body, headers, secret, now), headers[self.signature])

    def value(self, body, headers, secret, now):
        parts = {"body": body, "timestamp": now.encode()}
        signed = [parts[part] if part in parts else headers[part].encode() for part in self.scheme["signed"]]
        base64_key = self.scheme["key"] == "base64"
        digest = openssl(b".".join(signed), base64.b64decode(secret.removeprefix("whsec_")) if base64_key else secret.encode())
        written = digest.hex() if self.scheme["digest"] == "hex" else base64.b64encode(digest).decode()
        return self.scheme["signature"].format(timestamp=now, digest=written)


class JetEmail:
    """PyPI package jetemail. It verifies but cannot sign."""

    provider = "jetemail"
    signature = "x-webhook-signature"

    def sign(self, body, secret):
        headers = {self.signature: "sha256=" + openssl(body, secret.encode()).hex(), "x-webhook-timestamp": str(int(time.time()))}
        assert self.believes(body, headers, secret), "the vendor's code rejects the signature of this test"
        return headers

    def believes(self, body, headers, secret):
        try:
            return verify_webhook(body, headers[self.signature], headers["x-webhook-timestamp"], secret)
        except WebhookSignatureVerificationFailed:
            return False


class JasniPackage:
    """PyPI package jasni-sdk. Its scheme differs from the documented one."""

    provider = "jasni"
    signature = "x-jasni-signature"

    def sign(self, body, secret):
        return {self.signature: generate_signature(body, secret)}

    def believes(self, body, headers, secret):
        return verify_signature(body, headers[self.signature], secret)


class Emailit:
    """PyPI package emailit."""

    provider = "emailit"
    signature = "x-emailit-signature"

    def sign(self, body, secret):
        timestamp = str(int(time.time()))
        signature = WebhookSignature.compute_signature(body.decode(), timestamp, secret)
        return {self.signature: signature, "x-emailit-timestamp": timestamp}

    def believes(self, body, headers, secret):
        signature, timestamp = headers[self.signature], headers["x-emailit-timestamp"]
        # After verifying the signature, 2.0.1 fails to parse the array that Emailit sends. Only the signature is tested here.
        with mock.patch.object(WebhookEvent, "construct_from"):
            try:
                WebhookSignature.verify(body.decode(), signature, timestamp, secret)
            except ApiErrorException as refusal:
                assert refusal.http_status == 401, refusal
                return False
            return True


PACKAGES = [JetEmail(), JasniPackage(), Emailit()]
BY_PACKAGE = {(judge.provider, judge.signature) for judge in PACKAGES}
ALL = PACKAGES + [Described(provider, scheme) for provider, facts in FACTS.items() for scheme in facts["scheme"]
                  if (provider, scheme["signature_header"]) not in BY_PACKAGE]
