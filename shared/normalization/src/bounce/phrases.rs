//! The words that servers use, in lower case. Where no source is named: replies of the field as in
//! <https://github.com/sisimai/set-of-emails> and the rules of
//! <https://github.com/KumoCorp/kumomta/tree/main/assets>, read in November 2026.

use super::Sign;
use super::codes::ADDRESS_SYNTAX;
use crate::vocabulary::BounceReason as Reason;

/// What phrases mean; the first line that has one of them in the text decides. So what is read first is
/// what could be mistaken for a later line, then what passes by itself, then what the sender must mend, and
/// only then what says that the address is dead.
pub(super) const TABLE: &[(Sign, &[&str])] = &[
    (Sign::of(Reason::Other), AMBIGUOUS),
    (Sign::of(Reason::UserUnknown), UNKNOWN_USER_LIKE_POLICY),
    (Sign::of(Reason::MailboxDisabled), DISABLED_LIKE_POLICY),
    (Sign::of(Reason::Greylisted), GREYLISTED),
    (Sign::of(Reason::AuthFailure), AUTHENTICATION_LIKE_RATE),
    (Sign::of(Reason::RateLimited), RATE_LIMITED),
    (Sign::of(Reason::MailboxFull), MAILBOX_FULL),
    (Sign::of(Reason::SpamContent), CONTENT_LIKE_OTHERS),
    (Sign::of(Reason::Virus), VIRUS),
    (Sign::of(Reason::Syntax), MALFORMED_MESSAGE),
    (Sign::of(Reason::AuthFailure), AUTHENTICATION),
    (Sign::of(Reason::SpamReputation), SPAM_REPUTATION),
    (Sign::of(Reason::SpamContent), SPAM_CONTENT),
    (Sign::of(Reason::RelayDenied), RELAY_DENIED),
    (Sign::of(Reason::MessageTooLarge), MESSAGE_TOO_LARGE),
    (Sign::of(Reason::Policy), POLICY),
    (Sign::of(Reason::Expired), EXPIRED),
    (Sign::of(Reason::Network), NETWORK),
    (Sign::of(Reason::Policy), SENDER_REFUSED),
    (Sign::of(Reason::MailboxDisabled), MAILBOX_DISABLED),
    (Sign::of(Reason::DomainUnknown), DOMAIN_UNKNOWN),
    (Sign::of(Reason::UserUnknown), USER_UNKNOWN),
    (ADDRESS_SYNTAX, ADDRESS_MALFORMED),
    (Sign::of(Reason::Syntax), SYNTAX),
];

/// Says that it passes, whatever it is.
pub(super) const TEMPORARY: &[&str] = &[
    "try again later", "try later", "try again in", "try your request later", "try again slower",
    "retry later", "please retry", "at a later time", "come back later", "temporar", "transient", "deferred",
    "deferring", "insufficient system storage", "insufficient disk space", "not enough disk space",
    "system full", "server busy", "overload", "maintenance", "timed out", "resources unavailable",
];

/// Says several things at once, one of them that the address is dead.
const AMBIGUOUS: &[&str] = &["account or domain may not exist"];

/// Microsoft's edge, by the directory
/// (<https://learn.microsoft.com/exchange/mail-flow-best-practices/use-directory-based-edge-blocking>), and
/// Outlook.com. The same words under other codes mean a policy, or nothing in particular.
const UNKNOWN_USER_LIKE_POLICY: &[&str] = &[
    "5.4.1 recipient address rejected: access denied",
    "5.5.0 requested action not taken: mailbox unavailable",
    // GMX: <https://postmaster.gmx.com/en/error-messages>.
    "mailbox unavailable for explanation visit",
    // Domino.
    "not listed in domino directory", "not listed in directory", "not listed in public",
];

const DISABLED_LIKE_POLICY: &[&str] = &["recipient account is blocked"];

const GREYLISTED: &[&str] = &[
    "greylist", "graylist", "grey-list", "gray-list", "grey list", "gray list", "postgrey",
];

/// Gmail: "rate limited because SPF authentication didn't pass"
/// (<https://support.google.com/a/answer/3726730>).
const AUTHENTICATION_LIKE_RATE: &[&str] = &["rate limited because"];

const RATE_LIMITED: &[&str] = &[
    "rate limit", "rate-limit", "ratelimit", "rate exceeded", "sending rate", "throttl", "frequency limited",
    "too many connections", "too many concurrent", "too many sessions", "too many smtp sessions",
    "too many messages from", "too many recipients", "too many emails", "too many mails", "too much mail",
    "maximum connection", "connection limit", "max message per connection", "mail flood", "emails per hour",
    "messages per hour", "per-hour limit", "hourly limit", "daily limit", "sending limit",
    "daily message quota", "sending quota", "email quota exceeded", "daily sending", "try again slower",
    "slow down", "excessive volume", "thread limit exceeded", "trop de connexions",
    // Gmail: <https://support.google.com/a/answer/3726730>.
    "receiving mail too quickly", "receiving mail at a rate", "unusual rate of",
];

const MAILBOX_FULL: &[&str] = &[
    "mailbox full", "mailbox is full", "mailbox for user is full", "full mailbox", "inbox is full",
    "mailfolder is full", "folder is full", "storage full", "over quota", "overquota", "over the quota",
    "over disk quota", "over its quota", "quota exceeded", "quota violation", "quota is full", "quota full",
    "exceeded quota", "exceeded its quota", "exceeded the quota", "exceeded his quota",
    "exceeding its mailbox quota", "exceeds quota", "exceeds the quota", "exceeding their quota",
    "exceeds allowed quota", "disk quota", "exceeded storage allocation", "exceeded its storage",
    "out of storage", "storage quota", "storage limit", "no space left on device",
    "does not have enough space", "not enough storage", "mailbox has exceeded", "mailbox exceeded",
    "mailbox size limit", "maximum allowed storage", "disk space limit", "too many messages on the server",
    "space has been used up", "shutoffquotaexceeded", "recipient's mailbox is full",
    "boite du destinataire pleine", "mailbox limit",
];

const CONTENT_LIKE_OTHERS: &[&str] = &[
    "spam or virus", "virus or spam", "spam/virus", "spam classification", "url in this email",
    "blacklisted url", "uribl", "surbl", "mcspamsignature",
];

const VIRUS: &[&str] = &[
    "virus detected", "virus found", "virus infected", "virus in ", "contains a virus", "contains virus",
    "contained a virus", "with a virus", "infected with", "is infected", "was infected", "eicar", "malware",
    "prohibited virus", "malicious", "virus:", "virus (", "trojan",
];

const MALFORMED_MESSAGE: &[&str] = &[
    "duplicate header", "multiple from headers", "rfc 5322 compliant", "not rfc compliant", "rfc 2822",
    "rfcmessagenoncompliant", "invalid header", "8-bit data in message header",
];

const AUTHENTICATION: &[&str] = &[
    "spf", "dkim", "dmarc", "sender policy framework", "unauthenticated email", "sender is unauthenticated",
    "authentication information", "authentication checks", "required authentication level", "spoof",
    "arc validation", "mismatches client ip", "invalid ip for sending", "purported responsible address",
    // Reverse DNS; Postfix: reject_unknown_client_hostname.
    "reverse dns", "rdns", "reverse hostname", "reverse lookup", "ptr record", "ptr resource record",
    "no ptr", "missing ptr", "cannot find your", "ip name lookup failed", "fcrdns",
];

const SPAM_REPUTATION: &[&str] = &[
    "spamhaus", "spamcop", "sorbs", "barracudacentral", "barracudanetworks.com/reputation", "cloudmark",
    "uceprotect", "abuseat", "mailspike", "ivmsip", "psbl", "senderscore", "spamrats", "dnsbl", "rbl",
    "blocked using", "blocklist", "block list", "block-list", "blacklist", "black list", "blackhole list",
    "denylist", "listed in", "is listed", "reputation", "bad sender ip", "banned send", "spam source",
    "dynamic ip", "dynamic/zombied", "for spam", "too many spam", "spam complaints", "user complaints",
    "too many invalid", "too many unknown", "sending spam", "client host blocked", "from your ip",
    "from this ip", "sender ip", "sending ip", "blocked ip", "ip address rejected", "ip address blocked",
    "server access forbidden by your ip", "(bl)", "unsolicited mail originating", "adresse ip source bloquee",
    // Microsoft: <https://sendersupport.olc.protection.outlook.com/pm/troubleshooting>.
    "s3140", "s3150", "ou-00", "sc-00", "dy-00", "spam abuse detected",
    // Yahoo and AOL: <https://senders.yahooinc.com/smtp-error-codes/>.
    "tss0", "tss1", "ts01", "ts02", "ts03", "ts04", "permanently deferred", "bl21", "bl23",
    // Proofpoint, at iCloud and elsewhere.
    "blocked - see http", "dnsbl-lookup", "ipcheck.proofpoint",
    // Mimecast: <https://community.mimecast.com/docs/DOC-1369>.
    "host network not allowed", "host network, not allowed",
];

const SPAM_CONTENT: &[&str] = &[
    "spam content", "spam message", "as spam", "like spam", "similar to spam", "be spam", "be a spam",
    "is spam", "suspected spam", "probable spam", "possible spam", "considered spam", "spam detected",
    "contains spam", "spam refused", "spam rejected", "spam blocked", "spam email", "spam score",
    "spam filter", "spam pattern", "spam not accepted", "spam-like", "spam-related", "spam check",
    "probability of spam", "spam probability", "- spam", "antispam checks", "spamassassin score", "junk mail",
    "junkmail", "bulk mail", "bulk email", "unsolicited mail", "unsolicited bulk", "be unsolicited",
    "likely suspicious", "ube,", "phish", "messagescoringupperlimit", "content rejected", "content denied",
    "content filter", "banned content", "unacceptable content", "mail content", "spam ",
];

const RELAY_DENIED: &[&str] = &[
    "relay access denied", "relay denied", "relay not permitted", "relay not allowed", "relaying denied",
    "relaying not", "relaying is", "relaying mail", "relay is not", "no relaying", "unable to relay",
    "cannot relay", "not permitted to relay", "not allowed to relay", "not configured to relay",
    "do not relay", "does not relay", "open relay", "as a relay", "mail relay", "not a gateway",
    "we don't handle mail for",
    // qmail.
    "list of allowed rcpthosts",
];

const MESSAGE_TOO_LARGE: &[&str] = &[
    "message too large", "message too big", "message is too large", "message is too big", "email too large",
    "message size exceed", "message length exceeds", "message file too big", "exceeds size limit",
    "exceeds maximum fixed size", "exceeds fixed", "exceeds maximum size", "exceeds maximum message",
    "exceeds the maximum message size", "maximum message size", "message size limit", "message header size",
    "maximum email size", "maximum inbound message size", "size limit", "size exceeds", "headers too large",
    "larger than the", "too large", "recipsizelimit", "taille limite du message",
];

const POLICY: &[&str] = &[
    "policy", "security policies", "for policies", "access denied", "blocked", "prohibited", "prohibition",
    "not authorized", "not permitted", "not allowed to", "are not allowed", "is not allowed",
    "message not allowed", "not accepted for", "not accepted from", "will not accept delivery",
    "not accept mail from", "unauthenticated senders", "authentication required", "requires authentication",
    "was not authenticated", "smtp authentication", "invalid credentials", "starttls", "tls required",
    "requires encryption", "use tls", "client host rejected", "client rejected", "helo command rejected",
    "bad helo", "may not be mail exchanger", "sender address", "sender rejected", "sender denied",
    "sender verify", "sender domain", "sending domain", "invalid sender", "domain of sender",
    "unresolvable rfc", "envelope rejected", "ip not in whitelist", "your account has been",
    "your account is", "sender's account", "recipient preferences", "user rules", "rejected by recipient",
    "rejected by the recipient", "refuse to receive", "restricted", "members-only", "notauthorized",
    "authrequired", "message denied", "email address is not verified", "bouncedeny", "batv",
    "rejected by destination domain", "security issue", "attachment", "aup#", "delivery not authorized",
    "you are not allowed", "unregistered domain",
];

const EXPIRED: &[&str] = &[
    "message expired", "delivery expired", "queue expired", "queue.expired", "delivery time expired",
    // Exim: <https://www.exim.org/exim-html-current/doc/html/spec_html/ch-retry_configuration.html>.
    "retry timeout exceeded", "retry time not reached", "in the queue too long", "after sitting in queue",
    "exceeded max time", "maximum queue", "queue lifetime", "message timed out", "message timeout",
    "within the allowed queue period", "not be delivered for more than",
    "unable to deliver message after multiple retries", "failing for a long time", "giving up on",
    "message too old", "retries exhausted", "maximum retries", "max retries",
];

const NETWORK: &[&str] = &[
    "connection timed out", "connection timeout", "timed out", "connection refused", "connection reset",
    "connection dropped", "connection was dropped", "connection closed", "connection lost", "lost connection",
    "connection error", "connection failed", "failed to connect", "unable to connect", "could not connect",
    "cannot connect", "couldn't connect", "requests to connect", "refused to talk to me", "timeout",
    "no route to host", "network is unreachable", "host is unreachable", "host unreachable", "host is down",
    "no answer from host", "not accepting connections", "not accepting network messages", "is not reachable",
    "server temporarily unavailable", "service temporarily unavailable", "service unavailable",
    "service not available", "service currently unavailable", "service is unavailable", "server unavailable",
    "server is unavailable", "server busy", "server is busy", "too busy", "closing transmission channel",
    "establish an smtp connection", "temporary system problem", "upstream error", "too many hops",
    "hop count", "mail loop", "routing loop", "loops back to myself", "delivery temporarily suspended",
    "forwarding loop", "hops, this may",
    // The DNS did not answer: no word on whether the domain exists. Postfix: smtp_addr.c.
    "host not found, try again", "malformed or unexpected name server reply", "lookup failure",
    "lookup failed temporarily", "dns query failed", "dns failure", "dns error: temporary",
    "responded with code servfail", "tls handshake",
];

/// Whatever follows, the recipient was not yet known: Postfix and Exim.
const SENDER_REFUSED: &[&str] = &["in reply to mail from", "after mail from"];

const MAILBOX_DISABLED: &[&str] = &[
    "account is disabled", "account has been disabled", "account disabled", "account was disabled",
    "account closed", "account is closed", "account has been closed", "account is inactive",
    "account inactive", "account not active", "account is not active", "account expired",
    "account terminated", "account is locked", "account suspended", "inactive account", "inactive user",
    "inactive email address", "disabled user", "disabled recipient", "disabled mailbox", "mailbox disabled",
    "mailbox is disabled", "mailbox has been disabled", "mailbox is frozen", "mailbox is inactive",
    "mailbox inactive", "mailbox closed", "deactivated", "discontinued", "is suspended", "been suspended",
    "currently suspended", "user suspended", "mailbox suspended", "is temporarily suspended",
    "been temporarily suspended", "user is disabled", "user disabled", "user is inactive", "user inactive",
    "user not active", "user is terminated", "user or domain is disabled", "suspend the service",
    "temporarily inactive", "temporary locked", "no longer accepts mail", "not accepting any mail",
    "extended inactivity", "archived recipient", "boite du destinataire archivee",
    // Gmail: <https://support.google.com/a/answer/3726730>.
    "tried to reach is disabled", "tried to reach is inactive", "p=disableduser",
];

const DOMAIN_UNKNOWN: &[&str] = &[
    "host or domain name not found", "domain not found", "domain name not found", "domain unknown",
    "unknown domain", "no such domain", "domain does not exist", "nonexistent domain", "nonexistentdomain",
    "non-existent domain", "host unknown", "unknown host", "host not found", "no such host",
    "name or service not known", "5.4.4 invalid domain", "mail domain is unknown", "unrouteable mail domain",
    "invalid recipient domain", "nxdomain", "no mx record", "no mx for", "had no relevant answers",
    "infodomainnonexistent", "domain must exist",
    // RFC 7504, sections 3 and 4; RFC 7505, section 6.
    "null mx", "nullmx", "does not accept mail",
    // Exim: dnslookup and smtp.
    "point to non-existent hosts", "indicated no smtp service", "no host found for existing smtp connection",
    // qmail-remote.
    "couldn't find any host",
];

const USER_UNKNOWN: &[&str] = &[
    "user unknown", "unknown user", "userunknown", "user not found", "user not known", "user does not exist",
    "user doesn't exist", "user not exist", "no such user", "nosuchuser", "invalid user", "not a valid user",
    "is not a known user", "not our user", "not our customer", "recipient unknown", "unknown recipient",
    "recipient not found", "recipientnotfound", "recipnotfound", "recipient does not exist",
    "recipient not exist", "recipient address does not exist", "recipient no longer", "no such recipient",
    "invalid recipient", "not a valid recipient", "not found recipient", "mailbox not found",
    "mailbox does not exist", "mailbox doesn't exist", "mailbox not exist", "mailbox unknown",
    "unknown mailbox", "no such mailbox", "invalid mailbox", "mailbox invalid", "not a valid mailbox",
    "no mailbox found", "no mailbox here", "no mail-box here", "no mailbox by that name",
    "no mail box available", "account does not exist", "account doesn't exist", "no such account",
    "no account by that name", "unknown account", "invalid account", "account not found",
    "address does not exist", "address doesn't exist", "address unknown", "address is unknown",
    "no such address", "no such email", "address not found", "address_not_found",
    "address could not be found", "recipient could not be found", "address not present in directory",
    "unknown email address", "unknown local part", "unknown or illegal", "addressee unknown",
    "bad destination mailbox", "no such person", "no one at this address", "undeliverable address",
    "is not a registered", "user missing home directory", "wrong or no longer valid", "dd is no longer valid",
    "#5.1.0 address rejected", "5.1.1 address rejected", "badrcptto", "badrecipientto",
    "not in my validrcptto", "utilisateur inconnu", "destinataire invalide", "no existe", "nessun utente",
    "empfaenger unbekannt",
    // Gmail: <https://support.google.com/a/answer/3726730>.
    "tried to reach does not exist",
    // Yahoo: <https://senders.yahooinc.com/smtp-error-codes/>.
    "this user doesn't have a",
    // Exim: no router takes the address.
    "unrouteable address", "unroutable address",
    // Amazon SES: its own list of addresses that bounced elsewhere.
    "history of bouncing as an invalid address",
];

const ADDRESS_MALFORMED: &[&str] = &[
    "mailbox name not allowed", "bad address syntax", "bad recipient address syntax", "malformed address",
    "malformed recipient", "invalid address", "address invalid", "address is invalid", "address is not valid",
    "not a valid email", "not email addresses",
];

const SYNTAX: &[&str] = &[
    // RFC 5321, section 4.2.2.
    "syntax error", "bad sequence of commands", "improper sequence of commands", "command unrecognized",
    "unrecognized command", "command not recognized", "command not implemented", "parameter not implemented",
    "protocol violation", "protocol error", "bare lf", "bare newline", "line too long", "non-ascii",
    "smtputf8",
];
