# SPDX-License-Identifier: Apache-2.0
"""truth: a record made with an allocation refused, against the one made with all of them.

A field says what it said there, or it is left out; lists may lack elements, never gain or change one; lists that stand
beside each other stay of one length. Where anything is missing the record says so: a mark among its anomalies. A
marked session counts the mails it knows of, and says that one was cut; a marked mail of which bytes were lost is as
long as what came.
"""
MARKS = {"record.too_large", "tcp.gap"}
END = {"duration_ms", "bytes_in", "bytes_out", "outcome", "mails", "accepted", "rcpt_refused", "reply", "size"}
COUNTS = ("mails", "accepted", "rcpt_refused", "bytes_in", "bytes_out")
PORTS = ("src_ip", "src_port", "dest_ip", "dest_port")
BESIDE = [("smtp.rcpt_to", "mxtap.reply.rcpt"), ("email.url", "mxtap.links"), ("email.received", "mxtap.received")]


def key(record):
    return record["event_type"], record.get("flow_id"), record.get("tx_id")


def at(record, path):
    for word in path.split("."):
        record = record.get(word, {}) if isinstance(record, dict) else {}
    return record or []


def anomalies(record):
    return set(record.get("mxtap", {}).get("anomalies", []))


def fits(value, true):
    """Whether value says nothing that true does not."""
    return not list(differences("", value, true))


def list_differences(path, value, true):
    rest = iter(true)
    for i, item in enumerate(value):
        if not any(fits(item, other) for other in rest):
            yield f"{path}[{i}]: {item!r} is not there in {true!r}"
            return


def differences(path, value, true):
    if type(value) is not type(true):
        yield f"{path}: {value!r} for {true!r}"
    elif isinstance(value, dict):
        for name in value:
            if name not in true:
                yield f"{path}.{name}: {value[name]!r}, made up"
            else:
                yield from differences(f"{path}.{name}", value[name], true[name])
    elif isinstance(value, list):
        yield from list_differences(path, value, true)
    elif value != true:
        yield f"{path}: {value!r} for {true!r}"


def counted_less(record, true):
    """A marked session without its counts, where they say no more than is true."""
    mxtap, whole = dict(record["mxtap"]), true["mxtap"]
    for name in ("mails", "accepted", "rcpt_refused"):
        if mxtap.get(name, 0) <= whole.get(name, 0):
            mxtap.pop(name, None)
    if mxtap.get("outcome") in ("unfinished", "unknown"):
        mxtap.pop("outcome")
    return dict(record, mxtap=mxtap)


def unanswered(record, true):
    """A marked mail without the replies that did not find their command: 0 is "no reply seen" (RECORD.md)."""
    mxtap, whole = dict(record["mxtap"]), true["mxtap"]
    if mxtap.get("outcome") in ("unfinished", "unknown"):
        mxtap.pop("outcome")
    if "reply" in mxtap:
        mxtap["reply"] = dict(mxtap["reply"])
        for name in ("rcpt", "final"):
            codes, there = mxtap["reply"].get(name), whole.get("reply", {}).get(name)
            if isinstance(codes, list) and isinstance(there, list) and len(codes) <= len(there):
                mxtap["reply"][name] = [b if a == 0 else a for a, b in zip(codes, there)]
    return dict(record, mxtap=mxtap)


def scored(record, true):
    """A marked mail may lack findings; its score is the sum of those that it has."""
    findings = record["mxtap"].get("findings", [])
    if findings and record["mxtap"].get("score") == sum(f["weight"] for f in findings):
        return dict(record, mxtap=dict(record["mxtap"], score=true["mxtap"].get("score", 0)))
    return record


def without_anomalies(record):
    mxtap = {k: v for k, v in record.get("mxtap", {}).items() if k != "anomalies"}
    return dict(record, mxtap=mxtap)


def without_first_frame(record, golden):
    """Where memory for the SYN was refused, the connection begins with the next frame: its number is made of that
    one's time. The record of the connection between the same ports, as it would be then."""
    for true in golden.values():
        if key(true)[::2] == key(record)[::2] and true["src_port"] == record["src_port"]:
            true = dict(true, flow_id=record["flow_id"], mxtap=dict(true["mxtap"]))
            true["mxtap"]["duration_ms"] = record["mxtap"]["duration_ms"]
            return true
    return None


def join_parts(records, golden):
    """A new connection that finds no memory gets that of the one silent for longest (DESIGN.md, Memory: it is not refused, and
    flows_evicted tells). What is said on that one later is a connection begun in its middle; its counts and those of the
    part before make the counts of the whole, and are given to that one here."""
    begun = {tuple(r[p] for p in PORTS): r for r in records if r["event_type"] == "session" and key(r) in golden}
    for rest in records:
        first = begun.get(tuple(rest.get(p) for p in PORTS))
        if rest["event_type"] != "session" or key(rest) in golden or not first or "tcp.midstream" not in anomalies(rest):
            continue
        rest["mxtap"].pop("outcome")
        for name in COUNTS:
            first["mxtap"][name] += rest["mxtap"].pop(name)


def without_end(record):
    """The input stopped with an error that was told: what is said of a connection's end is of another one."""
    mxtap = {k: v for k, v in record["mxtap"].items() if k not in END}
    return {k: v for k, v in dict(record, mxtap=mxtap).items() if k != "timestamp"}


def sooner(record, true, begun_later):
    """A segment that cannot be held comes out at once, or not at all: what it says is known a few packets sooner, and
    what it was to carry is a gap."""
    if record["timestamp"] <= true["timestamp"]:
        record = dict(record, timestamp=true["timestamp"], mxtap=dict(record["mxtap"]))
        record["mxtap"]["duration_ms"] = true["mxtap"].get("duration_ms", 0)
    if begun_later or "tcp.gap" in anomalies(record):
        record = dict(record, mxtap={k: v for k, v in record["mxtap"].items() if k not in ("bytes_in", "bytes_out")})
    return record


def faults(record, golden, stopped=False):
    """Lines on what is false in record; golden: the true records by key(); stopped: the input was not read whole."""
    true = golden.get(key(record))
    begun_later = true is None
    true = true or without_first_frame(record, golden)
    if true is None:
        return [f"{key(record)}: a record of nothing"]
    record = sooner(record, true, begun_later)
    if stopped:
        record, true = without_end(record), without_end(true)
    extra = anomalies(record) - anomalies(true) - ({"tcp.midstream"} if begun_later else set())
    if extra & MARKS and record["event_type"] == "session":
        record = counted_less(record, true)
    elif extra & MARKS:
        record = scored(unanswered(record, true), true)
    lines = list(differences("", without_anomalies(record), without_anomalies(true)))
    for a, b in BESIDE:
        if len(at(record, a)) != len(at(record, b)):
            lines.append(f"{a} and {b} are of different lengths")
    lines += [f"anomaly {a}: nobody sent that" for a in sorted(extra - MARKS)]
    counted = "tcp.gap" in anomalies(record) or begun_later
    if not lines and not stopped and not counted and not extra & MARKS and \
            without_anomalies(record) != without_anomalies(true):
        lines.append("something is missing, and no mark says so: " + " ".join(missing("", record, true)))
    return lines


def missing(path, value, true):
    for name in true:
        if name not in value:
            yield f"{path}.{name}"
        elif isinstance(true[name], dict):
            yield from missing(f"{path}.{name}", value[name], true[name])
        elif value[name] != true[name]:
            yield f"{path}.{name}"
