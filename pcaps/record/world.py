# SPDX-License-Identifier: Apache-2.0
"""The recorder's own small network: a mail server's LAN behind a router, and senders outside.

    out ---- gw ---- sw (bridge; tcpdump sits here, as on a mirror port) ---- mx, relay, dns

Only documentation addresses; every host is a network namespace of its own.
"""

import ctypes
import os
import pickle
import subprocess
import sys
import traceback

PREFIX = "mxrec-"
SWITCH, ROUTER, OUTSIDE = "sw", "gw", "out"
LAN = {  # name: (last octet of 192.0.2.0/24 and, as digits, of 2001:db8:25::/64)
    "mx": 25,
    "relay": 26,
    "dns": 53,
}
LAN4, LAN6 = "192.0.2.", "2001:db8:25::"
WAN4, WAN4B, WAN6 = "198.51.100.", "203.0.113.", "2001:db8:c::"
CLONE_NEWNET = 0x40000000


def netns(name):
    return PREFIX + name


def inside(name, *command, check=True, **options):
    """Runs a program in a host of the network."""
    return subprocess.run(["ip", "netns", "exec", netns(name), *map(str, command)],
                          check=check, **options)


def start(name, *command, **options):
    return subprocess.Popen(["ip", "netns", "exec", netns(name), *map(str, command)], **options)


def call(name, function, *arguments):
    """Runs a Python function in a host, in a child process, and returns what it returned."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os._exit(_child(name, function, arguments, writer))
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        data = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError(f"client in {name} failed")
    return pickle.loads(data)


def _child(name, function, arguments, writer):
    try:
        with open(f"/run/netns/{netns(name)}", "rb") as handle:
            if ctypes.CDLL(None, use_errno=True).setns(handle.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
        with os.fdopen(writer, "wb") as pipe:
            pickle.dump(function(*arguments), pipe)
        return 0
    except BaseException:
        traceback.print_exc(file=sys.stderr)
        return 1


def ip(*arguments):
    subprocess.run(["ip", *map(str, arguments)], check=True)


def _host(name):
    ip("netns", "add", netns(name))
    inside(name, "sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0",
           "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.default.router_solicitations=0",
           "net.ipv6.conf.default.autoconf=0")
    ip("-n", netns(name), "link", "set", "lo", "up")


def cable(left, left_if, right, right_if, mac=None):
    ip("link", "add", left_if, "netns", netns(left), "type", "veth",
        "peer", "name", right_if, "netns", netns(right))
    for host, interface in ((left, left_if), (right, right_if)):
        # With offloads the kernel would hand over 64 KiB "segments" without checksums.
        inside(host, "ethtool", "-K", interface, "tx", "off", "rx", "off", "tso", "off",
               "gso", "off", "gro", "off", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if mac:
        ip("-n", netns(left), "link", "set", left_if, "address", mac)
    ip("-n", netns(left), "link", "set", left_if, "up")
    ip("-n", netns(right), "link", "set", right_if, "up")


def address(name, interface, *addresses):
    for one in addresses:
        option = ["nodad"] if ":" in one else []
        ip("-n", netns(name), "address", "add", one, "dev", interface, *option)


def default_route(name, gateway4, gateway6):
    ip("-n", netns(name), "route", "add", "default", "via", gateway4)
    ip("-n", netns(name), "-6", "route", "add", "default", "via", gateway6)


def build():
    remove()
    for name in (SWITCH, ROUTER, OUTSIDE, *LAN):
        _host(name)
    # The bridge has no address and no IPv6, so that nothing of its own gets into a capture.
    ip("-n", netns(SWITCH), "link", "add", "br0", "type", "bridge", "mcast_snooping", 0)
    inside(SWITCH, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
           "net.ipv6.conf.default.disable_ipv6=1")
    ip("-n", netns(SWITCH), "link", "set", "br0", "up")
    cable(ROUTER, "lan", SWITCH, "p-gw", "02:00:5e:00:02:01")
    ip("-n", netns(SWITCH), "link", "set", "p-gw", "master", "br0")
    address(ROUTER, "lan", LAN4 + "1/24", LAN6 + "1/64")
    for name, number in LAN.items():
        cable(name, "eth0", SWITCH, "p-" + name, f"02:00:5e:00:02:{number:02d}")
        ip("-n", netns(SWITCH), "link", "set", "p-" + name, "master", "br0")
        address(name, "eth0", f"{LAN4}{number}/24", f"{LAN6}{number}/64")
        default_route(name, LAN4 + "1", LAN6 + "1")
    cable(OUTSIDE, "eth0", ROUTER, "wan", "02:00:5e:00:51:02")
    address(ROUTER, "wan", WAN4 + "1/24", WAN4B + "1/24", WAN6 + "1/64")
    address(OUTSIDE, "eth0", *(f"{WAN4}{n}/24" for n in range(10, 60)),
             *(f"{WAN4B}{n}/24" for n in range(10, 40)), *(f"{WAN6}{n}/64" for n in range(10, 40)))
    default_route(OUTSIDE, WAN4 + "1", WAN6 + "1")
    inside(ROUTER, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")


def remove():
    for name in (SWITCH, ROUTER, OUTSIDE, *LAN):
        if os.path.exists(f"/run/netns/{netns(name)}"):
            ip("netns", "delete", netns(name))


def set_mtu(mtu):
    """For all cables at once; the default is Ethernet's 1500."""
    for name in (SWITCH, ROUTER, OUTSIDE, *LAN):
        listing = subprocess.run(["ip", "-n", netns(name), "-br", "link", "show", "type", "veth"],
                                 check=True, capture_output=True, text=True).stdout
        for line in listing.splitlines():
            ip("-n", netns(name), "link", "set", line.split("@")[0].split()[0], "mtu", mtu)
    ip("-n", netns(SWITCH), "link", "set", "br0", "mtu", mtu)
