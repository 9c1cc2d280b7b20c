"""The counted webhooks, as the events that a function receives. Each is another event for each number."""
import base64
import hashlib
import hmac
import json
import random
import time

from measure import SECRET
from world import gateway_event


def bounce_body(number, kind):
    return json.dumps({
        "id": f"evt_01HZX4V8Q2M{number:06}", "type": kind, "created_at": "2026-03-01T12:00:00Z",
        "data": {"uid": f"msg_01HZX4V8Q2ABC{number:06}", "from": "news@shop.example.com", "to": "ada.lovelace@example.org",
                 "subject": "Your order 4711 has been shipped and arrives today", "bounce_type": "hard",
                 "response": "550 5.1.1 <ada.lovelace@example.org>: Recipient address rejected: User unknown in virtual mailbox table",
                 "mx": "mx1.example.org", "ip": "192.0.2.17", "tags": ["order", "shipping"], "attempt": 1}}, separators=(",", ":")).encode()


def signed(body):
    return {"x-webhook-signature": "sha256=" + digest(body)}


def digest(body):
    return hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


def bounce(number):
    body = bounce_body(number, "outbound.bounced")
    return gateway_event("jetemail", body, signed(body))


def delivery(number):
    body = bounce_body(number, "outbound.delivered")
    return gateway_event("jetemail", body, signed(body))


def forged(number):
    return gateway_event("jetemail", bounce_body(number, "outbound.bounced"), signed(b"another"))


def array(number):
    events = [{"event_id": f"evt_{number:04}{one:04}", "type": "email.bounced", "created_at": 1772366400,
               "data": {"object": {"id": f"em_{number:04}{one:04}", "from": "news@shop.example.com", "to": f"person{one}@example.org",
                                   "subject": "Your order has been shipped", "smtp_response": "550 5.1.1 User unknown"}}} for one in range(100)]
    body = json.dumps(events, separators=(",", ":")).encode()
    now = str(int(time.time()))
    return gateway_event("emailit", body, {"x-emailit-timestamp": now, "x-emailit-signature": digest(f"{now}.".encode() + body)})


def mail(number, size):
    return mail_of(number, text(number, size))


def text(number, size):
    line = f"Line {number} of a mail that says much the same as all the others. "
    return (line * (size // len(line) + 1))[:size]


def mail_of(number, content):
    body = json.dumps({"id": f"evt_{number}", "event": "email.received", "timestamp": "2026-03-01T12:00:00Z",
                       "data": {"emailId": f"in_{number}", "from": "a@example.com", "to": "b@example.org", "subject": "Mail", "text": content}}).encode()
    return gateway_event("getmailer", body, {"x-getmailer-signature": "sha256=" + digest(body)})


def large_mail(number):
    return mail(number, 4_000_000)


def large_attachment(number):
    return mail_of(number, attachment(number))


def attachment(number):
    return base64.b64encode(random.Random(number).randbytes(3_000_000)).decode()


def large_mail_event(number):
    return event_of(number, text(number, 4_000_000))


def large_attachment_event(number):
    return event_of(number, attachment(number))


def event_of(number, content):
    """A mail in the format of JetEmail."""
    event = json.loads(bounce_body(number, "inbound.received"))
    event["data"]["text"] = content
    body = json.dumps(event).encode()
    return gateway_event("jetemail", body, signed(body))
