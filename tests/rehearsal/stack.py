"""A stack as a user deploys it, accessed from outside."""
import functools
import json
import os
import pathlib
import re
import subprocess
import threading
import tomllib
import urllib.error
import urllib.request

import boto3

import calls
from relay import Relay
from servers import FOLDER

MAKING_A_CLIENT = threading.Lock()
REGION = "us-east-1"


class Stack:
    def __init__(self, name, servers, template, region=REGION, user=None, **parameters):
        """Deploys with the credentials of a user as environment variables, or with those of the account."""
        self.name, self.servers, self.template, self.region = name, servers, template, region
        self.environment = environment(servers, region) | (user or {})
        self.relays = {}
        self.deploy(**parameters)

    def deploy(self, template=None, status=0, **parameters):
        """Creates or updates the stack. Parameters that are not named keep their values."""
        self.run("sam", "deploy", "--template", template or self.template, "--stack-name", self.name, "--resolve-s3", "--no-progressbar",
                 "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", "--no-confirm-changeset", "--no-fail-on-empty-changeset",
                 "--parameter-overrides", "Architecture=x86_64", *(f'{key}="{value}"' for key, value in parameters.items()), status=status)
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in self.description()["Outputs"]}
        for role in self.resources("AWS::IAM::Role").values():
            calls.let_publish_batches(self.client("iam"), role)

    def replace_processes(self):
        """Ends the processes of the functions, which the emulator keeps with their old environment after an update, unlike Lambda."""
        for function in self.resources("AWS::Lambda::Function").values():
            self.servers.kill(function)

    def description(self):
        (found,) = self.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        return found

    def client(self, service, key="test", secret="test", token=None):
        """A client of the account of the stack; of the account with this number; or of the owner of these credentials."""
        return client(self.servers, service, self.region, key, secret, token)

    def run(self, *command, status=0, input="", **environment):
        done = subprocess.run(command, env=self.environment | environment, input=input, capture_output=True, text=True)
        said = done.stdout + done.stderr
        assert status is None or done.returncode == status, f"{' '.join(map(str, command))}\n{said}"
        return done.stdout

    def tool(self, *arguments, status=0, input="", **environment):
        """Runs the mailhooks tool and returns the JSON objects that it prints, one per line."""
        environment = {"AWS_ENDPOINT_URL": self.servers.secure_endpoint} | environment
        said = self.run(os.environ["TOOL"], "--json", *arguments, status=status, input=input, **environment)
        return [json.loads(line) for line in said.splitlines()]

    def url(self, provider):
        return self.reachable(self.outputs[f"{provider}WebhookUrl"])

    def reachable(self, url):
        """The URL of a function or an API, with an address that resolves on this machine."""
        host, slash, path = url.partition("://")[2].partition("/")
        host = host.partition(":")[0]
        if host not in self.relays:
            self.relays[host] = Relay(self.servers.ministack, host)
        return f"http://127.0.0.1:{self.relays[host].port}/{path}"

    def post(self, url, body, headers):
        """Posts a webhook to one of the stack's URLs. Returns the status and the answer."""
        request = urllib.request.Request(self.reachable(url), body, {"content-type": "application/json"} | headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.load(refusal)

    def set_secret(self, provider, secret):
        self.client("secretsmanager").put_secret_value(SecretId=self.outputs[f"{provider}SigningSecretId"], SecretString=secret)

    def items(self):
        """The events in the table, by id."""
        pages = self.client("dynamodb").get_paginator("scan").paginate(TableName=self.outputs["TableName"])
        items = [item for page in pages for item in page["Items"] if "event" in item]
        return {item["event"]["M"]["id"]["S"]: item for item in items}

    def redrive(self):
        """Makes redrive announce all events in the outbox, regardless of their age. Returns their number."""
        waiting = [item for item in self.items().values() if "outbox" in item]
        for item in waiting:
            # Redrive skips events of the last minute, which the receiver may still announce.
            self.client("dynamodb").update_item(TableName=self.outputs["TableName"], Key={"pk": item["pk"], "sk": item["sk"]},
                                                UpdateExpression="SET received_at = :long_ago",
                                                ExpressionAttributeValues={":long_ago": {"S": "2026-01-01T00:00:00.000Z"}})
        function = self.resources("AWS::Lambda::Function")["RedriveFunction"]
        answer = self.client("lambda").invoke(FunctionName=function, Payload=b"{}")
        assert "FunctionError" not in answer, answer["Payload"].read()
        return len(waiting)

    def function(self):
        """The name of the only function of the stack."""
        (name,) = self.resources("AWS::Lambda::Function").values()
        return name

    def log_lines(self):
        """The lines of JSON in the log group of the stack's function."""
        pages = self.client("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{self.name}")
        messages = [event["message"] for page in pages for event in page["events"]]
        return [json.loads(line) for message in messages for line in message.splitlines() if line.startswith("{")]

    def resources(self, kind=None):
        pages = self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.name)
        return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for page in pages
                for resource in page["StackResourceSummaries"] if kind in (None, resource["ResourceType"])}


def environment(servers, region=REGION):
    return os.environ | of_aws(servers, region)


def of_aws(servers, region=REGION):
    """What programs must know to use the emulator instead of AWS."""
    return credentials() | {
        "AWS_DEFAULT_REGION": region, "AWS_REGION": region, "AWS_ENDPOINT_URL": servers.endpoint, "SAM_CLI_TELEMETRY": "0",
        "AWS_EC2_METADATA_DISABLED": "true"}


def credentials(key="test", secret="test"):
    """Those of a user, or of the account, as environment variables."""
    return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}


def client(servers, service, region=REGION, key="test", secret="test", token=None):
    # Clients can be shared by threads, but not made by several at once.
    with MAKING_A_CLIENT:
        return boto3.client(service, endpoint_url=servers.secure_endpoint, region_name=region,
                            aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token)


@functools.cache
def packaged(servers):
    """template.yaml with its programs uploaded, for many deployments: `sam deploy` packs the programs each time."""
    output = FOLDER / "packaged.yaml"
    subprocess.run(["sam", "package", "--template", "template.yaml", "--resolve-s3", "--output-template-file", output],
                   env=environment(servers), stdin=subprocess.DEVNULL, capture_output=True, check=True)
    # `sam deploy` takes the URL of the nested template for a file, because the emulator has no TLS.
    output.write_text(re.sub(r"TemplateURL: \S+", f"TemplateURL: {os.getcwd()}/infra/monitoring.yaml", output.read_text()))
    return output


class Queue:
    """A queue that is subscribed to topics, or a queue of a stack, and all messages it received."""

    def __init__(self, stack, name, topics, policy=None, url=None):
        self.sqs, self.received, self.url = stack.client("sqs"), [], url
        if not url:
            self.subscribe(stack, name, topics, policy)

    def subscribe(self, stack, name, topics, policy):
        self.url = self.sqs.create_queue(QueueName=f"{stack.name}-{name}")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        statement = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": document})
        attributes = {"RawMessageDelivery": "true"} | ({"FilterPolicy": json.dumps(policy)} if policy else {})
        for topic in topics:
            stack.client("sns").subscribe(TopicArn=stack.outputs[f"{topic}TopicArn"], Protocol="sqs", Endpoint=arn, Attributes=attributes)

    def read(self):
        """All events received so far, including new ones."""
        while messages := self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self.received.append(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return self.received

    def ids(self):
        """The ids of the events received so far. A document of Amazon SES has the id as a tag."""
        return {event.get("id") or event["mail"]["tags"]["mailhooks-id"][0] for event in self.read()}


def provider_names():
    """The providers' names in the template, by their names in the code."""
    folders = [path.parent.name for path in pathlib.Path("functions").glob("*/Cargo.toml")]
    spelled = {path.parent.name: tomllib.loads(path.read_text())["name"] for path in pathlib.Path("fixtures").glob("*/provider.toml")}
    assert set(folders) - {"redrive", "suppressions"} == set(spelled), folders
    return spelled
