"""Receives webhooks as their own projects' libraries read them, and writes what it read as lines."""

import http.server
import json
import sys

from cloudevents.v1.http import from_http
from standardwebhooks.webhooks import Webhook

KEY = open(sys.argv[2]).read().strip()
BUSY = {"tries": 0}


def read(path, headers, body):
    """A line about what came, or an error of the library that reads it."""
    if path == "/standard":
        payload = Webhook(KEY).verify(body, headers)
        return [headers["webhook-id"], payload["type"], payload["data"].get("release")]
    if path.startswith("/cloudevents"):
        event = from_http(headers, body)
        data = event.data
        assert event["id"] == data["context"]["id"], "the data has another id"
        assert event["type"] == data["context"]["type"], "the data has another type"
        return [event["id"], event["type"], event["source"]]
    if path == "/chat":
        return [json.loads(body)["text"]]
    return [headers["webhook-id"]]


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status = 204
        if self.path == "/never":
            status = 422
        elif self.path == "/busy":
            BUSY["tries"] += 1
            status = 204 if BUSY["tries"] % 2 == 0 else 503
        if status == 204:
            try:
                line = [self.path] + read(self.path, headers, body)
            except Exception as error:  # Whatever a library finds wrong is to be told.
                line, status = [self.path, "error", repr(error)], 400
            print(json.dumps(line), flush=True)
        self.send_response(status)
        if status == 503:
            self.send_header("retry-after", "1")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
print(json.dumps(["ready"]), flush=True)
server.serve_forever()
