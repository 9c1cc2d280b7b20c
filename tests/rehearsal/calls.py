"""The calls that the functions made, and those that their roles allow."""
import json
import urllib.parse

# MiniStack asks for a permission sns:PublishBatch. AWS has none: there it is that to publish
# (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html).
BATCHES = "OnlyForMiniStack"

# What Lambda itself does with the role of a function.
OF_LAMBDA = {"logs:CreateLogStream", "logs:PutLogEvents"}


def made(requests):
    """(action, resource) of each call, by the access key that signed it."""
    by_key = {}
    for headers, body in requests:
        key = headers["authorization"].partition("Credential=")[2].partition("/")[0]
        by_key.setdefault(key, set()).add(call(headers, body))
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


def allowed(iam, role):
    """(action, resource) of all that the policies of a role allow."""
    documents = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
                 for name in iam.list_role_policies(RoleName=role)["PolicyNames"] if name != BATCHES]
    for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        version = iam.get_policy(PolicyArn=policy["PolicyArn"])["Policy"]["DefaultVersionId"]
        documents.append(iam.get_policy_version(PolicyArn=policy["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"])
    pairs = set()
    for document in documents:
        for statement in document["Statement"]:
            assert statement["Effect"] == "Allow" and "*" not in str(statement).replace(":*'", ""), statement
            pairs |= {(action, resource) for action in many(statement["Action"]) for resource in many(statement["Resource"])}
    return {(action, plain(resource)) for action, resource in pairs if action not in OF_LAMBDA}


def many(value):
    return value if isinstance(value, list) else [value]


def plain(resource):
    """A table, an index or a secret as a call names it."""
    # The ARN of a secret has six characters more than its name.
    secret = resource.partition(":secret:")[2].rpartition("-")[0]
    return secret or resource.partition(":table/")[2] or resource
