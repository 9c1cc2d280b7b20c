"""Stand-ins for a function's surroundings: Lambda's Runtime API, and AWS with TLS. Both on 127.0.0.1."""
import http.server
import json
import queue
import re
import ssl
import subprocess
import threading
import time
import urllib.parse
import zlib


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, handler, **names):
        super().__init__(("127.0.0.1", 0), type("Handler", (handler,), names))
        # The number of closed connections.
        self.closed = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def shutdown_request(self, request):
        self.closed += 1
        super().shutdown_request(request)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Buffered, to send head and body of an answer in one segment; otherwise the client waits for the second. Nor does an answer wait
    # until the client confirms what TLS sent before it.
    wbufsize = -1
    disable_nagle_algorithm = True

    def parse_request(self):
        self.began = time.monotonic()
        return super().parse_request()

    def body(self):
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def answer(self, content, status=200, **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **{n.replace("_", "-"): v for n, v in headers.items()}}.items():
            self.send_header(name, value)
        self.end_headers()
        self.answered = time.monotonic()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, *_):
        pass


class RuntimeApi:
    """Hands out the queued events one by one, and notes in `asked` each time the function asks for an event, and in `spans` when
    it was given each and when it answered."""

    def __init__(self):
        self.events, self.asked, self.answers, self.spans = queue.Queue(), queue.Queue(), [], []
        api = self

        class Invocations(Handler):
            def do_GET(self):
                api.asked.put(None)
                event = api.events.get()
                if event is not None:
                    self.answer(event, Lambda_Runtime_Aws_Request_Id="00000000-0000-4000-8000-000000000000",
                                Lambda_Runtime_Deadline_Ms="4102444800000", Content_Type="application/json",
                                Lambda_Runtime_Invoked_Function_Arn="arn:aws:lambda:us-east-1:123456789012:function:bench")
                    api.given = self.answered

            def do_POST(self):
                api.spans.append((api.given, self.began))
                api.answers.append((self.path.rsplit("/", 1)[1], self.body()))
                self.answer(b"{}", 202)

        self.server = Server(Invocations)
        self.address = f"127.0.0.1:{self.server.server_port}"


class Aws:
    """Answers the functions' calls to DynamoDB, SNS and Secrets Manager, each after `seconds`, and notes when in `spans`. `known(n)`
    is whether the item of put n already exists."""

    def __init__(self, folder, secret, known, seconds=0):
        self.calls, self.spans = [], []
        certificate, key = folder / "aws.pem", folder / "aws.key"
        if not certificate.exists():
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                            "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", key, "-out", certificate],
                           check=True, capture_output=True)
        self.certificate = certificate
        aws = self

        class Services(Handler):
            def do_POST(self):
                body = self.body()
                time.sleep(max(0, self.began + seconds - time.monotonic()))
                self.serve(body)
                aws.spans.append((self.began, self.answered))

            def serve(self, body):
                target = self.headers.get("x-amz-target", "")
                if target:
                    name = target.partition(".")[2]
                    aws.calls.append(name)
                    self.json(name, json.loads(body))
                else:
                    form = dict(urllib.parse.parse_qsl(body.decode()))
                    aws.calls.append(form["Action"])
                    self.publish(form)

            def json(self, name, asked):
                def reply(said, status=200):
                    # The clients of some languages check this, and warn without it.
                    content = json.dumps(said).encode()
                    self.answer(content, status, Content_Type="application/x-amz-json-1.0", X_Amz_Crc32=str(zlib.crc32(content)))

                if name == "GetSecretValue":
                    reply({"ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:bench-AbCdEf", "Name": "bench",
                           "SecretString": secret, "VersionId": "1"})
                elif name == "PutItem" and known(len([call for call in aws.calls if call == "PutItem"])):
                    asked["Item"].pop("outbox", None)
                    error = {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}
                    if asked.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD":
                        error["Item"] = asked["Item"]
                    reply(error, 400)
                else:
                    reply({})

            def publish(self, form):
                action = form["Action"]
                ids = [value for name, value in form.items() if re.fullmatch(r"PublishBatchRequestEntries\.member\.\d+\.Id", name)]
                done = "".join(f"<member><Id>{id}</Id><MessageId>m-{id}</MessageId></member>" for id in ids)
                inside = f"<Successful>{done}</Successful><Failed/>" if action == "PublishBatch" else "<MessageId>m</MessageId>"
                text = (f'<{action}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><{action}Result>{inside}</{action}Result>'
                        f"<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>")
                self.answer(text.encode(), Content_Type="text/xml")

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        # One server per service, because each AWS service has its own address and therefore its own connection.
        self.servers, self.endpoints = [], {}
        for service in ["DYNAMODB", "SNS", "SECRETS_MANAGER"]:
            server = Server(Services)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
            self.servers.append(server)
            self.endpoints[service] = f"https://localhost:{server.server_port}"


def gateway_event(provider, body, headers):
    """An event of an HTTP API in payload format 2.0."""
    path = f"/webhooks/{provider}"
    common = {"content-type": "application/json", "host": "abcdefghij.execute-api.us-east-1.amazonaws.com", "user-agent": "webhooks/1.0",
              "x-amzn-trace-id": "Root=1-00000000-000000000000000000000000", "x-forwarded-for": "192.0.2.1", "x-forwarded-port": "443",
              "x-forwarded-proto": "https", "content-length": str(len(body))}
    return json.dumps({
        "version": "2.0", "routeKey": f"POST {path}", "rawPath": path, "rawQueryString": "", "headers": common | headers,
        "requestContext": {
            "accountId": "123456789012", "apiId": "abcdefghij", "domainName": "abcdefghij.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "abcdefghij", "requestId": "AbCdEfGhIjKlMnO=", "routeKey": f"POST {path}", "stage": "$default",
            "time": "01/Mar/2026:12:00:00 +0000", "timeEpoch": 1772366400000,
            "http": {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "webhooks/1.0"}},
        "body": body.decode(), "isBase64Encoded": False}).encode()
