//! Real replies, and kinds of replies that were misread before.

use super::*;

/// Real replies without a provider's word: the source, the reply, the classification.
#[rustfmt::skip]
pub(super) const REPLIES: &[(&str, &str, &str)] = &[
    // Gmail.
    ("gmail", "550-5.1.1 The email account that you tried to reach does not exist. Please try\r\n550-5.1.1 double-checking the recipient's email address for typos or\r\n550-5.1.1 unnecessary spaces. Learn more at\r\n550 5.1.1  https://support.google.com/mail/?p=NoSuchUser y3si6 - gsmtp", DEAD),
    ("gmail", "550-5.2.1 The email account that you tried to reach is disabled. Learn more at 550 5.2.1 https://support.google.com/mail/?p=DisabledUser 00 - gsmtp", OFF),
    ("gmail", "550-5.2.1 The email account that you tried to reach is inactive. For more", OFF),
    // Words between quotation marks and spaces outside ASCII.
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
    // From the pages and samples of the four providers.
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
    // What the RFCs say about codes alone.
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

/// Kinds of replies that were misread before: the reply, its classification without a provider's word, and the action
/// if the provider says hard.
#[rustfmt::skip]
const KINDS: &[(&str, &str, &str)] = &[
    // About the sender, and codes of large providers.
    ("554 5.2.1 (RTR:CH) https://postmaster.aol.example/errors", BLOCKED, "investigate"),
    ("517 Domain does not exist: mailing.example", POLICY, "investigate"),
    ("550 HELO argument does not exist in DNS", POLICY, "investigate"),
    ("421 HL:IFC 163 mx9", RATE, "count"),
    // A temporary reply, and codes of system errors.
    ("451 4.3.5 Server configuration problem", "transient other infrastructure count", "count"),
    ("554 5.3.0 Mailer died with signal 9", "permanent other infrastructure investigate", "investigate"),
    ("554 5.4.0 Whatever", NET, "count"),
    ("554 5.4.6 Routing loop detected", LOOP, "investigate"),
    // Lines that a relay adds.
    ("192.0.2.9 does not like recipient.\nRemote host said: 550 no such user\nGiving up on 192.0.2.9.", DEAD, "suppress"),
    ("<<< 550 unknown local-part \"ada\" in domain \"example.org\"\n554 5.0.0 Service unavailable", DEAD, "suppress"),
    // X.7.1 with a plain "no such user".
    ("550 5.7.1 Recipient address rejected: no such user", "permanent user_unknown recipient count", "suppress"),
    ("550 5.7.1 No such user; your IP is listed by dnsbl.example", BLOCKED, "investigate"),
    // Names inside a phrase, compounds, other languages.
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
    ("550 Домен отправителя не существует", POLICY, "investigate"),
    // Combining accents.
    ("550 usua\u{301}rio desconhecido", DEAD, "suppress"),
    // No space after the code or the full stop; `cannot` at the start.
    ("550User unknown", DEAD, "suppress"),
    ("550 User unknown.Please check the address", DEAD, "suppress"),
    ("450 Cannot find your hostname, [203.0.113.7]", AUTH_NOW, "investigate"),
    // Words in URLs and host names do not count; an automatic reply says nothing against the address.
    ("550 5.1.1 User unknown, see http://spam.example/quota-exceeded", DEAD, "suppress"),
    ("I am out of the office until Monday", "transient other unknown count", "count"),
];

#[test]
fn kinds_that_were_misread() {
    for (text, expected, when_hard) in KINDS {
        assert_eq!(words(&reply(text)), *expected, "{text}");
        assert!(worded(Hard, text).ends_with(when_hard), "{text}: {}", worded(Hard, text));
    }
}
