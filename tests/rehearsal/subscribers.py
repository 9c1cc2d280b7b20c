"""The rehearsal of what subscribes to the topics: the stacks of infra/subscribers, other accounts, and the filter policies of
docs/consumers.md."""
import concurrent.futures
import http.server
import json
import pathlib
import re

import calls
from relay import serve
from servers import say, wait_until
from signed_sns import SignedSns, key_and_certificate
from stack import REGION, Queue, Stack
from webhooks import deliver, jetemail_event

STACKS = pathlib.Path("infra/subscribers")
# Where tests/rehearsal/run has built those that need it.
BUILT = pathlib.Path("target/subscribers")
SHARED_WITH, UNNAMED = "222222222222", "333333333333"


def documented_policies():
    """The filter policies of docs/consumers.md, each with its topic."""
    section = pathlib.Path("docs/consumers.md").read_text().partition("\n## Filter policies\n")[2].partition("\n## ")[0]
    found = re.findall(r"\*(\w+)\*[^`]*```json\n(.*?)```", section, re.DOTALL)
    assert found and len(found) == section.count("```json"), "a filter policy has no topic"
    return [(topic.capitalize(), json.loads(policy)) for topic, policy in found]


def passes(policy, item):
    """Whether a recorded event has the message attributes that the policy requires."""
    event = item["event"]["M"]
    found = {name: event[name]["S"] for name in ("type", "provider", "action")}
    domain = event.get("recipient", {}).get("S", "").rpartition("@")[2].lower()
    bounce = event.get("bounce", {"M": {}})["M"] if found["type"] == "email.bounced" else {}
    found |= {f"bounce_{name}": bounce[name]["S"] for name in ("class", "reason") if name in bounce}
    found |= {"recipient_domain": domain.encode("idna").decode()} if domain else {}
    return all(found.get(name) in values for name, values in policy.items())


def subscribe(stack, secrets):
    """Deploys the stacks, sends webhooks of three actions, and checks what each stack does with their announcements."""
    topics = {name: stack.outputs[f"{name}TopicArn"] for name in ("Actions", "Complaints")}
    templates = {STACKS / "queue": "Actions", BUILT / "rust-function": "Actions", BUILT / "endpoint": "Actions", STACKS / "chat": "Complaints"}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        deployed = list(pool.map(lambda folder: Stack(f"subscriber-{folder.name}", stack.servers, folder / "template.yaml",
                                                      TopicArn=topics[templates[folder]]), templates))
    queue, function, endpoint, chat = deployed
    sns, channel = signs_for(endpoint, topics["Actions"]), Channel()
    chat.client("secretsmanager").put_secret_value(SecretId=chat.outputs["WebhookSecretId"], SecretString=channel.url + "\n")
    for kind in ["bounced", "complaint", "spam"]:
        assert deliver(stack, secrets["jetemail"], jetemail_event(f"consumed-{kind}", f"outbound.{kind}"))[0] == 200
    events = queue_receives(queue)
    function_logs(function)
    endpoint_receives(endpoint, sns, topics["Actions"])
    chat_receives(chat, channel, next(event for event in events if event["data"]["type"] == "email.complained"))
    for subscriber in deployed:
        subscriber.client("cloudformation").delete_stack(StackName=subscriber.name)


def signs_for(endpoint, topic):
    """Subscribes the endpoint through a signer, because MiniStack signs nothing and cannot reach the URL that the stack subscribes."""
    sns = SignedSns(endpoint.servers.ministack, REGION, endpoint.reachable(endpoint.outputs["Url"]))
    endpoint.client("lambda").update_function_configuration(
        FunctionName=endpoint.function(),
        Environment={"Variables": {"TOPIC_ARN": topic, "https_proxy": sns.url, "SSL_CERT_FILE": str(sns.certificate)}})
    endpoint.client("sns").subscribe(TopicArn=topic, Protocol="http", Endpoint=sns.url)
    wait_until(lambda: sns.answers == [200], "the endpoint confirms its subscription")
    assert [path.partition("&")[0] for path in sns.requested] == ["/SimpleNotificationService-rehearsal.pem", "/?Action=ConfirmSubscription"]
    return sns


def queue_receives(queue):
    received = Queue(queue, "reader", [], url=queue.outputs["QueueUrl"])
    expected = {"jetemail:consumed-bounced", "jetemail:consumed-complaint"}
    wait_until(lambda: received.ids() >= expected, "the queue has the recipients to suppress")
    assert received.ids() == expected, received.ids()
    say("subscriber queue: it has the two recipients to suppress, and not the mail that the provider stopped")
    return received.read()


def function_logs(function):
    expected = {"jetemail:consumed-bounced": "email.bounced", "jetemail:consumed-complaint": "email.complained",
                "jetemail:consumed-spam": "email.spam"}

    def logged():
        return {line["event"]: line["type"] for line in function.log_lines() if "event" in line}

    wait_until(lambda: logged().keys() >= expected.keys(), "the function logs three events")
    assert logged() == expected, logged()
    fails_and_keeps(function, "a message of another program, to ada@example.com", "ada@")
    say("subscriber function: it logs three events without their addresses; a message that it cannot read is a dead letter")


def fails_and_keeps(function, message, secret):
    """Checks that a notification makes the function fail, without telling what is in it, and is a dead letter then."""
    client, payload = function.client("lambda"), json.dumps({"Records": [{"Sns": {"Message": message}}]})
    answer = client.invoke(FunctionName=function.function(), Payload=payload)
    told = answer["Payload"].read().decode()
    assert "FunctionError" in answer and secret not in told, told
    # Lambda would call again after one minute and after two.
    latest = {"FunctionName": function.function(), "Qualifier": "$LATEST"}
    to = client.get_function_event_invoke_config(**latest)["DestinationConfig"]
    client.put_function_event_invoke_config(**latest, MaximumRetryAttempts=0, DestinationConfig=to)
    client.invoke(FunctionName=function.function(), InvocationType="Event", Payload=payload)
    letters = Queue(function, "letters", [], url=function.outputs["DeadLettersUrl"])
    wait_until(letters.read, "the notification is a dead letter")
    assert message in [letter["requestPayload"]["Records"][0]["Sns"]["Message"] for letter in letters.received], letters.received


def endpoint_receives(endpoint, sns, topic):
    def logged():
        return sorted(line["type"] for line in endpoint.log_lines() if "action" in line)

    expected = ["email.bounced", "email.complained", "email.spam"]
    wait_until(lambda: logged() == expected and len(sns.answers) == 4, "the endpoint takes three events")
    assert set(sns.answers) == {200} and len(sns.requested) == 2, "the certificate is read once"
    real = sns.notifications[0]
    assert sns.post(sns.signed(real, version="1")) == 200, "SHA-1"
    other_key, _ = key_and_certificate(sns.host, "forger")
    confirmation = {"Type": "SubscriptionConfirmation", "MessageId": "1", "TopicArn": topic, "Token": "token", "Message": "confirm",
                    "Timestamp": real["Timestamp"], "SubscribeURL": "?Action=ConfirmSubscription"}
    forged = {
        "as MiniStack posts it": real,
        "changed": sns.signed(real) | {"Message": real["Message"].replace("suppress", "none")},
        "with another key": sns.signed(real, key=other_key),
        "of another topic": sns.signed(real, TopicArn=topic + "-2"),
        "of another version": sns.signed(real, version="3"),
        "with a certificate of another host": sns.signed(real, SigningCertURL=sns.certificate_url.replace(".com", ".com.example.org")),
        "with a certificate over HTTP": sns.signed(real, SigningCertURL=sns.certificate_url.replace("https:", "http:")),
        "with another file of the host": sns.signed(real, SigningCertURL=f"https://{sns.host}/?Action=Publish"),
        "to be confirmed at another host": sns.signed(confirmation, SubscribeURL="https://sns.example.org/?Action=ConfirmSubscription"),
        "to be confirmed for another topic": sns.signed(confirmation, TopicArn=topic + "-2"),
    }
    answers = {name: sns.post(message) for name, message in forged.items()}
    # MiniStack names a file of the host that could be a certificate, but does not exist. The other names are not asked for.
    assert set(answers.values()) == {403} and sns.requested[2:] == ["/SimpleNotificationService-fake.pem"], (answers, sns.requested)
    assert logged() == sorted([*expected, json.loads(real["Message"])["data"]["type"]]), "a forged event is taken"
    say(f"subscriber endpoint: it confirms its subscription and takes signed events, and refuses {len(forged)} forged messages")


def chat_receives(chat, channel, event):
    (posted,) = wait_until(lambda: channel.received, "the channel has a message")
    assert posted == {"text": "Complaint at jetemail: c***@example.org reported a mail as spam. "
                              "Details: mailhooks events --id jetemail:consumed-complaint"}, posted
    channel.statuses = [500, 302, 404, 429]
    for _ in range(2):
        fails_and_keeps(chat, json.dumps(event), "consumed-complaint@")
    channel.statuses = []
    chat.client("secretsmanager").put_secret_value(SecretId=chat.outputs["WebhookSecretId"], SecretString="hooks.example.org/hidden")
    fails_and_keeps(chat, json.dumps(event), "hidden")
    chat.client("secretsmanager").put_secret_value(SecretId=chat.outputs["WebhookSecretId"], SecretString=channel.url)
    variables = chat.client("lambda").get_function_configuration(FunctionName=chat.function())["Environment"]["Variables"]
    chat.client("lambda").update_function_configuration(FunctionName=chat.function(), Environment={"Variables": variables | {"CHAT": "teams"}})
    answer = chat.client("lambda").invoke(FunctionName=chat.function(), Payload=json.dumps({"Records": [{"Sns": {"Message": json.dumps(event)}}]}))
    assert "FunctionError" not in answer, answer["Payload"].read()
    assert channel.received[-1]["attachments"][0]["content"]["body"][0]["text"] == posted["text"], channel.received[-1]
    say("subscriber chat: a complaint becomes a message with a masked address; what the chat does not take is a dead letter")


class Channel:
    """The webhook of a channel."""

    def __init__(self):
        self.received, self.statuses = [], []
        channel = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                status = channel.statuses.pop(0) if channel.statuses else 200
                if status == 200:
                    channel.received.append(body)
                self.send_response(status)
                self.send_header("location", "/elsewhere")
                self.end_headers()

            def do_GET(self):
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.url = f"http://127.0.0.1:{serve(Handler)}/webhook"


class Account:
    """Another account, which uses the topics of a stack as its root user. MiniStack asks the topic's policy, as AWS does. AWS also asks the
    IAM policies of the other account, and decides itself whose queue may be subscribed; neither is rehearsed."""

    def __init__(self, number, stack):
        self.name, self.number, self.stack, self.outputs = f"account-{number}", number, stack, stack.outputs

    def client(self, service):
        return self.stack.client(service, self.number)

    def is_refused(self, operation, **arguments):
        call = getattr(self.client("sns"), operation)
        return calls.is_refused(lambda: call(TopicArn=self.outputs["ActionsTopicArn"], **arguments))


def shares(stack, secrets):
    """The stack has SubscriberAccounts={SHARED_WITH}."""
    friend, unnamed = Account(SHARED_WITH, stack), Account(UNNAMED, stack)
    theirs = Queue(friend, "shared", ["Bounces", "Complaints", "Spam", "Actions", "Events", "SesEvents"], {"action": ["suppress"]})
    assert deliver(stack, secrets["jetemail"], jetemail_event("shared"))[0] == 200
    wait_until(lambda: len(theirs.read()) == 4 and theirs.ids() == {"jetemail:shared"}, "the other account has the bounce of four topics")
    assert unnamed.is_refused("subscribe", Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{UNNAMED}:queue")
    assert unnamed.is_refused("get_topic_attributes") and not friend.is_refused("get_topic_attributes")
    for account in [friend, unnamed]:
        assert account.is_refused("publish", Message="{}") and account.is_refused("list_subscriptions_by_topic")
    say("another account subscribes to all topics, and can do nothing else; an account that is not named is refused")
