#!/usr/bin/env python3
"""Computes the dollars per million events from list prices and the measurements in docs/cost.md.

    docs/cost.py            prints the tables
    docs/cost.py --write    writes them into docs/cost.md
    docs/cost.py --check    fails if the tables in docs/cost.md differ
    docs/cost.py --help     lists the options for other assumptions: milliseconds, memory, days, architecture
"""

import argparse
import pathlib
import re
import sys

from costs.month import fixed_rows, flood, parameters, secret_reads, small_sender
from costs.month import quoted as quoted_of_month
from costs.prices import (ACCESS_LOG, ALARM, BACKUP, COMPUTE, DASHBOARD, FREE_ALARMS, FREE_METRICS, FREE_QUEUE, GATEWAY, GIB, INVOCATION,
                          KEYS, LOG, METRIC, OVERHEAD, PER_LINE, PLATFORM_LOG, POLLS, PUBLISH, QUEUE, READ, ROOT, SECRET, STORAGE, WRITE, rounded)

COST = ROOT / "docs/cost.md"
MARKS = ("<!-- dollars: written by `docs/cost.py --write`. -->\n", "<!-- To here. -->\n")


class Measured:
    """The measurements that tests/it/item_sizes.rs wrote into the page."""

    def __init__(self, page):
        rows = [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in page.splitlines() if line.startswith("| ")]
        self.items = {row[0]: row for row in rows if len(row) == 11}
        self.logs = {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}
        self.entries = {row[0]: int(row[2]) for row in rows if len(row) == 3 and row[2].isdigit()}

    def bytes(self, kind):
        return int(self.items[kind][2])

    def units(self, kind):
        """Write units of the table and its indexes, from receipt to announcement."""
        return int(self.items[kind][10])


class Row:
    """A million events: the number of events and bounces per request, and the time and log bytes of a request."""

    def __init__(self, name, events, bounces, milliseconds, log):
        self.name, self.events, self.bounces, self.milliseconds, self.log = name, events, bounces, milliseconds, log

    def dollars(self, measured, options):
        share = self.bounces / self.events
        units = (1 - share) * measured.units("email.delivered") + share * measured.units("email.bounced")
        # The receiver handles fifty events at a time and publishes ten announcements per call, on the topics bounces and actions.
        waves = -(-self.events // 50)
        calls = 2 * sum(-(-part // 10) for part in split(self.bounces, waves))
        gib_seconds = self.milliseconds / 1000 * options.memory / 1024
        log = self.log + PER_LINE + PLATFORM_LOG
        stored = measured.bytes("email.delivered") * (1 - share) + measured.bytes("email.bounced") * share + OVERHEAD
        # An entry of by_recipient is at most the item without its raw payload; the entry of the outbox is removed.
        entries = stored + KEYS + OVERHEAD
        months = options.days / 30.4
        return {
            "Lambda requests": INVOCATION / self.events,
            "compute": COMPUTE[options.architecture] * gib_seconds * 1e6 / self.events,
            "writes": WRITE * units,
            "SNS": PUBLISH * calls / self.events,
            "logs": LOG * log * 1e6 / GIB / self.events,
            "API": GATEWAY / self.events + LOG * (ACCESS_LOG + PER_LINE) * 1e6 / GIB / self.events,
            "storage": ((STORAGE + BACKUP) * stored + STORAGE * entries) * 1e6 / GIB * months,
        }


def of_list(measured, options, batch):
    """The dollars of the suppression list for a million announcements, if the function takes them in batches of this size."""
    log = measured.logs["batch of ten in the list"] + PER_LINE + PLATFORM_LOG
    return {
        # SNS sends each message; the function's poller receives and deletes batches.
        "queue": QUEUE * (1 + 2 / batch),
        "Lambda requests": INVOCATION / batch,
        "compute": COMPUTE[options.architecture] * options.list_ms / 1000 * options.memory / 1024 * 1e6 / batch,
        # A consistent read of up to 4 KB before the write.
        "reads": READ,
        "writes": WRITE * measured.entries["one bounce"],
        "logs": LOG * log * 1e6 / GIB / batch,
    }


def list_table(measured, options):
    single, batch = (of_list(measured, options, size) for size in (1, 10))
    names = list(single)
    rows = [("one at a time", single), ("ten at a time", batch)]
    lines = [
        "## Suppression list",
        "",
        f"Assumption: {options.list_ms:g} ms billed for a batch.",
        "",
        "| a million announcements on *actions* | " + " | ".join(names) + " | total |",
        "| --- |" + " ---: |" * (len(names) + 1),
    ]
    for name, dollars in rows:
        lines.append(f"| {name} | " + " | ".join(rounded(dollars[part]) for part in names) + f" | {rounded(sum(dollars.values()))} |")
    return "\n".join(lines) + "\n\n"


def billed(text, level):
    """The metrics of a template's alarms, as they are with the default parameters. An alarm costs as much for each of its metrics: a plain one
    has a MetricName, one on a rate several MetricStats."""
    count = 0
    for alarm in re.findall(r"^  \w+:\n    Type: AWS::CloudWatch::Alarm\n(?:    .*\n)+", text, re.MULTILINE):
        condition = re.search(r"^    Condition: (\w+)", alarm, re.MULTILINE)
        condition = condition[1] if condition else ""
        # The topics of all events and of SES are off by default.
        exists = not condition.endswith(("Events", "SesNotifications"))
        is_basic = not condition.startswith(("IsFull", "Watches")) or condition == "WatchesSilence"
        if exists and (is_basic or level == "full"):
            count += len(re.findall("^      MetricName:|MetricStat:", alarm, re.MULTILINE))
    return count


def fixed(options):
    """The dollars per month without traffic, from the resources in the templates and the metrics in the code."""
    template, monitoring, of_receiver = ((ROOT / name).read_text(encoding="utf-8")
                                         for name in ("template.yaml", "infra/monitoring.yaml", "infra/receiver-alarms.yaml"))
    providers = len(re.findall("Type: AWS::SecretsManager::Secret", template))

    def alarms(level, providers):
        return providers * billed(of_receiver, level) + billed(monitoring, level)

    names = re.findall(r"^    (\w+),$", (ROOT / "shared/ingestion/src/metric.rs").read_text(encoding="utf-8"), re.MULTILINE)
    of_stack = [name for name in names if name.startswith(("Redri", "Oldest", "List"))]
    # Plus those that CloudWatch derives from the API's access log.
    filters = len(re.findall("Type: AWS::Logs::MetricFilter", monitoring))
    metrics = providers * (len(names) - len(of_stack)) + len(of_stack) + filters
    polls = 60 * 24 * 30 * POLLS
    rows = [
        (f"{providers} signing secrets", rounded(providers * SECRET)),
    ]
    for level in ("full", "basic"):
        for number, words in ((1, "one provider"), (providers, f"{providers} providers")):
            count = alarms(level, number)
            dollars = f"{rounded(max(count - FREE_ALARMS, 0) * ALARM)} to {rounded(count * ALARM)}"
            rows.append((f"alarms of `Monitoring={level}` with {words}: {count} metrics; {FREE_ALARMS} are free", dollars))
    rows += [
        ("dashboard; three are free", f"0 to {rounded(DASHBOARD)}"),
        # Redrive counts its three metrics, and Received for each provider.
        (f"up to {metrics} metrics, each from its first value on, and {providers + 3} without traffic; {FREE_METRICS} are free",
         f"0 to {rounded(metrics * METRIC)}"),
        *fixed_rows(options),
        (f"queue of the suppression list, {polls:,} polls; {FREE_QUEUE:,} are free", f"0 to {rounded(QUEUE * polls / 1e6)}"),
    ]
    return "".join(f"| {name} | {dollars} |\n" for name, dollars in rows)


def split(bounces, waves):
    """The bounces in each wave, spread evenly."""
    return [bounces // waves + (number < bounces % waves) for number in range(waves)]


def rows(measured, options):
    single = measured.logs["one event, not announced (median)"]
    bounce = measured.logs["one event, announced (median)"]
    batch = measured.logs["array of 100"]
    ms_one, ms_bounce, ms_batch = options.ms
    return [
        Row("single, not actionable", 1, 0, ms_one, single),
        Row("single bounce", 1, 1, ms_bounce, bounce),
        Row("array of 100, none actionable", 100, 0, ms_batch, batch),
        Row("array of 100, 3 bounces", 100, 3, ms_batch, batch),
        Row("array of 100 bounces", 100, 100, 2 * ms_batch, batch),
    ]


def tables(measured, options):
    names = ["Lambda requests", "compute", "writes", "SNS", "logs"]
    ms = "/".join(f"{value:g}" for value in options.ms)
    lines = [
        f"Assumptions: {options.architecture}, {options.memory} MB; {ms} ms billed for one event, a bounce and an array (twice as long for an",
        f"array of bounces); {options.days} days in the table.",
        "",
        "| a million events | " + " | ".join(names) + " | with function URLs | API | with the API | storage |",
        "| --- |" + " ---: |" * (len(names) + 4),
    ]
    mixed = None
    for row in rows(measured, options):
        dollars = row.dollars(measured, options)
        lines.append(line(row.name, dollars, names))
        if row.name == "single, not actionable":
            mixed = {name: 0.97 * value for name, value in dollars.items()}
        elif row.name == "single bounce":
            mixed = {name: mixed[name] + 0.03 * value for name, value in dollars.items()}
            lines.append(line("single, 3 of 100 bounces", mixed, names))
    month = "## Without traffic\n\n| per month | dollars |\n| --- | ---: |\n" + fixed(options) + "\n"
    single, listed = rows(measured, options)[0].dollars(measured, options), sum(of_list(measured, options, 1).values())
    return ("\n" + "\n".join(lines) + "\n\n" + by_month(measured, options, mixed, names) + list_table(measured, options) + month
            + small_sender(measured, options, mixed, listed) + flood(measured, options) + parameters(measured, options, single, listed))


def by_month(measured, options, mixed, names):
    arrays = rows(measured, options)[3].dollars(measured, options)
    lines = [
        "## Per month",
        "",
        f"| 3 of 100 bounces | events per month | single, function URLs | single, API | arrays of 100, API | storage, once {options.days} days have passed |",
        "| --- |" + " ---: |" * 5,
    ]
    for rate in (10, 1_000, 100_000):
        millions = rate * 86_400 * 30.4 / 1e6
        bare, batch = (sum(dollars[part] for part in names) for dollars in (mixed, arrays))
        columns = [bare, bare + mixed["API"], batch + arrays["API"], mixed["storage"]]
        cells = [f"{rate:,} events per second", f"{millions:,.0f} million"] + [f"{millions * column:,.0f}" for column in columns]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n\n"


def quoted(measured, options):
    """The computed phrases that docs/cost.md must contain outside the tables."""
    single, bounce, array, *_ = [row.dollars(measured, options) for row in rows(measured, options)]
    names = [name for name in single if name not in ("API", "storage")]
    total = {name: sum(dollars[part] for part in names) for name, dollars in (("single", single), ("array", array))}
    month = single["storage"] * 30 / options.days
    item = measured.bytes("email.delivered") + OVERHEAD
    table = STORAGE * (2 * item + KEYS + OVERHEAD) * 1e6 / GIB * options.days / 30.4
    infrequent = 0.6 * table - 0.25 * single["writes"]
    line = measured.logs["one event, not announced (median)"]
    listed = sum(of_list(measured, options, 1).values())
    return [
        f"a million events with 3 of 100 on *actions* cost {rounded(0.03 * listed)} dollars more with the list",
        f"| `Suppressions=off` | {rounded(0.03 * listed)} for a stream with 3 of 100 |",
        f"storage costs {rounded(month)} for 30 days, {rounded(single['storage'])} for {options.days} |",
        f"| `Endpoint=function-url` | {rounded(single['API'])} less |",
        # They are not in by_recipient.
        f"| {rounded(total['single'] + single['API'] - WRITE)} less for each million of opens and clicks",
        f"| {rounded(total['single'] + single['API'] - total['array'] - array['API'])} less | none |",
        f"{rounded(infrequent)} less at {options.days} days |",
        f"system log level WARN) | {rounded(LOG * PLATFORM_LOG * 1e6 / GIB)} less |",
        f"| log line half as long | {rounded(LOG * line / 2 * 1e6 / GIB)} less |",
        f"| `ActionsTopic=off` | {rounded(PUBLISH)} per million bounces, {rounded(3 * WRITE + PUBLISH)} per million unsubscribes and refusals |",
        f"| no `outbox` | {rounded(3 * WRITE)} per million bounces, {rounded(0.09 * WRITE)} for a stream with 3 of 100 |",
        f"| `AddressIndex=actionable` | {rounded(WRITE)} less for mail without an action |",
        f"| `TimeIndex=off` | {rounded(WRITE)} less |",
        f"have work read it for {rounded(secret_reads(20))} dollars per month",
        f"10 ms more cost {rounded(10 * COMPUTE[options.architecture] * options.memory / 1024 * 1e6 / 1000)} dollars per million requests",
    ]


def line(name, dollars, names):
    bare = sum(dollars[part] for part in names)
    cells = [dollars[part] for part in names] + [bare, dollars["API"], bare + dollars["API"], dollars["storage"]]
    return f"| {name} | " + " | ".join(map(rounded, cells)) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ms", type=float, nargs=3, default=[15, 35, 250], metavar=("EVENT", "BOUNCE", "ARRAY"),
                        help="billed milliseconds of one event, of a bounce and of an array of 100 [default: 15 35 250, assumed]")
    parser.add_argument("--list-ms", type=float, default=15, help="billed milliseconds of a batch of the suppression list [default: 15, assumed]")
    parser.add_argument("--memory", type=int, default=256, help="memory of a function in MB [default: 256, as in the template]")
    parser.add_argument("--architecture", choices=COMPUTE, default="arm64")
    parser.add_argument("--days", type=int, default=180, help="retention in days [default: 180]")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/cost.md")
    parser.add_argument("--check", action="store_true", help="fail if the tables in docs/cost.md differ")
    options = parser.parse_args()
    page = COST.read_text(encoding="utf-8")
    measured = Measured(page)
    text = tables(measured, options)
    before, rest = page.split(MARKS[0])
    found, after = re.split("^" + re.escape(MARKS[1]), rest, maxsplit=1, flags=re.MULTILINE)
    if options.write:
        COST.write_text(before + MARKS[0] + text + MARKS[1] + after, encoding="utf-8")
    elif options.check and found != text:
        sys.exit("docs/cost.md is out of date: run docs/cost.py --write")
    elif not options.check:
        print(text.strip())
    if options.check or options.write:
        text = " ".join(COST.read_text(encoding="utf-8").split())
        for words in quoted(measured, options):
            if words not in text:
                sys.exit(f"docs/cost.md must contain this computed text: {words}")
        security = " ".join((ROOT / "SECURITY.md").read_text(encoding="utf-8").split())
        for words in quoted_of_month(measured, options):
            if words not in security:
                sys.exit(f"SECURITY.md must contain this computed text: {words}")


if __name__ == "__main__":
    main()
