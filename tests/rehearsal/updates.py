"""The rehearsal of updates: parameters of a living stack, a new version over the last release, and an update that fails."""
import contextlib
import json
import os
import pathlib
import threading

from samtranslator.yaml_helper import yaml_parse

from runbook import follow
from servers import FOLDER, say, wait_until
from stack import Stack, packaged
from webhooks import PROVIDERS, deliver, jetemail_event, samples, send, signature

SECRET = "whsec_updates"
SETTINGS = {"Monitoring": "off", "Endpoint": "http-api", "GetMailer": "on", "Jasni": "on", "JetEmail": "on"}
DEFAULTS = {"Emailit": "on", "ActionsTopic": "on", "Suppressions": "on", "EventsTopic": "off", "SesTopics": "off",
            "AddressIndex": "mail", "TimeIndex": "on", "MemorySize": 256, "RetentionDays": 180}
# The template of the last release. After a release: git show TAG:template.yaml > tests/rehearsal/released.yaml
RELEASED = "tests/rehearsal/released.yaml"
# A signal that never comes. It is awaited when the functions have been changed.
FAILING = """
  FailingSignal:
    Type: AWS::CloudFormation::WaitConditionHandle
  Failing:
    Type: AWS::CloudFormation::WaitCondition
    DependsOn: [JetEmailFunction, RedriveFunction]
    Properties: {Handle: !Ref FailingSignal, Timeout: "2"}

Outputs:
"""


def rehearse(servers):
    stack = Stack("updated", servers, packaged(servers), **SETTINGS, **DEFAULTS)
    stack.set_secret("JetEmail", SECRET)
    wait_until(lambda: receives(stack, "before"), "the receiver uses its secret", 20)
    switches_off(stack)
    rolls_back(stack)
    switches_on(stack)
    changes_the_endpoint(stack)
    upgrades_the_last_release(servers)


def switches_off(stack):
    wait_until(lambda: "before@example.org" in entries_of(stack), "the list takes a bounce")
    urls, table = {name: stack.url(name) for name in PROVIDERS.values()}, stack.outputs["SuppressionsTableName"]
    entries = entries_of(stack)
    change(stack, "changed", Emailit="off", ActionsTopic="off", Suppressions="off", EventsTopic="on", SesTopics="both",
           AddressIndex="actionable", TimeIndex="off", MemorySize=512, RetentionDays=60)
    named = [name for name in [*stack.resources(), *stack.outputs] if "emailit" in name.lower() or "actions" in name.lower()]
    assert not named and {"EventsTopicArn", "SesEventsTopicArn"} <= stack.outputs.keys(), stack.outputs
    assert {name: stack.url(name) for name in urls if name != "Emailit"} == {name: url for name, url in urls.items() if name != "Emailit"}
    assert entries.items() <= entries_of(stack, table).items(), "the suppression list was not kept"
    assert "received_day" not in stack.items()["jetemail:changed"], "the receiver has its old settings"
    assert memory(stack) == 512
    stack.urls, stack.list = urls, table
    say("a provider, two topics, the list and two indexes off, topics on, memory and retention changed")


def switches_on(stack):
    # The stack's own table, which leaves the stack, and the list's table, which has left it.
    change(stack, "changed-back", **DEFAULTS, ExistingTable=stack.outputs["TableName"], ExistingSuppressions=stack.list)
    assert not {"Table", "SuppressionsTable"} & stack.resources().keys(), "the tables are not outside the stack"
    assert {name: stack.url(name) for name in PROVIDERS.values()} == stack.urls, "a URL of the API changed"
    assert "EventsTopicArn" not in stack.outputs and memory(stack) == 256, stack.outputs
    wait_until(lambda: "changed-back@example.org" in entries_of(stack), "the kept list takes a bounce")
    assert "before@example.org" in entries_of(stack), "an entry of the list is lost"
    for id in ["before", "changed", "changed-back"]:
        found = stack.tool("--stack", stack.name, "events", "--recipient", f"{id}@example.org")
        assert f"jetemail:{id}" in [event.get("id") for event in found], found
    secrets, case = {"emailit": "whsec_" + "0" * 64}, samples(stack, "emailit")[0]["case"]
    assert send(stack, secrets, "emailit", case)["status"] == 503, "the signing secret of the provider was kept"
    stack.set_secret("Emailit", secrets["emailit"])
    wait_until(lambda: send(stack, secrets, "emailit", case)["status"] == 200, "Emailit is received again", 20)
    say("all changed back, with the tables outside the stack; the URLs on the API are the same, a provider's secret has to be stored again")


def changes_the_endpoint(stack):
    before = stack.outputs["JetEmailWebhookUrl"]
    change(stack, "at-another-endpoint", Endpoint="function-url")
    assert stack.outputs["JetEmailWebhookUrl"] != before
    say("another endpoint: the URLs are new ones, and what was recorded is kept")


def rolls_back(stack):
    template = FOLDER / "failing.yaml"
    template.write_text(packaged(stack.servers).read_text().replace("\nOutputs:\n", FAILING))
    before, resources = stack.outputs, stack.resources()
    change(stack, "rolled-back", template=template, status=1, MemorySize=1024, EventsTopic="off", Jasni="off")
    assert stack.description()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", stack.description()
    assert stack.outputs == before and stack.resources().keys() == resources.keys(), "the rollback left a change"
    assert memory(stack) == 512
    pages = stack.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=stack.name)
    happened = [(event["LogicalResourceId"], event["ResourceStatus"]) for page in pages for event in page["StackEvents"]]
    failed = next(number for number, (name, status) in enumerate(happened) if name == "Failing" and status.endswith("_FAILED"))
    before_it = happened[failed:happened.index((stack.name, "UPDATE_IN_PROGRESS"))]
    assert ("JetEmailFunction", "UPDATE_COMPLETE") in before_it, "the update failed before it changed a function, so it tests nothing"
    (finding,) = [found for found in stack.tool("--stack", stack.name, "doctor", status=None) if found["check"] == "stack"]
    assert finding["verdict"] == "wrong" and "UPDATE_ROLLBACK_COMPLETE" in finding["says"], finding
    say("an update that fails is rolled back; webhooks are received before, during and after it")


def upgrades_the_last_release(servers):
    """Deploys this version over the last release, to see that its table is kept and understood. That webhooks are lost meanwhile, which
    docs/operate.md says of 0.1.0, it does not see. Both have the functions of this version: those of the
    release would have to be built. The receivers are invoked, because the emulator makes no routes from the definition of the release's
    API, and does not replace this API as AWS does."""
    added = indexes("template.yaml") - indexes(RELEASED)
    assert len(added) <= 1, f"DynamoDB creates one index in a deployment, unlike the emulator, but this version adds {added}"
    released = FOLDER / "released.yaml"
    released.write_text(pathlib.Path(RELEASED).read_text().replace("CodeUri: functions/", f"CodeUri: {os.getcwd()}/functions/"))
    stack = Stack("released", servers, released, JetEmailSigningSecrets=SECRET)
    wait_until(lambda: invoked(stack, jetemail_event("of-the-release")) == 200, "the release receives", 20)
    before = stack.items()
    follow("Upgrade and roll back", 0, stack, {"STACK": stack.name},
           lambda **parameters: stack.deploy(packaged(servers), **SETTINGS, **DEFAULTS, **parameters))
    keeps(stack, before)
    stack.replace_processes()
    stack.set_secret("JetEmail", SECRET)
    wait_until(lambda: invoked(stack, jetemail_event("of-this-version")) == 200, "the new version receives", 20)
    again = jetemail_event("of-the-release")
    wait_until(lambda: invoked(stack, again) == 200, "an event of the release is acknowledged again", 20)
    found = stack.tool("--stack", stack.name, "events")
    assert sorted(event["id"] for event in found) == ["jetemail:of-the-release", "jetemail:of-this-version"], found
    say("this version over the last release: its events are kept and recognized")


def change(stack, id, **parameters):
    """Updates the stack while webhooks arrive, then sends one, and checks that none of them and nothing older is lost."""
    before = stack.items()
    with arriving(stack, f"during-{id}") as sent:
        stack.deploy(**parameters)
        stack.replace_processes()
    wait_until(lambda: receives(stack, id), f"{id} is received", 20)
    keeps(stack, before)
    assert {f"jetemail:{id}" for id in sent} <= stack.items().keys(), "a webhook that arrived during the update is lost"


@contextlib.contextmanager
def arriving(stack, name):
    """Delivers webhooks until the block ends, each until it is acknowledged, as the provider does."""
    sent, ends = [], threading.Event()

    def until_acknowledged():
        while not ends.is_set():
            id = f"{name}-{len(sent)}"
            while not acknowledged(stack, id):
                ends.wait(0.5)
            sent.append(id)
            ends.wait(0.5)

    thread = threading.Thread(target=until_acknowledged)
    thread.start()
    try:
        yield sent
    finally:
        ends.set()
        thread.join(60)
        assert not thread.is_alive(), "a webhook is not acknowledged after the update"


def acknowledged(stack, id):
    try:
        return deliver(stack, SECRET, jetemail_event(id))[0] == 200
    except (OSError, ValueError):
        return False  # the URL is gone, or its answer is not that of a receiver


def receives(stack, id):
    """Whether an event is recorded. It may be the second attempt after one that was not answered in time."""
    return acknowledged(stack, id) and f"jetemail:{id}" in stack.items()


def invoked(stack, body):
    """The status of the receiver's answer, if it is invoked as an API does it."""
    event = {"version": "2.0", "rawPath": "/webhooks/jetemail", "rawQueryString": "", "body": body.decode(), "isBase64Encoded": False,
             "headers": {"content-type": "application/json", "x-webhook-signature": signature(SECRET, body)},
             "requestContext": {"http": {"method": "POST", "path": "/webhooks/jetemail"}}}
    function = stack.resources("AWS::Lambda::Function")["JetEmailFunction"]
    return json.load(stack.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))["Payload"])["statusCode"]


def keeps(stack, before):
    after = stack.items()
    lost = [id for id, item in before.items() if after.get(id, {}).get("event") != item["event"]]
    assert not lost, f"the update lost or changed {lost}"


def memory(stack):
    function = stack.resources("AWS::Lambda::Function")["JetEmailFunction"]
    return stack.client("lambda").get_function_configuration(FunctionName=function)["MemorySize"]


def entries_of(stack, table=None):
    items = stack.client("dynamodb").scan(TableName=table or stack.outputs["SuppressionsTableName"])["Items"]
    return {item["address"]["S"]: item["state"]["S"] for item in items}


def indexes(template):
    table = yaml_parse(pathlib.Path(template).read_text())["Resources"]["Table"]
    return {index["IndexName"] for index in table["Properties"]["GlobalSecondaryIndexes"]}
