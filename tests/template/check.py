"""Compares template.yaml with the code: the table, what the receivers ask for, their paths. Run by tests/template/run."""
import json
import os
import pathlib
import re
import subprocess
import tempfile

import boto3
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = yaml_parse(pathlib.Path("template.yaml").read_text())
RESOURCES = TEMPLATE["Resources"]
PROGRAMS = pathlib.Path(os.environ["PROGRAMS"])


def main():
    assert template_table() == local_table(), f"{template_table()}\nis not\n{local_table()}"
    functions = {path.parent.name for path in pathlib.Path("functions").glob("*/Cargo.toml")}
    deployed = {r["Properties"]["CodeUri"].removeprefix("functions/"): r["Properties"]
                for r in RESOURCES.values() if r["Type"] == "AWS::Serverless::Function"}
    assert functions == deployed.keys(), f"{functions} is not {deployed.keys()}"
    for name, properties in deployed.items():
        own = properties.get("Environment", {"Variables": {}})["Variables"]
        given = {**TEMPLATE["Globals"]["Function"]["Environment"]["Variables"], **own}
        missing = required_variables(name) - given.keys()
        assert not missing, f"{name} is not given {missing}"
        (event,) = properties["Events"].values()
        if name == "redrive":
            assert event["Properties"]["ScheduleExpression"] == "rate(1 minute)", event
        else:
            assert event["Properties"]["Path"] == f"/webhooks/{name}", event
            check_secret(name, own)
    print(f"the table, its indexes and the environment of {', '.join(sorted(deployed))} are what the code expects")


def check_secret(name, variables):
    """A receiver reads its own secret, which says that it is not set in the words that the code knows."""
    secret = RESOURCES[variables["SIGNING_SECRET_ID"]["Ref"]]["Properties"]
    source = pathlib.Path("shared/ingestion/src/secrets.rs").read_text()
    (placeholder,) = re.findall(r'NOT_SET: &str = "(.*)"', source)
    assert secret["SecretString"] == placeholder, secret
    role = next(resource["Properties"] for resource in RESOURCES.values()
                if resource["Type"] == "AWS::IAM::Role" and json.dumps(variables["SIGNING_SECRET_ID"]) in json.dumps(resource))
    function = next(resource["Properties"] for resource in RESOURCES.values()
                    if resource.get("Properties", {}).get("CodeUri") == f"functions/{name}")
    assert RESOURCES[function["Role"]["Fn::GetAtt"][0]]["Properties"] is role, f"{name} may not read its secret"


def template_table():
    table = RESOURCES["Table"]["Properties"]
    ttl = table["TimeToLiveSpecification"]
    return shape(table, table["BillingMode"], ttl["AttributeName"] if ttl["Enabled"] else None)


def local_table():
    """As the code makes it for the local stack."""
    with tempfile.TemporaryDirectory() as folder:
        command = [PROGRAMS / "mailhooks", "--data", folder, "--json", "dev", "--in-memory", "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            try:
                endpoint = json.loads(process.stdout.readline())["dynamodb"]
                client = boto3.client("dynamodb", endpoint_url=endpoint, region_name="us-east-1",
                                      aws_access_key_id="local", aws_secret_access_key="local")
                (name,) = client.list_tables()["TableNames"]
                table = client.describe_table(TableName=name)["Table"]
                ttl = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
            finally:
                process.terminate()
    return shape(table, table["BillingModeSummary"]["BillingMode"], ttl.get("AttributeName"))


def shape(table, billing, ttl):
    def keys(part):
        return [(key["AttributeName"], key["KeyType"]) for key in part["KeySchema"]]

    def projection(index):
        projected = index["Projection"]
        return projected["ProjectionType"], sorted(projected.get("NonKeyAttributes", []))

    return {
        "keys": keys(table),
        "attributes": sorted((a["AttributeName"], a["AttributeType"]) for a in table["AttributeDefinitions"]),
        "indexes": {i["IndexName"]: (keys(i), projection(i)) for i in table["GlobalSecondaryIndexes"]},
        "billing": billing,
        "time to live": ttl,
    }


def required_variables(function):
    """What a receiver asks for when it is given nothing; Lambda itself sets the AWS_ ones."""
    started = subprocess.run([PROGRAMS / function], env={}, capture_output=True, text=True)
    assert started.returncode != 0, f"{function} starts without a configuration"
    required = set(re.findall(r"([A-Z_]+) is not set|neither ([A-Z_]+) nor", started.stderr))
    required = {name for either in required for name in either if name}
    assert required, started.stderr
    return {name for name in required if not name.startswith("AWS_")}


main()
