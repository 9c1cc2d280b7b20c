"""django-anymail's view of Resend's webhooks, many times: `anymail_view.py BODY TIMES`. Without what Django takes to make the request."""
import sys
from datetime import UTC, datetime

import django
from django.conf import settings
from svix.webhooks import Webhook

settings.configure(ALLOWED_HOSTS=["*"], ANYMAIL={"RESEND_SIGNING_SECRET": "whsec_YmVuY2htYXJrYmVuY2htYXJrYmVuY2htYXJr"}, INSTALLED_APPS=["anymail"],
                   SECRET_KEY="benchmark", USE_TZ=True)
django.setup()

from anymail.signals import tracking
from anymail.webhooks.resend import ResendTrackingWebhookView
from django.test import RequestFactory

body, times = open(sys.argv[1]).read(), int(sys.argv[2])
view, told = ResendTrackingWebhookView.as_view(), []
tracking.connect(lambda sender, event, **_: told.append(event.event_type), weak=False)
now = datetime.now(UTC)
headers = {"svix-id": "msg_1", "svix-timestamp": str(int(now.timestamp())),
           "svix-signature": Webhook(settings.ANYMAIL["RESEND_SIGNING_SECRET"]).sign("msg_1", now, body)}
request = RequestFactory().post("/anymail/resend/tracking/", body, content_type="application/json", headers=headers)
for _ in range(times):
    assert view(request).status_code == 200
assert len(told) == times and {*told} < {"bounced", "delivered"}
