#!/usr/bin/env python3
"""The load of a synthetic week of mail on the keys of the table, at 10, 1,000 and 100,000 events a second.

    docs/scale.py            prints the tables
    docs/scale.py --write    writes them into docs/scale.md
    docs/scale.py --check    fails if docs/scale.md has others

The week is a curve by minutes, the same for each rate, times the rate. Of the busiest second every event is made, with
keys in the forms that the providers' have, and put where the product puts it. Everything random is seeded.
"""

import hashlib
import math
import pathlib
import random
import re
import statistics
import string
import sys

HERE = pathlib.Path(__file__).parent
PAGE = HERE / "scale.md"
MARKS = ("<!-- week: written by `docs/scale.py --write`. -->\n", "<!-- To here. -->\n")
RATES = (10, 1_000, 100_000)
WEEK = 7 * 1440  # minutes, from Monday 00:00
PARTITION, NEW_TABLE, QUOTA = 1_000, 4_000, 40_000  # write units a second

# Of a mail: how many events of each kind, and how late. None is at once, else the median of a lognormal in minutes.
KINDS = {"sent": (1.0, None), "delivered": (0.96, None), "deferred": (0.03, None), "complained": (0.0005, 300),
         "unsubscribed": (0.002, 120), "opened": (0.6, 90), "clicked": (0.06, 120)}
DUE = ("bounced", "complained")
ACTIONABLE = ("bounced", "complained", "unsubscribed")
CAMPAIGNS, CAMPAIGN_SHARE, BAD_LIST = 150, 0.5, 0.2  # a week; of all mail; bounces of one campaign, of the others 1 to 4 %
LIST_SHARE, LIST_MOST, LIST_MINUTES = 0.01, 5_000_000, 60  # opens under one message id: of the week, at most, mean delay
DEAD_SHARE = 0.05  # of all bounces: one address that a machine mails without end
BASE62 = string.digits + string.ascii_letters
SECONDS = {"event": 0.015, "due": 0.035}  # of an invocation: the assumption of docs/cost.py


def product():
    """The shards of the outbox and the API's default rate, from the code. Fails if the function of a shard is another."""
    item = (HERE.parent / "shared/ingestion/src/store/item.rs").read_text(encoding="utf-8")
    template = (HERE.parent / "template.yaml").read_text(encoding="utf-8")
    if "sum.wrapping_mul(31).wrapping_add(byte)" not in item or "(sum % OUTBOX_SHARDS)" not in item:
        sys.exit("item.rs chooses a shard otherwise than docs/scale.py does")
    shards = int(re.search(r"OUTBOX_SHARDS: u8 = (\d+)", item)[1])
    return shards, int(re.search(r"ThrottlingRate:\s+Type: Number\s+Default: (\d+)", template)[1])


SHARDS, THROTTLING_RATE = product()


def shard(event_key):
    """`shard` of item.rs."""
    total = 0
    for byte in event_key.encode():
        total = (total * 31 + byte) % 256
    return total % SHARDS


def keys(rng):
    """The partition key and the event key of an event, in the forms of fixtures/*/keys.tsv."""
    digits = f"{rng.getrandbits(256):064x}"
    return [(f"jetemail#{digits[:18]}", f"evt_{digits[18:30]}"),
            (f"jasni#{digits[:16]}@agents.example.org", digits[16:48]),
            (f"getmailer#clx1{digits[:12]}", f"evt_{digits[12:24]}"),
            (f"emailit#em_{digits[:27]}", "evt_2x" + "".join(rng.choices(BASE62, k=25)))][rng.randrange(4)]


def mails(rng):
    """Mails and bounces by the minute: a diurnal curve, and campaigns."""
    day = [max(0.15, math.sin((minute / 1440 - 0.29) * 2 * math.pi)) for minute in range(1440)]
    everyday = [day[minute % 1440] * (1.0 if minute < 5 * 1440 else 0.5) for minute in range(WEEK)]
    everyday = [value * (1 - CAMPAIGN_SHARE) / sum(everyday) for value in everyday]
    sent, bounced = list(everyday), [value * 0.01 for value in everyday]
    sizes = [(number + 1) ** -0.8 for number in range(CAMPAIGNS)]
    for number, size in enumerate(sizes):
        start = rng.randrange(5) * 1440 + rng.choice((480, 540, 600, 600, 840, 960)) + rng.randrange(15)
        minutes = rng.randrange(30, 180)
        bounces = BAD_LIST if number == 2 else rng.uniform(0.01, 0.04)
        for minute in range(start, start + minutes):
            mail = CAMPAIGN_SHARE * size / sum(sizes) / minutes
            sent[minute] += mail
            bounced[minute] += mail * bounces
    return sent, bounced


def late(curve, median):
    """The curve, spread over a lognormal delay, which is taken in 80 steps of equal weight."""
    spread = [0.0] * WEEK
    for step in range(80):
        delay = round(median * math.exp(1.8 * statistics.NormalDist().inv_cdf((step + 0.5) / 80)))
        for minute in range(WEEK):
            spread[(minute + delay) % WEEK] += curve[minute] / 80
    return spread


def week():
    """Each kind's share of all events, by the minute."""
    sent, bounced = mails(random.Random(2026))
    curves = {"bounced": bounced}
    for kind, (share, median) in KINDS.items():
        curve = sent if median is None else late(sent, median)
        curves[kind] = [value * share for value in curve]
    total = sum(map(sum, curves.values()))
    return {kind: [value / total for value in curve] for kind, curve in curves.items()}


def over(curve, limit, unit=1):
    """The share of seconds in which events of so many units, at these rates, come to more than the limit: Poisson."""
    def tail(rate):
        return 0.5 * math.erfc((limit / unit + 0.5 - rate) / math.sqrt(2 * rate)) if rate > 0 else 0.0
    return sum(map(tail, curve)) / len(curve)


def busiest_second(rates, table_units):
    """Every event of a second, put where it belongs: units of the hottest partition of a new and a warm table, and of
    the hottest shard."""
    rng = random.Random(7)
    warm = max(4, math.ceil(2 * table_units / PARTITION))
    new, split, outbox = [0] * 4, [0] * warm, [0] * SHARDS
    for kind, rate in rates.items():
        for _ in range(round(rate)):
            partition_key, event_key = keys(rng)
            units = 2 if kind in DUE else 1
            place = int.from_bytes(hashlib.md5(partition_key.encode()).digest()[:8], "big")
            new[place * 4 >> 64] += units
            split[place * warm >> 64] += units
            if kind in DUE:
                outbox[shard(event_key)] += 2
    return max(new), warm, max(split), max(outbox)


def simulate(rate, curves, hottest_share):
    """The column of a rate."""
    events_of_week = rate * WEEK * 60
    by_kind = {kind: [value * events_of_week / 60 for value in curve] for kind, curve in curves.items()}
    events = [sum(values) for values in zip(*by_kind.values())]
    due = [sum(values) for values in zip(*(by_kind[kind] for kind in DUE))]
    actionable = [sum(values) for values in zip(*(by_kind[kind] for kind in ACTIONABLE))]
    units = [one + two for one, two in zip(events, due)]
    peak = max(range(WEEK), key=units.__getitem__)
    new, warm, split, outbox = busiest_second({kind: curve[peak] for kind, curve in by_kind.items()}, units[peak])
    opens = min(LIST_SHARE * events_of_week, LIST_MOST)
    mail = [opens / LIST_MINUTES / 60 * math.exp(-minute / LIST_MINUTES) for minute in range(WEEK)]
    dead = [DEAD_SHARE * value for value in by_kind["bounced"]]
    shard_units = [2 * hottest_share * value for value in due]
    all_due = [2 * hottest_share * value for value in events]
    busy = max(SECONDS["event"] * one + (SECONDS["due"] - SECONDS["event"]) * two for one, two in zip(events, due))
    return [
        ("events/s in the busiest minute", number(max(events))),
        (f"seconds over the API's `ThrottlingRate` of {THROTTLING_RATE}, one event a request", percent(over(events, THROTTLING_RATE))),
        ("seconds over an account's 10,000 requests/s of the API, and of 1,000 sandboxes", percent(over(events, 10_000))),
        ("sandboxes at work in the busiest minute, by time; by ten requests/s each", f"{number(busy)}; {number(max(events) / 10)}"),
        ("table: write units/s in the busiest minute", number(max(units))),
        ("seconds over the 4,000 of a new table", percent(over(units, NEW_TABLE))),
        ("seconds over the quota of 40,000", percent(over(units, QUOTA))),
        ("hottest partition in that second, new table of 4", number(new)),
        ("the same, warm table", f"{number(split)} ({warm:,} partitions)"),
        ("one mail, opened by a whole list: units/s at its peak", number(max(mail))),
        ("seconds of the week in which it is throttled", percent(over(mail, PARTITION))),
        ("hottest shard of `outbox`: units/s in its busiest minute", number(max(shard_units))),
        ("… in the busiest second of the table, every event placed", number(outbox)),
        ("seconds in which it is throttled", percent(over(shard_units, PARTITION, 2))),
        ("the same with `EventsTopic=on`: units/s; seconds", f"{number(max(all_due))}; {percent(over(all_due, PARTITION, 2))}"),
        ("hottest recipient in `by_recipient`: units/s; seconds throttled", f"{number(max(dead))}; {percent(over(dead, PARTITION))}"),
        ("all of `by_recipient`: units/s in the busiest minute", number(max(actionable))),
        ("announcements/s in the busiest minute; seconds over 300; over 30,000",
         f"{number(max(due))}; {percent(over(due, 300))}; {percent(over(due, 30_000))}"),
    ]


def number(value):
    """Two digits that count."""
    if value < 10:
        return f"{value:.1f}" if value >= 0.05 else "0"
    digits = 10 ** (len(str(int(value))) - 2)
    return f"{round(value / digits) * digits:,.0f}"


def percent(share):
    return "0" if share < 0.00005 else f"{share:.2%}".replace("%", " %")


def chart(curves):
    events = [sum(values) for values in zip(*curves.values())]
    hours = [max(events[start:start + 60]) for start in range(0, WEEK, 60)]
    bars = ["▁▂▃▄▅▆▇█"[min(7, int(8 * hour / max(hours)))] for hour in hours]
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    return "\n".join(f"{name} {''.join(bars[day * 24:day * 24 + 24])}" for day, name in enumerate(names))


def tables():
    curves = week()
    rng = random.Random(16)
    counts = [0] * SHARDS
    for _ in range(200_000):
        counts[shard(keys(rng)[1])] += 1
    share = max(counts) / sum(counts)
    columns = [simulate(rate, curves, share) for rate in RATES]
    due = sum(sum(curves[kind]) for kind in DUE)
    lines = [f"```text\n{chart(curves)}\n```", "",
             f"The busiest minute of each hour, hour by hour. {due:.1%} of the events are announced. ".replace("%", " %")
             + f"Of 200,000 event keys the fullest of {SHARDS} shards has {share:.2%}: ".replace("%", " %")
             + f"it is full at {number(PARTITION / 2 / share)} announced events/s.", "",
             "| events/s, mean of the week | " + " | ".join(f"{rate:,}" for rate in RATES) + " |", "| --- | ---: | ---: | ---: |"]
    lines += ["| " + " | ".join([row[0][0]] + [cell[1] for cell in row]) + " |" for row in zip(*columns)]
    return "\n" + "\n".join(lines) + "\n\n"


def main():
    text = tables()
    if sys.argv[1:] not in ([], ["--write"], ["--check"]):
        sys.exit(__doc__)
    if not sys.argv[1:]:
        print(text.strip())
        return
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(MARKS[0])
    found, after = rest.split(MARKS[1], 1)
    if sys.argv[1] == "--write":
        PAGE.write_text(before + MARKS[0] + text + MARKS[1] + after, encoding="utf-8")
    elif found != text:
        sys.exit("docs/scale.md is out of date: docs/scale.py --write")


if __name__ == "__main__":
    main()
