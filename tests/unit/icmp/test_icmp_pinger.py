"""The pinger's state machine, played without a network and without waiting."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporters.icmp.pinger import ROW
from exporters.icmp.socket import BUSY, FAILED, SENT
from exporters.icmp.targets import SECOND_NS


def gaps(times: list[float]) -> list[float]:
    """From each to the next, in seconds."""
    return [round(later - earlier, 2) for earlier, later in itertools.pairwise(times)]


def test_state_is_absent_until_known(play):
    """Nobody is up or down before the first answer, or the third silence."""
    net = play(answers=lambda request: 0.02 if request.device == "a" else None)
    net.load(a={}, b={})
    assert (net.up("a"), net.up("b")) == (None, None)
    net.run(5.1)
    assert net.up("a") == 1
    net.run(3)
    assert net.up("b") == 0


@pytest.mark.parametrize(
    ("interval", "timeout"), [(6.0, 1.0), (6.0, 0.5), (6.0, 3.0), (2.0, 1.0), (1.0, 2.0), (0.5, 0.2)]
)
def test_a_death_is_known_after_interval_two_steps_and_timeout_at_worst(play, interval, timeout):
    """Whenever it dies; and the second and third request follow the first unanswered a step apart."""
    for moment in range(7):
        died = [10**18]
        net = play(answers=lambda request, died=died: 0.02 if request.sent_ns < died[0] else None)
        net.load(a={"interval": interval, "timeout": timeout})
        net.run(20 + moment * interval / 7)
        died[0] = net.now
        assert net.up("a") == 1
        before = len(net.requests)
        while net.up("a") == 1:
            net.run(0.01)
        step = min(1.0, interval)
        took = (net.now - died[0]) / SECOND_NS
        assert took <= interval + 2 * step + timeout + 0.05
        if interval > timeout + 2:
            assert gaps(net.times("a")[before : before + 3]) == pytest.approx([1.0, 1.0], abs=0.015)


def test_a_down_device_stays_on_its_interval_and_is_up_at_the_first_answer(play):
    """No fast requests to the dead; one answer is enough."""
    alive = [False]
    net = play(answers=lambda _: 0.02 if alive[0] else None)
    net.load(a={})
    net.run(30)
    assert net.up("a") == 0
    net.requests.clear()
    net.run(60)
    assert gaps(net.times("a")) == pytest.approx([6.0] * 9, abs=0.015)
    alive[0] = True
    net.run(6.1)
    assert net.up("a") == 1


def test_all_ancestors_are_asked_at_once_and_leave_at_their_answer(play):
    """Grandparents by both paths, one request each, as they answer; a device beside the path isn't asked."""
    died = [False]
    net = play(answers=lambda request: None if died[0] and request.device == "d" else 0.02)
    slow = {"interval": 600.0}
    net.load(a=slow, b=slow | {"parents": ["a"]}, c=slow | {"parents": ["a"]}, d={"parents": ["b", "c"]}, e=slow)
    net.run(30)
    net.requests.clear()
    died[0] = True
    net.run(12)
    assert net.up("d") == 0
    asked = {name: len(net.times(name)) for name in "abce"}
    assert asked == {"a": 1, "b": 1, "c": 1, "e": 0}
    second = net.times("d")[1]
    assert [net.times(name)[0] for name in "abc"] == pytest.approx([second] * 3, abs=0.02)


def test_a_dead_chain_is_known_whole_within_a_second_of_its_child(play):
    """A parent that died with its child is confirmed by the child's trouble, long before its own turn."""
    died = [False]
    net = play(answers=lambda _: None if died[0] else 0.02)
    slow = {"interval": 600.0}
    net.load(a=slow, b=slow | {"parents": ["a"]}, d={"parents": ["b"]})
    net.run(30)
    died[0] = True
    while net.up("d") == 1:
        net.run(0.01)
    net.run(1.05)
    assert (net.up("a"), net.up("b"), net.up("d")) == (0, 0, 0)


def test_many_children_do_not_flood_a_living_parent(play):
    """An answer to a request sent after the child's own is proof enough: no new request for each child."""
    died = [False]
    net = play(answers=lambda request: None if died[0] and request.device != "p" else 0.02)
    net.load(p={"interval": 600.0}, **{f"c{number}": {"parents": ["p"]} for number in range(300)})
    net.run(30)
    net.requests.clear()
    died[0] = True
    net.run(12)
    assert all(net.up(f"c{number}") == 0 for number in range(300))
    assert len(net.times("p")) <= 9


def test_one_loss_is_no_outage(play):
    """The second request's answer ends the confirmation; the device returns to its grid."""
    lose = {"now": False}
    net = play(answers=lambda _: None if lose["now"] else 0.02)
    net.load(a={})
    net.run(30)
    grid = net.times("a")[-1] % 6
    lose["now"] = True
    before = len(net.requests)
    while len(net.requests) == before:
        net.run(0.01)
    lose["now"] = False
    net.run(20)
    assert net.up("a") == 1
    times = net.times("a")[before:]
    assert gaps(times)[0] == pytest.approx(1.0, abs=0.02)
    assert [moment % 6 for moment in times[2:]] == pytest.approx([grid] * len(times[2:]), abs=0.02)
    assert net.pinger.targets["a"].row == 0


def test_a_slow_device_is_up(play):
    """Answers that come after the time-out are answers: counted, up, and never a flap."""
    net = play(answers=lambda _: 1.5)
    net.load(a={})
    net.run(12)
    assert net.up("a") == 1
    for _ in range(600):
        net.run(0.1)
        assert net.up("a") == 1
    target = net.pinger.targets["a"]
    assert target.requests - target.replies <= 2
    assert sum(target.rtt_buckets[:-2]) == 0


def test_duplicates_are_counted_and_nothing_else(play):
    """The second answer to a request changes one counter."""
    net = play()
    net.load(a={})
    net.run(6)
    target = net.pinger.targets["a"]
    before = (target.replies, target.rtt_sum_ns)
    net.reply(net.requests[-1])
    net.reply(net.requests[-1])
    assert (target.replies, target.rtt_sum_ns) == before
    assert target.duplicates == 2


def test_a_wrong_answer_is_no_answer(play):
    """Another source address, another target's index, another time or an unknown sequence: unmatched."""
    net = play(answers=lambda _: None)
    net.load(a={})
    while not net.requests:
        net.run(0.01)
    request = net.requests[0]
    pinger = net.pinger
    net.reply(request, host="192.0.2.66")
    pinger.on_reply(request.sequence, request.index + 1, request.sent_ns, request.host, net.now)
    pinger.on_reply(request.sequence, request.index, request.sent_ns + 1, request.host, net.now)
    pinger.on_reply(request.sequence ^ 4096, request.index, request.sent_ns, request.host, net.now)
    assert (pinger.unmatched, net.up("a"), pinger.targets["a"].replies) == (4, None, 0)


def test_an_icmp_error_is_counted_by_code_and_is_no_answer(play):
    """The device goes down all the same; an error about another address is nobody's."""
    net = play(answers=lambda _: None)
    net.load(a={})
    while net.up("a") is None:
        sent = len(net.requests)
        net.run(0.1)
        for request in net.requests[sent:]:
            net.pinger.on_error(request.sequence, request.host, "host_unreachable")
            net.pinger.on_error(request.sequence, "192.0.2.66", "host_unreachable")
    assert net.up("a") == 0
    count = len(net.requests)
    assert net.pinger.targets["a"].unreachable == {"host_unreachable": count}
    assert net.pinger.unmatched == count


def test_the_sequence_wraps_around_requests_that_are_under_way(play):
    """After 65,535 comes 0, and a row that still waits is passed over."""
    net = play(answers=lambda request: None if request.device == "slow" else 0.02, first_sequence=65530)
    net.load(slow={"timeout": 60.0, "interval": 86400.0}, a={"interval": 0.1, "timeout": 0.05})
    net.run(10)
    used = [request.sequence for request in net.requests]
    assert used[:8] == [65530, 65531, 65532, 65533, 65534, 65535, 0, 1]
    assert net.pinger.targets["a"].replies >= len(net.times("a")) - 1
    waiting = next(request.sequence for request in net.requests if request.device == "slow")
    net.pinger._sequence = (waiting - 2) % 65536
    net.requests.clear()
    net.run(1)
    following = [request.sequence for request in net.requests if request.device == "a"]
    assert waiting not in following
    assert (waiting + 1) % 65536 in following


def test_sends_are_spread_and_keep_their_grid(play):
    """The first round within 5 seconds; then every device at its own place, without drift."""
    net = play()
    net.load(**{f"d{number}": {"interval": 60.0} for number in range(200)})
    net.run(5.05)
    assert len({request.device for request in net.requests}) == 200
    busiest = max(len(list(group)) for _, group in itertools.groupby(net.requests, key=lambda one: int(one.at * 10)))
    assert busiest <= 15
    net.requests.clear()
    net.run(60 * 20)
    for number in (0, 7, 199):
        times = net.times(f"d{number}")
        assert gaps(times) == pytest.approx([60.0] * (len(times) - 1), abs=0.015)


def test_a_stall_is_followed_by_no_burst(play):
    """What was slept through isn't made up: a normal round follows."""
    net = play()
    net.load(**{f"d{number}": {} for number in range(600)})
    net.run(20)
    net.requests.clear()
    net.now += 3600 * SECOND_NS
    net.run(0.5)
    assert len(net.requests) <= 150
    net.run(6)
    assert len({request.device for request in net.requests}) == 600
    assert len(net.requests) <= 1300


def test_full_buffers_say_nothing_about_the_device(play):
    """A refused send is tried again, then given up and counted; it is no request, and no silence."""
    full = [False]
    net = play(outcome=lambda _: BUSY if full[0] else SENT)
    net.load(a={})
    net.run(10)
    requests = net.pinger.targets["a"].requests
    full[0] = True
    net.run(30)
    target = net.pinger.targets["a"]
    assert (target.up, target.requests) == (1, requests)
    assert net.pinger.busy_drops in {4, 5, 6}
    full[0] = False
    net.run(7)
    assert target.requests > requests


@pytest.mark.parametrize("address", ["192.0.2.1", "name.example.net"])
def test_no_route_and_no_address_are_silence(play, address):
    """What can't be reached from here counts as unanswered; a name is looked up again at each silence."""
    net = play(outcome=lambda _: FAILED)
    net.load(a={"address": address})
    net.run(10)
    target = net.pinger.targets["a"]
    assert (target.up, target.replies) == (0, 0)
    assert target.requests >= ROW
    assert bool(net.lost) == (address != "192.0.2.1")


def test_a_reload_keeps_what_stays_and_forgets_what_goes(play):
    """Counters, state and requests under way stay with the device's name; a device that comes back is new."""
    net = play(answers=lambda _: 0.5)
    net.load(a={}, b={})
    net.run(20)
    a, b = net.pinger.targets["a"], net.pinger.targets["b"]
    while not a.waiting:
        net.run(0.01)
    requests = a.requests
    net.load(a={"address": "192.0.2.2", "interval": 2.0})
    net.run(0.6)
    assert net.pinger.targets == {"a": a}
    assert (a.replies, a.up, a.waiting) == (requests, 1, 0)
    count = b.requests
    net.run(20)
    assert b.requests == count
    assert net.requests[-1].host == "192.0.2.2"
    assert gaps(net.times("a"))[-1] == pytest.approx(2.0, abs=0.02)
    net.load(a={}, b={})
    assert net.pinger.targets["b"] is not b
    assert net.up("b") is None


def test_rtt_histogram_and_jitter(play):
    """Buckets are inclusive at their upper bound; jitter follows RFC 3550 §6.4.1."""
    rtts = [0.001, 0.0010001, 0.03, 3.0]
    given_rtts = iter(rtts)
    net = play(answers=lambda _: next(given_rtts, None))
    net.load(a={"timeout": 5.0, "interval": 10.0})
    net.run(45)
    target = net.pinger.targets["a"]
    assert target.replies == 4
    assert [target.rtt_buckets[place] for place in (1, 2, 6, 12)] == [1, 1, 1, 1]
    jitter = 0.0
    for earlier, later in itertools.pairwise(rtts):
        jitter += (abs(later - earlier) - jitter) / 16
    assert target.jitter_ns / SECOND_NS == pytest.approx(jitter, abs=1e-6)
    assert target.rtt_sum_ns / SECOND_NS == pytest.approx(sum(rtts), abs=1e-6)
    assert target.rtt_last_ns == 3 * SECOND_NS


def expected_up(requests, now, timeout):
    """`icmp_up` by its definition, from a log of (sent, answered or None): nothing of the pinger's."""
    answers = [(answered, sent) for sent, answered in requests if answered is not None and answered <= now]
    silences = [(sent + timeout, sent) for sent, answered in requests if answered is None or answered > sent + timeout]
    up, row, newest = None, 0, -1
    for _, kind, sent in sorted(
        [(at, 0, sent) for at, sent in answers] + [(at, 1, sent) for at, sent in silences if at <= now]
    ):
        if kind == 0:
            up, row, newest = 1, 0, max(newest, sent)
        elif sent > newest:
            row += 1
            up = 0 if row >= 3 else up
    return up


@settings(max_examples=60)
@given(
    delays=st.lists(st.sampled_from([None, None, 0.01, 0.3, 0.7, 1.3, 2.6, 6.5]), min_size=1, max_size=40),
    interval=st.sampled_from([0.4, 1.0, 3.0]),
    timeout=st.sampled_from([0.25, 1.0, 2.0]),
    repeats=st.integers(0, 3),
)
def test_icmp_up_holds_its_definition_in_any_order(play, delays, interval, timeout, repeats):
    """Losses, late, reordered and repeated answers: at every moment the state is what the log says."""
    coming = iter(delays)
    net = play(answers=lambda _: next(coming, None))
    net.load(a={"interval": interval, "timeout": timeout})
    log = {}
    duplicates = 0
    original = net.reply

    def reply(request, when=None, *, host=None):
        nonlocal duplicates
        original(request, when, host=host)
        for _ in range(repeats):
            duplicates += 1
            original(request, when, host=host)
        log[request.sequence] = net.now

    net.reply = reply
    for _ in range(round(min(len(delays) * interval + 8, 40) / 0.05)):
        net.run(0.05, step=0.05)
        rows = [(request.sent_ns, log.get(request.sequence)) for request in net.requests]
        assert net.up("a") == expected_up(rows, net.now, round(timeout * SECOND_NS))
    target = net.pinger.targets["a"]
    assert (target.replies, target.duplicates) == (len(log), duplicates)
    assert target.requests == len(net.requests)
    assert sum(target.rtt_buckets) == target.replies
