"""What the small network is: its inventory, and what exporters say beside what it does."""

from typing import Any

DOWN, UNREACHABLE, MAINTENANCE, UNKNOWN = "acc-1", "host-1", "host-2", "host-3"
POLLED, PORT, BAD_PORT, CUT_PORT = "core-1", "Te1/0/1", "Te1/0/12", "Te1/0/13"
DOCUMENT: dict[str, Any] = {
    "auths": {"ro": {"type": "snmp", "version": "2c", "community": {"env": "GRAFANA_TEST_COMMUNITY"}}},
    "defaults": {
        "team": "noc",
        "platform": "linux",
        "snmp": {"auth": "ro", "poll_interval": "5s"},
        "thresholds": {
            "icmp_loss": {"warning": "5%", "critical": "20%"},
            "icmp_rtt": {"warning": "50ms", "critical": "200ms"},
            "icmp_jitter": {"warning": "10ms", "critical": "30ms"},
            "cpu": {"warning": "80%", "critical": "95%"},
            "memory": {"warning": "85%", "critical": "95%"},
            "temperature": {"warning": 70, "critical": 90},
            "interface_utilization": {"warning": "80%", "critical": "95%"},
            "interface_errors": {"warning": 1, "critical": 1000000},
        },
    },
    "sites": {"waw": {}, "krk": {}},
    "roles": {"core": {}, "access": {}, "server": {}, "edge": {}},
    "devices": {
        POLLED: {
            "address": "192.0.2.1",
            "site": "waw",
            "role": "core",
            "platform": "cisco-iosxe",
            "interfaces": {PORT: {"thresholds": {"interface_utilization": {"warning": "60%"}}}},
        },
        DOWN: {
            "address": "192.0.2.2",
            "site": "waw",
            "role": "access",
            "platform": "cisco-ios",
            "parents": ["core-1"],
        },
        UNREACHABLE: {"address": "192.0.2.3", "site": "waw", "role": "server", "parents": [DOWN]},
        MAINTENANCE: {"address": "192.0.2.4", "site": "waw", "role": "server", "parents": ["core-1"]},
        UNKNOWN: {"address": "192.0.2.5", "site": "waw", "role": "server", "parents": ["core-1"]},
        "edge-1": {"address": "192.0.2.6", "site": "krk", "role": "edge", "parents": ["core-1"]},
        "edge-2": {"address": "192.0.2.7", "role": "edge", "parents": ["core-1"]},  # of no site
    },
    "links": [
        f"{POLLED}:{PORT} - {DOWN}:Gi1/0/49",
        f"{POLLED}:{BAD_PORT} - edge-1:eth0",
        f"{POLLED}:{CUT_PORT} - edge-2:eth0",
    ],
}
# What the lab's agents aren't asked here, or have none of: BGP, a supply's voltage.
MORE = """\
device_bgp_peer_state{job="snmp-5s",device="core-1",peer="192.0.2.9",remote_as="64500",vrf=""} 6
device_sensor_value{job="snmp-5s",device="core-1",sensor="PSU 1",type="voltage",unit="volts"} 12.1
sotp_threshold{device="core-1",ifName="",metric="optic_power",severity="warning"} -10
sotp_threshold{device="core-1",ifName="",metric="optic_power",severity="critical"} -15
"""
SHIPPER = """\
syslog_messages_dropped_total{reason="rate"} 1
syslog_spool_messages 3
sotp_syslog_parse_errors_total 2
"""
PINGS_A_SECOND = 100
HEALTH = """\
sotp_exporter_config_last_reload_successful 1
sotp_exporter_config_last_reload_success_timestamp_seconds 1.7e9
process_cpu_seconds_total 1
process_resident_memory_bytes 5e7
sotp_icmp_packets_sent_total{family="4"} 1
sotp_icmp_packets_received_total{family="4"} 1
sotp_icmp_socket_drops_total{family="4"} 0
sotp_icmp_send_errors_total{family="4",error="EPERM"} 0
sotp_icmp_busy_drops_total 0
sotp_icmp_resolve_failures_total 0
sotp_icmp_loop_lag_seconds_bucket{le="0.01"} 5
sotp_icmp_loop_lag_seconds_bucket{le="+Inf"} 5
"""
ALERTMANAGER = """\
alertmanager_silences{state="active"} 0
alertmanager_notifications_failed_total{integration="email"} 0
alertmanager_config_last_reload_successful 1
"""
