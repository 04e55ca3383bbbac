"""The environment in, one shared connection and the answers of a page out; and what to show while Redis is away."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from datetime import date
from typing import Any

import pandas as pd
import redis
import streamlit as st

from common import settings as environment
from common import store
from common.filters import is_plain, normalise
from common.frames import sites
from common.keys import sites as sites_key
from common.known import Known, encode, one_site
from common.settings import SettingError, Settings
from common.store import StoreError
from common.zones import in_use
from explorer.code import Call
from explorer.source import AROUND, Question, Source, answered
from explorer.view import View

#: What a page raises when Redis cannot answer.
AWAY = (StoreError, redis.RedisError, OSError)


class Answers:
    """Answers for one view. The revision of its days is asked for once, so that all of a page agree."""

    def __init__(self, source: Source, view: View) -> None:
        self.source, self.view = source, view
        self._revisions: dict[tuple[date, date], tuple[str, ...]] = {}

    def totals(self, start: date | None = None, end: date | None = None) -> pd.Series:
        """Totals of the view, or of other days under its filters."""
        found: pd.Series = self.over(start or self.view.start, end or self.view.end, "totals", where=self.view.where)
        return found

    def ask(self, name: str, **options: Any) -> Any:
        """What any method of `Traffic` says of the view's days under its filters; `where` given replaces them."""
        return self.over(self.view.start, self.view.end, name, **({"where": self.view.where} | options))

    def compared(self, name: str, **options: Any) -> Any:
        """The same for the days that the view is compared with; None where it is compared with nothing, or where
        those days cannot be read, which may not keep the view's own from being shown.
        """
        if self.view.compared is None:
            return None
        try:
            return self.over(*self.view.compared, name, **({"where": self.view.where} | options))
        except StoreError as error:
            if not redis_answers(error):
                raise
            return None

    def call(self, name: str, **options: Any) -> Call:
        """The question as a notebook asks it."""
        given = {"where": self.view.where} | options
        return Call(self.source.site, name, self.view.start, self.view.end, given)

    @property
    def answered_by(self) -> str:
        """Who answers totals of the view."""
        return "rollups" if is_plain(normalise(self.view.where)) else "raw events"

    def first_day(self) -> date | None:
        """The first day that can answer the view: of all days, or of those whose raw events are still kept."""
        first, since = first_day(self.source), self.raw_since()
        return max(first, since) if first and since else first

    def raw_since(self) -> date | None:
        """The first day whose raw events are still kept, where the view needs raw events of days before it."""
        first = first_day(self.source)
        if first is None or self.answered_by == "rollups":
            return None
        since = _first_raw_day(self.source, address(), self.source.site)
        return (
            date.fromordinal(since)
            if since and max(first, (self.view.compared or self.view.previous)[0]).toordinal() < since
            else None
        )

    def series(self) -> pd.DataFrame:
        """The view's bars."""
        return self._frame("series", grain=self.view.bars, where=self.view.where)

    def breakdown(self, dimension: str) -> pd.DataFrame:
        """All values of a dimension."""
        return self._frame("breakdown", dimension=dimension, where=self.view.where)

    def classes(self) -> pd.DataFrame:
        """Humans, bots and AI agents, whatever class the view is of."""
        return self._frame("breakdown", dimension="class", where={"class": ["human", "bot", "ai"]})

    def properties(self) -> list[str]:
        """Dimensions `prop:KEY` that occur."""
        keys: list[str] = self.over(self.view.start, self.view.end, "properties")
        return keys

    def dropped(self) -> pd.DataFrame:
        """What was not counted, by reason."""
        return self._frame("dropped")

    def over_counted(self) -> int:
        """Events whose visitors are counted too high, because Redis was away."""
        found: int = self.over(self.view.start, self.view.end, "over_counted")
        return found

    def revisions(self, start: date, end: date) -> tuple[str, ...]:
        """Of some days, as this page saw them."""
        if (start, end) not in self._revisions:
            spans = [(start, end)]
            if start == self.view.start and end == self.view.end and self.view.compared is not None:
                spans.append(self.view.compared)  # which the page asks for next
            found = self.source.revisions([(first.toordinal(), last.toordinal()) for first, last in spans])
            self._revisions |= dict(zip(spans, found, strict=True))
        return self._revisions[start, end]

    def last_revision(self) -> str:
        """Of the view's last day, as this page saw it."""
        return self.revisions(self.view.start, self.view.end)[-1 - AROUND]

    def _frame(self, name: str, **options: Any) -> pd.DataFrame:
        frame: pd.DataFrame = self.over(self.view.start, self.view.end, name, **options)
        return frame

    def over(self, start: date, end: date, name: str, **options: Any) -> Any:
        """The answer of `Traffic`, kept until its days change."""
        revisions = " ".join(self.revisions(start, end))
        asked = Question(name, start, end, revisions, repr(options), options, (start, end) != self.view.compared)
        found = answered(self.source, asked)
        # Whoever is answered may change a frame: it is copied once that is done.
        return found.copy(deep=False) if isinstance(found, pd.DataFrame | pd.Series) else copy(found)


def settings() -> Settings:
    """The settings; a bad one stops the page with a message that names it."""
    found: Settings = checked(environment.load)
    return found


def checked(read: Callable[..., Any], *given: Any) -> Any:
    """What was read from the environment; a bad setting stops the page with a message that names it."""
    try:
        return read(*given)
    except SettingError as error:
        st.error(str(error), icon=":material/settings_alert:")
        st.stop()


def address() -> str:
    """The URL of Redis; joins the embedded server when none is set."""
    return store.address(None, settings())


def client() -> redis.Redis:
    """The one connection pool of this process."""
    return _client(address())


@st.cache_resource(show_spinner=False)
def _client(url: str) -> redis.Redis:
    return store.connect(url, timeout=15.0, purpose="read")


def source(site: str, zone: str) -> Source:
    """The shared source of one site; a changed zone makes a new one."""
    return _source(address(), site, zone)


@st.cache_resource(show_spinner=False, max_entries=200)
def _source(url: str, site: str, zone: str) -> Source:
    return Source(site, _client(url), settings())


def known_sites() -> pd.DataFrame:
    """Sites with zone and since; those of FOOTFALL_SITES that nothing was heard of yet included."""
    frame, chosen = sites(client()), settings()
    known = set(frame["site"])
    waiting = frame["since"].isna()
    frame.loc[waiting, "zone"] = [
        in_use(chosen, site, Known(zone)) for site, zone in frame.loc[waiting, ["site", "zone"]].to_numpy()
    ]
    fresh = [(site, chosen.zone(site)) for site in chosen.sites or {} if site not in known]
    if not fresh:
        return frame
    more = pd.DataFrame(fresh, columns=["site", "zone"])
    more["since"] = pd.Series(pd.NaT, index=more.index, dtype="datetime64[ms, UTC]")
    return pd.concat([frame, more], ignore_index=True) if len(frame) else more


def add_site(site: str, zone: str) -> bool:
    """Remember a site that waits for its first event; False where it is known already."""
    return bool(client().hsetnx(sites_key(), site, encode(Known(zone, 0))))


def zone_of(site: str) -> str:
    """The zone of a site, asked for anew."""
    return in_use(settings(), site, one_site(client(), site))


@st.cache_data(ttl=60, max_entries=200, show_spinner=False)
def _first_day(_source: Source, url: str, site: str, zone: str) -> date | None:
    with _source.lock:
        return _source.first_day()


def first_day(source: Source) -> date | None:
    """The first day with data; it walks the keys, so it is asked once a minute at most."""
    return _first_day(source, address(), source.site, source.zone)


def redis_answers(error: Exception) -> bool:
    """Whether Redis is there all the same: then the archive, or something that is stored, cannot be read, and drawing
    the page again would not help.
    """
    if not isinstance(error, StoreError):
        return False
    try:
        client().ping()
    except AWAY:
        return False
    return True


@st.cache_data(ttl=60, max_entries=200, show_spinner=False)
def _first_raw_day(_source: Source, url: str, site: str) -> int | None:
    with _source.lock:
        return _source.reader.first_raw_day()
