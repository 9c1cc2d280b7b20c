"""The calls that the functions made, and the calls that their roles allow."""
import json
import urllib.parse

import botocore.exceptions

# MiniStack requires the permission sns:PublishBatch, which AWS does not have: AWS requires sns:Publish
# (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html).
BATCHES = "OnlyForMiniStack"

# Actions that Lambda itself performs with the role of a function.
OF_LAMBDA = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}


def made(requests):
    """The calls as (action, resource), grouped by the access key that signed them."""
    by_key = {}
    for headers, body in requests:
        by_key.setdefault(access_key(headers), set()).add(call(headers, body))
    return by_key


def access_key(headers):
    return headers["authorization"].partition("Credential=")[2].partition("/")[0]


def providers_of_items(requests):
    """The providers of the events that each access key read or wrote by their keys."""
    by_key = {}
    for headers, body in requests:
        if headers.get("x-amz-target", "").partition(".")[2] in ("GetItem", "PutItem", "UpdateItem"):
            asked = json.loads(body)
            partition = (asked.get("Key") or asked["Item"]).get("pk")
            if partition:
                by_key.setdefault(access_key(headers), set()).add(partition["S"].partition("#")[0])
    return by_key


def call(headers, body):
    target = headers.get("x-amz-target", "")
    if target.startswith("DynamoDB_"):
        asked = json.loads(body)
        index = asked.get("IndexName")
        return f"dynamodb:{target.partition('.')[2]}", asked["TableName"] + (f"/index/{index}" if index else "")
    if target.startswith("secretsmanager."):
        return f"secretsmanager:{target.partition('.')[2]}", json.loads(body)["SecretId"]
    form = dict(urllib.parse.parse_qsl(body.decode()))
    return f"sns:{form['Action'].removesuffix('Batch')}", form["TopicArn"]


def let_publish_batches(iam, role):
    topics = [resource for action, resource in allowed(iam, role) if action == "sns:Publish"]
    if topics:
        statement = {"Effect": "Allow", "Action": "sns:PublishBatch", "Resource": topics}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName=role, PolicyName=BATCHES, PolicyDocument=document)


def allowed(iam, role, by_lambda=False):
    """All calls that the policies of a role allow, as (action, resource): those of the function, or those of Lambda."""
    documents = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
                 for name in iam.list_role_policies(RoleName=role)["PolicyNames"] if name != BATCHES]
    for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        version = iam.get_policy(PolicyArn=policy["PolicyArn"])["Policy"]["DefaultVersionId"]
        documents.append(iam.get_policy_version(PolicyArn=policy["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"])
    pairs = set()
    for document in documents:
        for statement in document["Statement"]:
            assert statement["Effect"] == "Allow" and "*" not in str(statement).replace(":*'", "").replace("#*'", ""), statement
            pairs |= {(action, resource) for action in many(statement["Action"]) for resource in many(statement["Resource"])}
    return {(action, plain(resource)) for action, resource in pairs if (action in OF_LAMBDA) == by_lambda}


def many(value):
    return value if isinstance(value, list) else [value]


def plain(resource):
    """The name of a table, index or secret as it appears in a call."""
    # The ARN of a secret ends with a hyphen and six random characters.
    secret = resource.partition(":secret:")[2].rpartition("-")[0]
    return secret or resource.partition(":table/")[2] or resource


def is_refused(call):
    """Whether a call is refused because a permission is missing. Raises any other failure."""
    try:
        call()
    except botocore.exceptions.ClientError as refusal:
        if refusal.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException", "AuthorizationError"):
            return True
        raise
    return False
