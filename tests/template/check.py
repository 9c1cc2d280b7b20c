"""Compares template.yaml with the code: the table, the receivers' environment variables, their paths. Run by tests/template/run."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import tomllib

import boto3
from samtranslator.yaml_helper import yaml_parse

TEMPLATE, MONITORING, RECEIVER_ALARMS = (yaml_parse(pathlib.Path(path).read_text()) for path in
                                         ["template.yaml", "infra/monitoring.yaml", "infra/receiver-alarms.yaml"])
RESOURCES = TEMPLATE["Resources"]
PROGRAMS = pathlib.Path(os.environ["PROGRAMS"])
LOG = pathlib.Path("shared/ingestion/src/log.rs").read_text()
METRICS = pathlib.Path("shared/ingestion/src/metric.rs").read_text().partition("\nmetrics! {")[2]
PROVIDERS = {tomllib.loads(path.read_text())["name"]: path.parent.name for path in pathlib.Path("fixtures").glob("*/provider.toml")}


def main():
    assert template_table() == local_table(), f"template.yaml declares\n{template_table()}\nbut the code has\n{local_table()}"
    check_functions()
    check_metrics()
    print(f"template.yaml matches the code: table, indexes, metrics, and the environment of {', '.join(sorted(of_functions()))}")


def of_functions():
    return {r["Properties"]["CodeUri"].removeprefix("functions/"): (name, r["Properties"])
            for name, r in RESOURCES.items() if r["Type"] == "AWS::Serverless::Function"}


def check_functions():
    functions = {path.parent.name for path in pathlib.Path("functions").glob("*/Cargo.toml")}
    deployed = of_functions()
    assert functions == deployed.keys() == {*PROVIDERS.values(), "redrive"}, f"functions in the code: {functions}; in template.yaml: {deployed.keys()}"
    for name, (resource, properties) in deployed.items():
        own = properties.get("Environment", {"Variables": {}})["Variables"]
        given = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"] | own
        missing = required_variables(name) - given.keys()
        assert not missing, f"template.yaml does not set {missing} for {name}"
        # The code reads every variable that the template sets.
        read = "".join(pathlib.Path(f"shared/ingestion/src/{file}.rs").read_text() for file in ("configuration", "notifier/topic"))
        unread = {variable for variable in given if f'"{variable}"' not in read} - {"SSL_CERT_FILE"}
        assert not unread, f"the code does not read {unread}"
        if name == "redrive":
            (event,) = properties["Events"].values()
            assert event["Properties"]["ScheduleExpression"] == "rate(1 minute)", event
        else:
            check_receiver(name, resource.removesuffix("Function"), own)


def check_receiver(name, provider, variables):
    """A receiver has its provider's path and its own secret, for which the template sets no value that could become a key."""
    assert PROVIDERS[provider] == name and TEMPLATE["Parameters"][provider]["Default"] == "on"
    assert RESOURCES[f"{provider}Route"]["Properties"]["RouteKey"] == f"POST /webhooks/{name}"
    assert RESOURCES[f"{provider}RoutePermission"]["Properties"]["SourceArn"]["Fn::Sub"].endswith(f"/POST/webhooks/{name}")
    assert variables["SIGNING_SECRET_ID"] == {"Ref": f"{provider}SigningSecret"}, variables
    secret = RESOURCES[f"{provider}SigningSecret"]["Properties"]
    assert secret.keys() == {"Description"}, secret
    # All resources of a provider are removed with it.
    for resource in (r for r in RESOURCES if r.startswith(provider)):
        assert RESOURCES[resource]["Condition"].startswith((f"Receives{provider}", f"{provider}Has")), resource


def check_metrics():
    """Alarms and the dashboard use only metrics that exist, and the dashboard shows all of them."""
    counted = set(re.findall(r"^    (\w+),$", METRICS, re.MULTILINE))
    namespace = re.search(r'NAMESPACE: &str = "(.*)"', LOG).group(1)
    assert TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]["METRICS_NAMESPACE"]["Fn::Sub"] == f"{namespace}/${{AWS::StackName}}"
    resources = [*MONITORING["Resources"].values(), *RECEIVER_ALARMS["Resources"].values()]
    filtered = {transformation["MetricName"] for resource in resources if resource["Type"] == "AWS::Logs::MetricFilter"
                for transformation in resource["Properties"]["MetricTransformations"]}
    watched = [resource["Properties"] for resource in resources if resource["Type"] == "AWS::CloudWatch::Alarm"]
    ours = {alarm["MetricName"] for alarm in watched if alarm["Namespace"] == {"Fn::Sub": f"{namespace}/${{Stack}}"}}
    assert ours <= counted | filtered, f"no such metric: {ours - counted - filtered}"
    body, substitutes = MONITORING["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    for name in substitutes:
        body = body.replace(f"${{{name}}}", "" if name == "Alarms" else name)
    shown = json.dumps([widget["properties"].get("metrics") for widget in json.loads(body)["widgets"]])
    missing = {metric for metric in counted | filtered if not re.search(rf'\b{metric}\b', shown)}
    assert not missing, f"the dashboard does not show {missing}"
    named = set(re.findall(r'MetricName=\\+"(\w+)', shown)) | set(re.findall(rf'{namespace}/\$\{{Stack\}}", "(\w+)"', shown))
    of_lambda = {"Duration", "Errors", "Throttles", "ConcurrentExecutions"}
    assert named <= counted | filtered | of_lambda, f"no such metric: {named - counted - filtered - of_lambda}"


def template_table():
    table = RESOURCES["Table"]["Properties"]
    ttl = table["TimeToLiveSpecification"]
    return shape(table, table["BillingMode"], ttl["AttributeName"] if ttl["Enabled"] else None)


def local_table():
    """The table that the code creates for the local stack."""
    with tempfile.TemporaryDirectory() as folder:
        command = [PROGRAMS / "mailhooks", "--data", folder, "--json", "dev", "--in-memory", "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            try:
                stack = json.loads(pathlib.Path(json.loads(process.stdout.readline())["stack"]).read_text())
                client = boto3.client("dynamodb", endpoint_url=stack["dynamodb"], region_name="us-east-1",
                                      aws_access_key_id=stack["token"], aws_secret_access_key="local")
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
    """The variables that a receiver reports as missing in an empty environment, except AWS_*, which Lambda sets."""
    started = subprocess.run([PROGRAMS / function], env={}, capture_output=True, text=True)
    assert started.returncode != 0, f"{function} starts without a configuration"
    required = set(re.findall(r"([A-Z_]+) is not set|neither ([A-Z_]+) nor", started.stderr))
    required = {name for either in required for name in either if name}
    assert required, started.stderr
    return {name for name in required if not name.startswith("AWS_")}


main()
