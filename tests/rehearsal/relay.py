"""An HTTP relay that forwards requests with another Host header, as if they came over TLS, and records them."""
import http.client
import http.server
import sys
import threading

# Headers of a single connection, and headers that the libraries add themselves.
OWN = {"connection", "transfer-encoding", "keep-alive", "content-length", "host", "date", "server"}


class Relay:
    """Listens on a port of 127.0.0.1 and forwards each request to the port `upstream` with `host`, by default its own, as its Host
    header."""

    def __init__(self, upstream, host=None):
        self.upstream = upstream
        self.requests = []
        relay = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                relay.requests.append((headers, body))
                status, headers, content = relay.ask(self.command, self.path, headers, body)
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = do_POST

            def log_message(self, *_):
                pass

        self.port = serve(Handler)
        self.host = host or f"127.0.0.1:{self.port}"

    def ask(self, method, path, headers, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=60)
        kept = {name: value for name, value in headers.items() if name not in OWN}
        # As if TLS ended here, because the policies of the queues refuse requests without it.
        connection.request(method, path, body, kept | {"host": self.host, "x-forwarded-proto": "https"})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, [(n, v) for n, v in answer.getheaders() if n.lower() not in OWN], content


def serve(handler):
    """Serves requests on a free port of 127.0.0.1 until the rehearsal ends. Returns the port."""
    server = Server(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        # A function that is killed in the middle of a call leaves its connection.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
