use super::*;
use Severity::{Hard, Soft};

/// The verdict in four words.
fn words(verdict: &Verdict) -> String {
    format!(
        "{} {} {} {}",
        verdict.class, verdict.reason, verdict.attribution, verdict.action
    )
}

fn reply(text: &str) -> Verdict {
    judge(&Evidence {
        reply: Some(text),
        ..Evidence::default()
    })
}

fn worded(severity: Severity, text: &str) -> String {
    let severity = Some(severity);
    words(&judge(&Evidence {
        severity,
        reply: Some(text),
        ..Evidence::default()
    }))
}

const DEAD: &str = "permanent user_unknown recipient suppress";
const GONE: &str = "permanent domain_unknown recipient suppress";
const OFF: &str = "permanent mailbox_disabled recipient suppress";
const FULL: &str = "transient mailbox_full recipient count";
const GREY: &str = "transient greylisted infrastructure count";
const RATE: &str = "transient rate_limited sender count";
const NET: &str = "transient network infrastructure count";
const LATE: &str = "transient expired infrastructure count";
/// A loop does not pass by itself.
const LOOP: &str = "permanent network infrastructure investigate";
const POLICY: &str = "permanent policy sender investigate";
const POLICY_NOW: &str = "transient policy sender investigate";
const BLOCKED: &str = "permanent spam_reputation sender investigate";
const BLOCKED_NOW: &str = "transient spam_reputation sender investigate";
const SPAM: &str = "permanent spam_content content investigate";
const AUTH: &str = "permanent auth_failure sender investigate";
const AUTH_NOW: &str = "transient auth_failure sender investigate";
const RELAY: &str = "permanent relay_denied infrastructure investigate";
const LARGE: &str = "permanent message_too_large content investigate";
const VIRUS: &str = "permanent virus content investigate";
const SYNTAX: &str = "permanent syntax infrastructure investigate";
const OTHER: &str = "permanent other unknown count";
const OTHER_NOW: &str = "transient other unknown count";
const UNKNOWN: &str = "permanent unknown unknown count";

/// Replies of the field without a provider's word: where from, the reply, the verdict.
#[rustfmt::skip]
const REPLIES: &[(&str, &str, &str)] = &[
    // Gmail.
    ("gmail", "550-5.1.1 The email account that you tried to reach does not exist. Please try\r\n550-5.1.1 double-checking the recipient's email address for typos or\r\n550-5.1.1 unnecessary spaces. Learn more at\r\n550 5.1.1  https://support.google.com/mail/?p=NoSuchUser y3si6 - gsmtp", DEAD),
    ("gmail", "550-5.2.1 The email account that you tried to reach is disabled. Learn more at 550 5.2.1 https://support.google.com/mail/?p=DisabledUser 00 - gsmtp", OFF),
    ("gmail", "550-5.2.1 The email account that you tried to reach is inactive. For more", OFF),
    // Words between quotation marks and spaces that are not ASCII.
    ("typeset", "\u{200b}550 5.7.1 The\u{a0}mail was rejected: “virus\u{a0}found”", VIRUS),
    ("gmail", "452-4.2.2 The recipient's inbox is out of storage space. Please direct the recipient to 452 4.2.2 https://support.google.com/mail/?p=OverQuotaTemp", FULL),
    ("gmail", "552-5.2.2 The recipient's inbox is out of storage space and inactive. Please 552-5.2.2 direct the recipient to 552 5.2.2 https://support.google.com/mail/?p=OverQuotaPerm", FULL),
    ("gmail", "452 4.2.2 The email account that you tried to reach is over quota.", FULL),
    ("gmail", "450 4.2.1 The user you are trying to contact is receiving mail too quickly. Please resend your message at a later time.", RATE),
    ("gmail", "550-5.2.1 The user you are trying to contact is receiving mail at a rate that\n550-5.2.1 prevents additional messages from being delivered.\n550 5.2.1 https://support.google.com/mail/?p=ReceivingRatePerm", RATE),
    ("gmail", "421-4.7.28 Gmail has detected an unusual rate of mail originating from your IP address", RATE),
    ("gmail", "550-5.7.1 [192.0.2.22      18] Our system has detected that this message is 550-5.7.1 likely suspicious due to the very low reputation of the sending IP 550-5.7.1 address. To best protect our users from spam, the message has been 550-5.7.1 blocked.", BLOCKED),
    ("gmail", "550-5.7.1 [192.0.2.22] Our system has detected that this message is likely unsolicited mail. To reduce the amount of spam sent to Gmail, this message has been blocked.", SPAM),
    ("gmail", "550-5.7.26 This mail has been blocked because the sender is unauthenticated. 550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.", AUTH),
    ("gmail", "550-5.7.26 Unauthenticated email from example.org is not accepted due to 550-5.7.26 domain's DMARC policy. Please contact the administrator", AUTH),
    ("gmail", "550-5.7.25 [192.0.2.202] The IP address sending this message does not have a 550-5.7.25 PTR record setup", AUTH),
    ("gmail", "421 4.7.26 This mail has been rate limited because it is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM.", AUTH_NOW),
    ("gmail", "552-5.7.0 This message was blocked because its content presents a potential security issue.", POLICY),
    ("gmail", "552 5.2.3 Your message exceeded Google's message size limits.", LARGE),
    ("gmail", "421 4.7.0 Temporary System Problem.  Try again later.", NET),
    ("gmail", "550 5.7.1 This message violates example.com email policy. - gcdp - gsmtp", POLICY),
    ("gmail", "DNS Error: 39857475 DNS type 'mx' lookup of example.comn responded with code NXDOMAIN Domain name not found: example.comn", GONE),
    ("gmail", "DNS Error: 24275403 DNS type 'mx' lookup of example.org responded with code NOERROR The domain example.org doesn't receive email according to the administrator: returned Null MX https://www.rfc-editor.org/info/rfc7505", GONE),
    ("gmail", "DNS Error: DNS type 'mx' lookup of example.org responded with code SERVFAIL", NET),
    ("gmail", "The recipient server did not accept our requests to connect. Learn more at https://support.google.com/mail/answer/7720 [mx.example.org 192.0.2.222: timed out]", NET),
    // Microsoft 365 and Outlook.com.
    ("exchange", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", DEAD),
    ("exchange", "550 5.1.1 RESOLVER.ADR.RecipNotFound; not found", DEAD),
    ("exchange", "550 5.4.1 Recipient address rejected: Access denied. For more information see https://aka.ms/EXOSmtpErrors [BL2NAM02FT061.eop-nam02.prod.protection.outlook.com]", DEAD),
    ("exchange", "550 5.4.1 [kijitora@example.org]: Recipient address rejected: Access denied [DB5.prod.protection.outlook.com]", DEAD),
    ("exchange", "550 5.1.351 Remote server returned unknown recipient or mailbox unavailable -> 550 <neko@example.jp>: User unknown", DEAD),
    ("exchange", "550 5.2.2 STOREDRV.Deliver: mailbox full. The following information should help: \"MapiExceptionShutoffQuotaExceeded:00.00000:FF000000\"", FULL),
    ("exchange", "550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient", LARGE),
    ("exchange", "432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded", RATE),
    ("exchange", "550 5.7.1 RESOLVER.RST.AuthRequired; authentication required", POLICY),
    ("exchange", "550 5.7.64 TenantAttribution; Relay Access Denied", RELAY),
    ("exchange", "550 5.7.1 Unable to relay", RELAY),
    ("exchange", "554 5.4.14 Hop count exceeded - possible mail loop ATTR34", LOOP),
    ("exchange", "550 5.4.310 DNS domain example.invalid does not exist [Message=InfoDomainNonexistent]", GONE),
    ("exchange", "550 5.4.316 Message expired, connection refused(Socket error code 10061)", LATE),
    ("exchange", "550 4.4.7 QUEUE.Expired; message expired", LATE),
    ("exchange", "450 4.4.316 Connection refused [Message=Socket error code 10061]", NET),
    ("outlook", "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).", BLOCKED),
    ("outlook", "host eur.olc.protection.outlook.com[104.47.0.33] said: 550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. (S3150) (in reply to MAIL FROM command)", BLOCKED),
    ("outlook", "550 SC-001 (BAY004-MC4F49) Unfortunately, messages from 192.0.2.1 weren't sent.", BLOCKED),
    ("outlook", "550 5.7.606 Access denied, banned sending IP [198.51.100.222]. To request removal from this list please visit https://sender.office.com/", BLOCKED),
    ("outlook", "550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP.", BLOCKED),
    ("outlook", "550 5.7.511 Access denied, banned sender[192.0.2.1]", BLOCKED),
    ("outlook", "550 5.7.509 Access denied, sending domain [EXAMPLE.JP] does not pass DMARC verification and has a DMARC policy of reject.", AUTH),
    ("outlook", "550 5.7.515 Access denied, sending domain example.org doesn't meet the required authentication level.", AUTH),
    ("outlook", "550 5.7.23 The message was rejected because of Sender Policy Framework violation", AUTH),
    ("outlook", "451 4.7.650 The mail server [192.0.2.25] has been temporarily rate limited due to IP reputation. (S3113)", RATE),
    ("outlook", "451 4.7.500 Server busy. Please try again later from [192.0.2.1].", POLICY_NOW),
    ("outlook", "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).", DEAD),
    ("outlook", "550 Requested action not taken: mailbox unavailable (-0000000022:2222:-0000000022)", UNKNOWN),
    // Yahoo and AOL.
    ("yahoo", "554 delivery error: dd This user doesn't have a yahoo.com account (neko@yahoo.com) [0] - mta1061.mail.ne1.yahoo.com", DEAD),
    ("yahoo", "552 1 Requested mail action aborted, mailbox not found (in reply to end of DATA command)", DEAD),
    ("yahoo", "554 30 Sorry, your message to neko@aol.jp cannot be delivered. This mailbox is disabled (554.30).", OFF),
    ("yahoo", "421 4.7.0 [TSS04] Messages from 192.0.2.192 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.verizonmedia.com/error-codes", BLOCKED_NOW),
    ("yahoo", "421 4.7.1 [TS03] All messages from 192.0.2.1 will be permanently deferred; Retrying will NOT succeed.", BLOCKED_NOW),
    ("yahoo", "553 5.7.2 [TSS09] All messages from 192.0.2.1 will be permanently deferred; Retrying will NOT succeed.", BLOCKED),
    ("yahoo", "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.25, because the ip is in Spamhaus's list", BLOCKED),
    ("yahoo", "554 5.7.9 Message not accepted for policy reasons. See https://postmaster.verizonmedia.com/error-codes", POLICY),
    ("yahoo", "554 Message not allowed - [PH01] Email not accepted for policy reasons.", POLICY),
    ("yahoo", "421 Max message per connection reached, closing transmission channel", RATE),
    // iCloud and Proofpoint.
    ("icloud", "550 5.1.1 <neko@icloud.com>: inactive email address (in reply to RCPT TO command)", DEAD),
    ("icloud", "550 5.1.6 recipient no longer on server: neko@icloud.com", DEAD),
    ("icloud", "552 5.2.2 <neko@icloud.com>: user is over quota (in reply to RCPT TO command)", FULL),
    ("icloud", "554 5.7.1 [HVU:12] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137", POLICY),
    ("icloud", "550 5.7.1 [CS01] Message rejected due to local policy.", POLICY),
    ("icloud", "554 5.7.1 Your message was rejected due to example.jp's DMARC policy. See https://support.apple.com/en-us/HT204137", AUTH),
    ("icloud", "550 5.7.1 Mail from IP 192.0.2.1 was rejected due to listing in Spamhaus SBL.", BLOCKED),
    ("icloud", "421 4.7.1 Messages to neko@icloud.com deferred due to excessive volume.", RATE),
    ("proofpoint", "554 Blocked - see https://support.proofpoint.com/dnsbl-lookup.cgi?ip=192.0.2.225", BLOCKED),
    ("proofpoint", "554 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.1", BLOCKED),
    ("proofpoint", "554 st11p00im-smtpin013.me.com ESMTP not accepting connections", NET),
    // Mimecast, Barracuda, block lists.
    ("mimecast", "550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550 [abc.us222]", DEAD),
    ("mimecast", "554 Host network not allowed - https://community.mimecast.com/docs/DOC-1369#554 [abc.us222]", BLOCKED),
    ("mimecast", "554 Email rejected due to security policies - MCSpamSignature.sa.2.2", SPAM),
    ("mimecast", "554 Email rejected due to security policies - https://community.mimecast.com/docs/DOC-1369#554", POLICY),
    ("mimecast", "451 Internal resources are temporarily unavailable - https://community.mimecast.com/docs/DOC-1369#451", OTHER_NOW),
    ("mimecast", "550 Administrative prohibition - envelope blocked - https://community.mimecast.com/docs/DOC-1369#550", POLICY),
    ("mimecast", "550 Rejected by header-based Anti-Spoofing policy", AUTH),
    ("barracuda", "554 Service unavailable; Client host [mail.example.org] blocked using Barracuda Reputation; http://www.barracudanetworks.com/reputation/?r=1&ip=192.0.2.1", BLOCKED),
    ("barracuda", "550 permanent failure for one or more recipients (neko@example.org:blocked)", POLICY),
    ("spamhaus", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.1", BLOCKED),
    ("spamhaus", "553 http://www.spamhaus.org/query/bl?ip=192.0.2.222", BLOCKED),
    ("sorbs", "521-5.7.1 Service unavailable; client [203.0.113.225] blocked using dnsbl.sorbs.net", BLOCKED),
    // Postfix.
    ("postfix", "550 5.1.1 <neko@example.co.jp>: Recipient address rejected: User unknown in virtual mailbox table", DEAD),
    ("postfix", "host mx.example.com[192.0.2.4] said: 550 5.1.1 <neko@example.com>: Recipient address rejected: User unknown in local recipient table (in reply to RCPT TO command)", DEAD),
    ("postfix", "450 4.1.1 <neko@example.org>: Recipient address rejected: User unknown in virtual alias table", "transient user_unknown recipient count"),
    ("postfix", "unknown user: \"kijitora\"", DEAD),
    ("postfix", "554 5.7.1 <neko@example.org>: Relay access denied", RELAY),
    ("postfix", "554 5.7.1 <neko@example.org>: Recipient address rejected: Access denied", POLICY),
    ("postfix", "Host or domain name not found. Name service error for name=example.jp type=MX: Host not found", GONE),
    ("postfix", "Host or domain name not found. Name service error for name=example.jp type=MX: Host not found, try again", NET),
    ("postfix", "Name service error for name=example.org type=MX: Malformed or unexpected name server reply", NET),
    ("postfix", "connect to mx.example.org[203.0.113.225]:25: Connection timed out", NET),
    ("postfix", "conversation with mx.example.org[203.0.113.225] timed out while receiving the initial server greeting", NET),
    ("postfix", "lost connection with mx2.qq.com[184.105.206.86] while performing the HELO handshake", NET),
    ("postfix", "delivery temporarily suspended: host mx.example.net[203.0.113.127] refused to talk to me: 421 Service not available, closing transmission channel", NET),
    ("postfix", "450 4.2.0 <neko@example.org>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/example.org.html", GREY),
    ("postfix", "450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]", AUTH_NOW),
    ("postfix", "450 4.1.8 <neko@example.org>: Sender address rejected: Domain not found", POLICY_NOW),
    ("postfix", "450 4.1.2 <neko@example.org>: Recipient address rejected: Domain not found", "transient domain_unknown recipient count"),
    ("postfix", "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname", POLICY),
    ("postfix", "552 5.3.4 Message size exceeds fixed limit", LARGE),
    ("postfix", "452 4.3.1 Insufficient system storage", OTHER_NOW),
    ("postfix", "421 4.7.0 mx.example.org Error: too many connections from 192.0.2.1", RATE),
    ("postfix", "mail for example.org loops back to myself", "undetermined network infrastructure investigate"),
    ("postfix", "550 5.1.0 <neko@example.org>: User unknown (in reply to MAIL FROM command)", POLICY),
    // Exim.
    ("exim", "neko@example.org host mx.example.org [192.0.2.1] SMTP error from remote mail server after RCPT TO:<neko@example.org>: 550 no such user here", DEAD),
    ("exim", "550 No Such User Here\"", DEAD),
    ("exim", "Unrouteable address", DEAD),
    ("exim", "all relevant MX records point to non-existent hosts", GONE),
    ("exim", "an MX or SRV record indicated no SMTP service", GONE),
    ("exim", "retry timeout exceeded", LATE),
    ("exim", "retry time not reached for any host after a long failure period", LATE),
    ("exim", "550 relay not permitted", RELAY),
    ("exim", "550 Administrative prohibition", POLICY),
    ("exim", "550 Sender verify failed", POLICY),
    ("exim", "451 Temporary local problem - please try later", OTHER_NOW),
    // qmail, sendmail, others.
    ("qmail", "Sorry, no mailbox here by that name. (#5.1.1)", DEAD),
    ("qmail", "Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)", NET),
    ("qmail", "Sorry, I couldn't find any host named example.invalid. (#5.1.2)", GONE),
    ("qmail", "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", RELAY),
    ("qmail", "CNAME lookup failed temporarily. (#4.4.3)", NET),
    ("sendmail", "550 5.1.1 <neko@example.jp>... User unknown", DEAD),
    ("sendmail", "550 5.1.2 <neko@example.org>... Host unknown (Name server: mx.example.org: host not found)", GONE),
    ("sendmail", "421 example.com (smtp)... Deferred: Connection timed out during user open with example.com", NET),
    ("sendmail", "552 5.2.3 Message exceeds maximum fixed size (10485760)", LARGE),
    ("sendmail", "552 5.2.2 Over quota", FULL),
    ("sendmail", "550 5.7.1 <neko@example.org>... Relaying denied. IP name lookup failed [192.0.2.222]", AUTH),
    ("sendmail", "553 5.1.8 <httpd@host1.example.jp>... Domain of sender address httpd@host1.example.jp does not exist", POLICY),
    ("sendmail", "554 5.4.6 Too many hops", LOOP),
    ("ses", "550 5.1.1 Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid address.", DEAD),
    ("ses", "554 4.4.7 Message expired: unable to deliver in 840 minutes.<421 4.4.2 Connection timed out>", LATE),
    ("ses", "554 Transaction failed: Duplicate header 'DKIM-Signature'.", SYNTAX),
    ("ses", "454 Throttling failure: Daily message quota exceeded", RATE),
    ("ironport", "smtp; 5.1.0 - Unknown address error 550-'5.2.2 <neko@example.jp>... Mailbox Full' (delivery attempts: 0)", FULL),
    ("ironport", "smtp; 5.1.0 - Unknown address error 550-'5.7.1 <x@amazonses.com>... Access denied' (delivery attempts: 0)", POLICY),
    ("ironport", "550 #5.1.0 Address rejected.", DEAD),
    ("domino", "550 neko... User not listed in Domino Directory", DEAD),
    ("gmx", "550-Requested action not taken: mailbox unavailable\n550 For explanation visit https://postmaster.gmx.net/en/error-messages?ip=192.0.2.1", DEAD),
    ("gmx", "554-gmx.net (mxgmx104) Nemesis ESMTP Service not available 554-No SMTP service 554-IP address is block listed.", BLOCKED),
    ("t-online", "554 IP=192.0.2.254 - A problem occurred. (Ask your postmaster for help or to contact neko@example.org to clarify.) (BL)", BLOCKED),
    ("orange", "550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]", DEAD),
    ("laposte", "550 5.5.0 Le compte du destinataire est bloque. The recipient account is blocked. LPN007_426", OFF),
    ("laposte", "220-laposte 421 4.2.0 Service refuse. Service refused, please try later. LPN006_107", "transient policy sender count"),
    ("comcast", "551 not our customer", DEAD),
    ("qq", "550 Ip frequency limited [V2V= Blocked IP 192.0.2.22]. http://service.mail.qq.com/", RATE),
    ("mailru", "550 spam message rejected. Please visit http://help.mail.ru/notspam-support/id", SPAM),
    ("amavis", "554 5.7.0 Reject, id=20025-09 - SPAM", SPAM),
    ("clamav", "550 Virus Detected; Content Rejected", VIRUS),
    ("hostgator", "550 The mail server could not deliver mail to x. The account or domain may not exist, they may be blacklisted, or missing the proper dns entries.", OTHER),
    // What the four providers' own pages and samples show.
    ("jetemail", "550 User unknown", DEAD),
    ("jetemail", "451 4.7.1 Try again later", POLICY_NOW),
    ("jetemail", "550 5.7.1 Message rejected due to policy", POLICY),
    ("jetemail", "550 5.7.1 Sender blocked by policy", POLICY),
    ("jetemail", "Rate limit exceeded", RATE),
    ("jetemail", "Virus detected: Eicar-Test-Signature", "undetermined virus content investigate"),
    ("jasni", "Policy violation: suspected spam content", "undetermined spam_content content investigate"),
    ("jasni", "550 5.1.1 User unknown", DEAD),
    ("getmailer", "550 5.1.1 User not found", DEAD),
    ("getmailer", "Recipient server temporarily unavailable", NET),
    // What the RFCs say of the codes alone.
    ("rfc3463", "550 5.1.1", DEAD),
    ("rfc3463", "550 5.1.2", GONE),
    ("rfc3463", "550 5.1.3", "permanent syntax recipient count"),
    ("rfc3463", "450 4.2.1", "transient mailbox_disabled recipient count"),
    ("rfc3463", "550 5.4.4", NET),
    ("rfc3463", "554 5.6.1", "permanent other content investigate"),
    ("rfc5321", "503 Bad sequence of commands", SYNTAX),
    ("rfc5321", "553 Requested action not taken: mailbox name not allowed", "permanent syntax recipient count"),
    ("rfc5321", "552 Requested mail action aborted: exceeded storage allocation", FULL),
    ("rfc7504", "556", GONE),
    ("rfc7505", "556 5.1.10 Recipient address has null MX", GONE),
    ("rfc7372", "550 5.7.20", AUTH),
];

#[test]
fn replies_of_the_field() {
    let wrong: Vec<String> = REPLIES
        .iter()
        .map(|(source, text, expected)| (source, text, expected, words(&reply(text))))
        .filter(|(_, _, expected, found)| found != *expected)
        .map(|(source, text, expected, found)| {
            format!("{source}: {text}\n  expected {expected}\n  found    {found}\n")
        })
        .collect();
    assert!(REPLIES.len() >= 120, "{}", REPLIES.len());
    assert!(wrong.is_empty(), "{}", wrong.concat());
}

/// Kinds of reply that were misread: the reply, the verdict without the provider's word, the action when it says hard.
#[rustfmt::skip]
const KINDS: &[(&str, &str, &str)] = &[
    // The sender's side, and codes of large providers.
    ("554 5.2.1 (RTR:CH) https://postmaster.aol.example/errors", BLOCKED, "investigate"),
    ("517 Domain does not exist: mailing.example", POLICY, "investigate"),
    ("550 HELO argument does not exist in DNS", POLICY, "investigate"),
    ("421 HL:IFC 163 mx9", RATE, "count"),
    // A temporary reply; codes of the system.
    ("451 4.3.5 Server configuration problem", "transient other infrastructure count", "count"),
    ("554 5.3.0 Mailer died with signal 9", "permanent other infrastructure investigate", "investigate"),
    ("554 5.4.0 Whatever", NET, "count"),
    ("554 5.4.6 Routing loop detected", LOOP, "investigate"),
    // The lines of a relay.
    ("192.0.2.9 does not like recipient.\nRemote host said: 550 no such user\nGiving up on 192.0.2.9.", DEAD, "suppress"),
    ("<<< 550 unknown local-part \"ada\" in domain \"example.org\"\n554 5.0.0 Service unavailable", DEAD, "suppress"),
    // X.7.1 beside a plain "no such user".
    ("550 5.7.1 Recipient address rejected: no such user", "permanent user_unknown recipient count", "suppress"),
    ("550 5.7.1 No such user; your IP is listed by dnsbl.example", BLOCKED, "investigate"),
    // Names inside a phrase, machine words, other languages.
    ("550 User ada.lovelace not found", DEAD, "suppress"),
    ("550 Account ada@example.org has been blocked for inactivity", OFF, "suppress"),
    ("552 ada.lovelace@example.org would exceed the mailbox quota", FULL, "count"),
    ("550 MailboxFull", FULL, "count"),
    ("550 mailbox_full", FULL, "count"),
    ("552 quota-issues", FULL, "count"),
    ("550 Пользователь не существует", DEAD, "suppress"),
    ("550 Benutzer unbekannt", DEAD, "suppress"),
    ("550 5.1.1 Postfach existiert nicht", DEAD, "suppress"),
    ("552 Das Postfach des Empfängers ist voll", FULL, "count"),
    ("550 Utilisateur inconnu", DEAD, "suppress"),
    ("550 utente sconosciuto", DEAD, "suppress"),
    ("552 Buzón inactivo", OFF, "suppress"),
    ("550 usuário desconhecido", DEAD, "suppress"),
    ("550 gebruiker onbekend", DEAD, "suppress"),
    ("550 Nieaktywna skrzynka odbiorcy", OFF, "suppress"),
    ("552 Ящик переполнен", FULL, "count"),
    ("550 Böyle bir kullanıcı yok", DEAD, "suppress"),
    ("550 ユーザーが存在しません", DEAD, "suppress"),
    ("550 收件人不存在", DEAD, "suppress"),
    ("552 사용자 할당량 초과", FULL, "count"),
    ("550 No user found", DEAD, "suppress"),
    ("550 EHLO name invalid", POLICY, "investigate"),
    ("550 违反了政策", POLICY, "investigate"),
    // Letters with accents that are characters of their own.
    ("550 usua\u{301}rio desconhecido", DEAD, "suppress"),
    // No space behind the code or the full stop; `cannot` at the start.
    ("550User unknown", DEAD, "suppress"),
    ("550 User unknown.Please check the address", DEAD, "suppress"),
    ("450 Cannot find your hostname, [203.0.113.7]", AUTH_NOW, "investigate"),
    // Words in URLs and host names are none; an automatic reply says nothing against the address.
    ("550 5.1.1 User unknown, see http://spam.example/quota-exceeded", DEAD, "suppress"),
    ("I am out of the office until Monday", "transient other unknown count", "count"),
];

#[test]
fn kinds_that_were_misread() {
    for (text, expected, when_hard) in KINDS {
        assert_eq!(words(&reply(text)), *expected, "{text}");
        assert!(
            worded(Hard, text).ends_with(when_hard),
            "{text}: {}",
            worded(Hard, text)
        );
    }
}

#[test]
fn the_providers_word_is_read_in_any_usual_spelling() {
    for word in [
        "hard",
        " Hard ",
        "Permanent",
        "hard_bounce",
        "HardBounce",
        "hard-bounce",
    ] {
        assert_eq!(Severity::of_word(word), Some(Hard), "{word}");
    }
    for word in [
        "soft",
        "Transient",
        "soft-bounce",
        "SOFT_BOUNCE",
        "temporary",
    ] {
        assert_eq!(Severity::of_word(word), Some(Soft), "{word}");
    }
    for word in ["", "block", "hardly", "unknown"] {
        assert_eq!(Severity::of_word(word), None, "{word}");
    }
}

#[test]
fn every_reason_is_reachable() {
    for reason in BounceReason::ALL {
        let found = REPLIES
            .iter()
            .any(|(_, text, _)| reply(text).reason == *reason);
        assert!(found, "{reason}");
    }
}

#[test]
fn a_code_is_enough() {
    let cases = [
        ("500", SYNTAX),
        ("503", SYNTAX),
        ("555", SYNTAX),
        ("530", POLICY),
        ("534", AUTH),
        ("535", AUTH),
        ("538", AUTH),
        ("556", GONE),
        ("5.1.10", GONE),
        ("5.2.1", OFF),
        ("5.2.2", FULL),
        ("5.2.3", LARGE),
        ("5.2.121", RATE),
        ("5.2.122", RATE),
        ("4.3.2", NET),
        ("5.3.4", LARGE),
        ("5.4.6", LOOP),
        ("5.4.14", LOOP),
        ("5.5.1", SYNTAX),
        ("5.5.3", RATE),
        ("5.6.7", SYNTAX),
        ("5.6.10", SYNTAX),
        ("5.7.16", LARGE),
        ("5.7.26", AUTH),
        ("5.7.28", RATE),
        ("5.7.511", BLOCKED),
        ("5.7.606", BLOCKED),
        ("5.7.649", BLOCKED),
        ("5.7.708", BLOCKED),
        ("4.0.0", "transient unknown unknown count"),
        ("5.0.0", UNKNOWN),
    ];
    for (text, expected) in cases {
        assert_eq!(words(&reply(text)), expected, "{text}");
    }
}

#[test]
fn the_text_is_named_where_it_says_what_the_code_says() {
    let cases = [
        (
            "501 5.1.3 Bad recipient address syntax",
            "bad recipient address syntax",
        ),
        ("550 5.2.1 User unknown", "user … unknown"),
        ("550 5.1.1 This account has been disabled", "5.1.1"),
        ("503 Whatever", "503"),
    ];
    for (text, expected) in cases {
        let decider = reply(text).decided_by.unwrap().to_string();
        assert_eq!(decider, expected, "{text}");
    }
}

#[test]
fn codes_and_texts_veto_each_other() {
    let cases = [
        ("550 5.1.1 Message blocked for spam", BLOCKED),
        (
            "550 5.7.1 <neko@example.org>: Recipient address rejected: User unknown",
            "permanent user_unknown recipient count",
        ),
        (
            "450 4.7.1 User unknown",
            "transient user_unknown recipient count",
        ),
        ("550 5.1.1 Mailbox full", FULL),
        ("550 5.7.1 Mailbox full", FULL),
        (
            "550 5.1.1 User unknown, try again later",
            "transient user_unknown recipient count",
        ),
        ("451 User unknown", "transient user_unknown recipient count"),
        (
            "450 5.1.1 User unknown",
            "transient user_unknown recipient count",
        ),
        ("550 5.1.1 Greylisted", GREY),
        ("550 5.7.1 blocked using zen.spamhaus.org", BLOCKED),
        ("550 5.2.1 Account disabled: DMARC check failed", AUTH),
        ("550 5.1.1 connection timed out", NET),
        ("550 5.5.0 User unknown", DEAD),
        ("550 5.0.0 User unknown", DEAD),
        ("550 5.1.7 No such domain", POLICY),
        // Of two codes the heavier one, whichever comes first.
        ("550 5.7.26 550 5.1.1", AUTH),
        ("550 5.1.1 550 5.7.26", AUTH),
        // Of two hints the first one.
        ("503 5.7.1", POLICY),
        // 4.2.1 is only a hint, 4.4.1 is not.
        (
            "450 4.2.1 Peak SMTP relay limit exceeded for customer. This is a temporary error.",
            RATE,
        ),
        ("4.4.1 has been in the queue too long", NET),
    ];
    for (text, expected) in cases {
        assert_eq!(words(&reply(text)), expected, "{text}");
    }
}

#[test]
fn the_explanation_is_heard_beside_the_reply() {
    let vetoed = judge(&Evidence {
        reply: Some("550 5.1.1"),
        explanation: Some("blocked using zen.spamhaus.org"),
        ..Evidence::default()
    });
    assert_eq!(words(&vetoed), BLOCKED);
    assert_eq!(vetoed.diagnostic.as_deref(), Some("550 5.1.1"));

    let explained = judge(&Evidence {
        reply: Some(" \r\n"),
        explanation: Some("550 5.1.1 User unknown"),
        ..Evidence::default()
    });
    assert_eq!(words(&explained), DEAD);
    assert_eq!(explained.smtp_code, Some(550));
    assert_eq!(explained.enhanced_code.as_deref(), Some("5.1.1"));
    assert_eq!(
        explained.diagnostic.as_deref(),
        Some("550 5.1.1 User unknown")
    );
}

#[test]
fn a_soft_bounce_never_suppresses() {
    for (_, text, _) in REPLIES {
        let verdict = worded(Soft, text);
        assert!(verdict.starts_with("transient"), "{text}: {verdict}");
        assert!(!verdict.ends_with("suppress"), "{text}: {verdict}");
    }
    assert_eq!(
        worded(Soft, "550 5.1.1 User unknown"),
        "transient user_unknown recipient count"
    );
    assert_eq!(worded(Soft, "550 5.7.1 Rejected"), POLICY_NOW);
    assert_eq!(worded(Soft, ""), "transient unknown unknown count");
}

#[test]
fn a_hard_bounce_suppresses_unless_the_sender_can_mend_it_or_it_passes() {
    let cases = [
        ("", "permanent unknown unknown suppress"),
        ("550", "permanent unknown unknown suppress"),
        ("Delivery failed", "permanent unknown unknown suppress"),
        ("The dog ate it", "permanent other unknown suppress"),
        ("User unknown", DEAD),
        ("451 User unknown", "transient user_unknown recipient count"),
        ("550 5.7.1 User unknown", DEAD),
        (
            "550 5.1.3 bad address",
            "permanent syntax recipient suppress",
        ),
        ("550 5.7.1 Rejected", POLICY),
        ("Message blocked as spam", SPAM),
        // A temporary code, whatever other code comes with it.
        ("4.0.0", "transient unknown unknown count"),
        ("400 5.0.0", "transient unknown unknown count"),
        (
            "450 5.1.1 User unknown",
            "transient user_unknown recipient count",
        ),
        // Temporary words: believed unless a text or a code says that the address is dead.
        ("550 Failure sending mail. Try again later", OTHER_NOW),
        (
            "Deferred: No such file or directory",
            "transient other infrastructure count",
        ),
        ("This account has been temporarily suspended", OFF),
        ("552 5.2.2 Mailbox full", FULL),
        ("Rate limit exceeded", RATE),
        ("Greylisted", GREY),
        ("Connection timed out", NET),
        ("Message expired", LATE),
    ];
    for (text, expected) in cases {
        assert_eq!(worded(Hard, text), expected, "{text}");
    }
}

#[test]
fn doubt_is_said_and_never_suppresses() {
    let cases = [
        ("", "undetermined unknown unknown count"),
        ("550", UNKNOWN),
        ("552", UNKNOWN),
        ("450", "transient unknown unknown count"),
        ("550 Rejected", UNKNOWN),
        ("Bounced", "undetermined unknown unknown count"),
        ("This is an autoreply", "transient unknown unknown count"),
        ("The dog ate it", "undetermined other unknown count"),
        ("550 The dog ate it", OTHER),
        ("Temporary failure", "transient unknown unknown count"),
        ("250 2.1.5 OK", "undetermined unknown unknown count"),
        ("550 <neko@example.jp>: Recipient address rejected.", OTHER),
        (
            "Message rejected due to policy",
            "undetermined policy sender investigate",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(words(&reply(text)), expected, "{text}");
    }
}

#[test]
fn what_follows_a_refusal_in_the_same_session_says_nothing_more() {
    for (refusal, verdict) in [
        ("550 5.1.1 <ada@post.example>... User unknown", DEAD),
        (
            "550 5.1.1 Requested action not taken: mailbox unavailable",
            DEAD,
        ),
        ("552 5.2.2 Over quota", FULL),
        (
            "550 5.7.1 Client host [203.0.113.7] blocked using Spamhaus.",
            BLOCKED,
        ),
        ("554 No such domain", GONE),
    ] {
        for following in [
            "503 Bad sequence of commands",
            "503 5.0.0 Need RCPT (recipient)",
            "<<< 503 Need Rcpt command.",
            "503 Error: need RCPT command",
            "503 RCPT first",
            "554 5.5.1 Error: no valid recipients",
            "421 4.7.0 lpn-prd-vrin012 Error: too many errors",
        ] {
            let text = format!("{refusal}\r\n{following}");
            let verdict = match verdict.replace("permanent", "transient") {
                // With a temporary code beside it only the provider's word can tell.
                _ if !following.starts_with("421") => verdict.to_owned(),
                passes => passes.replace("suppress", "count"),
            };
            assert_eq!(words(&reply(&text)), verdict, "{text}");
            let hard = worded(Hard, &text);
            assert_eq!(hard, worded(Hard, refusal), "{text}");
        }
    }
    // By themselves they do.
    for (text, verdict) in [
        ("503 Bad sequence of commands", SYNTAX),
        ("503 5.5.1 Error: need RCPT command", SYNTAX),
        ("421 4.7.0 me.com Error: too many errors", RATE),
    ] {
        assert_eq!(words(&reply(text)), verdict, "{text}");
    }
}

#[test]
fn mailboxes_whose_owner_changed_or_that_are_disabled() {
    for (text, bare, hard) in [
        (
            "550 sorry, no mailbox here by that name. (#5.7.17)",
            DEAD,
            DEAD,
        ),
        ("525 5.7.13 Disabled recipient address", OFF, OFF),
        ("535 5.7.13 Authentication failed", POLICY, POLICY),
    ] {
        assert_eq!(words(&reply(text)), bare, "{text}");
        assert_eq!(worded(Hard, text), hard, "{text}");
    }
}

#[test]
fn phrases_side_by_side_without_spaces_are_all_heard() {
    for (text, verdict) in [
        ("550 屏蔽了您的邮件请稍后重试", BLOCKED_NOW),
        ("550 用户不存在或邮箱已满", FULL),
        ("550 メールボックスがいっぱいのため一時的な", FULL),
        ("550 收件人不存在因为发信ip被禁止", BLOCKED),
    ] {
        assert_eq!(words(&reply(text)), verdict, "{text}");
    }
}

#[test]
fn words_in_the_opposite_sense_are_not_taken() {
    let cases = [
        // Names of hosts and addresses are not what the server says.
        (
            "host greylist.example.org[192.0.2.1] said: 550 5.1.1 User unknown",
            DEAD,
        ),
        (
            "host mx1.spamexperts.com [192.0.2.1]: 550 5.1.1 User unknown",
            DEAD,
        ),
        (
            "550 5.1.1 <spam@quota-exceeded.example>: User unknown",
            DEAD,
        ),
        ("550 5.1.1 User unknown (antivirus.example.org)", DEAD),
        (
            "550 5.1.1 User unknown, see www.example.org/spam/quota-exceeded",
            DEAD,
        ),
        (
            "550 5.1.1 User unknown (WWW.EXAMPLE.ORG/spam/quota-exceeded)",
            DEAD,
        ),
        // The sender's account, domain, host.
        (
            "554 Your account has been suspended for sending spam",
            BLOCKED,
        ),
        ("550 Your account is disabled", POLICY),
        ("550 Sender domain does not exist", POLICY),
        ("550 Helo command rejected: Host not found", POLICY),
        ("550 too many unknown users from your host", BLOCKED),
        ("553 5.7.2 permanently deferred", BLOCKED),
        ("550 5.1.1 User unknown. This is not temporary.", DEAD),
    ];
    for (text, expected) in cases {
        assert_eq!(words(&reply(text)), expected, "{text}");
    }
}

#[test]
fn codes_are_found_in_every_place() {
    let cases = [
        ("550", Some(550), None),
        ("smtp; 550 5.1.1 User unknown", Some(550), Some("5.1.1")),
        ("smtp;550-5.1.1 User unknown", Some(550), Some("5.1.1")),
        (
            "550-5.1.1 first\r\n550 5.1.1 last",
            Some(550),
            Some("5.1.1"),
        ),
        ("550-Please turn on SMTP Authentication", Some(550), None),
        (
            "host mx.example.com[192.0.2.4] said: 451 4.7.1 later",
            Some(451),
            Some("4.7.1"),
        ),
        ("[421] busy", Some(421), None),
        ("(550) gone", Some(550), None),
        ("Sorry. (#5.1.1)", None, Some("5.1.1")),
        ("gone (5.1.1)", None, Some("5.1.1")),
        ("gone: 5.1.1.", None, Some("5.1.1")),
        ("Status: 5.7.606, banned", None, Some("5.7.606")),
        ("refused to talk to me: 421 Service", Some(421), None),
        ("SMTP error code 550", Some(550), None),
        ("returned '550 5.4.316 expired'", Some(550), Some("5.4.316")),
        ("minutes.<421 4.4.2 timed out>", Some(421), Some("4.4.2")),
        ("220-mx 421 4.2.0 Service refused", Some(421), Some("4.2.0")),
        ("250 2.0.0 OK", Some(250), Some("2.0.0")),
        ("250 2.1.5 OK\r\n550 5.7.1 no", Some(550), Some("5.7.1")),
        ("220-mx 400 4.2.0 no", Some(400), Some("4.2.0")),
        ("said: 400 later", Some(400), None),
        ("550 5.7.1 : refusée", Some(550), Some("5.7.1")),
        ("\u{200b}550 gone", Some(550), None),
        ("超过550 5.2.2用户配额", Some(550), Some("5.2.2")),
        ("錯誤550 5.1.1：用户", Some(550), Some("5.1.1")),
        ("메일550 5.1.1입니다", Some(550), Some("5.1.1")),
        ("大于500封邮件", None, None),
        ("500封邮件", Some(500), None),
    ];
    for (text, smtp_code, enhanced_code) in cases {
        let verdict = reply(text);
        assert_eq!(verdict.smtp_code, smtp_code, "{text}");
        assert_eq!(verdict.enhanced_code.as_deref(), enhanced_code, "{text}");
    }
}

#[test]
fn other_numbers_are_not_codes() {
    for text in [
        "203.0.113.1 is listed",
        "550.1.2.3 is no address",
        "client [5.1.1.2] refused",
        "see mx5.1.1.example.org",
        "Exim 4.4.2 says no",
        "SpamAssassin/4.0.0",
        "5.10.1 is a version",
        "v5.1.2",
        "see 5.1.1_release",
        "see 5.1.1beta",
        "see mx-5.1.1",
        "connect to mx.example.org port: 587",
        "mx.example.org:587 refused",
        "more than 500 recipients",
        "555-1234 is a telephone",
        "5501 rejected",
        "1550 rejected",
        "650 rejected",
        "550rejected",
        "550% of the quota",
    ] {
        let verdict = reply(text);
        assert_eq!(verdict.smtp_code, None, "{text}");
        assert_eq!(verdict.enhanced_code, None, "{text}");
    }
}

#[test]
fn codes_given_apart_win() {
    let verdict = judge(&Evidence {
        smtp_code: Some(554),
        enhanced_code: Some(" 5.7.1 (delivery not authorized)"),
        reply: Some("550 5.1.1 User unknown"),
        ..Evidence::default()
    });
    assert_eq!(words(&verdict), "permanent user_unknown recipient count");
    assert_eq!(verdict.smtp_code, Some(554));
    assert_eq!(verdict.enhanced_code.as_deref(), Some("5.7.1"));

    let nonsense = judge(&Evidence {
        smtp_code: Some(999),
        enhanced_code: Some("five"),
        reply: Some("550 5.1.1 User unknown"),
        ..Evidence::default()
    });
    assert_eq!(words(&nonsense), DEAD);
    assert_eq!(nonsense.smtp_code, Some(550));
    assert_eq!(nonsense.enhanced_code.as_deref(), Some("5.1.1"));
}

#[test]
fn the_diagnostic_is_the_text_as_given() {
    let text = "  550 5.1.1\tÜser unknown’s \u{0}\r\n".repeat(500);
    assert_eq!(reply(&text).diagnostic.as_deref(), Some(text.as_str()));
    assert_eq!(reply("\n").diagnostic, None);
    assert_eq!(judge(&Evidence::default()).diagnostic, None);
}

#[test]
fn both_ends_of_a_text_are_read() {
    // A veto behind the first 2,048 bytes.
    let late = format!("550 5.1.1 User unknown{} spam detected", " ".repeat(5_000));
    assert_eq!(words(&reply(&late)), SPAM);
    let late = format!(
        "550 5.1.1 User unknown{} spam detected",
        "x ".repeat(50_000)
    );
    assert_eq!(words(&reply(&late)), SPAM);
    let middle = format!("550 5.1.1{0} spam detected {0}", " ".repeat(20_000));
    assert_eq!(words(&reply(&middle)), DEAD);
    // All of a text of twice 8,192 bytes, also in its middle.
    let whole = format!("{:<8186}user unknown{}", "550", " ".repeat(8_186));
    assert_eq!(whole.len(), 16_384);
    assert_eq!(words(&reply(&whole)), DEAD);
    // Cut inside a character of three bytes.
    for shift in 0..4 {
        let text = format!(
            "550 User unknown {0}{1}{0}",
            "x".repeat(shift),
            "€".repeat(9_000)
        );
        assert_eq!(words(&reply(&text)), DEAD);
    }
}

#[test]
fn a_reply_is_read_as_plain_words() {
    let cases = [
        (
            "Příliš žluťoučký kůň úpěl ďábelské ódy",
            "prilis zlutoucky kun upel dabelske ody",
        ),
        ("SEÑOR, Ţară Straße Ýmir", "senor tara strase ymir"),
        (
            "E-Mail eMail e-mails e mais tarde",
            "email email emails e mais tarde",
        ),
        ("iCloud MailboxFull", "icloud mailbox full"),
    ];
    for (text, expected) in cases {
        assert_eq!(words::words(text).text, expected, "{text}");
    }
}

/// What the scanners look at.
const PIECES: [&str; 19] = [
    "5",
    "55",
    "550",
    ".",
    "-",
    "5.1.1",
    "@",
    "<",
    ">",
    " ",
    "\r\n",
    "€",
    "’",
    "host ",
    "user unknown",
    "\u{0}",
    "#",
    ":",
    "99999999999",
];

#[test]
fn arbitrary_texts_do_not_panic() {
    // A generator of numbers from one seed (Knuth, The Art of Computer Programming, volume 2, 3.3.4).
    let mut state: u64 = 42;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    for _ in 0..3_000 {
        let text: String = (0..next() % 40)
            .filter_map(|_| {
                PIECES
                    .get(usize::try_from(next()).unwrap() % PIECES.len())
                    .copied()
            })
            .collect();
        let bytes: Vec<u8> = (0..next() % 200)
            .map(|_| u8::try_from(next() % 256).unwrap())
            .collect();
        let lossy = String::from_utf8_lossy(&bytes);
        let verdict = judge(&Evidence {
            severity: None,
            smtp_code: u16::try_from(next() % 1_000).ok(),
            enhanced_code: Some(&text),
            reply: Some(&text),
            explanation: Some(&lossy),
        });
        assert!(
            verdict
                .smtp_code
                .is_none_or(|code| (200..=599).contains(&code))
        );
    }
}

#[test]
fn very_long_texts_are_kept_and_not_read_to_the_end() {
    for piece in PIECES {
        let text = piece.repeat(1_000_000 / piece.len());
        assert_eq!(reply(&text).diagnostic.as_deref().unwrap_or(&text), text);
    }
}
