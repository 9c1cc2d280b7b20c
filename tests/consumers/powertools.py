"""Powertools for AWS Lambda takes the messages out of what SNS passes to queues and functions."""

import json

from aws_lambda_powertools.utilities.parser import BaseModel, envelopes, parse
from pydantic import ConfigDict

from cases import Case


class Message(BaseModel):
    """Any message: Powertools has no model of these documents, only of incoming mail."""

    model_config = ConfigDict(extra="allow")


def problem(case: Case) -> str | None:
    """Unwraps the message of a queue, without and with raw delivery, and that of a function."""
    for event, envelope in [
        (of_queue(json.dumps(case.unsigned)), envelopes.SnsSqsEnvelope),
        (of_queue(case.unsigned["Message"]), envelopes.SqsEnvelope),
        (of_function(case.unsigned), envelopes.SnsEnvelope),
    ]:
        try:
            (message,) = parse(event, Message, envelope)
            assert message.model_dump() == case.message, "another message"
        except Exception as error:
            return f"{envelope.__name__}: {error}"
    return None


def of_queue(body: str) -> dict:
    record = {
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "receiptHandle": "handle",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1704825610000",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1704825610001",
        },
        "messageAttributes": {},
        "md5OfBody": "098f6bcd4621d373cade4e832627b4f6",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:queue",
        "awsRegion": "eu-central-1",
    }
    return {"Records": [record]}


def of_function(envelope: dict) -> dict:
    """SNS spells two members otherwise for a function, and always has a subject."""
    renamed = {"SigningCertURL": "SigningCertUrl", "UnsubscribeURL": "UnsubscribeUrl"}
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": envelope["TopicArn"] + ":21be56ed-a058-49f5-8c98-aedd2564c486",
        "Sns": {"Subject": None} | {renamed.get(name, name): value for name, value in envelope.items()},
    }
    return {"Records": [record]}
