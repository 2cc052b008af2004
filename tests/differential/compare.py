# SPDX-License-Identifier: Apache-2.0
"""Records of a mutated capture against those of the good one: equal, or, where bytes are missing, never wrong."""
import copy
import re

# ---- what a mutation itself changes (whole.ALL says which words hold) ----
# The counters of frames and segments depend on the frames; all others must stay.
FRAME_COUNTERS = re.compile(r"packets|bytes$|fragments$|datagrams$|tcp_|ndpi\.")
# Fields that a word takes out of the comparison, by path.
CHANGED = {
    "time": ("timestamp", "flow_id", "mxtap.duration_ms", "mxtap.date.skew_s"),  # flow_id hashes the first time
    "vlan": ("vlan",),
    # the other addresses are mapped back by text; a signature begins with the version of IP
    "address": ("flow_id", "community_id", "mxtap.os.signature"),
}
MAPPED = re.compile(r"\b2001:db8:4::([0-9a-f]{1,4})?:?([0-9a-f]{1,4})\b")


def map_back(value):
    """2001:db8:4::c000:219 is 192.0.2.25 again, wherever it stands."""
    if isinstance(value, str):
        return MAPPED.sub(lambda m: ".".join(
            str(b) for part in m.groups() for b in divmod(int(part or "0", 16), 256)), value)
    if isinstance(value, list):
        return [map_back(v) for v in value]
    return {k: map_back(v) for k, v in value.items()} if isinstance(value, dict) else value


def without(record, paths):
    record = copy.deepcopy(record)
    for path in paths:
        *way, last = path.split(".")
        at = record
        for step in way:
            at = at.get(step, {})
        at.pop(last, None)
    return record


def place(record):
    """Records of one connection together, in order of tx_id, the session last."""
    ends = sorted(((record["src_ip"], record["src_port"]), (record["dest_ip"], record["dest_port"])))
    return ends, record["event_type"] == "session", record.get("tx_id", 0)


def differences(want, got, path=""):
    if isinstance(want, dict) and isinstance(got, dict):
        for key in sorted({*want, *got}):
            yield from differences(want.get(key), got.get(key), f"{path}.{key}" if path else key)
    elif want != got:
        yield f"{path}: {got!r}, true is {want!r}"


def whole(want, got, words):
    """Lines that say what differs; none where the records are the same."""
    paths = [p for word in words for p in CHANGED[word]]
    if "address" in words:
        got = map_back(got)
    lists = [sorted((r for r in records if r["event_type"] != "stats"), key=place) for records in (want, got)]
    if len(lists[0]) != len(lists[1]):
        yield f"{len(lists[1])} records, true are {len(lists[0])}"
    for w, g in zip(*lists):
        for line in differences(without(w, paths), without(g, paths)):
            yield f"{w['src_port']} {w['event_type']} {w.get('tx_id', '')}: {line}"
    counters = [{k: v for r in records if r["event_type"] == "stats" for k, v in r["mxtap"]["counters"].items()
                 if not FRAME_COUNTERS.match(k)} for records in (want, got)]
    for line in differences(*counters):
        yield f"counter {line}"


# ---- where something is missing ----
# One of these, or missing > 0, or what UNDONE says, must stand in a record that says less than the true one.
GAP_ANOMALIES = {"tcp.gap", "tcp.midstream", "tcp.one_sided", "ip.truncated"}
STATUS = ("HEADER_STARTED", "BODY_STARTED", "PARSE_DONE")
# Outcomes a record may have for a true one, when what decides it was not seen.
LESS = {"unknown", "unfinished"}
OUTCOMES = {
    "smtp": {"partial": {"accepted", "refused", "deferred"},  # the reply of a recipient was lost
             "deferred": {"refused"}, "refused": {"deferred"},  # the same, of all recipients' codes
             "accepted": {"reset"}},  # the final reply was lost, RSET or EHLO came behind it
    "session": {outcome: {"quiet", "refused", "deferred"} for outcome in
                ("mail", "encrypted", "refused", "deferred", "unfinished")},
}
OUTCOMES["smtp"]["refused"] = OUTCOMES["smtp"]["deferred"] = {"refused", "deferred", "reset", "accepted", "partial"}
# Words that say less: which form of smuggling worked is told by the server.
WORDS = {"mxtap.smuggling.verdict": {"unknown"}}
NUMBERS_UP_TO = {"mxtap.missing": None, "mxtap.size": 1, "mxtap.bytes_in": 1, "mxtap.bytes_out": 1, "mxtap.mails": 1,
                 "mxtap.accepted": 1, "mxtap.rcpt_refused": 1}
IGNORED = {"timestamp", "flow_id", "tx_id", "vlan", "mxtap.duration_ms", "mxtap.date.skew_s", "mxtap.missing",
           "mxtap.os.ttl"}  # the SYN of a second mirror port may have crossed a router more
# What was said before a mail began: where it was lost, the session's record says so, not each mail's.
OF_THE_CONNECTION = {"smtp.helo", "mxtap.reply.banner", "mxtap.reply.helo", "mxtap.proto", "mxtap.client",
                     "mxtap.auth", "mxtap.role", "mxtap.tls", "mxtap.origin", "mxtap.os", "mxtap.findings", "mxtap.score"}
# The last reply that names an outcome: an earlier one of the same mail where later ones were lost.
BY_REPLY = {"mxtap.reply.text", "mxtap.reply.enhanced"}
REPLIES = ("mxtap.reply.mail", "mxtap.reply.rcpt", "mxtap.reply.data", "mxtap.reply.final")
# What a lost Content-Type takes along: the whole body is one text then.
BY_TYPE = {"mxtap.parts", "email.url", "email.attachment"}
# Computed of another field: right where that one is the true one, free where it was cut.
COMPUTED = {"mxtap.subject_key": "email.subject", "mxtap.date": "email.date", "mxtap.origin": "email.received",
            "mxtap.claimed": "email.received", "mxtap.links": "email.url", "mxtap.received": "email.received",
            "mxtap.score": None, "mxtap.findings": None}


def at(record, path):
    for step in path.split("."):
        record = record.get(step) if isinstance(record, dict) else None
    return record


def is_prefix(less, more):
    return isinstance(less, str) and isinstance(more, str) and more.startswith(less)


def is_subset(less, more, same):
    """Whether less is more with elements left out, in order."""
    rest = iter(more)
    return all(any(same(a, b) for b in rest) for a in less)


def part_is_less(less, more):
    """A part of a mail: its declared values whole or not there. Its size may even be more: with the boundary lost,
    the next part's header counts to it."""
    return all(k == "size" or less[k] == more.get(k) or is_prefix(less[k], more.get(k)) for k in less)


def value_is_less(path, less, more):
    if less is None or less == more:
        return True
    if path == "email.status":
        return STATUS.index(less) <= STATUS.index(more or "PARSE_DONE")
    if path in WORDS and less in WORDS[path]:
        return more is not None
    if path in NUMBERS_UP_TO:
        return less <= (more or 0)
    if path == "mxtap.parts":
        return is_subset(less, more or [], part_is_less)
    if isinstance(less, str):
        return is_prefix(less, more)
    if isinstance(less, list):
        return isinstance(more, list) and is_subset(less, more, lambda a, b: a == b or is_prefix(a, b))
    return False


def replies_are_less(less, more):
    """smtp.rcpt_to and mxtap.reply.rcpt go together: each recipient with its own code or 0."""
    pairs = [list(zip(at(r, "smtp.rcpt_to") or [], at(r, "mxtap.reply.rcpt") or [])) for r in (less, more)]
    return is_subset(pairs[0], pairs[1], lambda a, b: is_prefix(a[0], b[0]) and a[1] in (0, b[1]))


def leaves(record, path=""):
    for key, value in record.items():
        name = f"{path}.{key}" if path else key
        if isinstance(value, dict) and name not in COMPUTED:
            yield from leaves(value, name)
        else:
            yield name, value


def anomalies(record):
    return set(at(record, "mxtap.anomalies") or [])


def computed_is_less(path, less, more):
    source = COMPUTED[path]
    if source is None or at(less, source) != at(more, source):
        return True
    if path == "mxtap.origin":  # the HELO of hop 0 is smtp.helo, which may be missing
        a, b = (dict(at(r, path) or {}) for r in (less, more))
        return {**b, **a} == b
    if path == "mxtap.date":
        a, b = ({k: v for k, v in (at(r, path) or {}).items() if k != "skew_s"} for r in (less, more))
        return not a or a == b
    return at(less, path) == at(more, path) or at(less, path) is None


def replies_lost(less, more):
    return any(at(less, path) != at(more, path) for path in REPLIES)


def type_lost(less, more):
    """Something of the mail is missing, and its first part has not the type that was declared."""
    a, b = (at(r, "mxtap.parts") or [{}] for r in (less, more))
    return is_marked(less) and len(a) == 1 and a[0].get("type", "text/plain") == "text/plain" and \
        {k: v for k, v in a[0].items() if k != "size"} != {k: v for k, v in b[0].items() if k != "size"}


def wrong(less, more):
    """Lines on what a record says that is not true."""
    kind = less["event_type"]
    for path, value in leaves(less):
        if path in IGNORED:
            continue
        if (path in BY_REPLY and replies_lost(less, more)) or (path in BY_TYPE and type_lost(less, more)):
            continue
        if path in COMPUTED:
            if not computed_is_less(path, less, more):
                yield f"{path}: {value!r}, true is {at(more, path)!r}"
        elif path == "mxtap.anomalies":
            for a in sorted(set(value) - anomalies(more) - GAP_ANOMALIES):
                yield f"anomaly {a} is not in the traffic"
        elif path == "mxtap.outcome":
            true = at(more, path)
            if value != true and value not in LESS and value not in OUTCOMES[kind].get(true, ()):
                yield f"{path}: {value!r}, true is {true!r}"
        elif path == "mxtap.reply.rcpt":
            if not replies_are_less(less, more):
                yield f"{path}: {value!r}, true is {at(more, path)!r}"
        elif not value_is_less(path, value, at(more, path)):
            yield f"{path}: {value!r}, true is {at(more, path)!r}"


def is_marked(record):
    """Whether a record says that it is incomplete."""
    said = at(record, "mxtap.missing") or anomalies(record) & GAP_ANOMALIES
    undone = at(record, "mxtap.outcome") in LESS or at(record, "email.status") in STATUS[:2]
    return bool(said or undone)


def same_but_time(less, more):
    """But for what the whole connection says too: a hole before a mail is the session's, not the mail's."""
    paths = IGNORED | OF_THE_CONNECTION
    return without(less, paths) == without(more, paths)


def connections(records):
    out = {}
    for r in records:
        if r["event_type"] != "stats":
            out.setdefault(tuple(place(r)[0]), {"smtp": [], "session": []})[r["event_type"]].append(r)
    return out


def match(less, more, cut):
    """Lines on mails that have no true mail: each must be at most one true mail, in order. Longest chain of fits.
    cut: the capture ends before the connection, and with it the last mail: nothing inside of it is missing."""
    faults = [[list(wrong(a, b)) for b in more] for a in less]
    best = [[0] * (len(more) + 1) for _ in range(len(less) + 1)]
    for i in range(len(less) - 1, -1, -1):
        for j in range(len(more) - 1, -1, -1):
            fit = best[i + 1][j + 1] + 1 if not faults[i][j] else 0
            best[i][j] = max(fit, best[i + 1][j], best[i][j + 1])
    i = j = 0
    pairs, alone = [], []
    while i < len(less):
        if j < len(more) and not faults[i][j] and best[i][j] == best[i + 1][j + 1] + 1:
            pairs.append((less[i], more[j]))
            i, j = i + 1, j + 1
        elif j < len(more) and best[i][j] == best[i][j + 1]:
            j += 1
        else:
            alone.append(i)
            i += 1
    for i in alone:
        nearest = min(faults[i], key=len, default=["no true mail on this connection"])
        yield f"mail {less[i].get('tx_id')} is none of the true ones; nearest: " + "; ".join(nearest[:4])
    for a, b in pairs:
        if not is_marked(a) and not same_but_time(a, b) and not (cut and a is less[-1]):
            yield f"mail {a.get('tx_id')} does not say it is incomplete: " + \
                "; ".join(list(differences(without(b, IGNORED), without(a, IGNORED)))[:4])


def incomplete(want, got):
    """Lines on what is wrong in the records of a lossy capture."""
    true, seen = connections(want), connections(got)
    for key, records in seen.items():
        if key not in true:
            yield f"{key}: no such connection"
            continue
        where = f"{key[0][1]}-{key[1][1]}"
        cut = any(ends_early(a, b) for a, b in zip(records["session"], true[key]["session"]))
        for line in match(records["smtp"], true[key]["smtp"], cut):
            yield f"{where}: {line}"
        if len(records["session"]) > len(true[key]["session"]):
            yield f"{where}: {len(records['session'])} sessions, true are {len(true[key]['session'])}"
        for a, b in zip(records["session"], true[key]["session"]):
            for line in wrong(a, b):
                yield f"{where} session: {line}"
            if not is_marked(a) and not same_but_time(a, b) and not ends_early(a, b):
                yield f"{where} session does not say it is incomplete: " + \
                    "; ".join(list(differences(without(b, IGNORED), without(a, IGNORED)))[:4])


def ends_early(a, b):
    """A capture that ends before its connection: nothing inside is missing, and the records end with it."""
    return a["timestamp"] < b["timestamp"]
