"""SNS with signatures, which MiniStack does not make. An instance is subscribed in place of an HTTPS endpoint: it signs what MiniStack
posts to it and passes it on. It is also the proxy through which the endpoint reaches the host of SNS over TLS."""
import base64
import http.server
import json
import ssl
import subprocess
import urllib.error
import urllib.request

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from relay import serve
from servers import FOLDER

UNSIGNED = {"MessageAttributes", "Signature", "SignatureVersion", "SigningCertURL", "UnsubscribeURL"}


class SignedSns:
    def __init__(self, upstream, region, endpoint):
        self.host = f"sns.{region}.amazonaws.com"
        self.endpoint = endpoint
        self.key, self.certificate = key_and_certificate(self.host)
        self.certificate_url = f"https://{self.host}/SimpleNotificationService-rehearsal.pem"
        self.requested, self.notifications, self.answers = [], [], []
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.certificate, self.key)
        sns = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                message = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if message["Type"] == "Notification":
                    sns.notifications.append(message)
                sns.answers.append(sns.post(sns.signed(message)))
                self.answer(b"")

            def do_CONNECT(self):
                assert self.path == f"{sns.host}:443", self.path
                self.answer(b"")
                self.connection = tls.wrap_socket(self.connection, server_side=True)
                self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
                self.handle_one_request()
                self.connection.close()

            def do_GET(self):
                sns.requested.append(self.path)
                if self.path.endswith(".pem"):
                    return self.answer(sns.certificate.read_bytes()) if sns.certificate_url.endswith(self.path) else self.send_error(404)
                with urllib.request.urlopen(f"http://127.0.0.1:{upstream}{self.path}") as confirmed:
                    self.answer(confirmed.read())

            def answer(self, content):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.url = f"http://127.0.0.1:{serve(Handler)}/"

    def signed(self, message, version="2", key=None, **changes):
        """The message as SNS signs it (https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html)."""
        message = message | {"SignatureVersion": version, "SigningCertURL": self.certificate_url}
        if "SubscribeURL" in message:
            message["SubscribeURL"] = f"https://{self.host}/?{message['SubscribeURL'].partition('?')[2]}"
        message |= changes
        text = "".join(f"{name}\n{message[name]}\n" for name in sorted(message.keys() - UNSIGNED))
        algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()
        signature = load_pem_private_key((key or self.key).read_bytes(), None).sign(text.encode(), PKCS1v15(), algorithm)
        return message | {"Signature": base64.b64encode(signature).decode()}

    def post(self, message):
        """Posts a message to the endpoint, and returns the status of the answer."""
        request = urllib.request.Request(self.endpoint, json.dumps(message).encode(), {"content-type": "text/plain; charset=UTF-8"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status
        except urllib.error.HTTPError as refusal:
            return refusal.code


def key_and_certificate(host, name="sns"):
    key, certificate = FOLDER / f"{name}.key", FOLDER / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=rehearsal", "-addext",
                    f"subjectAltName=DNS:{host}", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return key, certificate
