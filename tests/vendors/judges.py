"""What the vendors publish about their signatures, as code that shares nothing with ours.

A judge signs a body as its vendor does, and says whether the vendor's code believes a request.
"""
import hmac
import subprocess
import time
from unittest import mock

from emailit import WebhookSignature
from emailit.events.webhook_event import WebhookEvent
from emailit.exceptions.api_error import ApiErrorException
from jasni.webhooks import generate_signature, verify_signature
from jetemail.webhook_verification import WebhookSignatureVerificationFailed, verify_webhook


def openssl(body, secret):
    """HMAC-SHA256 in hex: of vendors who describe it and publish no package."""
    command = ["openssl", "dgst", "-sha256", "-hmac", secret, "-r"]
    return subprocess.run(command, input=body, capture_output=True, check=True).stdout.decode().split()[0]


class JetEmail:
    """PyPI package jetemail. It verifies and does not sign."""

    provider = "jetemail"
    signature = "x-webhook-signature"

    def sign(self, body, secret):
        headers = {self.signature: "sha256=" + openssl(body, secret), "x-webhook-timestamp": str(int(time.time()))}
        assert self.believes(body, headers, secret), "the vendor's code does not believe the signature to test with"
        return headers

    def believes(self, body, headers, secret):
        try:
            return verify_webhook(body, headers[self.signature], headers["x-webhook-timestamp"], secret)
        except WebhookSignatureVerificationFailed:
            return False


class JasniDocumentation:
    """The scheme of https://docs.jasni.ai/webhooks/security, for which there is no package."""

    provider = "jasni"
    signature = "x-webhook-signature"

    def sign(self, body, secret):
        return {self.signature: openssl(body, secret), "x-webhook-timestamp": str(int(time.time()))}

    def believes(self, body, headers, secret):
        return hmac.compare_digest(openssl(body, secret), headers[self.signature])


class JasniPackage:
    """PyPI package jasni-sdk, whose scheme is another one than the documentation's."""

    provider = "jasni"
    signature = "x-jasni-signature"

    def sign(self, body, secret):
        return {self.signature: generate_signature(body, secret)}

    def believes(self, body, headers, secret):
        return verify_signature(body, headers[self.signature], secret)


class GetMailer:
    """The scheme of https://getmailer.co/docs/webhooks. There is no package."""

    provider = "getmailer"
    signature = "x-getmailer-signature"

    def sign(self, body, secret):
        return {self.signature: "sha256=" + openssl(body, secret)}

    def believes(self, body, headers, secret):
        return hmac.compare_digest("sha256=" + openssl(body, secret), headers[self.signature])


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
        # Having believed the signature, 2.0.1 fails on the array that Emailit sends: only the signature is asked for.
        with mock.patch.object(WebhookEvent, "construct_from"):
            try:
                WebhookSignature.verify(body.decode(), signature, timestamp, secret)
            except ApiErrorException as refusal:
                assert refusal.http_status == 401, refusal
                return False
            return True


ALL = [JetEmail(), JasniDocumentation(), JasniPackage(), GetMailer(), Emailit()]
