#!/usr/bin/env python3
"""Serve the files of one folder over loopback HTTP, as fast as the kernel copies them.

Prints the port it listens on.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Files(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        self.answer(body=True)

    def answer(self, body):
        path = root / Path(self.path).name
        if not path.is_file():
            self.send_error(404)
            return
        size = path.stat().st_size
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(size))
        self.end_headers()
        if body:
            self.wfile.flush()
            with path.open("rb") as file:
                sent = 0
                while sent < size:
                    sent += os.sendfile(self.connection.fileno(), file.fileno(), sent, size - sent)

    def log_message(self, *_):
        pass


root = Path(sys.argv[1])
listener = ThreadingHTTPServer(("127.0.0.1", 0), Files)
print(listener.server_address[1], flush=True)
listener.serve_forever()
