"""The job of a receiver in Python with boto3, over a loop of its own in place of Lambda's runtime client, which costs more."""
import hashlib
import hmac
import http.client
import json
import os
import time
import zlib

import boto3
from botocore.exceptions import ClientError

SECRET = os.environ["SIGNING_SECRETS"].encode()
dynamodb, sns = boto3.client("dynamodb"), boto3.client("sns")


def handle(event):
    body = event["body"]
    given = event["headers"].get("x-webhook-signature", "")
    if not hmac.compare_digest(given, "sha256=" + hmac.new(SECRET, body.encode(), hashlib.sha256).hexdigest()):
        return {"statusCode": 503}
    webhook = json.loads(body)
    events = webhook if isinstance(webhook, list) else [webhook]
    for one in events:
        record(one, json.dumps(one) if len(events) > 1 else body)
    return {"statusCode": 200, "body": json.dumps({"received": len(events)})}


def record(webhook, raw):
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
        dynamodb.put_item(TableName=os.environ["TABLE_NAME"], Item=item, ConditionExpression="attribute_not_exists(pk)")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return
    if due:
        sns.publish(TopicArn=os.environ["BOUNCES_TOPIC_ARN"], Message=json.dumps(event),
                    MessageAttributes={"type": {"DataType": "String", "StringValue": kind}})
        dynamodb.update_item(TableName=os.environ["TABLE_NAME"], Key=key, UpdateExpression="REMOVE outbox")


def small(raw):
    """An item takes 400 KB."""
    return zlib.compress(raw) if len(raw) > 300_000 else raw


api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    answer = api.getresponse()
    id = answer.getheader("Lambda-Runtime-Aws-Request-Id")
    done = json.dumps(handle(json.loads(answer.read())))
    api.request("POST", f"/2018-06-01/runtime/invocation/{id}/response", done)
    api.getresponse().read()
