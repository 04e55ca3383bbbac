"""Page views of a site's past in columns in, the table of their raw events out: what the steps make of each, at once.

The functions are those of the steps, each called once for every distinct value that it is asked about.
"""

from __future__ import annotations

from operator import attrgetter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from collector.distinct import Distinct, Ints, pairs
from collector.found import Views
from collector.ingest import Draft, Steps
from collector.sender import Request, Salted, hostname
from common.bodies import RawEvent
from common.calendars import PAUSE, Calendar
from common.columns import RAW
from common.enrich.acquisition import Acquisition, acquisition, own_hosts
from common.enrich.geo import Geo, Place
from common.enrich.user_agent import BLANK, Agent, agent
from common.events import PAGEVIEW, Event
from common.visit_columns import days_of
from common.visitors import network_of, visitor_id

_NOBODY = Request(0, "", None)
#: As far back as the steps believe.
_FARTHEST = 10**13
#: What a log does not tell.
_UNTOLD = dict.fromkeys(("language", "screen"), "") | dict(
    zip(Event.__struct_fields__[-len(Event.__struct_defaults__) :], Event.__struct_defaults__, strict=True)
)


class _Ids(NamedTuple):
    """Visitors as `Sender.identity` tells them, a row each."""

    visitor: npt.NDArray[np.uint64]
    before: npt.NDArray[np.uint64]
    local: npt.NDArray[np.bool_]


class PastColumns:
    """Enriches the page views of sites of one zone."""

    def __init__(self, salts: Salted, geo: Geo, calendar: Calendar) -> None:
        self._salts, self._geo, self._calendar = salts, geo, calendar
        self._steps = Steps(salts, geo, calendar, past=True)

    def table(self, site: str, views: Views, now: int) -> pa.Table:
        """Raw events in the order of the views. Raises KeyError where a day's salt is gone."""
        time = np.clip(views.time, now - _FARTHEST, now)
        count = len(time)
        host = views.host.told(lambda text: hostname(text) if text else site)
        path = views.target.told(self._split)
        came = _came(site, host, path.told(lambda parts: parts[1]), views.referrer)
        place = views.address.told(lambda address: self._geo.place(address, "", ""))
        who = views.agent.told(agent) if views.agent else Distinct([BLANK], np.zeros(count, dtype=np.int32))
        ids = self._ids(site, time, views, who)
        columns = {
            "time": pa.array(time),
            "seq": pa.array(views.number),
            "visitor": pa.array(ids.visitor),
            "before": pa.array(ids.before),
            "type": _text(Distinct([PAGEVIEW], np.zeros(count, dtype=np.int32))),
            "class": _text(who.told(lambda one: one.class_)),
            "page": _text(path.told(lambda parts: parts[0])),
            "hostname": _text(host),
            **_parts(came, Acquisition._fields),
            **_parts(place, Place._fields),
            **_parts(who, Agent._fields[1:]),
            **{name: _same(value, count, RAW.field(name).type) for name, value in _UNTOLD.items()},
            "salt_local": pa.array(ids.local),
        }
        return pa.table([columns[name] for name in RAW.names], schema=RAW)

    def _split(self, target: str) -> tuple[str, str]:
        """A target's path and query, as the steps part them."""
        draft = Draft(RawEvent(pathname=target), _NOBODY, "", 0)
        self._steps.where(draft)
        return draft.path, draft.query

    def _ids(self, site: str, time: Ints, views: Views, who: Distinct[Agent]) -> _Ids:
        agents = views.agent or Distinct([""], np.zeros(len(time), dtype=np.int32))
        network = views.address.told(network_of)
        found, days = np.unique(days_of(time, self._calendar), return_inverse=True)
        sender, networks, names = pairs(network.places, agents.places)
        visitor, daily, senders = pairs(days.astype(np.int32), sender)
        addresses = [network.values[place] for place in networks.tolist()]
        texts = [agents.values[place] for place in names.tolist()]
        human = who.each(lambda one: one.class_ == "human", np.bool_)
        starts = np.array([self._calendar.start(day) for day in found.tolist()], dtype=np.int64)
        early = human & (time - starts[days] < PAUSE)
        people, ahead = np.zeros(len(daily), dtype=bool), np.zeros(len(daily), dtype=bool)
        people[visitor], ahead[visitor[early]] = human, True
        salts = [self._salts.of(site, day) for day in found.tolist()]
        ids = [
            visitor_id(salts[day][0], site, addresses[one], texts[one] if person else f"{texts[one]}\0{found[day]}")
            for day, one, person in zip(daily.tolist(), senders.tolist(), people.tolist(), strict=True)
        ]
        before = np.zeros(len(daily), dtype=np.uint64)
        for number in np.flatnonzero(ahead).tolist():
            earlier = self._salts.before(site, int(found[daily[number]]))
            if earlier:
                one = senders[number]
                before[number] = visitor_id(earlier[0], site, addresses[one], texts[one])
        local = np.array([salt[1] for salt in salts], dtype=bool)[days]
        return _Ids(np.array(ids, dtype=np.uint64)[visitor], np.where(early, before[visitor], 0), local)


def _came(
    site: str, host: Distinct[str], query: Distinct[str], referrer: Distinct[str] | None
) -> Distinct[Acquisition]:
    """Where every row came from."""
    named = referrer or Distinct([""], np.zeros(len(host.places), dtype=np.int32))
    asked, queries, referrers = pairs(query.places, named.places)
    place, hosts, both = pairs(host.places, asked)
    own = [own_hosts(site, name) for name in host.values]
    questions = zip(hosts.tolist(), queries[both].tolist(), referrers[both].tolist(), strict=True)
    found = [acquisition(named.values[c], query.values[b], own[a]) for a, b, c in questions]
    return Distinct(found, place)


def _parts(
    found: Distinct[Acquisition] | Distinct[Place] | Distinct[Agent], names: tuple[str, ...]
) -> dict[str, pa.Array]:
    return {name: _text(found.told(attrgetter(name))) for name in names}


def _text(found: Distinct[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(found.places), pa.array(found.values, pa.string()))


def _same(value: object, count: int, kind: pa.DataType) -> pa.Array:
    """The same value in every row."""
    if pa.types.is_dictionary(kind):
        return _text(Distinct([str(value)], np.zeros(count, dtype=np.int32)))
    return pa.repeat(pa.scalar(value, kind), count)
