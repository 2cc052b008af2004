# SPDX-License-Identifier: Apache-2.0
"""Those who send: swaks, msmtp, nodemailer, Python's smtplib, and a client that follows a script."""

import json
import smtplib
import socket

import world

MX4, MX6 = world.LAN4 + "25", world.LAN6 + "25"


def swaks(root, source, helo, mail, *options, server=MX4, check=True):
    """swaks hands over the mail's bytes as they are."""
    root.write("/tmp/mail", "")
    (root.path / "tmp/mail").write_bytes(mail.raw.replace(b"\r\n", b"\n"))
    recipients = ",".join(mail.rcpt_to)
    return world.inside("out", "chroot", root.path, "swaks", "--server", server,
                        "--local-interface", source, "--helo", helo, "--from", mail.mail_from,
                        "--to", recipients, "--data", "@/tmp/mail", "--suppress-data", *options,
                        check=check, capture_output=True, text=True)


def msmtp(root, source, helo, mail, *options, server=MX4, port=25, check=True):
    return world.inside("out", "chroot", root.path, "msmtp", f"--host={server}", f"--port={port}",
                        f"--source-ip={source}", f"--domain={helo}", f"--from={mail.mail_from}",
                        "--file=/dev/null", *options, *mail.rcpt_to, check=check,
                        input=mail.raw.replace(b"\r\n", b"\n"), capture_output=True)


def nodemailer(root, source, helo, message, server=MX4, port=25, **transport):
    """nodemailer writes the mail itself, from `message` in its own words."""
    settings = {"host": server, "port": port, "name": helo, "localAddress": source,
                "secure": False, "ignoreTLS": True, **transport}
    script = ("const m = require('nodemailer');"
              f"const t = m.createTransport({json.dumps(settings)});"
              f"t.sendMail({json.dumps(message)}).then(() => t.close(),"
              " e => { console.error(e); process.exit(1); });")
    world.inside("out", "chroot", root.path, "node", "-e", script)


def smtplib_send(source, helo, mails, server=MX4, port=25, ehlo=True):
    """All mails over one connection. Returns {recipient: (code, text)} of the refused, per mail."""
    def talk():
        refused = []
        with smtplib.SMTP(server, port, local_hostname=helo, source_address=(source, 0)) as client:
            client.ehlo() if ehlo else client.helo()
            for mail in mails:
                refused.append(_one(client, mail))
        return refused
    return world.call("out", talk)


def _one(client, mail):
    options = [] if mail.raw.isascii() or not client.has_extn("8bitmime") else ["BODY=8BITMIME"]
    try:
        return client.sendmail(mail.mail_from, mail.rcpt_to, mail.raw, mail_options=options)
    except smtplib.SMTPRecipientsRefused as error:
        return error.recipients
    except smtplib.SMTPResponseException as error:
        return {"": (error.smtp_code, error.smtp_error)}


class Wire:
    """A client that says exactly what it is told, in the packets it is told."""

    def __init__(self, source, server=MX4, port=25, timeout=20):
        self.socket = socket.create_connection((server, port), timeout, (source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.replies = self.socket.makefile("rb")

    def reply(self, expected=None):
        """Reads one reply, with all its lines; its code must be `expected`."""
        while True:
            line = self.replies.readline()
            if line[3:4] != b"-":
                break
        code = int(line[:3]) if line else 0
        if expected is not None and code != expected:
            raise RuntimeError(f"wanted {expected}, got {line!r}")
        return code

    def send(self, *lines):
        """All lines in one write: one segment where they fit."""
        self.socket.sendall(b"".join(line if isinstance(line, bytes) else line.encode() + b"\r\n"
                                     for line in lines))

    def say(self, line, expected):
        self.send(line)
        return self.reply(expected)

    def close(self):
        self.replies.close()
        self.socket.close()


def dot_stuffed(raw):
    return raw.replace(b"\r\n.", b"\r\n..") + b".\r\n"
