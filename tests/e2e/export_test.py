#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mxtap export: each format read by a program that knows it, and what must never be in a list to block by.

Postfix's postmap, nft, named-checkzone, Python's csv and email, mxtap's own --watchlist; the shapes of MISP events, STIX bundles and
Zeek logs are checked here, from their specifications. The last line is `N passed, N failed`.
"""
import csv
import datetime
import email
import email.policy
import io
import ipaddress
import json
import mailbox
import os
import re
import subprocess
import sys
import tempfile
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from redis_server import Server  # noqa: E402
from tally import check, same, told  # noqa: E402

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MXTAP = os.environ.get("MXTAP", os.path.join(TOP, "build/mxtap"))
REGISTER = os.path.join(TOP, "pcaps/register.pcap")
FORMATS = "csv misp stix arf zeek postfix nft rpz watchlist".split()
BLOCKS = ("postfix", "nft", "rpz", "watchlist")
tmp = tempfile.mkdtemp(prefix="mxtap-export-")
started = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H")


def run(*args, stdin=None, program=None, env=None):
    p = subprocess.run([program or MXTAP, *args], input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, env={**os.environ, **(env or {})})
    p.out, p.err = p.stdout.decode("utf-8", "replace"), p.stderr.decode("utf-8", "replace")
    return p


def lines_of(records):
    return "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records).encode("utf-8", "surrogatepass")


def export(form, records, *args, status=0):
    p = run("export", "--format", form, "--input", "-", *args, stdin=records if isinstance(records, bytes) else lines_of(records))
    check(f"{form} {' '.join(args)} ends with {status}", p.returncode == status, (p.returncode, p.err))
    return p


# --- mails made by hand ---

made = 0


def mail(ip="203.0.113.7", score=20, links=(), **over):
    """A record of a mail; links: domains, or whole links. over: key -> value put at mxtap.key, or email_key, smtp_key."""
    global made
    made += 1
    links = [{"url": f"https://www.{x}/p", "host": f"www.{x}", "domain": x, "in": "html", "tag": "a"} if isinstance(x, str) else x
             for x in links]
    r = {"timestamp": f"2023-07-0{1 + made % 8}T07:06:08.123456+0000", "event_type": "smtp", "flow_id": made, "src_ip": ip,
         "src_port": 4000, "dest_ip": "192.0.2.25", "dest_port": 25, "proto": "TCP", "tx_id": 0,
         "smtp": {"helo": "mail.example", "mail_from": "<x@sender.example>", "rcpt_to": ["<taro@rcpt.example>"]},
         "email": {"from": "X <x@sender.example>", "subject": "Hello", "message_id": f"<{made}@sender.example>",
                   "to": ["Taro <taro@rcpt.example>"], "date": "Sat, 1 Jul 2023 07:06:00 +0000"},
         "mxtap": {"version": "0.1.0", "sensor": "replay", "direction": "inbound", "role": "relay", "outcome": "accepted",
                   "origin": {"ip": ip, "helo": "mail.example", "hop": 0}, "score": score, "links": links,
                   "findings": [{"id": "helo.brand", "evidence": "mail.example", "weight": score}]}}
    for key, value in over.items():
        part, _, rest = key.partition("_")
        if part in ("email", "smtp"):
            r[part][rest] = value
        elif part == "origin" and rest:
            r["mxtap"]["origin"][rest] = value
        elif key in r:
            r[key] = value
        else:
            r["mxtap"][key] = value
    return r


def link(host, domain, tag="a", where="html"):
    return {"url": f"https://{host}/", "host": host, "domain": domain, "in": where, "tag": tag}


def listed(records, *args):
    """The entries of a watchlist, and what its head says was left out: {reason: n}."""
    text = export("watchlist", records, *args).out
    entries = [line.split(" # ")[0] for line in text.splitlines() if not line.startswith("#")]
    out = {m[2]: int(m[1]) for m in re.finditer(r"^# left out: (\d+) (.*)$", text, re.M)}
    return entries, out


# --- what may be blocked ---

def guards():
    """Each line: a mail over the alert level, and the reason for which nothing of it may be listed."""
    brands = os.path.join(tmp, "brands.txt")
    with open(brands, "w", encoding="utf-8") as f:
        f.write("brand Acme\n  name Acme\n  domain acme.example, docs.portal.example, 例え.example\n  net AS64999, 198.51.100.0/25\n")
    lists = os.path.join(tmp, "lists")
    os.makedirs(lists, exist_ok=True)
    for name, entry in (("free-mail", "freemail.example"), ("shorteners", "sho.example"), ("redirectors", "click.example"),
                        ("shared-hosts", "pages.example\nsites.big.example"), ("bulk-senders", "bulk.example")):
        with open(os.path.join(lists, name + ".txt"), "w", encoding="utf-8") as f:
            f.write(entry + "\n")
    how = ["--brands", brands, "--lists", lists, "--home", "203.0.113.128/25,2001:db8:1::/48", "--trusted", "198.51.100.200"]
    good = mail("203.0.113.7", links=["evil.example"])
    cases = [
        ("a brand's domain", mail(links=["acme.example"]), "domains, networks and machines of brands"),
        ("the domain above a brand's", mail(links=[link("x.portal.example", "portal.example")]), "domains, networks and machines of brands"),
        ("a brand's domain in punycode", mail(links=["xn--r8jz45g.example"]), "domains, networks and machines of brands"),
        ("a brand's network", mail("198.51.100.7"), "domains, networks and machines of brands"),
        ("a brand's AS", mail("203.0.113.8", origin_asn=64999), "domains, networks and machines of brands"),
        ("a brand's machine by its reverse name", mail("203.0.113.9", origin_ptr="out.acme.example"), "domains, networks and machines of brands"),
        ("--home", mail("203.0.113.200"), "addresses in --home"),
        ("--home, IPv6", mail("2001:db8:1::5"), "addresses in --home"),
        ("--home, mapped", mail("::ffff:203.0.113.201"), "addresses in --home"),
        ("--trusted", mail("198.51.100.200"), "addresses in --trusted"),
        ("a private address", mail("10.1.2.3"), "addresses of no public network"),
        ("the server that took the mail", mail("192.0.2.25"), "addresses of servers that took these mails"),
        ("free mail", mail(links=["freemail.example"]), "free mail"),
        ("free mail's machine", mail("203.0.113.10", origin_ptr="o1.freemail.example"), "free mail"),
        ("a shortener", mail(links=["sho.example"]), "shorteners"),
        ("a redirector", mail(links=["click.example"]), "redirectors"),
        ("a shared host", mail(links=[link("me.pages.example", "pages.example")]), "shared hosts"),
        ("the domain above a shared host", mail(links=[link("x.big.example", "big.example")]), "shared hosts"),
        ("a service that sends for others", mail("203.0.113.11", origin_ptr="o2.bulk.example"), "services that send for others"),
        ("a recipient's domain", mail(links=["rcpt.example"]), "domains of recipients"),
        ("a recipient's domain by a host below", mail(links=["rcpt2.example"], smtp_rcpt_to=["<a@mx.rcpt2.example>"]), "domains of recipients"),
        ("an address that is only claimed", mail("203.0.113.7", claimed={"ip": "203.0.113.77", "hop": 2}),
         "addresses only claimed, by a Received field that nobody vouches for"),
        ("a picture's host", mail(links=[link("i.cdn.example", "cdn.example", "img")]), "domains only of pictures, style sheets and the like"),
        ("a header field's link", mail(links=[link("u.unsub.example", "unsub.example", "a", "header")]),
         "domains only of pictures, style sheets and the like"),
        ("a host that is an address", mail(links=[{"url": "http://203.0.113.99/", "host": "203.0.113.99", "in": "html", "tag": "a"}]),
         "hosts of links that are addresses"),
        ("a domain that does not parse", mail(links=["evil_.exa mple"]), "hosts of links without a domain that parses"),
        ("a domain that is a line of its own", mail(links=["evil.example\n* CNAME ."]), "hosts of links without a domain that parses"),
    ]
    for name, bad, reason in cases:
        entries, out = listed([good, bad], *how)
        origin = {good["mxtap"]["origin"]["ip"], bad["mxtap"]["origin"]["ip"]}
        same(f"{name}: is left out", [e for e in entries if e not in origin | {"evil.example"}], [])
        check(f"{name}: and counted", out.get(reason) == 1, out)
        check(f"{name}: what is good stays", {"203.0.113.7", "evil.example"} <= set(entries), entries)
        if bad["mxtap"]["links"] == [] and "claimed" not in bad["mxtap"]:
            check(f"{name}: the address is not listed", bad["mxtap"]["origin"]["ip"] not in entries, entries)
    entries, out = listed([good, mail("203.0.113.8", 9, ["low.example"]), mail("203.0.113.12", role="submission"),
                           mail("203.0.113.13", direction="outbound")], *how)
    same("mails under the alert score, and such as are not inbound", (entries, out),
         (["203.0.113.7", "evil.example"], {"mails under a score of 10": 1, "mails not inbound": 2}))
    same("--alert-score", listed([good, mail("203.0.113.8", 9, ["low.example"])], "--alert-score", "9", *how)[0],
         ["203.0.113.7", "203.0.113.8", "evil.example", "low.example"])
    same("a reverse name that was refuted excuses nobody", listed(
        [mail("203.0.113.9", origin_ptr="out.acme.example", findings=[{"id": "ptr.not_confirmed", "weight": 20}])], *how)[0], ["203.0.113.9"])
    same("nor a subscriber's line", listed(
        [mail("203.0.113.9", origin_ptr="p1.freemail.example", findings=[{"id": "ptr.dynamic", "weight": 20}])], *how)[0], ["203.0.113.9"])
    same("an address that is claimed here and an origin there is listed", listed(
        [mail("203.0.113.7", claimed={"ip": "203.0.113.77", "hop": 2}), mail("203.0.113.77")], *how)[0], ["203.0.113.7", "203.0.113.77"])
    both = ["<taro@rcpt.example>", "<a@evil.example>"]
    for codes, want in (([250, 550], ["evil.example"]), ([250, 250], []), ([250, 0], []), ([550], []), ([], [])):
        same(f"a link's domain that a recipient claims, answered {codes}: only a refused one excuses nobody", [
            e for e in listed([mail("203.0.113.7", links=["evil.example"], smtp_rcpt_to=both, reply={"rcpt": codes})], *how)[0]
            if e != "203.0.113.7"], want)
    order = [good, mail(links=[link("i.evil.example", "evil.example", "img")])]
    same("a picture from a domain that is linked to as well changes nothing", listed(order, *how), listed(order[::-1], *how))
    same("a brand met last still clears the domain", listed([mail("198.51.100.7", links=["evil.example"]), good], *how)[0],
         ["203.0.113.7", "evil.example"])
    same("ip alone", listed([good], "ip", *how)[0], ["203.0.113.7"])
    same("domain alone", listed([good], "domain", *how)[0], ["evil.example"])
    same("mapped addresses are IPv4", listed([mail("::ffff:203.0.113.60")], *how)[0], ["203.0.113.60"])
    p = export("watchlist", [good], *how)
    check("what was left out is said in a line", p.err.count("\n") == 1 and "left out: nothing" in p.err, p.err)
    p = export("watchlist", [good], "--brands", "none", "--lists", "none")
    check("a list without --home says so", "--home" in p.err, p.err)


# --- consumers ---

def unpacked(name, path):
    subprocess.run([os.path.join(TOP, "tests/unpack"), name], check=True, stdout=subprocess.DEVNULL)
    return os.path.join(TOP, "build/unpacked", name, path)


def values(records):
    return listed(records)[0]


def read_postfix(records, want):
    postmap = unpacked("postfix", "usr/sbin/postmap")
    conf = os.path.join(tmp, "postfix")
    os.makedirs(conf, exist_ok=True)
    with open(os.path.join(conf, "main.cf"), "w", encoding="ascii") as f:
        f.write("compatibility_level = 3.6\nmail_owner = nobody\nsetgid_group = mail\ndefault_privs = daemon\n")
    name = os.path.join(conf, "map")
    export("postfix", records, "--output", name)
    env = {"LD_LIBRARY_PATH": unpacked("postfix", "usr/lib/postfix")}
    p = run("-c", conf, "hash:" + name, program=postmap, env=env)
    check("postmap takes the map", p.returncode == 0 and not p.err, p.err)
    for ip in want:
        p = run("-c", conf, "-q", ip, "hash:" + name, program=postmap, env=env)
        same(f"postmap -q {ip}", (p.returncode, p.out), (0, "REJECT\n"))
    p = run("-c", conf, "-q", "192.0.2.1", "hash:" + name, program=postmap, env=env)
    same("postmap -q of another", (p.returncode, p.out), (1, ""))


# A network of our own, where nftables may be asked and changed; by root or by anybody.
ALONE = ["-n"] if os.geteuid() == 0 else ["-r", "-n"]


def read_nft(records, want):
    name = os.path.join(tmp, "nft")
    export("nft", records, "--output", name)
    p = run(*ALONE, "nft", "-c", "-f", name, program="unshare")
    check("nft -c takes it", p.returncode == 0 and not p.err, p.err)
    p = run(*ALONE, "sh", "-c", f"nft -f {name} && nft -f {name} && nft -j list table inet mxtap", program="unshare")
    check("nft loads it twice", p.returncode == 0, p.err)
    sets = [x["set"] for x in json.loads(p.out)["nftables"] if "set" in x]
    same("nft: the sets hold what is listed", sorted(e for s in sets for e in s.get("elem", [])), sorted(want))


def read_rpz(records, want):
    name = os.path.join(tmp, "zone")
    export("rpz", records, "--output", name)
    p = run("-o", name + ".whole", "rpz.example", name, program="named-checkzone")
    check("named-checkzone takes the zone", p.returncode == 0 and "OK" in p.out and "warn" not in p.out.lower(), p.out + p.err)
    with open(name + ".whole", encoding="ascii") as f:
        rows = {tuple(line.split()[i] for i in (0, 3, 4)) for line in f if "CNAME" in line}
    same("rpz: each domain and all below it", rows,
         {(n, "CNAME", ".") for d in want for n in (f"{d}.rpz.example.", f"*.{d}.rpz.example.")})


def round_trip(records, want):
    name = os.path.join(tmp, "june.txt")
    export("watchlist", records, "--output", name)
    p = run("replay", "-q", "--dns", "--watchlist", name, "--json", "-", REGISTER)
    check("--watchlist reads it without a word", p.returncode == 0 and not p.err, p.err)
    hit = [r for r in map(json.loads, p.out.splitlines()) if r["event_type"] == "smtp" and "watched" in r["mxtap"]]
    found = {w["value"].lower() for r in hit for w in r["mxtap"]["watched"]}
    missing = [v for v in want if v not in found and not any(f.endswith("." + v) for f in found)]
    same("--watchlist finds every address and domain of it again", missing, [])
    check("--watchlist: labels come through", all(w["label"].startswith("score ") for r in hit for w in r["mxtap"]["watched"]), hit[:1])


def read_csv(records):
    rows = list(csv.reader(io.StringIO(export("csv", records).stdout.decode("utf-8"), newline=""), strict=True))
    same("csv: a line a mail", len(rows), 1 + len(records))
    same("csv: every line has every column", {len(r) for r in rows}, {len(rows[0])})
    return [dict(zip(rows[0], r)) for r in rows[1:]]


def csv_of_register(mails):
    rows = read_csv(mails)
    for row, m in zip(rows, mails):
        same(f"csv: {m['flow_id']}", (row["subject"].lstrip("'"), row["origin_ip"], row["helo"], int(row["score"] or 0)),
             (m["email"].get("subject", ""), m["mxtap"]["origin"]["ip"], m["mxtap"]["origin"]["helo"], m["mxtap"].get("score", 0)))
    check("csv: a byte order mark only where asked for", export("csv", mails, "--bom").stdout.startswith(b"\xef\xbb\xbfti"))
    named = read_csv([mail(email_x_mailer="List 1.0 for taro@rcpt.example", smtp_rcpt_to=["<taro@rcpt.example>"])])[0]["mailer"]
    same("csv: no recipient in the mailer's name", named, "List 1.0 for @rcpt.example")
    check("csv: nothing to click", not re.search("https?://", export("csv", mails).out))


HOSTILE = ['=HYPERLINK("https://evil.example")', "+1", "-1", "@SUM(A1)", "\t=1", "\r\n=1", '"', '","x', "\x1b[2J", "\u202egpj.exe",
           "\u2028", "</script><script>", "'; DROP TABLE mails; --", "a\r\n\r\n.\r\nFrom x", "\nFrom me", "--=_x", "\x00", "\\", "x" * 10000,
           "\ufeff", "é\u200b", "] OR [url:value = 'x", "{{7*7}}", "$(reboot)", "=?UTF-8?B?PQ==?=", "-", "(empty)", "#close"]


def hostile():
    """Each hostile text in every field that a sender writes: the file is still what it says, and the text is one value of it."""
    mails = [mail(links=[{"url": "https://evil.example/" + h, "host": h, "domain": h, "text": h, "in": "html", "tag": "a"}],
                  email_subject=h, email_from=h, email_message_id=h, email_reply_to=h, email_x_mailer=h, email_date=h,
                  email_received=[h], smtp_mail_from=h, smtp_helo=h, origin_helo=h, origin_ptr=h, origin_org=h, origin_country=h,
                  subject_key=h, outcome=h,
                  header_block=f"Subject: {h}\r\nTo: taro@rcpt.example\r\nCC \t: user@other.example\r\n",
                  findings=[{"id": h, "evidence": h, "weight": 20}]) for h in HOSTILE]
    for row in read_csv(mails):
        bad = [c for c in row.values() if re.match(r"\s*[=+\-@\t\r]", c)]
        same("csv: no cell is a formula", bad, [])
    for form in FORMATS:
        text = export(form, mails).stdout.decode("utf-8")
        bad = set(re.findall("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]", text))
        same(f"{form}: nothing steers a terminal", bad, set())
    for form in BLOCKS:
        text = export(form, mails).out
        body = "\n".join(line for line in text.splitlines() if not re.match("[#;]", line))
        check(f"{form}: a sender writes nothing into it", not any(h.strip() and len(h.strip()) > 3 and h.strip() in body for h in HOSTILE), body)
    check_zeek(mails)
    check_misp(mails)
    check_stix(mails)
    check_arf(mails)
    check("nft: still takes it", run(*ALONE, "nft", "-c", "-f", "-", program="unshare", stdin=export("nft", mails).stdout).returncode == 0)


# --- Zeek: the log framework's ASCII writer, header by header ---

def check_zeek(mails):
    lines = export("zeek", mails).stdout.decode("utf-8").split("\n")
    same("zeek: the header", lines[:5], ["#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", "#path\tsmtp"])
    check("zeek: opened", re.fullmatch(r"#open\t\d{4}(-\d\d){5}", lines[5]), lines[5])
    check("zeek: closed, and a line end last", re.fullmatch(r"#close\t\d{4}(-\d\d){5}", lines[-2]) and lines[-1] == "", lines[-2:])
    fields, types = (lines[6].split("\t"), lines[7].split("\t"))
    same("zeek: fields and types", (fields[0], types[0], len(fields)), ("#fields", "#types", len(types)))
    same("zeek: a line a mail", len(lines) - 8 - 2, len(mails))
    shapes = {"time": r"\d+\.\d{6}", "string": r"[^\t\n]+", "addr": r"[0-9a-f.:]+", "port": r"\d+", "count": r"\d+", "bool": "[TF]"}
    for line in lines[8:-2]:
        cells = line.split("\t")
        same("zeek: as many cells as fields", len(cells), len(fields) - 1)
        for name, kind, cell in zip(fields[1:], types[1:], cells):
            inner = re.fullmatch(r"(?:set|vector)\[(\w+)\]", kind)
            parts = cell.split(",") if inner else [cell]
            shape = shapes[inner[1] if inner else kind]
            good = cell in ("-", "(empty)") or all(re.fullmatch(shape, p) for p in parts)
            check(f"zeek: {name} is a {kind}", good, cell)


def zeek_sets():
    """A set has as many elements as the record, whatever a recipient is called."""
    names = ["#a,b", "a,b", "(empty)", "-"]
    lines = export("zeek", [mail(smtp_rcpt_to=names)], "--recipients", "full").out.split("\n")
    row = dict(zip(lines[6].split("\t")[1:], lines[8].split("\t")))
    same("zeek: no comma of a name divides a set", row["rcptto"].split(","), ["\\x23a\\x2cb", "a\\x2cb", "\\x28empty)", "\\x2d"])


# --- MISP core format: 2.2 to 2.4 of the Internet-Draft ---

def sent(m):
    """What its Date field says, in UTC; nothing where it says nothing."""
    return [m["mxtap"]["date"]["utc"].replace("Z", ".000Z")] if "utc" in m["mxtap"].get("date", {}) else []


def is_uuid(s):
    return str(uuid.UUID(s)) == s


def check_attribute(a, in_object):
    check("misp: an attribute has what it must", {"uuid", "type", "category", "value", "to_ids", "distribution"} <= a.keys(), a)
    check("misp: its forms", is_uuid(a["uuid"]) and isinstance(a["to_ids"], bool) and a["value"] and isinstance(a["value"], str)
          and a["distribution"] in list("012345"), a)
    check("misp: known category of the type", a["category"] in {
        "ip-src": ["Network activity"], "ip-dst": ["Network activity"], "domain": ["Network activity"], "url": ["Network activity"],
        "datetime": ["Other"]}.get(a["type"], ["Payload delivery"]), a)
    check("misp: objects' attributes have a relation", ("object_relation" in a) == in_object, a)


def check_misp(mails):
    doc = json.loads(export("misp", mails).stdout)
    event = doc["Event"]
    same("misp: one event", list(doc), ["Event"])
    check("misp: the event", is_uuid(event["uuid"]) and event["info"] and datetime.date.fromisoformat(event["date"])
          and event["timestamp"].isdigit() and event["published"] is False and event["analysis"] in list("012")
          and event["threat_level_id"] in list("1234") and event["distribution"] in list("01234"), event)
    emails = [o for o in event["Object"] if o["name"] == "email"]
    same("misp: an email object a mail", len(emails), len(mails))
    for o, m in zip(emails, mails):
        seen = m["timestamp"][:23] + "Z"
        same("misp: when it was seen", (o["first_seen"], o["last_seen"]), (seen, seen))
        same("misp: when it says that it was sent", [a["value"] for a in o["Attribute"] if a["object_relation"] == "send-date"], sent(m))
    for o in event["Object"]:
        check("misp: an object", is_uuid(o["uuid"]) and is_uuid(o["template_uuid"]) and o["template_version"].isdigit()
              and o["meta-category"] == "network" and o["Attribute"], o)
        for a in o["Attribute"]:
            check_attribute(a, True)
    for a in event["Attribute"]:
        check_attribute(a, False)
    ids = [x["uuid"] for o in event["Object"] for x in (o, *o["Attribute"])] + [a["uuid"] for a in event["Attribute"]]
    same("misp: each uuid once", len(ids), len(set(ids)))
    want = values(mails)
    same("misp: to_ids is what may be blocked", sorted(a["value"] for a in event["Attribute"] if a["to_ids"]), sorted(want))
    check("misp: nothing of a mail itself is to_ids", not any(a["to_ids"] for o in event["Object"] for a in o["Attribute"]))


# --- STIX 2.1 ---

STIX_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
STIX_MUST = {"identity": ["name", "identity_class"], "indicator": ["pattern", "pattern_type", "valid_from", "indicator_types"],
             "observed-data": ["first_observed", "last_observed", "number_observed", "object_refs"], "ipv4-addr": ["value"],
             "ipv6-addr": ["value"], "url": ["value"], "email-addr": ["value"], "email-message": ["is_multipart"]}
STIX_OWN = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
MXTAP_OWN = uuid.UUID("6d787461-702e-4e5c-9a11-7f02d45831c6")


def check_stix(mails):
    bundle = json.loads(export("stix", mails).stdout)
    same("stix: a bundle", (bundle["type"], sorted(bundle)), ("bundle", ["id", "objects", "type"]))
    by_id = {o["id"]: o for o in bundle["objects"]}
    same("stix: each id once", len(by_id), len(bundle["objects"]))
    for o in bundle["objects"]:
        kind = o["type"]
        check(f"stix: {kind} has what it must", o["spec_version"] == "2.1" and all(k in o for k in STIX_MUST[kind]), o)
        name, _, rest = o["id"].partition("--")
        check(f"stix: {kind}'s id", name == kind and uuid.UUID(rest).version == 5, o["id"])
        if kind in ("identity", "indicator", "observed-data"):
            check(f"stix: {kind}'s times", STIX_TIME.fullmatch(o["created"]) and STIX_TIME.fullmatch(o["modified"])
                  and o["created"] <= o["modified"], o)
        if kind != "identity" and "created" in o:
            check("stix: by whom", by_id[o["created_by_ref"]]["type"] == "identity")
        for ref in o.get("object_refs", []) + [v for k, v in o.items() if k.endswith("_ref")]:
            check("stix: references lead somewhere", ref in by_id, ref)
        if kind in ("ipv4-addr", "url") and re.fullmatch(r"[\x20-\x7e]+", o["value"]):
            want = uuid.uuid5(STIX_OWN, json.dumps({"value": o["value"]}, separators=(",", ":"), ensure_ascii=False))
            same(f"stix: {kind}'s id is made of its value (2.9)", rest, str(want))
        if kind == "email-message":
            check("stix: a mail that is no multipart", o["is_multipart"] is False and "body_multipart" not in o)
        if kind == "observed-data":
            check("stix: observed", o["number_observed"] == 1 and o["object_refs"] and STIX_TIME.fullmatch(o["first_observed"]), o)
    # A mail's id is made of nothing that the specification names, so it must not be in its namespace.
    ids = [f"email-message--{uuid.uuid5(MXTAP_OWN, 'stix mail {flow_id} {tx_id}'.format(**m))}" for m in mails]
    same("stix: each mail by its own id", [o["id"] for o in bundle["objects"] if o["type"] == "email-message"], ids)
    for m, i in zip(mails, ids):
        same("stix: when it says that it was sent", [by_id[i]["date"]] if "date" in by_id[i] else [], sent(m))
        named = {n: [m["email"][k]] for n, k in (("X-Mailer", "x_mailer"), ("User-Agent", "user_agent")) if m["email"].get(k)}
        same("stix: by which program", sorted(by_id[i].get("additional_header_fields", {})), sorted(named))
    changed = {o["modified"][:13] for o in bundle["objects"] if o["type"] == "indicator"}
    check("stix: an indicator's new version counts", changed and min(changed) >= started, (changed, started))
    patterns = [o["pattern"] for o in bundle["objects"] if o["type"] == "indicator"]
    got = sorted(re.fullmatch(r"\[(?:ipv4-addr|ipv6-addr|domain-name):value = '([^'\\]+)'\]", p)[1] for p in patterns)
    same("stix: indicators are what may be blocked", got, sorted(values(mails)))
    same("stix: observed-data a mail", sum(o["type"] == "observed-data" for o in bundle["objects"]), len(mails))


# --- ARF ---

def check_arf(mails, kept=True):
    name = os.path.join(tmp, "mbox")
    p = export("arf", mails, "--output", name)
    box = mailbox.mbox(name, factory=lambda f: email.message_from_binary_file(f, policy=email.policy.default))
    messages = list(box)
    same("arf: a complaint a mail", len(messages), len(mails))
    for m, record in zip(messages, mails):
        check("arf: no defect", not m.defects and not any(x.defects for x in m.walk()), [x.defects for x in m.walk()])
        same("arf: multipart/report; report-type=feedback-report", (m.get_content_type(), m.get_param("report-type")),
             ("multipart/report", "feedback-report"))
        check("arf: a mail's own fields", m["From"] and m["Date"] and m["Message-ID"] and m["MIME-Version"] == "1.0", m.items())
        same("arf: no other field", set(k.lower() for k in m.keys()),
             {"from", "to", "date", "message-id", "subject", "mime-version", "content-type"})
        parts = m.get_payload()
        same("arf: three parts", [x.get_content_type() for x in parts], ["text/plain", "message/feedback-report", "text/rfc822-headers"])
        report = parts[1].get_payload()
        report = report[0] if isinstance(report, list) else email.message_from_string(report)
        fields = [k.lower() for k in report.keys()]
        check("arf: what a report must say, once", all(fields.count(k) == 1 for k in ("feedback-type", "user-agent", "version")), fields)
        check("arf: its values", report["Version"].strip() == "1" and report["Feedback-Type"] == "abuse"
              and ipaddress.ip_address(report["Source-IP"]) == ipaddress.ip_address(record["mxtap"]["origin"]["ip"]), report.items())
        check("arf: no recipient's field", "original-rcpt-to" not in fields, fields)
        header = parts[2].get_payload(decode=True).decode("utf-8")
        whole = m.as_bytes() + header.encode() + parts[0].get_payload(decode=True)
        check("arf: no recipient", b"taro" not in whole.lower() and b"user@" not in whole, whole[:300])
        check("arf: it says whether the header is the mail's own",
              ("as it was received" if kept else "was not kept") in parts[0].get_payload(decode=True).decode("utf-8"))
    return messages, p


def arf_of_register(mails):
    kept, p = check_arf(mails)
    check("arf: no word of missing headers", "keep-headers" not in p.err, p.err)
    for m, record in zip(kept, mails):
        header = email.message_from_bytes(m.get_payload()[2].get_payload(decode=True), policy=email.policy.default)
        same("arf: the header is the mail's", str(header["Message-ID"] or ""), record["email"].get("message_id", ""))
        same("arf: the subject is the mail's", str(m["Subject"]), record["email"].get("subject", "mail without a subject"))
        if header["To"] is not None:
            same("arf: To says nothing", str(header["To"]), "redacted:;")
    without = [{**r, "mxtap": {k: v for k, v in r["mxtap"].items() if k != "header_block"}} for r in mails]
    rebuilt, p = check_arf(without, kept=False)
    check("arf: missing headers are said", f"{len(mails)} of {len(mails)} mails without their header block" in p.err, p.err)
    for m, record in zip(rebuilt, without):
        header = email.message_from_bytes(m.get_payload()[2].get_payload(decode=True), policy=email.policy.default)
        same("arf: rebuilt", str(header["Subject"] or ""), record["email"].get("subject", ""))
    p = export("arf", mails[:1], "--reporter", "desk@reporter.example", "--desk", "abuse@network.example")
    m = email.message_from_bytes(p.stdout, policy=email.policy.default)
    same("arf: From and To as asked", (m["From"], m["To"]), ("desk@reporter.example", "abuse@network.example"))
    longest = [name * 120 + "@" + "h" * 120 + ".example" for name in "rd"]
    p = export("arf", mails[:1], "--reporter", longest[0], "--desk", longest[1])
    m = email.message_from_bytes(p.stdout, policy=email.policy.default)
    same("arf: the longest addresses push nothing out", (m["From"], m["To"], bool(m["Date"] and m["Message-ID"]), str(m["Subject"])),
         (*longest, True, mails[0]["email"]["subject"]))


# --- choosing ---

def selection(url, mails):
    def subjects(*args, records=mails):
        p = export("csv", records, *args)
        return [r["flow_id"] for r in csv.DictReader(io.StringIO(p.out, newline=""))]

    def ids(test):
        return [str(m["flow_id"]) for m in mails if test(m)]

    same("--day", subjects("--day", "2023-07-01"), ids(lambda m: m["timestamp"].startswith("2023-07-01")))
    same("--from, --to", subjects("--from", "2023-06-24", "--to", "2023-06-30"),
         ids(lambda m: "2023-06-24" <= m["timestamp"][:10] <= "2023-06-30"))
    same("--score", subjects("--score", "20"), ids(lambda m: m["mxtap"].get("score", 0) >= 20))
    same("KIND VALUE", subjects("helo", "amazon.co.jp"), ids(lambda m: m["mxtap"]["origin"]["helo"].lower() == "amazon.co.jp"))
    same("KIND VALUE and --score", subjects("country", "CN", "--score", "18"),
         ids(lambda m: m["mxtap"]["origin"].get("country") == "CN" and m["mxtap"].get("score", 0) >= 18))
    same("nothing chosen", (subjects("--day", "2001-01-01"), export("csv", mails, "--day", "2001-01-01").err.count("none of")), ([], 1))
    p = run("campaigns", "--input", "-", "--json", stdin=lines_of(mails))
    for c in map(json.loads, p.out.splitlines()):
        want = {m.split(":")[0] for m in c["members"]}
        same(f"--campaign {c['id']}", set(subjects("--campaign", c["id"])), want)
    p = export("csv", mails, "--campaign", "0123456789ab", status=1)
    check("no such campaign", p.err.count("\n") == 1 and "mxtap campaigns" in p.err and not p.out.strip().count("\n"), p.err)
    stream = run("export", "--format", "csv", "--redis", url)
    rows = {r["flow_id"]: r for r in csv.DictReader(io.StringIO(stream.out, newline=""))}
    same("from the stream: the same mails", sorted(rows), sorted(subjects()))
    same("from the stream: in order of time", [r["timestamp"] for r in rows.values()], sorted(r["timestamp"] for r in rows.values()))
    for form in BLOCKS:
        a, b = (run("export", "--format", form, "--redis", url).out, export(form, mails).out)
        clean = lambda t: re.sub(r" at \S+Z|SOA .*", "", t)  # noqa: E731
        same(f"{form} from the stream is the file's", clean(a), clean(b))
    twice = [mail(email_message_id="<c@x.example>", email_date="d"), mail(ip="192.0.2.25", email_message_id="<c@x.example>", email_date="d")]
    twice[1].update(timestamp=twice[0]["timestamp"], dest_ip="192.0.2.30")
    p = export("csv", twice)
    check("a relayed copy is left out and counted", len(p.out.splitlines()) == 2 and "1 relayed copies" in p.err, p.err)


def long_lists():
    """More links and findings than are read: said, not hidden."""
    m = mail(links=[f"a{i}.example" for i in range(80)], findings=[{"id": f"x.f{i}", "weight": 1} for i in range(50)])
    row = read_csv([m])[0]
    check("csv: links that are not shown are counted", row["links"].endswith(" (and 16 more)"), row["links"][-60:])
    check("csv: findings too", row["findings"].endswith(" (and 18 more)"), row["findings"][-60:])
    for form in ("csv", "misp", "stix", "arf"):
        check(f"{form}: it is said that links are missing", "1 mails have more than 64 links" in export(form, [m]).err)
    check("arf: the complaint itself says so", "and to: 60 places more" in export("arf", [m]).out)
    check("lists: and so are links that are not read", "left out: 16 links behind the first 64 of a mail" in export("rpz", [m]).out)
    mails = [mail() for _ in range(5)]
    p = export("csv", mails, "--limit", "3")
    check("--limit is kept and said", len(p.out.splitlines()) == 4 and "oldest 3 mails" in p.err, p.err)


def recipients():
    m = mail(email_subject="for taro@rcpt.example", links=[{"url": "https://evil.example/?u=taro@rcpt.example", "host": "evil.example",
                                                            "domain": "evil.example", "in": "html", "tag": "a"}])
    for form in FORMATS:
        check(f"{form}: recipients are not shown unless asked for", "taro" not in export(form, [m]).out.lower(), form)
    check("csv: full shows them", "taro@rcpt.example" in export("csv", [m], "--recipients", "full").out)
    check("csv: none shows nothing of them", "rcpt.example" not in export("csv", [m], "--recipients", "none").out)


def bad_use():
    for args, word in (([], "--format"), (["--format", "xml"], "no such format"), (["--format", "csv", "--campaign", "x"], "twelve"),
                       (["--format", "arf", "--recipients", "full"], "made for others"), (["--format", "csv", "--recipients", "hmac"], "full, domain or none"),
                       (["--format", "csv", "helo"], "value"), (["--format", "csv", "ip"], "value"), (["--format", "rpz", "helo"], "ip or domain"),
                       (["--format", "csv", "horse", "x"], "no such kind"), (["--format", "csv", "ip", "horse"], "no IP address"),
                       (["--format", "csv", "--score", "-1"], "number"), (["--format", "csv", "--home", "x"], "--home"),
                       (["--format", "arf", "--desk", "a@b\nBcc: x@y"], "mail address"), (["--format", "arf", "--reporter", "<a@b>"], "mail address"),
                       (["--format", "csv", "--json"], "not an option"), (["--format", "csv", "--day", "x"], "2023"), (["a", "b", "c"], "kind")):
        p = run("export", "--input", "/dev/null", *args)
        check(f"bad use {args}", p.returncode == 2 and p.err.count("\n") == 1 and p.err.startswith("mxtap: export") and word in p.err and not p.out,
              (p.returncode, p.err))
    p = run("export", "--format", "csv", "--input", "/nowhere")
    check("no such input", p.returncode == 1 and p.err.count("\n") == 1, p.err)
    p = run("export", "--format", "csv", "--input", "/dev/null", "--output", "/nowhere/x")
    check("no such output", p.returncode == 1 and p.err.count("\n") == 1 and "--output" in p.err, p.err)
    p = run("export", "--format", "rpz", "--input", "/dev/null", "--brands", "/nowhere")
    check("no such brands", p.returncode == 1 and p.err.count("\n") == 1, p.err)
    p = export("csv", b'{"event_type":"smtp"}\nno json\n', status=3)
    check("lines that are no records", "1 line" in p.err, p.err)


def files(mails):
    name = os.path.join(tmp, "out.csv")
    old = os.umask(0)
    try:
        for form in FORMATS:
            export(form, mails, "--output", name)
            same(f"{form}: 0600", oct(os.stat(name).st_mode & 0o777), "0o600")
    finally:
        os.umask(old)
    with open(name, "w", encoding="ascii") as f:
        f.write("before\n")
    run("export", "--format", "rpz", "--input", "/nowhere", "--output", name)
    same("what was there stays where something fails", open(name, encoding="ascii").read(), "before\n")
    same("and nothing else lies about", [n for n in os.listdir(tmp) if n.endswith(".part")], [])
    with open("/dev/full", "wb") as full:
        p = subprocess.run([MXTAP, "export", "--format", "csv", "--input", "-"], input=lines_of(mails), stdout=full, stderr=subprocess.PIPE, timeout=60)
    check("a full disk", p.returncode == 1 and b"No space" in p.stderr, p.stderr)


def japanese(mails):
    """What is said in Japanese is whole UTF-8, and the file is the same."""
    words = ["export", "--format", "rpz", "--input", "-"]
    p = run(*words, "--lang", "ja", stdin=lines_of(mails))
    text = p.stderr.decode("utf-8")
    check("in Japanese", p.returncode == 0 and "\ufffd" not in text and "\\x" not in text and "除外: スコア" in text, text)
    clean = lambda t: re.sub(rb" at \S+Z|SOA .*", b"", t)  # noqa: E731
    same("the file has one language", clean(p.stdout), clean(run(*words, stdin=lines_of(mails)).stdout))


def config(mails):
    name = os.path.join(tmp, "mxtap.conf")
    with open(name, "w", encoding="ascii") as f:
        f.write("home = 203.0.113.0/24\ninterface = eth1\n")
    same("--config: the sensor's own --home counts", listed([mail("203.0.113.7"), mail("198.51.100.7")], "--config", name)[0], ["198.51.100.7"])


def page(mails):
    """docs/EXPORT.md's own lines, with files of ours in place of those they name."""
    lines, conf = os.path.join(tmp, "mails.jsonl"), os.path.join(tmp, "mxtap.conf")
    with open(lines, "wb") as f:
        f.write(lines_of(mails))
    campaign = json.loads(run("campaigns", "--input", lines, "--json").out.splitlines()[0])["id"]
    with open(os.path.join(TOP, "docs/EXPORT.md"), encoding="utf-8") as f:
        text = f.read()
    shown = re.findall(r"^    mxtap (export .*)$", text, re.M)
    check("docs/EXPORT.md has lines", len(shown) >= 4, shown)
    for line in shown:
        words = [{"5f0c2a9be713": campaign, "/etc/mxtap/mxtap.conf": conf, "mails.jsonl": lines}.get(w, w) for w in line.split()]
        words = [os.path.join(tmp, "x") if before == "--output" else w for before, w in zip(["", *words], words)]
        p = run(*words, *([] if "--input" in words else ["--input", lines]))
        check(f"docs/EXPORT.md: {line}", p.returncode == 0, p.err)
    same("docs/EXPORT.md tells every format", sorted(re.findall(r"^\| `(\w+)` \|", text, re.M)), sorted(FORMATS))


def main():
    p = run("replay", "-q", "--dns", "--geoip", os.path.join(TOP, "share/geo/register.mmdb"), "--keep-headers", "--json", "-", REGISTER)
    mails = [r for r in map(json.loads, p.out.splitlines()) if r["event_type"] == "smtp"]
    guards()
    want = values(mails)
    addresses = [v for v in want if re.fullmatch(r"[0-9.]+|[0-9a-f:]+", v)]
    domains = [v for v in want if v not in addresses]
    check("the register has both", len(addresses) > 20 and len(domains) > 4, want)
    check("a brand's own is not in it", "etc-meisai.jp" not in domains, domains)
    read_postfix(mails, addresses)
    read_nft(mails, addresses)
    read_rpz(mails, domains)
    round_trip(mails, want)
    csv_of_register(mails)
    check_zeek(mails)
    check_misp(mails)
    check_stix(mails)
    arf_of_register(mails)
    zeek_sets()
    hostile()
    long_lists()
    recipients()
    bad_use()
    files(mails)
    japanese(mails)
    config(mails)
    page(mails)
    server = Server("--appendonly", "no", "--save", "")
    try:
        run("replay", "-q", "--dns", "--geoip", os.path.join(TOP, "share/geo/register.mmdb"), "--redis", server.url, REGISTER)
        selection(server.url, mails)
    finally:
        server.stop()
    return told()


if __name__ == "__main__":
    sys.exit(main())
