# Reads replies from standard input, a JSON string a line, and prints Sisimai's reason for each, a line a reply.
# Each reply is put into a delivery status notification (RFC 3464), since Sisimai reads mails.
use strict;
use warnings;
use JSON::PP;
use Sisimai::Data;
use Sisimai::Message;

# In a notification without a status Sisimai makes one up; a vague one lets the words decide.
sub status {
    my $reply = shift;
    return $1 if $reply =~ /\b([45]\.\d{1,3}\.\d{1,3})\b/;
    return $1 . '.0.0' if $reply =~ /(?<![\d.])([45])\d\d(?=[ \-#:]|$)/;
    return '5.0.0';
}

sub notification {
    my $reply = shift;
    my $status = status($reply);
    $reply =~ s/\s+/ /g;
    $reply = "smtp; $reply" unless $reply =~ /\A[A-Za-z][A-Za-z-]*\s?;/;
    return <<"MAIL";
From: MAILER-DAEMON\@quay.example
To: bob\@lumen.example
Subject: Undelivered Mail Returned to Sender
Date: Fri, 27 Nov 2026 12:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="boundary"

--boundary
Content-Type: text/plain

This is the mail system at host quay.example.

--boundary
Content-Type: message/delivery-status

Reporting-MTA: dns; quay.example
Arrival-Date: Fri, 27 Nov 2026 12:00:00 +0000

Final-Recipient: rfc822; ada\@post.example
Action: failed
Status: $status
Diagnostic-Code: $reply

--boundary
Content-Type: message/rfc822

From: bob\@lumen.example
To: ada\@post.example
Subject: Hello
Message-Id: <1\@lumen.example>
Date: Fri, 27 Nov 2026 11:59:00 +0000

Hello.
--boundary--
MAIL
}

while (my $line = <STDIN>) {
    my $reply = JSON::PP->new->allow_nonref->utf8->decode($line);
    utf8::encode($reply);
    my $message = Sisimai::Message->new('data' => notification($reply));
    my $bounces = $message ? Sisimai::Data->make('data' => $message, 'delivered' => 1) : undef;
    my $reason = $bounces && @$bounces ? $bounces->[0]->reason : '';
    print(($reason || 'undefined') . "\n");
}
