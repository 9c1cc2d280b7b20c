#!/usr/bin/env python3
"""Computes the figures of docs/scaling.md that follow from the code and from AWS's quotas.

    docs/scaling.py            prints the phrases and table cells that the page must contain
    docs/scaling.py --check    fails if the page lacks one of them
"""

import math
import pathlib
import random
import re
import string
import sys

HERE = pathlib.Path(__file__).parent
PAGE = HERE / "scaling.md"

PARTITION, NEW_TABLE, TABLE = 1_000, 4_000, 40_000  # write units per second: one partition, a new table, the default quota of a table
SMALL_REGION = 300  # SNS messages per second in the smallest regions
SANDBOX = 10  # requests per second per sandbox, Lambda's quota
EMAILIT_ARRAY, EMAILIT_SECONDS = 100, 0.250  # events per request, and the time to answer it, as assumed in docs/cost.py
LIST_SECONDS = 0.025  # time of an invocation of the suppression list, as assumed in docs/cost.py
ANNOUNCED = 0.03  # share of announced events, as in docs/cost.md
LIST_OPENS, LIST_MINUTES = 5_000_000, 60  # opens of one message to a list, and their mean delay in minutes
KEYS = 200_000
BASE62 = string.digits + string.ascii_letters


def product():
    """The numbers of shards of the outbox and of a day, the API's default rate, and the announcements that the suppression list takes at a time. Fails if
    the store uses a different shard function."""
    item, index = ((HERE.parent / f"shared/ingestion/src/store/{name}.rs").read_text(encoding="utf-8") for name in ("item", "index"))
    template = (HERE.parent / "template.yaml").read_text(encoding="utf-8")
    if "sum.wrapping_mul(31).wrapping_add(byte)" not in index or "% OUTBOX_SHARDS)" not in item or "% DAY_SHARDS" not in index:
        sys.exit("the store and docs/scaling.py use different shard functions")
    shards, days = int(re.search(r"OUTBOX_SHARDS: u8 = (\d+)", item)[1]), int(re.search(r"DAY_SHARDS: u8 = (\d+)", index)[1])
    batch, concurrency = (int(re.search(rf"{name}: (\d+)", template)[1]) for name in ("BatchSize", "MaximumConcurrency"))
    return shards, days, int(re.search(r"ThrottlingRate:\s+Type: Number\s+Default: (\d+)", template)[1]), (batch, concurrency)


def event_key(rng):
    """A random event key in the format of a random provider (fixtures/*/keys.tsv)."""
    digits = f"{rng.getrandbits(256):064x}"
    return [f"evt_{digits[18:30]}", digits[16:48], f"evt_{digits[12:24]}", "evt_2x" + "".join(rng.choices(BASE62, k=25))][rng.randrange(4)]


def fullest(shards):
    """The share of event keys in the fullest shard, with the function `sum` of index.rs."""
    rng = random.Random(16)
    counts = [0] * shards
    for _ in range(KEYS):
        total = 0
        for byte in event_key(rng).encode():
            total = (total * 31 + byte) % 256
        counts[total % shards] += 1
    return max(counts) / KEYS


def number(value):
    """Rounded to two significant digits."""
    digits = 10 ** (len(str(int(value))) - 2)
    return f"{round(value / digits) * digits:,.0f}"


def quoted():
    """The phrases and table cells that the page must contain."""
    shards, days, rate, (batch, concurrency) = product()
    share, of_128, of_day = fullest(shards), fullest(128), fullest(days)
    # Each announced event writes to the outbox twice.
    announced, with_128 = number(PARTITION / 2 / share), number(PARTITION / 2 / of_128)
    # The rate of opens decays exponentially.
    minutes = LIST_MINUTES * math.log(LIST_OPENS / (60 * LIST_MINUTES) / PARTITION)
    return [
        f"The fullest of the {shards} shards holds {share:.2%} of the keys".replace("%", " %"),
        f"| {announced} announced |",
        f"one unit per event in one of {days} shards | {number(PARTITION / of_day)} |",
        f"With 128 shards the limit is {with_128} announced events per second",
        f"| {rate} requests/s",
        f"| {SANDBOX * 10} |",
        f"| {number(EMAILIT_ARRAY / EMAILIT_SECONDS)} from Emailit |",
        *(f"| {int(limit / (1 + ANNOUNCED) / 100) * 100:,} |" for limit in (NEW_TABLE, TABLE)),
        f"| {concurrency} invocations at a time, {batch} announcements each, assumed to take {LIST_SECONDS * 1000:.0f} ms "
        f"| {number(batch * concurrency / LIST_SECONDS / ANNOUNCED)} |",
        f"the suppression list takes up to {concurrency} of them",
        f"| {number(SMALL_REGION / ANNOUNCED)} in a small region |",
        f"{LIST_OPENS // 1_000_000} million opens with a mean delay of one hour exceed it for {minutes:.0f} minutes",
    ]


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    for words in quoted():
        if not sys.argv[1:]:
            print(words)
        elif words not in page:
            sys.exit(f"docs/scaling.md must contain this computed text: {words}")


if __name__ == "__main__":
    main()
