"""The job of a receiver in Python with boto3, run by Lambda's runtime client."""
import base64
import hashlib
import hmac
import json
import os
import time
import zlib

import boto3

SECRET = os.environ["SIGNING_SECRETS"].encode()
dynamodb, sns = boto3.client("dynamodb"), boto3.client("sns")


def handler(event, context):
    said = receive(event)
    status = said["status"]
    print(json.dumps({"provider": "jetemail", "request_id": context.aws_request_id, **said}))
    return {"statusCode": status, "body": json.dumps({"received": len(said["events"])} if status == 200 else {"error": said["reason"]})}


def receive(event):
    body = base64.b64decode(event["body"]).decode() if event["isBase64Encoded"] else event["body"]
    given = event["headers"].get("x-webhook-signature", "")
    if not hmac.compare_digest(given, "sha256=" + hmac.new(SECRET, body.encode(), hashlib.sha256).hexdigest()):
        return {"status": 503, "reason": "the signature does not match"}
    webhook = json.loads(body)
    events = webhook if isinstance(webhook, list) else [webhook]
    recorded = [record(one, json.dumps(one) if isinstance(webhook, list) else body) for one in events]
    return {"status": 200, "events": [f"jetemail:{one['id']}" for one in events], "recorded": sum(recorded)}


def record(webhook, raw):
    """Records an event and returns whether it is new. A known event that still has the outbox mark was not announced."""
    data = webhook["data"]
    due = webhook["type"] == "outbound.bounced"
    kind = "email.bounced" if due else "email.delivered"
    key = {"pk": {"S": f"jetemail#{data['uid']}"}, "sk": {"S": webhook["id"]}}
    event = {"id": f"jetemail:{webhook['id']}", "type": kind, "time": webhook["created_at"], "recipient": data["to"],
             "subject": data.get("subject"), "from": data.get("from")}
    item = {**key, "event": {"M": {name: {"S": value} for name, value in event.items() if value}}, "raw": {"B": small(raw.encode())},
            "expires_at": {"N": str(int(time.time()) + 180 * 86400)}}
    if due:
        item["outbox"] = {"S": "1"}
    try:
        dynamodb.put_item(TableName=os.environ["TABLE_NAME"], Item=item, ConditionExpression="attribute_not_exists(pk)",
                          ReturnValuesOnConditionCheckFailure="ALL_OLD")
        is_new = True
    except dynamodb.exceptions.ConditionalCheckFailedException as error:
        if "outbox" not in error.response["Item"]:
            return False
        is_new = False
    if due:
        for topic in ("BOUNCES_TOPIC_ARN", "ACTIONS_TOPIC_ARN"):
            sns.publish(TopicArn=os.environ[topic], Message=json.dumps(event),
                        MessageAttributes={"type": {"DataType": "String", "StringValue": kind}})
        dynamodb.update_item(TableName=os.environ["TABLE_NAME"], Key=key, UpdateExpression="REMOVE outbox")
    return is_new


def small(raw):
    """Compresses large payloads, because an item can have at most 400 KB."""
    return zlib.compress(raw) if len(raw) > 300_000 else raw
