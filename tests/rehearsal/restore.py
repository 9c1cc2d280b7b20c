"""The rehearsal of the runbook for a restored table, and for kept tables in a new stack.

The emulator restores a table as it is when it is asked, whatever the time, so this does not try --restore-date-time. Its tables have
no time to live at first, also those that CloudFormation creates."""
import re
import shlex

from runbook import follow
from servers import say, wait_until
from stack import Stack, packaged
from updates import SECRET, entries_of, receives
from webhooks import PROVIDERS, deliver, jetemail_event

ONE_PROVIDER = {name: "on" if name == "JetEmail" else "off" for name in PROVIDERS.values()}
SETTINGS = dict(Monitoring="off", Endpoint="http-api", ActionsTopic="on", Suppressions="on", **ONE_PROVIDER)


def rehearse(servers):
    stack = Stack("damaged", servers, packaged(servers), **SETTINGS)
    stack.set_secret("JetEmail", SECRET)
    wait_until(lambda: receives(stack, "old"), "the receiver uses its secret", 20)
    restores_events(stack)
    restores_the_list(stack)
    attaches_kept_tables(stack, servers)


def restores_events(stack):
    names = {"STACK": stack.name, "TABLE_NAME": stack.outputs["TableName"], "RESTORED": "restored"}
    before = stack.items()

    def deploys(**parameters):
        assert receives(stack, "after-the-restored-time")
        stack.deploy(**parameters)
        stack.replace_processes()

    follow("Restore a table", 0, stack, names, deploys, {
        "mailhooks events": lambda found: ids(found) == before.keys() or fail(found),
        "mailhooks doctor": lambda found: lacks(found, ["expiry restored", "recovery restored", "protection restored"]),
    })
    lacks(stack.tool("doctor", "--stack", stack.name, status=None), [])
    assert stack.outputs["TableName"] == "restored" and "Table" not in stack.resources(), stack.outputs
    assert stack.items() == before, "the restored table does not have the events of the old one"
    assert deliver(stack, SECRET, jetemail_event("old"))[1]["recorded"] == 0, "an old event is recorded again"
    assert receives(stack, "new") and receives(stack, "after-the-restored-time")
    assert stack.items().keys() == {*before, "jetemail:new", "jetemail:after-the-restored-time"}, stack.items().keys()
    say("a restored table is attached: a duplicate is recognized, new events are recorded, doctor names what the table lacks")


def restores_the_list(stack):
    table = stack.outputs["SuppressionsTableName"]
    names = {"STACK": stack.name, "SUPPRESSIONS_TABLE_NAME": table, "RESTORED_LIST": "restored-list"}
    wait_until(lambda: "new@example.org" in entries_of(stack), "the list takes what was announced")

    def deploys(**parameters):
        # What the old list took after the restored time.
        assert receives(stack, "late")
        wait_until(lambda: "late@example.org" in entries_of(stack, table), "the old list takes it")
        stack.deploy(**parameters)
        stack.replace_processes()

    follow("Restore a table", 1, stack, names, deploys, {
        "mailhooks doctor": lambda found: sets_what_lacks(stack, found),
    })
    assert stack.outputs["SuppressionsTableName"] == "restored-list", stack.outputs
    assert entries_of(stack) == entries_of(stack, table), "the restored list is not complete"
    assert receives(stack, "newest")
    wait_until(lambda: "newest@example.org" in entries_of(stack), "the restored list takes announcements")
    say("a restored suppression list is attached and completed from the stored events")


def attaches_kept_tables(stack, servers):
    assert deliver(stack, SECRET, jetemail_event("ada", to="ada@example.com"))[0] == 200
    wait_until(lambda: "ada@example.com" in entries_of(stack), "the list takes a bounce")
    events, entries = stack.items(), entries_of(stack)
    names = {"STACK": stack.name, "NEW": "new", "TABLE_NAME": stack.outputs["TableName"],
             "SUPPRESSIONS_TABLE_NAME": stack.outputs["SuppressionsTableName"]}
    follow("Remove", 0, stack, names)
    assert not [name for name in functions(stack) if name.startswith(f"{stack.name}-")], functions(stack)
    new = None

    def deploys(**parameters):
        nonlocal new
        new = Stack("new", servers, packaged(servers), **SETTINGS, **parameters)

    follow("Remove", 1, stack, names, deploys, {
        "mailhooks doctor": lambda found: lacks(found, []),
        "mailhooks events": lambda found: ids(found) == events.keys() or fail(found),
        "mailhooks suppressions": lambda found: found[0]["state"] == "suppressed" or fail(found),
    }, secret=SECRET)
    assert new.items() == events and entries_of(new) == entries
    wait_until(lambda: receives(new, "of-the-new-stack"), "the new stack receives", 20)
    assert deliver(new, SECRET, jetemail_event("ada", to="ada@example.com"))[1]["recorded"] == 0, "a kept event is recorded again"
    servers.fail(("sns", "PublishBatch", 1.0, "InternalError"))
    assert receives(new, "unannounced")
    servers.fail()
    assert new.redrive() == 1
    assert not [item for item in new.items().values() if "outbox" in item], "redrive left an event"
    wait_until(lambda: "unannounced@example.org" in entries_of(new), "the kept list takes announcements")
    # The tables, which are in no stack any more, can be deleted as the document says.
    follow("Remove", 2, new, names)
    assert names["TABLE_NAME"] not in new.client("dynamodb").list_tables()["TableNames"]
    say(f"a deleted stack leaves its tables; a new one continues with their {len(events)} events and {len(entries)} entries, and redrives")


def sets_what_lacks(stack, found):
    """Runs the commands that doctor names."""
    lacks(found, ["expiry restored-list", "recovery restored-list", "protection restored-list"])
    for command in [command for one in found for command in re.findall("`(aws dynamodb .*?)`", one["remedy"] or "")]:
        stack.run(*shlex.split(command))
    lacks(stack.tool("doctor", "--stack", stack.name, status=None), [])


def functions(stack):
    return [function["FunctionName"] for function in stack.client("lambda").list_functions()["Functions"]]


def ids(found):
    return {event["id"] for event in found if "id" in event}


def lacks(found, expected):
    """Checks which settings of a table doctor reports as missing."""
    kinds = ["attached", "index", "expiry", "recovery", "protection", "table"]
    reported = [f"{one['check']} {one['of']}" for one in found if one["check"] in kinds and one["verdict"] != "good"]
    assert reported == expected, reported


def fail(found):
    raise AssertionError(found)
