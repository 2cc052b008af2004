# SPDX-License-Identifier: Apache-2.0
"""Those who send: swaks, msmtp, nodemailer, smtplib, and a client that follows a script."""

import json
import smtplib
import socket
import ssl
import struct

import world

MX4, MX6 = world.LAN4 + "25", world.LAN6 + "25"


def swaks(root, source, helo, mail, *options, server=MX4, check=True, host="out"):
    """swaks hands over the mail's bytes as they are."""
    root.write("/tmp/mail", "")
    (root.path / "tmp/mail").write_bytes(mail.raw.replace(b"\r\n", b"\n"))
    recipients = ",".join(mail.rcpt_to)
    return world.inside(host, "chroot", root.path, "swaks", "--server", server,
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
    world.inside("out", "chroot", root.path, "env",
                 "NODE_PATH=/usr/share/nodejs", "node", "-e", script)


def smtplib_send(source, helo, mails, server=MX4, port=25, ehlo=True, login=None, expect=None):
    """All mails over one connection; `expect`: what refused each mail, None where nothing did."""
    def talk():
        codes = []
        with smtplib.SMTP(server, port, local_hostname=helo, source_address=(source, 0)) as client:
            client.ehlo() if ehlo else client.helo()
            if login:
                client.login(*login)
            for mail in mails:
                codes.append(_one(client, mail))
        return codes
    codes = world.call("out", talk)
    if codes != (expect or [None] * len(mails)):
        raise RuntimeError(f"smtplib was answered {codes}")


def _one(client, mail):
    options = [] if mail.raw.isascii() or not client.has_extn("8bitmime") else ["BODY=8BITMIME"]
    try:
        client.sendmail(mail.mail_from, mail.rcpt_to, mail.raw, mail_options=options)
        return None
    except smtplib.SMTPRecipientsRefused as error:
        return max(code for code, _ in error.recipients.values())
    except smtplib.SMTPResponseException as error:
        return error.smtp_code


def s_client(root, source, helo, *options, server=MX4, port=25):
    """OpenSSL's own client: STARTTLS, QUIT."""
    world.inside("out", "chroot", root.path, "openssl", "s_client", "-quiet", "-crlf", "-starttls", "smtp",
                 "-name", helo, "-connect", f"{server}:{port}", "-bind", f"{source}:0", *options,
                 input=b"QUIT\n", capture_output=True)


def smtplib_tls(source, helo, mail, server=MX4, port=25):
    def talk():
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with smtplib.SMTP(server, port, local_hostname=helo, source_address=(source, 0)) as client:
            client.starttls(context=context)
            client.sendmail(mail.mail_from, mail.rcpt_to, mail.raw)
    world.call("out", talk)


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
        self.socket.sendall(b"".join(line if isinstance(line, bytes) else
                                     line.encode("utf-8") + b"\r\n" for line in lines))

    def say(self, line, expected):
        self.send(line)
        return self.reply(expected)

    def reset_on_close(self):
        """close() will send RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def close(self):
        self.replies.close()
        self.socket.close()


def dot_stuffed(raw):
    return raw.replace(b"\r\n.", b"\r\n..") + b".\r\n"
