# SPDX-License-Identifier: Apache-2.0
"""Frames in VLAN tags and in a tunnel, wrapped while the mail passes."""

import world
from clients import smtplib_send
from recording import story
from servers import Postfix
from stories.dialogue import MX6, note
from tunnels import TRUNK, UNDERLAY, TaggingSwitch, through_vxlan


def four_and_six(r, interface, vlans=None):
    """One mail over IPv4, one over IPv6, seen on `interface`."""
    mails = [note(r, 1), note(r, 2, text="A line of several segments.\n" * 120)]
    with r.dns(), Postfix(r.roots["postfix"]), r.tap(interface=interface):
        smtplib_send(r.client, r.client_name, mails[:1])
        smtplib_send(r.client6, r.client_name, mails[1:], server=MX6)
    r.truth.session(r.client, helo=r.client_name, vlan=vlans).mail(mails[0])
    r.truth.session(r.client6, MX6, helo=r.client_name, vlan=vlans).mail(mails[1])


@story("vlan", "2025-06-18 01:00:00")
def vlan(r):
    """An 802.1Q trunk."""
    with TaggingSwitch(r.roots["switch"], 100):
        four_and_six(r, TRUNK, [100])


@story("vlan-qinq", "2025-06-18 02:00:00")
def vlan_qinq(r):
    """802.1ad: a customer's VLAN 100 inside a provider's 200."""
    world.set_mtu(1492)     # two tags and 1500 would not pass a cable
    with TaggingSwitch(r.roots["switch"], 100, outer=200):
        four_and_six(r, TRUNK, [200, 100])


@story("vxlan", "2025-06-19 01:00:00")
def vxlan(r):
    """The LAN reaches its mail server through a VXLAN; the tap is under it."""
    through_vxlan(42)
    four_and_six(r, UNDERLAY)
