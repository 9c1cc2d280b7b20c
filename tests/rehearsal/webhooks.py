"""Webhooks, posted as the providers do."""
import hashlib
import hmac
import json

from stack import provider_names

PROVIDERS = provider_names()


def samples(stack, provider):
    return [case for case in stack.tool("send", provider) if case["documents"]]


def send(stack, secrets, provider, case):
    (answer,) = stack.tool("send", provider, case, "--same-ids", "--url", stack.url(PROVIDERS[provider]), status=None,
                           **{f"SIGNING_SECRETS_{provider.upper()}": secrets[provider]})
    return answer


def jetemail_event(id, kind="outbound.bounced", to=None):
    return json.dumps({"id": id, "type": kind, "data": {"uid": f"m-{id}", "to": to or f"{id}@example.org", "bounce_type": "hard"}}).encode()


def deliver(stack, secret, body):
    return deliver_to(stack, stack.outputs["JetEmailWebhookUrl"], secret, body)


def deliver_to(stack, url, secret, body):
    return stack.post(url, body, {"x-webhook-signature": signature(secret, body)})


def signature(secret, body):
    """What JetEmail writes into x-webhook-signature."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
