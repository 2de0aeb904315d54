"""The writer of the text format, checked against prometheus_client's reader."""

import enum
import math
import time
from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from exporters.kit.exposition import escape_label, header, label_text, samples, series, value_text

TEXTS = st.text(st.characters(codec=None, exclude_categories=())) | st.text(st.sampled_from('\\"\n{},= #a\ud800\udc00'))
LABELS = st.dictionaries(st.from_regex(r"\A(?!__)[a-zA-Z_][a-zA-Z0-9_]{0,8}\Z"), TEXTS, max_size=4)
NUMBERS = st.floats() | st.integers() | st.integers(-(10**400), 10**400) | st.booleans()


class Level(enum.IntEnum):
    HIGH = 3


def sent(text: str) -> str:
    """A text as UTF-8 can carry it: a lone surrogate becomes the replacement character."""
    return "".join(["\ufffd" if 0xD800 <= ord(one) <= 0xDFFF else one for one in text])


def as_float(value: float) -> float:
    """The nearest float."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def same(left: float, right: float) -> bool:
    """Equal, or both not a number."""
    return left == right or (math.isnan(left) and math.isnan(right))


@given(LABELS, NUMBERS, TEXTS)
@example({"device": "\\n"}, 1, "\\n")
@example({"device": '\\"', "site": "\n"}, -math.inf, '"')
@example({}, True, "")
@example({"a": "\ud800", "b": "\udfff\ud800"}, math.nan, "\ud800")
@example({"a": "}"}, 2**64, "# TYPE")
def test_what_is_written_is_what_a_reader_reads(labels: Mapping[str, str], value: float, text: str) -> None:
    """Any label and any number come back as they were, through bytes."""
    written = header("sotp_x", "gauge", text) + samples([(series("sotp_x", label_text(labels)), value)])
    (family,) = text_string_to_metric_families(written.encode().decode())
    (sample,) = family.samples
    assert (family.name, family.type, sample.name) == ("sotp_x", "gauge", "sotp_x")
    assert sample.labels == {name: sent(content) for name, content in labels.items()}
    assert same(as_float(sample.value), as_float(value))


@given(st.lists(NUMBERS))
def test_the_bulk_writer_and_value_text_agree(values: list[float]) -> None:
    """`samples` takes short cuts for usual numbers; what it writes is what value_text writes."""
    assert samples([("x ", value) for value in values]) == "".join([f"x {value_text(value)}\n" for value in values])


def test_numbers_are_written_as_go_reads_them() -> None:
    """The spellings of the format; counters to their last digit; no "True", no digits without end."""
    spellings = {
        math.nan: "NaN",
        math.inf: "+Inf",
        -math.inf: "-Inf",
        0: "0",
        0.5: "0.5",
        1e300: "1e+300",
    }
    assert {value: value_text(value) for value in spellings} == spellings
    assert value_text(-0.0) == "-0.0"
    assert value_text(2**64 - 1) == "18446744073709551615"
    assert value_text(True) == "1.0"
    assert value_text(Level.HIGH) == "3.0"
    assert value_text(10**5000) == "+Inf"
    assert value_text(-(10**5000)) == "-Inf"


def test_help_and_labels_differ_in_the_quote() -> None:
    """A quote is escaped in a label and stands as it is in a help text; neither ever breaks the line."""
    assert escape_label('a"b\\c\nd') == 'a\\"b\\\\c\\nd'
    assert header("x", "counter", 'a"b\\c\nd') == '# HELP x a"b\\\\c\\nd\n# TYPE x counter\n'


@pytest.mark.parametrize("name", ["", "1a", "a-b", "é", "a:b", "a\n", "__name__"])
def test_bad_label_names_are_refused(name: str) -> None:
    """A label's name that would break a scrape is a mistake of ours, told where it is made."""
    with pytest.raises(ValueError, match="no label name"):
        label_text({name: "x"})


def test_bad_families_are_refused() -> None:
    """So are a metric's name and type."""
    with pytest.raises(ValueError, match="no metric name"):
        header("a b", "gauge", "")
    with pytest.raises(ValueError, match="no metric type"):
        header("a", "guage", "")


def test_a_series_without_labels_has_no_braces() -> None:
    """As prometheus_client writes it."""
    assert series("up") == "up "
    assert series("up", 'a="b"') == 'up{a="b"} '


def test_the_writer_is_far_cheaper_than_prometheus_client() -> None:
    """A sample costs about a thirtieth of prometheus_client's; a tenth is asked for here, in one run."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.core import GaugeMetricFamily

    names = [f"device-{index}" for index in range(2000)]
    rows = [(series("x", label_text({"device": name, "site": "waw"})), index % 2) for index, name in enumerate(names)]

    class Objects:
        def collect(self) -> list[GaugeMetricFamily]:
            family = GaugeMetricFamily("x", "", labels=["device", "site"])
            for index, name in enumerate(names):
                family.add_metric([name, "waw"], index % 2)
            return [family]

    registry = CollectorRegistry()
    registry.register(Objects())
    seconds: dict[str, list[float]] = {"ours": [], "theirs": []}
    for _ in range(5):
        for whose, write in (("ours", lambda: samples(rows)), ("theirs", lambda: generate_latest(registry))):
            started = time.thread_time()
            write()
            seconds[whose].append(time.thread_time() - started)
    assert min(seconds["ours"]) < min(seconds["theirs"]) / 10
