"""Receives notifications of SNS over HTTPS, from one topic only. Answers 403 unless SNS signed them: SNS retries after 5xx, and
moves what is answered 4xx to the dead-letter queue. A notification can arrive twice, with the same id of the event.
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html"""
import base64
import functools
import json
import os
import re
import urllib.error
import urllib.request

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.x509 import load_pem_x509_certificate

TOPIC = os.environ["TOPIC_ARN"]
_, PARTITION, _, REGION, *_ = TOPIC.split(":")
# The only host to read a certificate from, or to confirm at: another host could serve a forger's certificate.
SNS = f"https://sns.{REGION}.amazonaws.com{'.cn' if PARTITION == 'aws-cn' else ''}/"
HASHES = {"1": hashes.SHA1, "2": hashes.SHA256}
CONFIRMATION = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
# The signed members of each type, in the order in which they are signed.
SIGNED = {"Notification": ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
          "SubscriptionConfirmation": CONFIRMATION, "UnsubscribeConfirmation": CONFIRMATION}


def handler(request, _):
    try:
        message = verified(request.get("body") or "", request.get("isBase64Encoded"))
    except (AttributeError, InvalidSignature, KeyError, TypeError, ValueError):
        return {"statusCode": 403}
    if message["Type"] == "SubscriptionConfirmation":
        urllib.request.urlopen(message["SubscribeURL"], timeout=5).close()
    elif message["Type"] == "Notification":
        take(json.loads(message["Message"]))
    return {"statusCode": 200}


def take(event):
    """Replace this by what your system does. Addresses do not belong in a log, and the id of an event may contain one."""
    print(json.dumps({"type": event["data"]["type"], "action": event["data"]["action"]}))


def verified(body, is_base64):
    message = json.loads(base64.b64decode(body) if is_base64 else body)
    if message["TopicArn"] != TOPIC or not message.get("SubscribeURL", SNS).startswith(SNS):
        raise ValueError("of another topic, or to be confirmed elsewhere")
    signed = "".join(f"{name}\n{message[name]}\n" for name in SIGNED[message["Type"]] if name in message)
    signature, algorithm = base64.b64decode(message["Signature"]), HASHES[message["SignatureVersion"]]()
    certificate(message["SigningCertURL"]).public_key().verify(signature, signed.encode(), PKCS1v15(), algorithm)
    return message


@functools.lru_cache(maxsize=8)
def certificate(url):
    if not re.fullmatch(re.escape(SNS) + r"SimpleNotificationService-\w+\.pem", url):
        raise ValueError("not a certificate of SNS")
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return load_pem_x509_certificate(answer.read())
    except urllib.error.HTTPError as answer:
        if answer.code < 500:
            raise ValueError("not a certificate of SNS") from None
        raise  # SNS has a failure, and tries again
