# SPDX-License-Identifier: Apache-2.0
"""A policy service for Postfix that asks the resolver what a cautious receiver asks.

On connect the client's reverse name (and where that name points, if told to), before the final
reply the addresses of the mail's links. It decides nothing.
    lookups.py PORT TABLE ROOT    TABLE: {client address: {"connect": [dig arguments], "end": [..]}}
"""

import json
import socketserver
import subprocess
import sys

STATES = {"CONNECT": "connect", "END-OF-MESSAGE": "end"}


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        request = {}
        for line in self.rfile:
            name, separator, value = line.decode("utf-8", "replace").rstrip("\n").partition("=")
            if separator:
                request[name] = value
                continue
            self.look_up(request)
            self.wfile.write(b"action=DUNNO\n\n")
            request = {}

    def look_up(self, request):
        wanted = self.server.table.get(request.get("client_address"), {})
        for question in wanted.get(STATES.get(request.get("protocol_state")), []):
            subprocess.run(["chroot", self.server.root, "dig", "@192.0.2.53", "+tries=1",
                            "+nocookie", *question],
                           stdout=subprocess.DEVNULL, check=False)


def main(port, table, root):
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", int(port)), Handler) as server:
        server.table, server.root = json.load(open(table)), root
        server.serve_forever()


main(*sys.argv[1:])
