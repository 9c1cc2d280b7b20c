"""Compares template.yaml with the code: the tables, the functions' environment variables, their paths. Run by tests/template/run."""
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
# The tables by their names in the template, and their names in the local stack.
TABLES = {"Table": "mailhooks", "SuppressionsTable": "suppressions"}
# The files that read the environment variables: the configuration may be one file or a folder.
SOURCES = pathlib.Path("shared/ingestion/src")
READERS = [SOURCES / "notifier/topic.rs", *SOURCES.glob("configuration.rs"), *SOURCES.glob("configuration/*.rs")]
LOG = pathlib.Path("shared/ingestion/src/log.rs").read_text()
METRICS = pathlib.Path("shared/ingestion/src/metric.rs").read_text().partition("\nmetrics! {")[2]
PROVIDERS = {tomllib.loads(path.read_text())["name"]: path.parent.name for path in pathlib.Path("fixtures").glob("*/provider.toml")}


def main():
    check_functions()
    check_deployment()
    check_roles()
    check_policy()
    check_topics()
    check_metrics()
    check_rates()
    check_layout()
    local = local_tables()
    for resource, name in TABLES.items():
        declared = template_table(resource)
        assert declared == local.get(name), f"template.yaml declares {resource} as\n{declared}\nbut the code has\n{local.get(name)}"
    assert local.keys() == set(TABLES.values()), f"the local stack has the tables {local.keys()}"
    print(f"template.yaml matches the code: tables, indexes, metrics, and the environment of {', '.join(sorted(of_functions()))}")


def of_functions():
    return {r["Properties"]["CodeUri"].removeprefix("functions/"): (name, r["Properties"])
            for name, r in RESOURCES.items() if r["Type"] == "AWS::Serverless::Function"}


def check_functions():
    functions = {path.parent.name for path in pathlib.Path("functions").glob("*/Cargo.toml")}
    deployed = of_functions()
    assert functions == deployed.keys() == {*PROVIDERS.values(), "redrive", "suppressions"}, f"functions in the code: {functions}; in template.yaml: {deployed.keys()}"
    for name, (resource, properties) in deployed.items():
        own = properties.get("Environment", {"Variables": {}})["Variables"]
        given = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"] | own
        missing = required_variables(name) - given.keys()
        assert not missing, f"template.yaml does not set {missing} for {name}"
        # The code reads every variable that the template sets.
        read = "".join(path.read_text() for path in READERS)
        unread = {variable for variable in given if f'"{variable}"' not in read} - {"SSL_CERT_FILE"}
        assert not unread, f"the code does not read {unread}"
        if name == "redrive":
            (event,) = properties["Events"].values()
            assert event["Properties"]["ScheduleExpression"] == "rate(1 minute)", event
            watched = dict(part["Fn::If"][:2] for part in own["PROVIDERS"]["Fn::If"][1]["Fn::Join"][1])
            assert watched == {f"Receives{provider}": folder for provider, folder in PROVIDERS.items()}, watched
        elif name == "suppressions":
            check_consumer(properties)
        else:
            check_receiver(name, resource.removesuffix("Function"), own)


def check_deployment():
    """Another build or architecture makes CloudFormation ask whether the functions start."""
    asked = RESOURCES["FunctionsAreBuilt"]["Properties"]
    assert (asked["Build"], asked["Architecture"]) == ({"Ref": "RedriveFunction.Version"}, {"Ref": "Architecture"}), asked
    assert RESOURCES["RedriveFunction"]["Properties"]["AutoPublishAlias"], "without an alias, SAM makes no versions"


def check_roles():
    """The parameters for all roles reach all roles."""
    for name, resource in RESOURCES.items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Role":
            assert {"Fn::If": ["HasOwnKey", {"Ref": "KeyPolicy"}, {"Ref": "AWS::NoValue"}]} in properties["ManagedPolicyArns"], name
            made = [properties]
        else:
            # SAM makes a role for a schedule.
            made = [event["Properties"] for event in properties.get("Events", {}).values() if event["Type"] == "ScheduleV2"]
        for role in made:
            boundary = {"Fn::If": ["HasBoundary", {"Ref": "PermissionsBoundary"}, {"Ref": "AWS::NoValue"}]}
            assert role["PermissionsBoundary"] == boundary, name


def check_consumer(properties):
    """The function of the suppression list reads a queue that delivers again only what the function reports as failed."""
    (event,) = properties["Events"].values()
    assert event["Type"] == "SQS" and event["Properties"]["Queue"] == {"Fn::GetAtt": ["SuppressionsQueue", "Arn"]}, event
    assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"], event
    timeout = properties.get("Timeout", TEMPLATE["Globals"]["Function"]["Timeout"])
    assert RESOURCES["SuppressionsQueue"]["Properties"]["VisibilityTimeout"] >= 6 * timeout, timeout
    # The function reads the body as the event itself.
    assert RESOURCES["SuppressionsSubscription"]["Properties"]["RawMessageDelivery"] is True
    # All resources of the list are removed with it.
    for resource in (r for r in RESOURCES if r.startswith("Suppressions")):
        assert RESOURCES[resource]["Condition"] == {"SuppressionsTable": "CreatesSuppressions"}.get(resource, "KeepsSuppressions"), resource


def check_policy():
    """The rules of the suppression list are the same in a deployed stack and elsewhere, unless they are set."""
    source = pathlib.Path("shared/normalization/src/suppression/policy.rs").read_text()
    (defaults,) = re.findall(r"fn default\(\) -> Self \{\s*Self \{([^}]*)\}", source)
    defaults = {name: int(value) for name, value in re.findall(r"(\w+): (\d+)", defaults)}
    variables = RESOURCES["SuppressionsFunction"]["Properties"]["Environment"]["Variables"]
    parameters = {name: TEMPLATE["Parameters"][variables[name.upper()]["Ref"]]["Default"] for name in defaults}
    assert defaults and parameters == defaults, f"template.yaml has the rules {parameters}, but the code has {defaults}"


def check_topics():
    """The policy for other accounts is that of every topic, if the topic exists."""
    topics = {name: resource.get("Condition") for name, resource in RESOURCES.items() if resource["Type"] == "AWS::SNS::Topic"}
    listed = [topic.get("Fn::If", [None, topic]) for topic in RESOURCES["TopicsPolicy"]["Properties"]["Topics"]]
    listed = {topic["Ref"]: condition for condition, topic, *_ in listed}
    assert listed == topics, f"TopicsPolicy is for {listed}, but the topics are {topics}"


def check_receiver(name, provider, variables):
    """A receiver has its provider's paths, its own items of the table, and its own secret, for which the template sets no value
    that could become a key."""
    assert PROVIDERS[provider] == name and TEMPLATE["Parameters"][provider]["Default"] == "off"
    assert RESOURCES[f"{provider}Route"]["Properties"]["RouteKey"] == f"POST /webhooks/{name}"
    assert RESOURCES[f"{provider}SecretRoute"]["Properties"]["RouteKey"] == {"Fn::Sub": f"POST /webhooks/${{PathSecret}}/{name}"}
    assert RESOURCES[f"{provider}RoutePermission"]["Properties"]["SourceArn"]["Fn::Sub"].endswith(f"/POST/webhooks/*{name}")
    assert variables["SIGNING_SECRET_ID"] == {"Ref": f"{provider}SigningSecret"}, variables
    secret = RESOURCES[f"{provider}SigningSecret"]["Properties"]
    assert secret.keys() == {"Description", "KmsKeyId"}, secret
    policies = {policy["PolicyName"]: policy["PolicyDocument"] for policy in RESOURCES[f"{provider}Role"]["Properties"]["Policies"]}
    (record,) = policies["Record"]["Statement"]
    assert record["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{name}#*"]}}, record
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
    # An alarm on a rate has several metrics.
    used = [metric["MetricStat"]["Metric"] for alarm in watched for metric in alarm.get("Metrics", []) if "MetricStat" in metric]
    used += [alarm for alarm in watched if "MetricName" in alarm]
    ours = {metric["MetricName"] for metric in used if metric["Namespace"] == {"Fn::Sub": f"{namespace}/${{Stack}}"}}
    assert ours <= counted | filtered, f"no such metric: {ours - counted - filtered}"
    used = [metric for metric in used if metric["Namespace"] == "AWS/DynamoDB"]
    throttled = {d["Value"] for metric in used for d in metric["Dimensions"] if d["Name"] == "GlobalSecondaryIndexName"}
    indexes = {index["IndexName"] for index in RESOURCES["Table"]["Properties"]["GlobalSecondaryIndexes"]}
    assert throttled == indexes, f"alarms on throttles are of the indexes {throttled}, but the table has {indexes}"
    shown = json.dumps([widget["properties"].get("metrics") for widget in widgets()])
    missing = {metric for metric in counted | filtered if not re.search(rf'\b{metric}\b', shown)}
    assert not missing, f"the dashboard does not show {missing}"
    # A stack's name may have a hyphen, for which a search needs quotes (CloudWatch's syntax of search expressions).
    assert "SEARCH('{mailhooks" not in shown and "FunctionName=" not in shown, "a search without quotes"
    named = set(re.findall(r'MetricName=\\+"(\w+)', shown)) | set(re.findall(rf'{namespace}/\$\{{Stack\}}", "(\w+)"', shown))
    of_lambda = {"Duration", "Errors", "Throttles", "ConcurrentExecutions"}
    assert named <= counted | filtered | of_lambda, f"no such metric: {named - counted - filtered - of_lambda}"


def check_rates():
    """The alarms on rates go off above the rate, from enough mails on, and not before."""
    def percent(alarm, **sums):
        expression = RECEIVER_ALARMS["Resources"][alarm]["Properties"]["Metrics"][-1]["Expression"]["Fn::Sub"]
        functions = {"IF": lambda holds, one, other: one if holds else other, "FILL": lambda sum, other: other if sum is None else sum}
        return eval(expression.replace("${RateMails}", "1000"), functions, sums)

    for alarm, sums, expected in [
        ("Bounces", {"delivered": 950, "bounced": 50}, 5),
        ("Bounces", {"delivered": 1900, "bounced": 100}, 5),
        ("Bounces", {"delivered": 500, "bounced": 499}, 0),
        ("Bounces", {"delivered": 5000, "bounced": None}, 0),
        ("Complaints", {"delivered": 2000, "complained": 3}, 0.15),
        ("Complaints", {"delivered": 999, "complained": 999}, 0),
        ("Complaints", {"delivered": 1000, "complained": None}, 0),
    ]:
        assert percent(alarm, **sums) == expected, (alarm, sums, percent(alarm, **sums))
    limits = {name: TEMPLATE["Parameters"][name]["Default"] for name in ("BounceRate", "ComplaintRate", "RateMails")}
    assert limits == {"BounceRate": 5, "ComplaintRate": 0.1, "RateMails": 1000}, limits
    for alarm, parameter in [("Bounces", "BounceRate"), ("Complaints", "ComplaintRate")]:
        properties = RECEIVER_ALARMS["Resources"][alarm]["Properties"]
        assert (properties["Threshold"], properties["ComparisonOperator"]) == ({"Ref": parameter}, "GreaterThanThreshold"), properties


def widgets(without=()):
    """The widgets of a stack that has everything but these conditions."""
    body, substitutes = MONITORING["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]

    def text(value):
        if "Fn::If" in value:
            condition, one, other = value["Fn::If"]
            return text(other if condition in without else one)
        if "Fn::Join" in value:
            separator, parts = value["Fn::Join"]
            return separator.join(part for part in map(text, parts) if part)
        return value["Fn::Sub"] if "Fn::Sub" in value else value if isinstance(value, str) else ""

    for name, value in substitutes.items():
        body = body.replace(f"${{{name}}}", "" if name == "Alarms" else text(value).replace('"', "'") if name == "LogSources" else text(value))
    return json.loads(body)["widgets"]


def check_layout():
    """The widgets cover the 24 columns of the dashboard without a gap or an overlap, whatever the stack has."""
    # Without the list, CloudWatch moves the widget of the API up.
    for without in [(), ("HasApi",), ("HasApi", "HasSuppressions", "HasActions", "HasEvents", "HasSesNotifications", "HasSesEvents")]:
        covered = [(x, y) for w in widgets(without) for x in range(w["x"], w["x"] + w["width"]) for y in range(w["y"], w["y"] + w["height"])]
        height = max(y for _, y in covered) + 1
        assert sorted(covered) == [(x, y) for x in range(24) for y in range(height)], f"the widgets overlap, or leave a gap without {without}"
    bare = json.dumps(widgets(("HasApi", "HasSuppressions", "HasActions", "HasEvents", "HasSesNotifications", "HasSesEvents")))
    absent = [name for name in ("Api", "Actions", "Events", "SesNotifications", "SesEvents", "SuppressionsQueue", "SuppressionsTable") if f"${{{name}}}" in bare]
    assert not absent, f"the dashboard names {absent}, which do not exist"


def template_table(resource):
    table = RESOURCES[resource]["Properties"]
    ttl = table["TimeToLiveSpecification"]
    return shape(table, table["BillingMode"], ttl["AttributeName"] if ttl["Enabled"] else None)


def local_tables():
    """The tables that the code creates for the local stack, by name."""
    with tempfile.TemporaryDirectory() as folder:
        command = [PROGRAMS / "mailhooks", "--data", folder, "--json", "dev", "--in-memory", "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            try:
                stack = json.loads(pathlib.Path(json.loads(process.stdout.readline())["stack"]).read_text())
                client = boto3.client("dynamodb", endpoint_url=stack["dynamodb"], region_name="us-east-1",
                                      aws_access_key_id=stack["token"], aws_secret_access_key="local")
                return {name: local_table(client, name) for name in client.list_tables()["TableNames"]}
            finally:
                process.terminate()


def local_table(client, name):
    table = client.describe_table(TableName=name)["Table"]
    ttl = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
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
        "indexes": {i["IndexName"]: (keys(i), projection(i)) for i in table.get("GlobalSecondaryIndexes", [])},
        "billing": billing,
        "time to live": ttl,
    }


def required_variables(function):
    """The variables that a function reports as missing in an empty environment, except AWS_*, which Lambda sets."""
    started = subprocess.run([PROGRAMS / function], env={}, capture_output=True, text=True)
    assert started.returncode != 0, f"{function} starts without a configuration"
    required = set(re.findall(r"([A-Z_]+) is not set|neither ([A-Z_]+) nor", started.stderr))
    required = {name for either in required for name in either if name}
    assert required, started.stderr
    return {name for name in required if not name.startswith("AWS_")}


main()
