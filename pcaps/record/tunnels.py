# SPDX-License-Identifier: Apache-2.0
"""Ways between the LAN and the mail server on which frames are wrapped; the tap is inside them.

Switches are Open vSwitch in user space; VXLAN is the kernel's.
"""

import time

import world

RUN = "/run/openvswitch"
TRUNK = "trunk0"
UNDERLAY = "under0"
SPACE = world.netns(world.SWITCH)


class TaggingSwitch:
    """While the block runs, all that goes to mx crosses a trunk and is tagged there.

        br0 --access port-- [near] ==trunk== [far] --access port-- mx

    With an outer tag (802.1ad) the trunk runs through a second pair of switches.
    """

    def __init__(self, root, vlan, outer=None):
        self.root, self.vlan, self.outer = root, vlan, outer
        self.processes = []

    def __enter__(self):
        self.run("mkdir", "-p", RUN)
        self.run("sh", "-c", f"rm -f {RUN}/conf.db && ovsdb-tool create {RUN}/conf.db "
                 "/usr/share/openvswitch/vswitch.ovsschema")
        self.start("ovsdb-server", f"{RUN}/conf.db", f"--remote=punix:{RUN}/db.sock")
        time.sleep(0.5)
        self.vsctl("--no-wait", "init")
        self.vsctl("--no-wait", "set", "Open_vSwitch", ".", "other_config:vlan-limit=2")
        self.start("ovs-vswitchd", f"unix:{RUN}/db.sock")
        time.sleep(1)
        world.ip("-n", SPACE, "link", "set", "p-mx", "nomaster")
        self.cable("lan-near", "lan-far")
        world.ip("-n", SPACE, "link", "set", "lan-near", "master", "br0")
        self.cable(TRUNK, "trunk1")
        if self.outer:
            self.wrapped_trunk()
        else:
            self.bridge("near", "lan-far", TRUNK)
            self.bridge("far", "p-mx", "trunk1")
        time.sleep(1)
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.terminate()
            process.wait()

    def wrapped_trunk(self):
        for left, right in (("c0", "p0"), ("c1", "p1")):
            self.cable(left, right)
        self.bridge("near", "lan-far", "c0")
        self.bridge("far", "p-mx", "c1")
        for bridge, customer, trunk in (("pnear", "p0", TRUNK), ("pfar", "p1", "trunk1")):
            self.bridge(bridge, customer, trunk, self.outer)
            self.vsctl("set", "port", customer, "vlan_mode=dot1q-tunnel",
                       "other_config:qinq-ethtype=802.1ad", f"cvlans={self.vlan}")

    def bridge(self, name, access, trunk, vlan=None):
        self.vsctl("add-br", name, "--", "set", "bridge", name, "datapath_type=netdev")
        self.vsctl("add-port", name, access, f"tag={vlan or self.vlan}")
        self.vsctl("add-port", name, trunk, "--", "set", "port", trunk, "vlan_mode=trunk")

    def cable(self, left, right):
        world.cable(world.SWITCH, left, world.SWITCH, right)

    def run(self, *command):
        return world.inside(world.SWITCH, "chroot", self.root.path, *command)

    def vsctl(self, *words):
        self.run("ovs-vsctl", f"--db=unix:{RUN}/db.sock", *words)

    def start(self, *command):
        self.processes.append(world.start(world.SWITCH, "chroot", self.root.path, *command,
                                          "-vconsole:off"))


def through_vxlan(identifier):
    """mx is reached through a VXLAN between 203.0.113.249 and .250, its only cable to the LAN."""
    mx = world.netns("mx")
    world.ip("-n", SPACE, "link", "set", "p-mx", "nomaster")
    world.cable("mx", "under1", world.SWITCH, UNDERLAY, "02:00:5e:00:71:50")
    for space, interface, number in ((mx, "under1", 250), (SPACE, UNDERLAY, 249)):
        world.ip("-n", space, "link", "set", interface, "mtu", 1600)
        world.ip("-n", space, "address", "add", f"203.0.113.{number}/30", "dev", interface)
    for space, name, here, there in ((mx, "vx1", 250, 249), (SPACE, "vx0", 249, 250)):
        world.ip("-n", space, "link", "add", name, "type", "vxlan", "id", identifier,
                 "dstport", 4789, "local", f"203.0.113.{here}", "remote", f"203.0.113.{there}")
        world.ip("-n", space, "link", "set", name, "mtu", 1500)
    world.ip("-n", SPACE, "link", "set", "vx0", "master", "br0")
    world.ip("-n", mx, "address", "flush", "dev", "eth0")
    world.ip("-n", mx, "link", "set", "eth0", "down")
    world.ip("-n", mx, "link", "set", "vx1", "address", "02:00:5e:00:02:25")
    for space, name in ((SPACE, "vx0"), (mx, "vx1")):
        world.ip("-n", space, "link", "set", name, "up")
    world.address("mx", "vx1", world.LAN4 + "25/24", world.LAN6 + "25/64")
    world.default_route("mx", world.LAN4 + "1", world.LAN6 + "1")
