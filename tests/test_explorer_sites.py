"""The page of sites: list, script tag, and adding one."""

from __future__ import annotations

import explorer_site as site
import pytest
import redis as redis_py

from common import keys
from common.known import Known, encode
from common.saved import GOAL, Saved


@pytest.fixture(autouse=True)
def _here(redis: redis_py.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_REDIS_URL", redis_url)
    site.forget()
    site.ordinary(redis)


def test_list_and_script_tag() -> None:
    app = site.opened("sites", site=site.SITE)
    assert not app.exception
    assert app.dataframe[0].value[["site", "zone"]].to_numpy().tolist() == [[site.SITE, "UTC"]]
    assert f'data-site="{site.SITE}"' in app.code[0].value


def test_adding_one_shows_how_to_begin() -> None:
    app = site.opened("sites", site=site.SITE)
    app.text_input(key="new_site").set_value("WWW.New.Example")
    app.selectbox(key="new_zone").set_value("Asia/Kolkata")
    app.button[-1].click().run()
    assert not app.exception
    assert site.url(app)["site"] == ["new.example"]
    assert app.dataframe[0].value[["site", "zone"]].to_numpy().tolist()[0] == ["new.example", "Asia/Kolkata"]


def test_a_bad_name_is_refused() -> None:
    app = site.opened("sites", site=site.SITE)
    app.text_input(key="new_site").set_value("https://new.example/")
    app.button[-1].click().run()
    assert app.error[0].value.startswith("That is no host name")
    assert len(app.dataframe[0].value) == 1


def test_a_site_that_is_known_keeps_its_zone() -> None:
    app = site.opened("sites", site=site.SITE)
    app.text_input(key="new_site").set_value(site.SITE)
    app.selectbox(key="new_zone").set_value("Asia/Kolkata")
    app.button[-1].click().run()
    assert not app.exception
    assert app.dataframe[0].value[["site", "zone"]].to_numpy().tolist() == [[site.SITE, "UTC"]]
    assert any("rebuild --site shop.example --zone Asia/Kolkata" in toast.value for toast in app.toast)


def test_options_assemble_the_tag() -> None:
    app = site.opened("sites", site=site.SITE)
    app.checkbox(key="part_outbound").check()
    app.checkbox(key="part_clicks").check()
    app.run()
    assert not app.exception
    assert "/tracker.outbound.js" in app.code[0].value
    assert "data-clicks" in app.code[0].value


def test_commands_name_the_site(redis: redis_py.Redis) -> None:
    Saved(redis, site.SITE).put(GOAL, "Signup", {"event": "Signup"})
    app = site.opened("sites", site=site.SITE)
    assert [block.value for block in app.code[1:]] == [
        "python -m collector rebuild --site shop.example --zone Europe/Berlin",
        "python -m collector delete --site shop.example",
    ]
    assert "1 goal." in site.texts(app)


def test_one_that_waits_says_so(redis: redis_py.Redis) -> None:
    redis.hset(keys.sites(), "new.example", encode(Known("UTC", 0)))
    app = site.opened("sites", site="new.example")
    assert not app.exception
    assert app.selectbox(key="snippet_site").value == "new.example"
    assert app.info[0].value.startswith("Waiting for the first event")
