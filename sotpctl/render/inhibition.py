"""What Alertmanager holds back because something else says it better."""

_OF_A_DEVICE = 'device!=""'  # without it a label that both sides lack counts as equal, and one alert silences all
_OF_A_SITE = 'site!=""'

# Which alerts a dead device's trouble spares: those that tell of it, and what tells of others by its name.
_NEWS_OF_THE_DEAD = "DeviceDown|DeviceFlapping|DeviceUnreachable|DeviceTrouble|DeviceMaintenance|RedundancyLost"
# The alert on a state, the alert on an event of the log, and the event that leads to the state.
_STATES_OF_EVENTS = (
    ("BgpPeerDown", "AdjacencyLost", "bgp_down"),
    ("InterfaceDown", "LinkDown", "interface_down"),
    ("FanFailed", "HardwareFault", "fan_failed"),
    ("PowerSupplyFailed", "HardwareFault", "power_failed"),
    ("TemperatureHigh", "HardwareFault", "temperature_high"),
)

INHIBIT_RULES: tuple[dict[str, list[str]], ...] = (
    {  # a dead device has no other news
        "source_matchers": ['alertname="DeviceTrouble"', _OF_A_DEVICE],
        "target_matchers": [f'alertname!~"{_NEWS_OF_THE_DEAD}"', _OF_A_DEVICE],
        "equal": ["device"],
    },
    {  # planned work
        "source_matchers": ['alertname="DeviceMaintenance"', _OF_A_DEVICE],
        "target_matchers": ['alertname!~"DeviceTrouble|DeviceMaintenance"', _OF_A_DEVICE],
        "equal": ["device"],
    },
    {
        "source_matchers": ['alertname="SiteMaintenance"', _OF_A_SITE],
        "target_matchers": ['alertname="SiteDown"', _OF_A_SITE],
        "equal": ["site"],
    },
    *(
        {  # what was told before a window is told anew after it: its end isn't
            "source_matchers": ['alertname="MaintenanceBegan"', whose],
            "target_matchers": [f"alertname{told}", whose],
            "equal": [label, "last_maintenance"],
        }
        for label, whose, told in (
            ("device", _OF_A_DEVICE, '!="MaintenanceBegan"'),
            ("site", _OF_A_SITE, '="SiteDown"'),
        )
    ),
    {  # one page in the place of many
        "source_matchers": ['alertname="SiteDown"', _OF_A_SITE],
        "target_matchers": ['alertname=~"DeviceDown|DeviceFlapping"', _OF_A_SITE],
        "equal": ["site"],
    },
    {
        "source_matchers": ['alertname="DeviceFlapping"', _OF_A_DEVICE],
        "target_matchers": ['alertname="DeviceDown"', _OF_A_DEVICE],
        "equal": ["device"],
    },
    {  # 95 % says that 80 % is passed
        "source_matchers": ['severity="critical"', _OF_A_DEVICE],
        "target_matchers": ['severity=~"warning|info"', _OF_A_DEVICE],
        "equal": ["alertname", "device", "ifName", "sensor", "pool"],
    },
    {
        "source_matchers": ['severity="warning"', _OF_A_DEVICE],
        "target_matchers": ['severity="info"', _OF_A_DEVICE],
        "equal": ["alertname", "device", "ifName", "sensor", "pool"],
    },
    *(
        {  # what SNMP says to be so needs no log to say that it became so
            "source_matchers": [f'alertname="{state}"', _OF_A_DEVICE],
            "target_matchers": [f'alertname="{told}"', f'event="{event}"', _OF_A_DEVICE],
            "equal": ["device"],
        }
        for state, told, event in _STATES_OF_EVENTS
    ),
    {  # beyond a limit is unusual too
        "source_matchers": ['alertname="LatencyHigh"', _OF_A_DEVICE],
        "target_matchers": ['alertname="LatencyUnusual"', _OF_A_DEVICE],
        "equal": ["device"],
    },
    {  # that nothing is watched says why
        "source_matchers": ['alertname="ReachabilityMissing"'],
        "target_matchers": ['alertname="ExporterDown"', 'exporter="icmp"'],
    },
)
