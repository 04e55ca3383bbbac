"""Known sites in; a table, and of one of them its script tag, its zone, what is kept with it and how it is deleted."""

from __future__ import annotations

import shlex

import pandas as pd
import streamlit as st

from common.saved import FUNNEL, GOAL, NOTE, SEGMENT, Saved
from common.zones import command
from explorer import data, filters, labels, onboarding
from explorer.live import await_first_event

_KEPT = {GOAL: "goals", FUNNEL: "funnels", SEGMENT: "segments", NOTE: "notes"}
_WHERE = {GOAL: "Events", FUNNEL: "Funnels", SEGMENT: "the button *Segments*", NOTE: "the button *Notes* on Overview"}


def show() -> None:
    """The page."""
    known: pd.DataFrame = st.session_state["sites"]
    settings = data.settings()
    st.title("Sites", anchor=False)
    if len(known):
        _table(known)
        names = list(known["site"])
        chosen = st.selectbox("Site", names, index=names.index(_current(names)), key="snippet_site")
        waiting = bool(known.loc[known["site"] == chosen, "since"].isna().all())
        with st.container(border=True, key="site_tag"):
            st.subheader("Script tag", anchor=False)
            onboarding.snippet(chosen, settings, choosing=True)
            if waiting:
                st.info("Waiting for the first event … this page notices when it arrives.", icon="spinner")
                await_first_event(chosen)
        with st.container(border=True, key="site_more"):
            _zone(chosen, str(known.loc[known["site"] == chosen, "zone"].iloc[0]))
            _kept(chosen)
            _delete(chosen)
    st.subheader("Add a site", anchor=False)
    onboarding.add_form(settings)
    onboarding.demo_link(settings)


def _current(names: list[str]) -> str:
    """The site that is looked at, where there is one."""
    asked = filters.params().get("site", [""])[-1]
    return asked if asked in names else names[0]


def _table(known: pd.DataFrame) -> None:
    st.dataframe(
        known,
        hide_index=True,
        key="sites_table",
        column_config={
            "site": st.column_config.TextColumn("Site"),
            "zone": st.column_config.TextColumn("Time zone"),
            "since": st.column_config.DatetimeColumn("First event (UTC)", format="YYYY-MM-DD HH:mm"),
        },
        placeholder="waiting",
    )


def _zone(site: str, zone: str) -> None:
    st.subheader("Time zone", anchor=False)
    st.caption(
        f"A day of {labels.markdown(site)} is a day of {labels.markdown(zone)}. Another zone means counting every day "
        "anew from raw events, which a command does while traffic goes on; put the zone you want in its end:"
    )
    st.code(command(site, "Europe/Berlin" if zone != "Europe/Berlin" else "UTC"), language="bash", wrap_lines=True)


def kept(saved: Saved) -> list[str]:
    """What is kept with a site, in words."""
    counts = {kind: len(saved.all(kind)) for kind in _KEPT}
    return [f"{count} {_KEPT[kind] if count != 1 else _KEPT[kind][:-1]}" for kind, count in counts.items() if count]


def _kept(site: str) -> None:
    st.subheader("Goals, funnels, segments, notes", anchor=False)
    found = kept(Saved(data.client(), site))
    places = ", ".join(f"{name} under {_WHERE[kind]}" for kind, name in _KEPT.items())
    st.caption(
        f"{', '.join(found) if found else 'Nothing yet'}. They are kept in Redis with the site, in one hash, and go "
        f"with its backup and its deletion. Find {places}."
    )


def delete_command(site: str) -> str:
    """What deletes a site and all that is known of it."""
    return f"python -m collector delete --site {shlex.quote(site)}"


def _delete(site: str) -> None:
    st.subheader("Delete", anchor=False)
    st.caption(
        "The explorer may read and not delete. On the machine of the collector this says what would go: all figures, "
        f"raw events, archive files, goals and notes of {labels.markdown(site)}. With `--yes` it goes, for good."
    )
    st.code(delete_command(site), language="bash", wrap_lines=True)
