"""Signs envelopes as SNS does, with a certificate made for the test.

What is signed: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html (read 2026-11-28).
"""

import base64
import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

CERTIFICATE_URL = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"

SIGNED = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
DIGESTS = {"1": hashes.SHA1(), "2": hashes.SHA256()}


class Signer:
    """A key with its self-signed certificate."""

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        now = datetime.datetime.now(datetime.timezone.utc)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now)
            .not_valid_after(now + datetime.timedelta(days=1))
            .sign(self.key, hashes.SHA256())
        )
        self.certificate = certificate.public_bytes(serialization.Encoding.PEM)

    def sign(self, envelope: dict, version: str) -> dict:
        """The envelope with a valid signature of this version."""
        text = "".join(f"{member}\n{envelope[member]}\n" for member in SIGNED if member in envelope)
        signature = self.key.sign(text.encode(), padding.PKCS1v15(), DIGESTS[version])
        signed = {
            "SignatureVersion": version,
            "Signature": base64.b64encode(signature).decode(),
            "SigningCertURL": CERTIFICATE_URL,
        }
        return envelope | signed


def forgeries(signer: Signer, envelope: dict) -> dict[str, dict]:
    """Envelopes that no consumer may accept, made from an unsigned one."""
    genuine = signer.sign(envelope, "1")
    other = Signer()
    return {
        "another message": genuine | {"Message": genuine["Message"].replace("example", "elsewhere")},
        "another time": genuine | {"Timestamp": "2031-01-01T00:00:00.000Z"},
        "another topic": genuine | {"TopicArn": genuine["TopicArn"] + "-elsewhere"},
        "another key": other.sign(envelope, "1"),
        "a certificate elsewhere": genuine | {"SigningCertURL": "https://sns.example.com/SimpleNotificationService-0.pem"},
        "no signature": envelope,
    }
