"""The page of sites: list, script tag, and adding one."""

from __future__ import annotations

import explorer_site as site
import pytest
import redis as redis_py


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
