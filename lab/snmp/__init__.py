"""What the lab's devices say to SNMP: agents whose values move as a network's do, and break when they are told to.

udp          datagrams inside the packets of the TUN device (pure)
curves       counters and gauges as functions of time (pure)
port         one interface: its traffic, its errors, when it was down
device       one device: when it booted, what is wrong with it
mib          objects in order, each a value or a function of time
contents     what each platform has (`contents/`: data and short code)
agent        SNMPv2c and v3 on a MIB
credentials  the communities and users that the inventory names
neighbors    the cables between devices, and who speaks BGP over them
fleet        all agents, and their faults
"""
