"""What a stack costs a month besides its events, what a small sender pays, what a flood costs, and what each parameter costs."""

import re

from .prices import (ACCESS_LOG, COMPUTE, GATEWAY, GIB, INVOCATION, KEEP, KEPT, KEY, KEY_CALL, LOG, MONTH, PER_LINE, PLATFORM_LOG, POLLS,
                     PUBLISH, QUEUE, READ, ROOT, SCHEDULE, SECRET, SECRET_READ, TEMPLATE, TRACE, WRITE, default, providers, rounded)

RUNS = 60 * 24 * 30  # of redrive a month
# A receiver reads its secret again after four minutes at the next webhook, and uses none for longer than five
# (shared/ingestion/src/secrets.rs).
READS = 24 * 60 // 5 * 30  # a month in a sandbox that always has work
QUERY_MS = 5  # of one of redrive's queries, which run one after the other; assumed
REFUSED_MS = 2  # of a request without a valid signature, which calls no service; assumed
REDRIVE_LOG = 150  # bytes of redrive's line if nothing waits; estimated
API_UNIT = 512 * 1024  # bytes of a request that the API counts as one
LARGEST = 6 * 1024 * 1024  # bytes of the largest request that Lambda takes
MAILS = 10_000  # a day, of a small sender
EVENTS_PER_MAIL = 2  # that it was accepted, and that it was delivered or bounced; assumed


def redrive(options):
    """The dollars of redrive a month if no event waits."""
    shards = int(re.search(r"OUTBOX_SHARDS: u8 = (\d+)", (ROOT / "shared/ingestion/src/store/item.rs").read_text(encoding="utf-8"))[1])
    per_run = {
        "invocations": INVOCATION / 1e6,
        "schedule": SCHEDULE / 1e6,
        # A query of an index costs at least half a read unit.
        "queries": shards * READ / 2 / 1e6,
        "compute": COMPUTE[options.architecture] * shards * QUERY_MS / 1000 * options.memory / 1024,
        "logs": LOG * (REDRIVE_LOG + PER_LINE + PLATFORM_LOG) / GIB,
    }
    return {part: RUNS * dollars for part, dollars in per_run.items()}


def secret_reads(sandboxes):
    """The dollars of reading the secret a month in sandboxes that always have work."""
    return sandboxes * READS * SECRET_READ / 10_000


def fixed_rows(options):
    """Rows of the table of a stack without traffic."""
    parts = redrive(options)
    detail = ", ".join(f"{name} {rounded(dollars)}" for name, dollars in parts.items())
    return [(f"redrive, {RUNS:,} runs: {detail}", rounded(sum(parts.values())))]


def small_sender(measured, options, mixed, listed):
    """The table of a month of a small sender. `mixed` and `listed` are the dollars of a million events and announcements."""
    events = MAILS * EVENTS_PER_MAIL * MONTH / 1e6
    bare = sum(value for part, value in mixed.items() if part not in ("API", "storage"))
    rows = []
    for number in (1, providers()):
        rows.append({
            "events, with the API": events * (bare + mixed["API"]),
            f"storage, once {options.days} days have passed": events * mixed["storage"],
            "suppression list": 0.03 * events * listed,
            "polls of its queue": QUEUE * RUNS * POLLS / 1e6,
            "signing secrets": number * SECRET,
            # One sandbox of each provider handles a request every few seconds.
            "reads of the secrets": secret_reads(number),
            "redrive": sum(redrive(options).values()),
        })
    lines = [
        "## A small sender",
        "",
        f"{MAILS:,} mails per day with {EVENTS_PER_MAIL} events each, 3 of 100 on *actions*: {events * 1e6:,.0f} webhooks per month with the API. Without",
        "the free tier, and without monitoring, whose price is in *Without traffic*.",
        "",
        f"| per month | one provider | {providers()} providers |",
        "| --- | ---: | ---: |",
    ]
    lines += [f"| {part} | {rounded(rows[0][part])} | {rounded(rows[1][part])} |" for part in rows[0]]
    lines.append("| total | " + " | ".join(rounded(sum(row.values())) for row in rows) + " |")
    return "\n".join(lines) + "\n\n"


def refused(measured, options):
    """The dollars of a million requests without a valid signature."""
    line = measured.logs["one event, not announced (median)"]
    return (GATEWAY + INVOCATION + COMPUTE[options.architecture] * REFUSED_MS / 1000 * options.memory / 1024 * 1e6
            + LOG * (ACCESS_LOG + PER_LINE + line + PER_LINE + PLATFORM_LOG) * 1e6 / GIB)


def rates():
    """The throttle's default, and rates for comparison."""
    return sorted({int(default("ThrottlingRate")), 50, 500})


def flood(measured, options):
    lines = [
        "## A flood",
        "",
        f"Requests without a valid signature, at the throttle without a pause. Assumption: {REFUSED_MS} ms billed for each. The API counts a request in",
        f"units of 512 KB: one of {LARGEST // 1024 // 1024} MB costs as much as {LARGEST // API_UNIT}. Requests that it answers 429 are not included.",
        "",
        "| `ThrottlingRate` | requests per day | dollars per day | of the largest requests |",
        "| ---: | ---: | ---: | ---: |",
    ]
    for rate in rates():
        millions = rate * 86_400 / 1e6
        dollars = refused(measured, options)
        mark = " (default)" if rate == int(default("ThrottlingRate")) else ""
        large = dollars + GATEWAY * (LARGEST // API_UNIT - 1)
        lines.append(f"| {rate}{mark} | {millions:,.2f} million | {millions * dollars:,.2f} | {millions * large:,.2f} |")
    return "\n".join(lines) + "\n\n"


# Parameters that cost nothing, or whose price is that of what they cause.
FREE = """AlarmAddress BounceRate CertificateArn ComplaintRate DomainName ExistingSuppressions ExistingTable HardBounceDays PathSecret
PermissionsBoundary PlainPath RateMails ReservedConcurrency SesSignatureVersion SilenceHours SoftBounceDays SoftBounceHold SoftBounces
SubscriberAccounts ThrottlingBurst""".split()
PROVIDERS = ["JetEmail", "Jasni", "GetMailer", "Emailit"]


def parameters(measured, options, single, listed):
    """The table of the parameters of the template that cost something. Fails if a parameter has no price."""
    month = single["storage"] / options.days * 30
    log = measured.logs["one event, not announced (median)"] + 2 * PER_LINE + PLATFORM_LOG + ACCESS_LOG
    polls = rounded(QUEUE * RUNS * POLLS / 1e6)
    dearer = single["compute"] * (COMPUTE["x86_64"] / COMPUTE["arm64"] - 1)
    rows = [
        (PROVIDERS, f"{rounded(SECRET + secret_reads(1))} per month for the secret and the reads of one sandbox that always has work"),
        (["Monitoring"], "see *Without traffic*"),
        (["ActionsTopic"], f"{rounded(PUBLISH)} per million announcements"),
        (["Suppressions"], f"{rounded(listed)} per million announcements on *actions*, and up to {polls} per month for polls"),
        (["EventsTopic", "SesTopics"], f"{rounded(PUBLISH)} per million announcements, and {rounded(3 * WRITE)} for the outbox of those on no other topic"),
        (["RetentionDays"], f"{rounded(month)} per million events for each 30 days"),
        (["AddressIndex"], f"`mail`: {rounded(WRITE)} per million events of mail"),
        (["TimeIndex"], f"{rounded(WRITE)} per million events"),
        (["LogRetentionDays"], f"{rounded(log * 1e6 / GIB * KEPT * KEEP)} per million webhooks for each 30 days"),
        (["Architecture"], f"`x86_64`: {rounded(dearer)} more per million webhooks"),
        (["MemorySize"], f"{rounded(single['compute'])} per million webhooks for each {options.memory} MB, at {options.ms[0]:g} ms"),
        (["Endpoint"], f"`http-api`: {rounded(single['API'])} more per million webhooks than function URLs"),
        (["ThrottlingRate"], "see *A flood*"),
        (["Tracing"], f"{rounded(TRACE)} per million traces; X-Ray traces one webhook per second, and 5 of 100 others"),
        (["KmsKeyArn"], f"{rounded(KEY)} per month for the key, and {rounded(KEY_CALL)} per 10,000 calls of KMS"),
    ]
    present = set(re.findall(r"^  (\w+):$", TEMPLATE.split("\nParameters:\n")[1].split("\nRules:\n")[0], re.MULTILINE))
    unknown = present - {name for names, _ in rows for name in names} - set(FREE)
    if unknown:
        raise SystemExit(f"docs/costs/month.py does not say what these parameters cost: {', '.join(sorted(unknown))}")
    lines = ["## Parameters", "", "Parameters that are not in this table cost nothing.", "", "| parameter | dollars |", "| --- | --- |"]
    for names, dollars in rows:
        if shown := [name for name in names if name in present]:
            lines.append(f"| {', '.join(f'`{name}`' for name in shown)} | {dollars} |")
    return "\n".join(lines) + "\n\n"


def quoted(measured, options):
    """The computed phrases that SECURITY.md must contain."""
    slow, fast = (f"{rate * 86_400 / 1e6 * refused(measured, options):.0f}" for rate in (50, 500))
    return [f"{slow} dollars per day at 50 requests per second and {fast} at 500"]
