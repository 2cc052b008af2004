# SPDX-License-Identifier: Apache-2.0
"""What a capture must show, written from what clients were told to send and servers to answer."""

import json


class Session:
    """One TCP connection: its facts, and the mail transactions in it."""

    def __init__(self, truth, facts):
        self.truth, self.facts = truth, {**facts, "mails": 0, "accepted": 0}

    def mail(self, mail, outcome="accepted", **more):
        """`more` overrides or adds facts; one set to None is left out (nobody can see it)."""
        self.facts["mails"] += 1
        if outcome in ("accepted", "partial") and mail.raw:
            self.truth.sent.append(mail.raw)
        self.facts["accepted"] += outcome in ("accepted", "partial")
        facts = {"helo": self.facts.get("helo"), "mail_from": f"<{mail.mail_from}>",
                 "rcpt_to": [f"<{address}>" for address in mail.rcpt_to],
                 "outcome": outcome, "client_ip": self.facts["client_ip"],
                 "server_ip": self.facts["server_ip"], "server_port": self.facts["server_port"],
                 **mail.facts, **more}
        self.truth.mails.append({key: value for key, value in facts.items() if value is not None})
        return self


class Truth:
    def __init__(self, name):
        self.name, self.sessions, self.mails, self.notes = name, [], [], {}
        self.sent = []      # bytes that a whole capture must contain

    def session(self, client_ip, server_ip="192.0.2.25", port=25, helo=None, outcome="mail",
                **more):
        facts = {"client_ip": client_ip, "server_ip": server_ip, "server_port": port, "helo": helo,
                 "outcome": outcome, **more}
        session = Session(self, {key: value for key, value in facts.items() if value is not None})
        self.sessions.append(session)
        return session

    def ends_last(self, session):
        """Sessions are listed as they end."""
        self.sessions.remove(session)
        self.sessions.append(session)

    def note(self, **facts):
        self.notes.update(facts)

    def write(self, path):
        value = {"capture": self.name + ".pcap", **self.notes, "sessions": len(self.sessions),
                 "session_list": [session.facts for session in self.sessions],
                 "mails": self.mails}
        path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")
