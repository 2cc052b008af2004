# SPDX-License-Identifier: Apache-2.0
"""Three mails each time, damaged as taps, mirrors and networks do it, alike every time."""

from dataclasses import replace

import frames
from recording import damaged
from stories.dialogue import several_mails

SMTP = 25


def data_frames(captured, to_server=True):
    """Indices of frames that carry SMTP bytes in one direction."""
    side = 1 if to_server else 0
    return [index for index, frame in enumerate(captured)
            if frames.ports(frame.data)[side] == SMTP and frames.payload_length(frame.data)]


def in_order_of(captured, order):
    """The same frames in another order; the times stay where they were, so the file is sorted."""
    return [replace(captured[index], when=captured[place].when)
            for place, index in enumerate(order)]


def long_segments(captured):
    """Indices of the full-size segments of the second mail's text."""
    return [index for index in data_frames(captured)
            if frames.payload_length(captured[index].data) > 1000]


@damaged("packets-reordered", "2021-11-14 08:00:00", several_mails)
def reordered(captured, truth):
    """Neighbours swapped all along the text, and one segment three places late."""
    order = list(range(len(captured)))
    segments = long_segments(captured)
    for left, right in zip(segments[::2], segments[1::2]):
        order[left], order[right] = order[right], order[left]
    order.insert(segments[0] + 3, order.pop(segments[0]))
    return in_order_of(captured, order)


@damaged("packets-duplicated", "2021-11-14 03:00:00", several_mails)
def duplicated(captured, truth):
    """Every frame twice, 30 microseconds apart, as a tap with two ports gives them."""
    both = [copy for frame in captured for copy in (frame, replace(frame, when=frame.when + 30))]
    return sorted(both, key=lambda frame: frame.when)


@damaged("packets-two-vlans", "2021-11-14 09:00:00", several_mails)
def two_vlans(captured, truth):
    """A mirror of two VLANs: every frame tagged 10 before the router, 20 behind it."""
    both = []
    for frame in captured:
        data = frames.routed(frame.data)
        both += [replace(frame, data=frames.tag(frame.data, 10), length=frame.length + 4),
                 replace(frame, data=frames.tag(data, 20), length=frame.length + 4,
                         when=frame.when + 15)]
    truth.note(vlans=[10, 20])
    return sorted(both, key=lambda frame: frame.when)


@damaged("packets-lost", "2021-11-14 03:10:00", several_mails)
def lost(captured, truth):
    """The tap lost the third segment of the second mail's text; the server had it."""
    gone = long_segments(captured)[2]
    truth.mails[1].update(missing=frames.payload_length(captured[gone].data), cut=True)
    return [frame for index, frame in enumerate(captured) if index != gone]


@damaged("packets-lost-command", "2021-11-14 03:20:00", several_mails)
def lost_command(captured, truth):
    """Lost: the third mail's RCPT command, and the reply to its MAIL. The text is whole."""
    commands, replies = data_frames(captured), data_frames(captured, to_server=False)
    mail_from = [index for index in commands if b"mail FROM" in captured[index].data][2]
    rcpt_to = next(index for index in commands if index > mail_from)
    answer = next(index for index in replies if index > mail_from)
    gone = {rcpt_to, answer}
    truth.mails[2].update(missing=sum(frames.payload_length(captured[i].data) for i in gone))
    del truth.mails[2]["rcpt_to"]
    return [frame for index, frame in enumerate(captured) if index not in gone]


@damaged("packets-one-sided-client", "2021-11-14 04:00:00", several_mails)
def client_only(captured, truth):
    """Only frames towards the server (an asymmetric mirror): the mails, but no verdict on them."""
    for mail in truth.mails:
        mail["outcome"] = "unknown"
        mail.pop("final", None)
    truth.sessions[0].facts.update(outcome="unknown", accepted=0)
    truth.note(one_sided="client")
    return [frame for frame in captured if frames.ports(frame.data)[1] == SMTP]


@damaged("packets-one-sided-server", "2021-11-14 05:00:00", several_mails)
def server_only(captured, truth):
    """Only the server's replies: a session with a banner, and no mail to tell of."""
    truth.mails.clear()
    for key in ("helo", "outcome", "mails", "accepted"):
        truth.sessions[0].facts.pop(key)
    truth.note(one_sided="server")
    return [frame for frame in captured if frames.ports(frame.data)[0] == SMTP]


@damaged("packets-midstream", "2021-11-14 03:30:00", several_mails)
def midstream(captured, truth):
    """The capture began while the first mail was on its way: HELO and its envelope were before."""
    first = next(index for index in data_frames(captured)
                 if captured[index].data.endswith(b"data\r\n"))
    del truth.mails[0]
    truth.sessions[0].facts.update(mails=2, accepted=2)
    truth.sessions[0].facts.pop("helo")
    for mail in truth.mails:
        del mail["helo"]
    truth.note(cut="begins behind the first mail's DATA; a record of that mail may be there or not")
    return captured[first + 2:]


@damaged("packets-resegmented", "2021-11-14 08:30:00", several_mails)
def resegmented(captured, truth):
    """Every segment of the long text a second time, later, in two halves with other borders."""
    result = list(captured)
    for index in long_segments(captured):
        first, second = frames.halves(captured[index].data)
        late = captured[index].when + 400
        result += [replace(captured[index], data=first, length=len(first), when=late),
                   replace(captured[index], data=second, length=len(second), when=late + 1)]
    return sorted(result, key=lambda frame: frame.when)


@damaged("packets-snaplen", "2021-11-14 08:45:00", several_mails)
def snaplen(captured, truth):
    """A snap length of 300: commands are whole, texts are not."""
    for mail, short in zip(truth.mails, (True, True, True)):
        mail["cut"] = short
    truth.note(cut="snaplen 300")
    return frames.cut(captured, 300)
