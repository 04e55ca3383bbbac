"""A site in, its script tag out; and the form that adds a site."""

from __future__ import annotations

from zoneinfo import available_timezones

import streamlit as st

from common.settings import Settings, site_name, valid_site
from common.zones import command
from explorer import data, filters, labels
from explorer.snippet import FLUSH, PARTS, script_tag
from explorer.view import DEFAULT_PERIOD, decode


def collector_url(settings: Settings) -> str:
    """Where the collector answers on this machine."""
    return f"http://127.0.0.1:{settings.collector_port}"


def problem(site: str, settings: Settings) -> str | None:
    """Why a site cannot be added; None when it can."""
    if not site:
        return "Enter the host name of your site, such as example.com."
    if not valid_site(site):
        return "That is no host name: expected something like example.com, without https:// and path."
    if not settings.knows(site):
        return "FOOTFALL_SITES names the sites this Footfall accepts: add it there and restart."
    return None


def add_form(settings: Settings) -> None:
    """Host name and zone of a new site; shows it when it was added."""
    zones = sorted(available_timezones())
    here = st.context.timezone or "UTC"
    with st.form("add_site", border=True):
        name, zone = st.columns([3, 2])
        typed = name.text_input("Host name", placeholder="example.com", key="new_site", max_chars=120)
        chosen = zone.selectbox(
            "Time zone", zones, index=zones.index(here if here in zones else "UTC"), key="new_zone",
            help="A day of your figures is a day of this zone.",
        )  # fmt: skip
        if not st.form_submit_button("Add site", type="primary", icon=":material/add:"):
            return
    site = site_name(typed)
    if (wrong := problem(site, settings)) is not None:
        st.error(wrong)
        return
    added, zone_used = data.add_site(site, chosen), data.zone_of(site)
    if added or zone_used == chosen:
        st.toast(f"{labels.markdown(site)} {'was added' if added else 'is known already'}.", icon=":material/check:")
    else:
        st.toast(other_zone(site, zone_used, chosen), icon=":material/schedule:", duration="long")
    filters.go(decode({"period": [DEFAULT_PERIOD]}, site, data.source(site, zone_used).today()))
    st.rerun()


def other_zone(site: str, zone: str, chosen: str) -> str:
    """What to say of a site that is known with another zone than was chosen."""
    told = f"{labels.markdown(site)} is known already, and its days are of {labels.markdown(zone)}."
    return f"{told} To change them: `{command(site, chosen)}`"


def options() -> tuple[list[str], int]:
    """What the tag shall do besides counting pages: chosen parts, and seconds between two sendings."""
    with st.expander("What it records besides pages", key="snippet_options"):
        chosen = []
        for place, part in enumerate(PARTS):
            if place % 2 == 0:
                columns = st.columns(2)
            if columns[place % 2].checkbox(part.about, key=f"part_{part.name}"):
                chosen.append(part.name)
        flush = st.number_input("Seconds between two sendings of what waits", 1, 600, FLUSH, key="part_flush")
        st.caption("Pageviews go at once. Every part makes the script a little larger; `docs/tracker.md` has them all.")
    return chosen, int(flush)


def snippet(site: str, settings: Settings, choosing: bool = False) -> None:
    """The script tag, and how to try it out; `choosing` lets one choose its options."""
    parts, flush = options() if choosing else ([], FLUSH)
    st.code(script_tag(site, collector_url(settings), parts, flush), language="html", wrap_lines=True)
    st.caption(
        "Paste it into the head of every page. In production put the address under which your visitors' browsers "
        f"reach the collector in place of `{collector_url(settings)}`."
    )


def demo_link(settings: Settings) -> None:
    """A page to click on; only where any site is accepted."""
    if settings.sites is None:
        st.markdown(
            f"Or click around on the [demo page]({collector_url(settings)}/demo): it sends events of the site `demo`."
        )
