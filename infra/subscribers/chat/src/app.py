"""Posts a message to a channel of Slack or Microsoft Teams for each complaint. A failure makes Lambda call again, at most twice;
then it moves the notification to the dead-letter queue."""
import json
import os
import re
import urllib.request

import boto3


def handler(notifications, _):
    for record in notifications["Records"]:
        post(text(json.loads(record["Sns"]["Message"])))


def text(event):
    data = event["data"]
    kind = data.get("complaint", {}).get("feedback_type", "spam")
    lookup = f" Details: mailhooks events --id {event['id']}" if re.fullmatch(r"[a-zA-Z0-9_.:-]+", event["id"]) else ""
    return f"Complaint at {data['provider']}: {masked(data.get('recipient', ''))} reported a mail as {kind}.{lookup}"


def masked(address):
    """The address without its local part except the first letter, because a channel has many readers and keeps its messages. What
    could be markup is replaced: a stranger may have chosen the address."""
    local, at, domain = address.rpartition("@")
    return re.sub(r"[^\w.@*-]", "?", f"{local[:1]}***@{domain}" if at else "an unknown address")


def post(text):
    # Read each time, so that a new URL works at once: complaints are rare.
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["WEBHOOK_SECRET_ID"])
    url = secret["SecretString"].strip()
    if not re.fullmatch(r"https?://[!-~]+", url):
        raise ValueError("the secret is not a URL")  # urllib would quote it in its error, and Lambda logs that
    request = urllib.request.Request(url, json.dumps(body(text)).encode(), {"content-type": "application/json"})
    # Raises for every answer except 2xx.
    urllib.request.build_opener(NoRedirects).open(request, timeout=10).close()


def body(text):
    if os.environ["CHAT"] == "slack":  # https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
        return {"text": text}
    # https://learn.microsoft.com/en-us/connectors/teams/#microsoft-teams-webhook
    card = {"type": "AdaptiveCard", "version": "1.4", "body": [{"type": "TextBlock", "text": text, "wrap": True}]}
    return {"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}]}


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        """A redirect would become a GET that posts nothing."""
