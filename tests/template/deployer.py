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
    "secretsmanager:*SecretValue secretsmanager:GetRandomPassword secretsmanager:*Region*": "the template makes empty secrets, in one region",
    "iam:*GroupPolicy iam:*UserPolicy iam:CreateServiceLinkedRole": "policies belong to roles",
    "s3:ListBucket lambda:GetCodeSigningConfig": "code is in the bucket of SAM, and unsigned",
}
NOT_REAL = {"Custom::FunctionsAreBuilt"}  # fails a deployment without a build, and is never made


def schemas():
    for path in SCHEMAS.glob("*.json"):
        schema = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(schema, dict) and "handlers" in schema:
            yield schema["typeName"], {action for name, handler in schema["handlers"].items() if name != "list" for action in handler["permissions"]}


def listed(value):
    return value if isinstance(value, list) else [value]


def matches(action, patterns):
    return any(fnmatch.fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


def main():
    policy = json.loads((ROOT / "infra/deploy/policy.json").read_text(encoding="utf-8"))
    patterns = {effect: [action for statement in policy["Statement"] if statement["Effect"] == effect for action in listed(statement["Action"])]
                for effect in ("Allow", "Deny")}
    unused = " ".join(UNUSED).split()
    handlers = dict(schemas())
    types = {resource["Type"] for path in sys.argv[1:] for resource in json.loads(pathlib.Path(path).read_text(encoding="utf-8"))["Resources"].values()}
    problems = [f"{kind}: AWS's schema has no permissions" for kind in sorted(types - set(handlers) - NOT_REAL)]
    for kind in sorted(types & set(handlers)):
        for action in sorted(handlers[kind]):
            allowed = matches(action, patterns["Allow"]) and not matches(action, patterns["Deny"])
            if not allowed and not matches(action, unused):
                problems.append(f"{kind}: infra/deploy/policy.json does not allow {action}")
    if len(json.dumps(policy, separators=(",", ":"))) > 6144:  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
        problems.append("infra/deploy/policy.json is longer than a managed policy may be")
    sys.exit("\n".join(problems) or None)


if __name__ == "__main__":
    main()
