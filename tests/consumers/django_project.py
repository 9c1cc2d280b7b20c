"""A Django project with the webhooks of django-anymail and django-ses, and what they conclude from an envelope."""

import base64
import json
import logging
import warnings

import django
from django.conf import settings

SECRET = "name:password"

settings.configure(
    ALLOWED_HOSTS=["*"],
    ANYMAIL={"WEBHOOK_SECRET": SECRET},
    AWS_SES_ADD_BOUNCE_TO_BLACKLIST=True,
    AWS_SES_ADD_COMPLAINT_TO_BLACKLIST=True,
    AWS_SES_USE_BLACKLIST=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["anymail", "django_ses"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="for a test",
)
django.setup()
# What the packages log is not judged, and warnings are about the age of a view.
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")

import anymail.signals  # noqa: E402
import django_ses.signals  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import include, path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from django_ses import utils  # noqa: E402
from django_ses.models import BlacklistedEmail  # noqa: E402
from django_ses.views import SESEventWebhookView, handle_bounce  # noqa: E402

urlpatterns = [
    path("anymail/", include("anymail.urls")),
    path("django-ses/", SESEventWebhookView.as_view()),
    path("django-ses/bounces/", csrf_exempt(handle_bounce)),
]

call_command("migrate", verbosity=0)
client = Client(raise_request_exception=False)
received = []


def note_event(sender, event, esp_name, **more):
    received.append(event)


anymail.signals.tracking.connect(note_event)


def noter(name):
    def note(sender, mail_obj, raw_message, **more):
        received.append((name, mail_obj, more[f"{name}_obj"]))

    return note


DJANGO_SES_SIGNALS = {
    name: noter(name) for name in ["bounce", "complaint", "delivery", "send", "open", "click"]
}
for name, receiver in DJANGO_SES_SIGNALS.items():
    getattr(django_ses.signals, f"{name}_received").connect(receiver)


def post(url: str, envelope: dict, body: str | None = None, **headers) -> tuple[int, list]:
    """Posts an envelope, or with its headers another body, as SNS does; returns the status, and what the signals told."""
    received.clear()
    response = client.post(
        url,
        body or json.dumps(envelope),
        content_type="text/plain; charset=UTF-8",
        headers={
            "x-amz-sns-message-type": envelope["Type"],
            "x-amz-sns-message-id": envelope["MessageId"],
            "x-amz-sns-topic-arn": envelope["TopicArn"],
        }
        | headers,
    )
    return response.status_code, list(received)


def post_to_anymail(envelope: dict, body: str | None = None, secret: str = SECRET) -> tuple[int, list]:
    authorization = "Basic " + base64.b64encode(secret.encode()).decode()
    return post("/anymail/amazon_ses/tracking/", envelope, body, authorization=authorization)


def blacklisted(recipient: str) -> bool:
    """Whether django-ses would no longer send to the recipient. Forgets it."""
    is_blacklisted = utils.filter_blacklisted_recipients([recipient]) == []
    if is_blacklisted:
        BlacklistedEmail.objects.all().delete()
    return is_blacklisted
