"""The rehearsal of the suppression list, and what it should hold."""
import concurrent.futures
import datetime
import json

from servers import say, wait_until
from webhooks import deliver, jetemail_event

# What suppresses an address, the most significant first, and what takes it back if it is newer
# (shared/normalization/src/suppression/policy.rs).
TAKEN_BACK_BY = {"complaint": "not-spam", "unsubscribe": "resubscribe", "bounce": None, "listed": "unlisted"}


def suppresses(stack, listing):
    found = check_list(stack, listing)
    reasons = sorted(set(found.values()))
    assert {"bounce", "complaint", "listed"} <= set(reasons), f"the webhooks suppress only for {reasons}"
    say(f"{len(found)} addresses are suppressed, as the recorded events say: {', '.join(reasons)}")


def check_list(stack, listing):
    """Checks that exactly the addresses are suppressed that the recorded events suppress, and why. Returns them with their reasons."""
    expected = expected_of(stack.items())
    wait_until(lambda: suppressed(stack).keys() >= expected.keys() and not listing.waiting(), "the list is complete", 120)
    found = suppressed(stack)
    assert found == expected, f"the list has {found.items() - expected.items()} instead of {expected.items() - found.items()}"
    assert not listing.dead(), "announcements are in the dead-letter queue"
    return found


def releases(stack, listing, secrets):
    address = "release@example.org"

    def state():
        (answer,) = stack.tool("suppressions", "get", address, "--stack", stack.name)
        assert (answer["state"], answer.get("reason")) == entries(stack)[address], answer
        return answer["state"], answer.get("reason")

    def bounces(id):
        assert deliver(stack, secrets["jetemail"], jetemail_event(id, to=address))[0] == 200
        wait_until(lambda: suppressed(stack).get(address) == "bounce", f"{id} suppresses {address}")

    bounces("release-before")
    assert state() == ("suppressed", "bounce"), state()
    stack.tool("suppressions", "release", address, "--note", "asked to be mailed again", "--stack", stack.name)
    assert state()[0] == "clear", state()
    # The same event again is old evidence, also if it is announced again.
    stack.tool("redrive", "--id", "jetemail:release-before", "--again", "--stack", stack.name)
    wait_until(lambda: not listing.waiting(), "the list has taken it")
    assert state()[0] == "clear", state()
    bounces("release-after")
    assert state() == ("suppressed", "bounce"), state()
    say("an address is suppressed, released by the tool, and suppressed again by a newer bounce only")


def suppressed_by(stack, id, secrets):
    """Delivers a bounce and returns whether its address is suppressed."""
    assert deliver(stack, secrets["jetemail"], jetemail_event(id))[0] == 200
    return f"{id}@example.org" in suppressed(stack)


def suppresses_after_every_fault(stack, listing, secrets):
    servers, table = stack.servers, stack.outputs["SuppressionsTableName"]
    function = stack.resources("AWS::Lambda::Function")["SuppressionsFunction"]

    def bounce(name):
        """Delivers bounces, all of which are acknowledged at once."""
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            statuses = pool.map(lambda number: deliver(stack, secrets["jetemail"], jetemail_event(f"{name}-{number}"))[0], range(40))
        assert set(statuses) == {200}, "a webhook was refused"
        return {f"{name}-{number}@example.org" for number in range(40)}

    servers.fail(("dynamodb", "PutItem", 0.9, "ProvisionedThroughputExceededException", table))
    addresses = bounce("throttled")
    wait_until(lambda: len(servers.failed()) > 100, "the table of the list throttles")
    throttled = len(servers.failed())
    assert listing.waiting(), "no announcement waits for the table"
    servers.fail()

    # Slow calls keep each batch unfinished for long enough to kill the function in its middle.
    servers.delay("dynamodb", "PutItem", table, 700)
    kills = 0
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        delivered = pool.submit(bounce, "killed")
        while kills < 3:
            seen = len(servers.failed())
            wait_until(lambda: len(servers.failed()) > seen, "the function writes")
            kills += servers.kill(function)
        addresses |= delivered.result()
    assert listing.waiting(), "no announcement waits for another attempt"
    servers.fail()

    servers.fail(("sns", "PublishBatch", 1.0, "InternalError"))
    unannounced = bounce("silent")
    assert not unannounced & suppressed(stack).keys()
    servers.fail()
    stack.redrive()

    check_list(stack, listing)
    assert addresses | unannounced <= suppressed(stack).keys()
    say(f"{throttled} throttled calls, {kills} killed processes and a dead topic delay the list; no webhook is refused, no address missing")


def moves_unreadable_messages_aside(stack, listing, secrets):
    listing.deliver_again_after(1, attempts=3)
    listing.send("not an event")
    wait_until(lambda: suppressed_by(stack, "beside-unreadable", secrets), "the list takes the announcement of a bounce")
    wait_until(lambda: listing.dead() == 1 and not listing.waiting(), "the unreadable message is in the dead-letter queue")
    say("an unreadable message moves to the dead-letter queue, and announcements after it are taken")


def expected_of(items):
    """The addresses that recorded events suppress, each with the reason."""
    newest = {}
    for item in items.values():
        event = item["event"]["M"]
        evidence = evidence_of(event)
        if evidence and "recipient" in event:
            address = event["recipient"]["S"].lower()
            assert address.isascii(), f"{address}: the list has the domain in A-labels"
            time = (datetime.datetime.fromisoformat(event["time"]["S"]), event["id"]["S"])
            known = newest.setdefault(address, {})
            known[evidence] = max(known.get(evidence, time), time)

    def reason(known):
        holding = (reason for reason, back in TAKEN_BACK_BY.items() if reason in known and (back not in known or known[reason] > known[back]))
        return next(holding, None)

    return {address: reason(known) for address, known in newest.items() if reason(known)}


def evidence_of(event):
    """What an event says about its recipient (shared/normalization/src/suppression/evidence.rs); temporary bounces are left out."""
    match event["type"]["S"], event["action"]["S"]:
        case "email.bounced", "suppress":
            return "bounce"
        case "email.complained", action:
            feedback = event.get("complaint", {"M": {}})["M"].get("feedback_type", {}).get("S")
            return "complaint" if action == "suppress" else "not-spam" if feedback == "not-spam" else None
        case "email.unsubscribed", _:
            return "unsubscribe"
        case "email.resubscribed", _:
            return "resubscribe"
        case "email.suppressed" | "suppression.created", _:
            cause = event.get("suppression", {"M": {}})["M"].get("cause", {}).get("S")
            return "listed" if cause in ("bounce", "complaint") else None
        case "suppression.deleted", _:
            return "unlisted"


def entries(stack):
    """The table of the list as (state, reason) by address."""
    pages = stack.client("dynamodb").get_paginator("scan").paginate(TableName=stack.outputs["SuppressionsTableName"])
    return {item["address"]["S"]: (item["state"]["S"], item.get("reason", {}).get("S")) for page in pages for item in page["Items"]}


def suppressed(stack):
    return {address: reason for address, (state, reason) in entries(stack).items() if state == "suppressed"}


class ListQueue:
    """The queue between the topic actions and the function of the list, with its dead-letter queue."""

    def __init__(self, stack):
        self.sqs = stack.client("sqs")
        queues = stack.resources("AWS::SQS::Queue")
        self.url, self.dead_letters = queues["SuppressionsQueue"], queues["SuppressionsDeadLetters"]
        self.arn = self.attribute(self.url, "QueueArn")

    def deliver_again_after(self, seconds, attempts):
        """Shortens the minutes and hours of template.yaml, for which the rehearsal cannot wait."""
        redrive = json.loads(self.attribute(self.url, "RedrivePolicy")) | {"maxReceiveCount": attempts}
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"VisibilityTimeout": str(seconds), "RedrivePolicy": json.dumps(redrive)})

    def send(self, body):
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def waiting(self):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        return sum(int(self.attribute(self.url, name)) for name in names)

    def dead(self):
        return int(self.attribute(self.dead_letters, "ApproximateNumberOfMessages"))

    def attribute(self, url, name):
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]
