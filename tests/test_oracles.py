"""Real files in, the answers of independent scripts out: the figures of the sample data's oracles."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import redis as redis_py
from click.testing import CliRunner

from collector.importing import command
from common.frames import Traffic
from common.keys import Shard
from common.settings import Settings


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", str(settings.redis_url))
    monkeypatch.setenv("FOOTFALL_DATA", str(settings.data))
    for name in ("FOOTFALL_SITES", "FOOTFALL_GEOIP", "FOOTFALL_SALT_ROTATION"):
        monkeypatch.delenv(name, raising=False)


def load(*args: str | Path) -> str:
    """Run the command; what it says."""
    result = CliRunner().invoke(command, [str(arg) for arg in args])
    assert result.exit_code == 0, result.output
    return result.output


def oracle(shared: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared / "data" / "oracles" / f"{name}.json").read_text())
    return found


def log(shared: Path, name: str) -> Path:
    return shared / "data" / "logs" / f"{name}.log.gz"


def span(answers: dict[str, Any]) -> tuple[str, str]:
    return answers["first_utc"][:10], answers["last_utc"][:10]


def same_top(ours: pd.Series, theirs: list[list[Any]]) -> None:
    """The listed values have the listed counts, and nothing left out is larger than the last of them."""
    assert [[name, int(ours.get(name, 0))] for name, _ in theirs] == theirs
    assert all(ours.drop([name for name, _ in theirs]) <= theirs[-1][1])


def pages(traffic: Traffic, days: tuple[str, str]) -> pd.Series:
    return traffic.breakdown("page", *days).set_index("page")["pageviews"]


def contents(client: redis_py.Redis) -> dict[bytes, bytes]:
    return {key: client.dump(key) for key in client.scan_iter()}


def test_semicomplete_counts_as_its_oracle(shared: Path, redis: redis_py.Redis, settings: Settings) -> None:
    answers = oracle(shared, "pandas_semicomplete_2015_combined")
    said = load("--site", "semicomplete.com", log(shared, "semicomplete_2015_combined"))
    assert "10,000 lines read" in said
    assert "not understood" not in said
    traffic, days = Traffic(site="semicomplete.com", client=redis, settings=settings), span(answers)
    assert traffic.totals(*days)[["pageviews", "visitors"]].tolist() == [2_186, 1_033]
    daily = traffic.series(*days)
    assert daily["visitors"].tolist() == [162, 290, 312, 269]
    assert daily["pageviews"].tolist() == [334, 653, 685, 514]
    unique = [redis.pfcount(Shard("semicomplete.com").unique(time.toordinal())) for time in daily["time"]]
    assert unique == pytest.approx([162, 290, 312, 269], rel=0.03)
    same_top(pages(traffic, days), answers["top20_pages_human"])
    events = traffic.events(*days)
    own = events["own_referrer"]
    same_top(own[own != ""].value_counts(), answers["top20_external_referrer_hosts_human_pv(www stripped)"])
    assert (own != "").sum() == answers["human_pv_external_referrer"]
    hours = events["time"].dt.hour.value_counts().to_dict()
    assert hours == {int(hour): count for hour, count in answers["human_pv_per_utc_hour_of_day"].items()}
    bots = traffic.totals(*days, where={"class": ["bot", "ai"]})["pageviews"]
    assert bots == answers["pageview_like_bots"] + answers["pageview_like_empty_ua"]


def test_the_same_file_again_changes_nothing_plain_or_gzipped(
    shared: Path, redis: redis_py.Redis, tmp_path: Path
) -> None:
    packed = log(shared, "semicomplete_2015_combined")
    load("--site", "semicomplete.com", packed)
    before = contents(redis)
    assert "known already: 10,000 lines, 3 of 3 pieces" in load("--site", "semicomplete.com", packed)
    assert contents(redis) == before
    plain = tmp_path / "access.log"
    plain.write_bytes(gzip.decompress(packed.read_bytes()))
    assert "known already: 10,000 lines, 3 of 3 pieces" in load("--site", "semicomplete.com", plain)
    assert contents(redis) == before


def test_plausible_rendered_as_a_log(shared: Path, redis: redis_py.Redis, settings: Settings) -> None:
    answers = oracle(shared, "pandas_plausible_io_2024_rendered_combined")
    load("--site", "plausible.io", log(shared, "plausible_io_2024_rendered_combined"))
    traffic, days = Traffic(site="plausible.io", client=redis, settings=settings), span(answers)
    totals = traffic.totals(*days)
    assert totals[["pageviews", "visitors", "visits"]].tolist() == [6_298, 756, 2_095]
    assert totals["bounce_rate"] * 2_095 == pytest.approx(answers["bounce_sessions"])
    assert totals["visit_duration"] == pytest.approx(answers["avg_session_duration_s"], abs=0.005)
    for dimension, theirs in (("entry_page", "top10_entry"), ("exit_page", "top10_exit")):
        same_top(traffic.breakdown(dimension, *days).set_index(dimension)["visits"], answers[theirs])
    same_top(pages(traffic, days), answers["top20_pages_human"])
    visits = traffic.visits(*days)
    assert len(visits) == 2_095
    assert visits["duration"].mean() == pytest.approx(answers["avg_session_duration_s"], abs=0.005)


def test_plausible_events_as_csv(shared: Path, redis: redis_py.Redis, settings: Settings) -> None:
    answers = oracle(shared, "clicks_plausible_io")
    load("--site", "plausible.io", shared / "data" / "clicks" / "plausible_io_500users_events_2024-03.csv.gz")
    traffic, days = Traffic(site="plausible.io", client=redis, settings=settings), span(answers)
    totals = traffic.totals(*days)
    assert totals[["pageviews", "events", "visitors", "visits"]].tolist() == [6_298, 6_407, 758, 2_096]
    assert round(totals["bounce_rate"] * 2_096) == 882
    assert totals["visit_duration"] == pytest.approx(506.58, abs=0.005)
    same_top(pages(traffic, days), answers["top20_pages_by_pageviews"])
    events = traffic.breakdown("event", *days).set_index("event")["events"]
    same_top(events, answers["event_names"])
    visits = answers["sessions30_all_events_keep_session_alive"]
    for dimension, theirs in (("entry_page", "top10_entry"), ("exit_page", "top10_exit")):
        ours = traffic.breakdown(dimension, *days).set_index(dimension)["visits"].drop("(none)", errors="ignore")
        same_top(ours, visits[theirs])
    referrers = traffic.events(*days)
    own = referrers.loc[referrers["type"] == "pageview", "own_referrer"].value_counts()
    assert own[["google.com", "duckduckgo.com", "github.com", "npmjs.com"]].tolist() == [70, 12, 6, 4]
    props = traffic.breakdown("prop:theme", *days)
    assert set(props["prop:theme"]) >= {"system", "dark", "light"}


def test_transitions_of_plausible(shared: Path, redis: redis_py.Redis, settings: Settings) -> None:
    answers = oracle(shared, "clicks_plausible_io")
    theirs, days = answers["sessions30_all_events_keep_session_alive"], span(answers)
    load("--site", "plausible.io", "--columns", "timestamp=timestamp", "--final",
         shared / "data" / "clicks" / "plausible_io_500users_events_2024-03.csv.gz")  # fmt: skip
    found = Traffic(site="plausible.io", client=redis, settings=settings).transitions(*days)
    assert found["count"].sum() == theirs["transitions"] == 4_206
    assert found.loc[found["from"] == found["to"], "count"].sum() == theirs["self_transitions"] == 2_536
    counts = {f"{row['from']} -> {row['to']}": row["count"] for _, row in found.iterrows()}
    listed = theirs["top15_transitions_no_self"]
    assert [[name, counts[name]] for name, _ in listed] == listed
    # Nothing that was left out is more frequent than the last of them: ties may stand in any order.
    others = found[(found["from"] != found["to"]) & ~(found["from"] + " -> " + found["to"]).isin(dict(listed))]
    assert others["count"].max() <= listed[-1][1]


def test_a_shop_by_naming_its_columns(shared: Path, redis: redis_py.Redis, settings: Settings) -> None:
    """Synthetic events of half a year, whose visitors keep the ids that the file gives."""
    answers = oracle(shared, "clicks_ecom_synthetic")
    path = shared / "data" / "clicks" / "retentioneering_ecom_SYNTHETIC.csv.gz"
    said = load("--site", "shop.example", "--columns", "event=name,visitor=user_id,device=platform", path)
    assert "31,106 custom events" in said
    traffic = Traffic(site="shop.example", client=redis, settings=settings)
    days = "2024-01-01", "2024-07-01"
    steps = ["event:catalog", "event:add_to_cart", "event:purchase"]
    ever = traffic.funnel(steps, *days, within=366 * 86_400)
    assert ever["visitors"].tolist() == list(answers["funnel_users_open_order"].values()) == [600, 511, 285]
    visits = traffic.funnel(steps, *days)
    assert visits["visits"].tolist() == list(answers["funnel_sessions_open_order"].values())
    same_top(traffic.breakdown("event", *days).set_index("event")["events"], list(map(list, answers["events"].items())))
    assert traffic.totals(*days)["visits"] == answers["gap30_sessions"] == 3_605
    assert traffic.conversions("event:purchase", *days)["conversions"].tolist() == [answers["events"]["purchase"]]
    assert set(traffic.breakdown("device", *days)["device"]) >= {"Desktop", "Mobile"}


def test_a_shop_whose_events_are_its_pages(shared: Path, redis: redis_py.Redis, settings: Settings) -> None:
    answers = oracle(shared, "clicks_ecom_synthetic")
    path = shared / "data" / "clicks" / "retentioneering_ecom_SYNTHETIC.csv.gz"
    load("--site", "shop.example", "--columns", "page=event", path)
    traffic = Traffic(site="shop.example", client=redis, settings=settings)
    days = "2024-01-01", "2024-07-01"
    found = traffic.transitions(*days)
    counts = {f"{row['from'][1:]} -> {row['to'][1:]}": row["count"] for _, row in found.iterrows()}
    assert [[name, counts[name]] for name, _ in answers["top10_transitions"]] == answers["top10_transitions"]
    first = traffic.paths(*days, steps=1, top=50)
    entries = {page[1:]: count for page, count in first.groupby("from")["visits"].sum().items()}
    assert entries == answers["entry"]


TABLE = """
    meatlabel_2025_nginx_combined   meatlabel.app     1207  616  703
    saunathinker_2025_nginx_combined saunathinker.com  163  154  156
    farmwork_2024_vhost_combined    -                  134    6    7
    nasa_09jul1995_common           nasa.gov         13926    -    -
"""


@pytest.mark.parametrize("row", [line.split() for line in TABLE.strip().splitlines()], ids=lambda row: row[0])
def test_the_other_logs(shared: Path, redis: redis_py.Redis, settings: Settings, row: list[str]) -> None:
    name, site, *figures = row
    answers = oracle(shared, f"pandas_{name}")
    said = load(*(() if site == "-" else ("--site", site)), log(shared, name))
    assert f"{answers['lines']:,} lines read" in said
    site = "farmwork.app" if site == "-" else site
    traffic, days = Traffic(site=site, client=redis, settings=settings), span(answers)
    totals = traffic.totals(*days)
    for metric, figure in zip(("pageviews", "visitors", "visits"), figures, strict=True):
        assert figure in {"-", f"{totals[metric]:.0f}"}, metric
    if answers["human_pageviews"]:
        same_top(pages(traffic, days), answers["top20_pages_human"])
        assert totals["visit_duration"] == pytest.approx(answers["avg_session_duration_s"], abs=0.005)
        assert totals["bounce_rate"] * 100 == pytest.approx(answers["bounce_rate_pct"], abs=0.005)
        events = traffic.events(*days)
        assert (events["own_referrer"] != "").sum() == answers["human_pv_external_referrer"]
    else:
        ours = pages(traffic, days)
        for page in ("/", "/history/apollo/apollo-13/apollo-13.html"):
            ours[page] -= 1  # one request each is like `GET /  HTTP/1.0`: the oracle keeps the blank in the path
        same_top(ours, answers["top20_pages_all_pageview_like"])
    bots = traffic.totals(*days, where={"class": ["bot", "ai"]})["pageviews"]
    crawlers = answers["pageview_like_bots"] + answers["pageview_like_empty_ua"]
    assert bots == (crawlers if answers["human_pageviews"] else 0)


def test_a_line_that_is_not_understood_is_named_but_not_shown(shared: Path, redis: redis_py.Redis) -> None:
    path = log(shared, "meatlabel_2025_nginx_combined")
    said = load("--site", "meatlabel.app", path)
    assert "not understood: 1 line" in said
    assert f"{path} line 5806: it does not fit the format" in said
    assert "echo" not in said
