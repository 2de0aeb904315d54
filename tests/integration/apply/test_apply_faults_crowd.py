"""Many applies at one moment: one at a time, one that does it."""

import re

from tests.integration.apply import faults
from tests.integration.apply.scene import Driver, Scene, clean, confirmed, whole

CROWD = 200


def test_one_of_many_applies(scene: Scene, driver: Driver) -> None:
    """200 processes: never two inside, one swaps; the others are told who is at work, or find it done."""
    order = scene.reset().order()
    order.crowd = CROWD
    ended = driver.crowd(order)
    assert len(ended) == CROWD
    assert [one.crash for one in ended if one.crash] == []
    winners = [one for one in ended if "swap" in one.steps]
    assert [one.text for one in winners] == [f"applied: {scene.new} is current, and everything confirms it"]
    pids = {str(one.pid) for one in ended}
    refused = [one for one in ended if one.code == 1]
    for one in refused:
        holder = re.search(r"another apply is at work \(pid (\d+)\); wait for it", one.text)
        assert holder, one
        assert holder[1] in pids, one
    assert faults.CROWD.says.replace("(pid …)", f"(pid {winners[0].pid})") in refused[0].text
    late = [one for one in ended if one.code == 0 and one not in winners]
    assert {one.text for one in late} <= {f"up to date: {scene.new} is current, and everything confirms it"}
    assert len(refused) + len(late) == CROWD - 1
    assert len(refused) >= CROWD // 2
    assert whole(scene.store) == scene.new
    confirmed(scene.store)
    clean(scene.store)
