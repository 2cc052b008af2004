# SPDX-License-Identifier: Apache-2.0
"""Postfix, Exim, OpenSMTPD and dnsmasq, each in its root and in a host of the network.

Every MTA is a context manager: configured on entry, running inside the block.
"""

import socket
import subprocess
import time

import senders
import world
from roots import FAKETIME

DOMAIN = "example.jp"
USERS = ["user", "alice", "bob", "carol"]


def set_clock(root, seconds):
    """Programs of this root see a clock `seconds` off, so that their stamps fit the capture."""
    root.write("/etc/faketimerc", f"{seconds:+d}s\n")
    root.write("/etc/ld.so.preload", FAKETIME + "\n")


def resolver_of(root):
    root.write("/etc/resolv.conf", f"nameserver {world.LAN4}{world.LAN['dns']}\n")


class Server:
    """Common to the MTAs: a root, a host, a port that must answer before the story begins."""

    def __init__(self, root, host="mx", ports=(25,)):
        self.root, self.host, self.ports = root, host, ports
        self.process = None

    def run(self, *command, **options):
        return world.inside(self.host, "chroot", self.root.path, *command, **options)

    def __enter__(self):
        resolver_of(self.root)
        self.configure()
        self.launch()
        for port in self.ports:
            world.call(self.host, _wait_for_port, port)
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.terminate()
            self.process.wait()


def _wait_for_port(port):
    for _ in range(100):
        for family, loopback in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            with socket.socket(family) as probe:
                if probe.connect_ex((loopback, port)) == 0:
                    return
        time.sleep(0.05)
    raise RuntimeError(f"port {port} does not answer")


class Postfix(Server):
    """Receives for example.jp (known users only) and, with a transport, relays."""

    BASE = {
        "compatibility_level": "3.6", "myhostname": "mx.example.jp", "mydestination": "",
        "mynetworks": "127.0.0.0/8", "inet_interfaces": "all", "inet_protocols": "all",
        "virtual_mailbox_domains": DOMAIN, "virtual_transport": "discard",
        "virtual_mailbox_maps": "inline:{" + ", ".join(f"{u}@{DOMAIN}=x" for u in USERS) + "}",
        "smtpd_banner": "$myhostname ESMTP Postfix", "maillog_file": "/var/log/mail.log",
        "smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination",
        "smtp_tls_security_level": "none", "import_environment": "MAIL_CONFIG TZ",
        "smtpd_client_connection_rate_limit": "0", "smtpd_client_message_rate_limit": "0",
    }
    SUBMISSION = "submission inet n - n - - smtpd"

    def __init__(self, root, settings=None, services=(), **where):
        super().__init__(root, **where)
        self.settings, self.services = settings or {}, services

    def configure(self):
        lines = {**self.BASE, **self.settings}
        self.root.write("/etc/postfix/main.cf", "".join(f"{k} = {v}\n" for k, v in lines.items()))
        master = self.root.path / "etc/postfix/master.cf"
        pristine = self.root.path / "etc/postfix/master.cf.pristine"
        if not pristine.exists():
            pristine.write_text(master.read_text())
        self.root.write("/etc/postfix/master.cf", pristine.read_text())
        self.root.run("postconf", "-F", "*/*/chroot=n")
        for service in self.services:
            name, kind = service.split()[:2]
            self.root.run("postconf", "-M", f"{name}/{kind}={service}")
        self.root.run("newaliases", check=False, stderr=subprocess.DEVNULL)

    def launch(self):
        self.run("postfix", "start", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __exit__(self, *_):
        self.run("postfix", "stop", check=False, stderr=subprocess.DEVNULL)
        self.root.run("postsuper", "-d", "ALL", check=False, stderr=subprocess.DEVNULL)


class Exim(Server):
    """Receives for example.jp into a black hole; `main`, `acl_rcpt` and the like are added."""

    BASE = """\
exim_user = Debian-exim
primary_hostname = {name}
domainlist local_domains = example.jp
keep_environment =
never_users =
log_file_path = /var/log/exim4/%slog
spool_directory = /var/spool/exim4
chunking_advertise_hosts = *
pipelining_advertise_hosts = *
daemon_smtp_ports = {ports}
smtp_accept_max_per_connection = 1000
accept_8bitmime = true
rfc1413_query_timeout = 0s
host_lookup = *
{main}
acl_smtp_rcpt = rcpt
acl_smtp_data = {acl_data}
{acl_main}
begin acl
rcpt:
{acl_rcpt}
  accept authenticated = *
  accept domains = +local_domains
         local_parts = {users}
  deny   domains = +local_domains
         message = Unknown user
  deny   message = relay not permitted
{acls}
begin routers
{routers}
blackhole:
  driver = redirect
  domains = +local_domains
  data = :blackhole:
  allow_filter = false
  file_transport = none
begin transports
none:
  driver = appendfile
  file = /dev/null
{transports}
begin retry
* * F,1m,1m
begin authenticators
{authenticators}
"""

    def __init__(self, root, host="mx", ports=(25,), **sections):
        super().__init__(root, host, ports)
        self.sections = sections

    def configure(self):
        names = ("main", "acl_main", "acl_rcpt", "acls", "routers", "transports", "authenticators")
        values = {name: self.sections.get(name, "") for name in names}
        values["name"] = self.sections.get("name", "mx.example.jp")
        values["acl_data"] = self.sections.get("acl_data", "accept")
        text = self.BASE.format(ports=" : ".join(map(str, self.ports)), users=" : ".join(USERS),
                                **values)
        self.root.write("/etc/exim4/exim4.conf", text)
        self.root.run("chown", "root:Debian-exim", "/etc/exim4/exim4.conf")
        self.root.run("usermod", "-aG", "ssl-cert", "Debian-exim")

    def launch(self):
        command = ["chroot", self.root.path, "exim4", "-bdf", "-q1h"]
        self.process = world.start(self.host, *command)

    def deliver(self, mail, check=True):
        """Exim as the client: takes a mail as /usr/sbin/sendmail does and delivers it at once."""
        self.run("exim4", "-odf", "-oi", "-f", mail.mail_from,
                 *mail.rcpt_to, input=mail.raw.replace(b"\r\n", b"\n"), check=check)

    def __exit__(self, *arguments):
        super().__exit__(*arguments)
        self.root.run("sh", "-c", "rm -rf /var/spool/exim4/input/* /var/spool/exim4/db/*")


class OpenSmtpd(Server):
    """Receives for example.jp into a program that reads and forgets; as client, see deliver()."""

    BASE = """\
table users {{ {users} }}
{listen}
action "drop" mda "/bin/cat >/dev/null" virtual <users>
{body}
match from any for domain "example.jp" action "drop"
"""

    def __init__(self, root, listen="", body="", name="mx.example.jp", **where):
        super().__init__(root, **where)
        self.listen, self.body, self.name = listen, body, name

    def configure(self):
        users = ", ".join(f'"{user}@{DOMAIN}" = "nobody"' for user in USERS)
        listen = self.listen or "listen on eth0 port 25 hostname mx.example.jp\n" \
                                "listen on lo port 25 hostname mx.example.jp"
        text = self.BASE.format(users=users, listen=listen, body=self.body)
        self.root.write("/etc/smtpd.conf", text)
        self.root.write("/etc/mailname", self.name + "\n")

    def launch(self):
        self.root.run("sh", "-c", "rm -rf /var/spool/smtpd/queue/*")
        self.process = world.start(self.host, "chroot", self.root.path, "smtpd", "-d",
                                   stderr=open(self.root.path / "var/log/smtpd.log", "w"))

    def deliver(self, mail):
        """As the client: queues a mail as /usr/sbin/sendmail does; delivery follows by itself."""
        self.run("sendmail", "-f", mail.mail_from, *mail.rcpt_to,
                 input=mail.raw.replace(b"\r\n", b"\n"))


class Dovecot(Server):
    """Takes mail by LMTP into mailboxes; those of `full` have no room for even one mail."""

    BASE = """\
protocols = lmtp
log_path = /var/log/dovecot.log
ssl = no
first_valid_uid = 1
hostname = {name}
mail_location = maildir:/tmp/mail/%n
mail_plugins = quota
plugin {{
  quota = count:room
  quota_vsizes = yes
  quota_rule = *:storage=10M
}}
mailbox_list_index = yes
quota_full_tempfail = yes
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = passwd-file
  args = username_format=%n /etc/dovecot/users
}}
service lmtp {{
  inet_listener lmtp {{
    port = {port}
  }}
}}
protocol lmtp {{
  postmaster_address = postmaster@example.jp
}}
"""

    def __init__(self, root, host="relay", port=2525, name="relay.example.jp", full=()):
        super().__init__(root, host, (port,))
        self.name, self.full = name, full

    def configure(self):
        self.root.write("/etc/dovecot/dovecot.conf",
                        self.BASE.format(port=self.ports[0], name=self.name))
        rows = (f"{user}::8:8::/tmp/mail/{user}::" +
                ("userdb_quota_rule=*:bytes=10" if user in self.full else "") + "\n"
                for user in USERS)
        self.root.write("/etc/dovecot/users", "".join(rows))
        self.root.run("sh", "-c", "rm -rf /tmp/mail && install -d -m 777 /tmp/mail")

    def launch(self):
        self.process = world.start(self.host, "chroot", self.root.path, "dovecot", "-F")


def smtp_out(source, name, server):
    """OpenSMTPD configuration for one that only sends, all to one server."""
    return {"listen": "listen on lo port 25", "name": name,
            "body": f'action "out" relay host "smtp://{server}" helo "{name}" src {source}\n'
                    'match from local for any action "out"'}


class Dns:
    """dnsmasq on the LAN: answers from its records only, NXDOMAIN for everything else."""

    HOSTS = {
        "mx.example.jp": ["192.0.2.25", "2001:db8:25::25"],
        "relay.example.jp": ["192.0.2.26", "2001:db8:25::26"],
        "mta.example.net": ["198.51.100.11", "2001:db8:c::11"],
        "mail.example.org": ["203.0.113.10", "2001:db8:c::12"],
        **{host.name: [host.ip4, host.ip6] for host in senders.hosts()},
    }

    def __init__(self, root, records=()):
        self.root, self.records = root, list(records)
        resolver_of(root)

    def __enter__(self):
        hosts = [f"--host-record={name},{','.join(addresses)}"
                 for name, addresses in self.HOSTS.items()]
        self.process = world.start("dns", "chroot", self.root.path, "dnsmasq", "-k", "--no-resolv",
                                   "--no-hosts", "--local=/#/", "--local-ttl=300", "-u", "root",
                                   "--mx-host=example.jp,mx.example.jp,10", *hosts, *self.records)
        time.sleep(0.3)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
