"""Checks infra/deploy/policy.json against the permissions that the handlers of each resource type need.

The types are those of the templates after SAM's transform, and the permissions are in AWS's schemas, which cfn-lint brings.
Usage: deployer.py EXPANDED_TEMPLATE..."""
import fnmatch
import json
import pathlib
import sys

import cfnlint

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCHEMAS = pathlib.Path(cfnlint.__file__).parent / "data/schemas/resources"
# Permissions of features that the templates do not use: patterns, and why.
UNUSED = {
    "ec2:* elasticfilesystem:* s3files:* lambda:GetLayerVersion lambda:PassCapacityProvider": "no function is in a VPC, has a file system or a layer",
    "kms:* logs:AssociateKmsKey": "without KmsKeyArn; the key's own policy grants its use",
    "firehose:* kinesis:* logs:CreateLogStream logs:PutLogEvents s3:REST.PUT.OBJECT s3:getObject s3:GetObject*": "logs go to a log group",
    "dynamodb:*Item dynamodb:Scan dynamodb:Query dynamodb:DeleteTable": "tables are not replicated, and outlive the stack",
    "dynamodb:PutResourcePolicy": "no table has a resource policy",
    "secretsmanager:*SecretValue secretsmanager:GetRandomPassword secretsmanager:*Region*": "the template makes empty secrets, in one region",
    "iam:*GroupPolicy iam:*UserPolicy iam:CreateServiceLinkedRole": "policies belong to roles",
    "iam:DeleteRolePermissionsBoundary": "a deployer that may remove the boundary is not bound by it",
    "codedeploy:*": "versions are not deployed gradually",
    "s3:ListBucket lambda:GetCodeSigningConfig": "code is in the bucket of SAM, and unsigned",
}
# CloudFormation invokes the function of a custom resource with the credentials of the deployer.
CUSTOM = {"Custom::FunctionsAreBuilt": {"lambda:InvokeFunction"}}
FUNCTION = "arn:aws:lambda:eu-central-1:111122223333:function:mailhooks-{}-1A2b3C4d5E6f"


def schemas():
    for path in SCHEMAS.glob("*.json"):
        schema = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(schema, dict) and "handlers" in schema:
            yield schema["typeName"], {action for name, handler in schema["handlers"].items() if name != "list" for action in handler["permissions"]}


def listed(value):
    return value if isinstance(value, list) else [value]


def matches(action, patterns):
    return any(fnmatch.fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


def applies(statement, action, resource):
    """Whether a statement is about an action on a resource, or on any resource if none is given."""
    if not matches(action, listed(statement["Action"])):
        return False
    if "NotResource" in statement:
        return resource is None or not matches(resource, listed(statement["NotResource"]))
    return resource is None or matches(resource, listed(statement["Resource"]))


def allows(policy, action, resource=None):
    effects = {statement["Effect"] for statement in policy["Statement"] if applies(statement, action, resource)}
    return effects == {"Allow"}


def main():
    policy = json.loads((ROOT / "infra/deploy/policy.json").read_text(encoding="utf-8"))
    unused = " ".join(UNUSED).split()
    handlers = dict(schemas()) | CUSTOM
    types = {resource["Type"] for path in sys.argv[1:] for resource in json.loads(pathlib.Path(path).read_text(encoding="utf-8"))["Resources"].values()}
    problems = [f"{kind}: AWS's schema has no permissions" for kind in sorted(types - set(handlers))]
    for kind in sorted(types & set(handlers)):
        asked = FUNCTION.format("RedriveFunction") if kind in CUSTOM else None
        for action in sorted(handlers[kind]):
            if not allows(policy, action, asked) and not matches(action, unused):
                problems.append(f"{kind}: infra/deploy/policy.json does not allow {action}")
    if allows(policy, "lambda:InvokeFunction", FUNCTION.format("SuppressionsFunction")):
        problems.append("infra/deploy/policy.json allows to invoke a function that CloudFormation does not ask")
    if len(json.dumps(policy, separators=(",", ":"))) > 6144:  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
        problems.append("infra/deploy/policy.json is longer than a managed policy may be")
    sys.exit("\n".join(problems) or None)


if __name__ == "__main__":
    main()
