#!/usr/bin/env python3
"""Computes the figures of docs/scaling.md that follow from the code and from AWS's quotas.

    docs/scaling.py            prints each sentence or cell that the page must contain
    docs/scaling.py --check    fails if the page does not contain one of them
"""

import math
import pathlib
import random
import re
import string
import sys

HERE = pathlib.Path(__file__).parent
PAGE = HERE / "scaling.md"

PARTITION, NEW_TABLE, TABLE = 1_000, 4_000, 40_000  # write units per second: of a partition, a new table, a table by default
SMALL_REGION = 300  # messages per second of SNS in the smallest regions
SANDBOX = 10  # requests per second of one sandbox, by Lambda's quota
EMAILIT_ARRAY, EMAILIT_SECONDS = 100, 0.250  # events of a request, and the time to answer it that docs/cost.py assumes
ANNOUNCED = 0.03  # share of events that are announced, as in docs/cost.md
LIST_OPENS, LIST_MINUTES = 5_000_000, 60  # opens of one message to a list, and their mean delay
KEYS = 200_000
BASE62 = string.digits + string.ascii_letters


def product():
    """The number of outbox shards and the API's default rate. Fails if item.rs chooses a shard by another function."""
    item = (HERE.parent / "shared/ingestion/src/store/item.rs").read_text(encoding="utf-8")
    template = (HERE.parent / "template.yaml").read_text(encoding="utf-8")
    if "sum.wrapping_mul(31).wrapping_add(byte)" not in item or "(sum % OUTBOX_SHARDS)" not in item:
        sys.exit("item.rs chooses a shard by another function than docs/scaling.py")
    shards = int(re.search(r"OUTBOX_SHARDS: u8 = (\d+)", item)[1])
    return shards, int(re.search(r"ThrottlingRate:\s+Type: Number\s+Default: (\d+)", template)[1])


def event_key(rng):
    """An event key in the form of one of the providers (fixtures/*/keys.tsv)."""
    digits = f"{rng.getrandbits(256):064x}"
    return [f"evt_{digits[18:30]}", digits[16:48], f"evt_{digits[12:24]}", "evt_2x" + "".join(rng.choices(BASE62, k=25))][rng.randrange(4)]


def fullest(shards):
    """The share of event keys in the fullest shard, by `shard` of item.rs."""
    rng = random.Random(16)
    counts = [0] * shards
    for _ in range(KEYS):
        total = 0
        for byte in event_key(rng).encode():
            total = (total * 31 + byte) % 256
        counts[total % shards] += 1
    return max(counts) / KEYS


def number(value):
    """With two significant digits."""
    digits = 10 ** (len(str(int(value))) - 2)
    return f"{round(value / digits) * digits:,.0f}"


def quoted():
    """What the page must say."""
    shards, rate = product()
    share, of_128 = fullest(shards), fullest(128)
    # Two writes to the outbox for each announced event; one more to the table.
    announced, with_128 = number(PARTITION / 2 / share), number(PARTITION / 2 / of_128)
    # Opens of a list decay exponentially.
    minutes = LIST_MINUTES * math.log(LIST_OPENS / (60 * LIST_MINUTES) / PARTITION)
    return [
        f"The fullest of the {shards} shards holds {share:.2%} of the keys".replace("%", " %"),
        f"| {announced} announced |",
        f"With 128 shards the limit is {with_128} announced events per second",
        f"| {rate} requests/s",
        f"| {SANDBOX * 10} |",
        f"| {number(EMAILIT_ARRAY / EMAILIT_SECONDS)} from Emailit |",
        *(f"| {int(limit / (1 + ANNOUNCED) / 100) * 100:,} |" for limit in (NEW_TABLE, TABLE)),
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
            sys.exit(f"docs/scaling.md no longer says what is computed: {words}")


if __name__ == "__main__":
    main()
