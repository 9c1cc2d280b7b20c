"""The rehearsal of a deployment. Run by tests/rehearsal/run. Arguments name the parts to run; all parts without any."""
import concurrent.futures
import hashlib
import json
import sys

import endpoints
import regions
import restore
import roles
import ses
import subscribers
import suppressions
import updates
from servers import FOLDER, Servers, say, wait_until
from stack import Queue, Stack
from webhooks import PROVIDERS, deliver, jetemail_event, samples, send

TOPIC_OF = {"email.bounced": "Bounces", "email.complained": "Complaints", "email.spam": "Spam"}
# The topic actions takes these types too, which have no action.
TAKES_BACK = {"email.resubscribed", "email.suppressed", "suppression.created", "suppression.deleted"}


def main():
    servers = Servers()
    parts = {"deployment": rehearses_a_deployment, "updates": updates.rehearse, "restore": restore.rehearse, "regions": regions.rehearse}
    for name in sys.argv[1:] or parts:
        parts[name](servers)


def rehearses_a_deployment(servers):
    stack = deploys(servers)
    queues = subscribes(stack)
    listing = suppressions.ListQueue(stack)
    listing.deliver_again_after(2, attempts=1000)
    answers_503_without_a_secret(stack)
    secrets = sets_secrets(stack)
    receives(stack, queues, secrets)
    suppressions.suppresses(stack, listing)
    refuses_duplicates(stack, queues, secrets)
    records_one_of_two_hundred(stack, secrets)
    rotates(stack, secrets)
    redrives(stack, queues, secrets)
    loses_nothing(stack, queues, secrets)
    suppressions.releases(stack, listing, secrets)
    suppressions.suppresses_after_every_fault(stack, listing, secrets)
    suppressions.moves_unreadable_messages_aside(stack, listing, secrets)
    roles.allow_what_is_called_and_no_more(stack, listing)
    subscribers.shares(stack, secrets)
    subscribers.subscribe(stack, secrets)
    # They share no stack.
    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(lambda check: check(servers), [has_no_trace_of_other_providers, endpoints.moves, endpoints.fails_without_a_build]))


def deploys(servers):
    # MiniStack has no alarms on expressions: tests/template/check.py computes those of the two rates.
    stack = Stack("rehearsal", servers, ".aws-sam/build/template.yaml", EventsTopic="on", SesTopics="both", AlarmAddress="operator@example.com",
                  SilenceHours=12, BounceRate=0, ComplaintRate=0, SubscriberAccounts=subscribers.SHARED_WITH,
                  **{name: "on" for name in PROVIDERS.values()})
    alarms = stack.client("cloudwatch").get_paginator("describe_alarms").paginate()
    alarms = {alarm["AlarmName"] for page in alarms for alarm in page["MetricAlarms"]}
    assert {f"rehearsal {provider} silence" for provider in PROVIDERS} <= alarms, alarms
    dashboard = json.loads(stack.client("cloudwatch").get_dashboard(DashboardName="rehearsal")["DashboardBody"])
    listed = [arn.partition(":alarm:")[2] for widget in dashboard["widgets"] for arn in widget["properties"].get("alarms", [])]
    assert sorted(listed) == sorted(alarms), "the dashboard does not show exactly the alarms"
    say(f"deployed: {len(stack.resources())} resources, {len(alarms)} alarms, {len(dashboard['widgets'])} widgets")
    return stack


def subscribes(stack):
    return {
        "bounces": Queue(stack, "bounces", ["Bounces"]),
        "complaints": Queue(stack, "complaints", ["Complaints"]),
        "spam": Queue(stack, "spam", ["Spam"]),
        "actions": Queue(stack, "actions", ["Actions"]),
        "events": Queue(stack, "events", ["Events"]),
        "ses-notifications": Queue(stack, "ses-notifications", ["SesNotifications"]),
        "ses-events": Queue(stack, "ses-events", ["SesEvents"]),
    } | {
        f"policy-{number}": Queue(stack, f"policy-{number}", [topic], policy)
        for number, (topic, policy) in enumerate(subscribers.documented_policies())
    }


def answers_503_without_a_secret(stack):
    for provider, name in PROVIDERS.items():
        status, _ = stack.post(stack.outputs[f"{name}WebhookUrl"], b"{}", {})
        assert status == 503, (provider, status)
    say("without a signing secret, every webhook is answered 503")


def sets_secrets(stack):
    # Also valid Base64, because some providers decode their secret.
    secrets = {provider: "whsec_" + hashlib.sha256(provider.encode()).hexdigest() for provider in PROVIDERS}
    for provider, name in PROVIDERS.items():
        stack.set_secret(name, secrets[provider])
    for provider in PROVIDERS:
        wait_until(lambda: send(stack, secrets, provider, samples(stack, provider)[0]["case"])["status"] == 200,
                   f"{provider} uses its new secret", 20)
    say("each receiver uses its new signing secret within ten seconds, without a deployment")
    return secrets


def receives(stack, queues, secrets):
    sent = 0
    for provider in PROVIDERS:
        for case in samples(stack, provider):
            answer = send(stack, secrets, provider, case["case"])
            assert answer["status"] == 200, answer
            sent += 1
    # The samples have recipients at one domain; filter policies that name domains need more to choose from.
    for domain in ["example.org", "example.net"]:
        assert deliver(stack, secrets["jetemail"], jetemail_event(f"at-{domain}", to=f"ada@{domain}"))[0] == 200
    announced = check_announcements(stack, queues)
    found = {event["id"] for event in stack.tool("--stack", stack.name, "events")}
    assert found and found <= set(stack.items()), "the tool does not read the deployed table"
    say(f"{sent} documented webhooks of {len(PROVIDERS)} providers: {len(stack.items())} events recorded, {announced} announced")
    say(f"the {len(subscribers.documented_policies())} filter policies of docs/consumers.md pass what they describe")


def check_announcements(stack, queues):
    """Checks that each queue has exactly the events of its topics and filters. Returns the number of announced events."""
    items = stack.items()
    types = {id: item["event"]["M"]["type"]["S"] for id, item in items.items()}
    topics = {name: {id for id, kind in types.items() if TOPIC_OF.get(kind) == name} for name in TOPIC_OF.values()}
    actions = {id for id, kind in types.items() if not subscribers.passes({"action": ["none"]}, items[id]) or kind in TAKES_BACK}
    announced = actions.union(*topics.values())
    topics |= {"Actions": actions, "Events": set(items)}
    expected = {topic.lower(): ids for topic, ids in topics.items()} | ses.expected(items)
    for number, (topic, policy) in enumerate(subscribers.documented_policies()):
        passed = {id for id in topics[topic] if subscribers.passes(policy, items[id])}
        assert passed != topics[topic], f"{policy} passes everything, so it tests nothing"
        expected[f"policy-{number}"] = passed
    for name, ids in expected.items():
        wait_until(lambda: queues[name].ids() >= ids, f"the queue {name} has all {len(ids)} events")
        assert queues[name].ids() == ids, f"{name}: {queues[name].ids() ^ ids}"
        assert ids, f"no events are expected in {name}, so it tests nothing"
    ses.check(items, queues)
    waiting = [id for id, item in items.items() if "outbox" in item]
    assert not waiting, f"events not announced yet: {waiting}"
    return len(announced)


def refuses_duplicates(stack, queues, secrets):
    before, messages = stack.items(), len(queues["events"].read())
    for provider in PROVIDERS:
        for case in samples(stack, provider):
            answer = send(stack, secrets, provider, case["case"])
            assert (answer["status"], answer["body"]["recorded"]) == (200, 0), answer
    assert stack.items() == before and len(queues["events"].read()) == messages
    say("sent again, all webhooks are duplicates: no event is recorded or announced")


def records_one_of_two_hundred(stack, secrets):
    body = jetemail_event("race")
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: deliver(stack, secrets["jetemail"], body), range(200)))
    recorded = sum(answer["recorded"] for status, answer in answers if status == 200)
    assert recorded == 1 and all(status == 200 for status, _ in answers), answers
    say("200 concurrent deliveries of one event record it once")


def rotates(stack, secrets):
    old, new = secrets["jetemail"], "whsec_rotated"
    stack.set_secret("JetEmail", f"{new}\n{old}")
    wait_until(lambda: deliver(stack, new, jetemail_event("rotated"))[0] == 200, "the new secret is accepted", 20)
    assert deliver(stack, old, jetemail_event("rotating"))[0] == 200, "the old secret is no longer accepted"
    assert deliver(stack, "whsec_unknown", jetemail_event("forged"))[0] == 503
    secrets["jetemail"] = new
    say("during a rotation both secrets are accepted and a third is rejected")


def redrives(stack, queues, secrets):
    stack.servers.fail(("sns", "PublishBatch", 1.0, "InternalError"))
    for kind in ["bounced", "complaint", "spam"]:
        assert deliver(stack, secrets["jetemail"], jetemail_event(f"outage-{kind}", f"outbound.{kind}"))[0] == 200
    stack.servers.fail()
    assert stack.redrive() == 3
    check_announcements(stack, queues)
    say("events that arrive while the topics fail are acknowledged, and redrive announces them")


def loses_nothing(stack, queues, secrets):
    stack.servers.fail(("dynamodb", "PutItem", 0.4, "ProvisionedThroughputExceededException"),
                       ("dynamodb", "UpdateItem", 0.2, "InternalServerError"), ("sns", "PublishBatch", 0.3, "InternalError"))
    attempts = []

    def until_acknowledged(number):
        def attempt():
            attempts.append(number)
            return deliver(stack, secrets["jetemail"], jetemail_event(f"fault-{number}"))[0] == 200

        wait_until(attempt, f"fault-{number} is acknowledged")
        return f"jetemail:fault-{number}"

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        acknowledged = set(pool.map(until_acknowledged, range(60)))
    failed = stack.servers.failed()
    stack.servers.fail()
    assert acknowledged <= set(stack.items()), "an acknowledged event is not recorded"
    waited = stack.redrive()
    check_announcements(stack, queues)
    assert len(failed) > 20, failed
    retried = sum(attempts.count(number) > 1 for number in range(60))
    say(f"{len(failed)} calls failed during 60 webhooks; {retried} webhooks were retried, redrive announced {waited} events, and no event is lost")


def has_no_trace_of_other_providers(servers):
    stack = Stack("one", servers, "template.yaml", JetEmail="on", Monitoring="off", Endpoint="function-url", ActionsTopic="off",
                  Suppressions="off")
    everything = json.dumps([stack.resources(), stack.outputs]).lower()
    absent = [*(provider for provider in PROVIDERS if provider != "jetemail"), "suppressions", "actions", "sesnotifications", "sesevents"]
    assert not [name for name in absent if name in everything], everything
    stack.set_secret("JetEmail", "whsec_one")
    wait_until(lambda: deliver(stack, "whsec_one", jetemail_event("url"))[0] == 200, "the function URL receives", 20)
    assert list(stack.items()) == ["jetemail:url"]
    say(f"a stack for one provider with a function URL: {len(stack.resources())} resources, none of other providers or of the list")


try:
    main()
except BaseException:
    print(f"the rehearsal failed; the logs of its servers are in {FOLDER}")
    raise
