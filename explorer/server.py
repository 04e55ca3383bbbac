"""Settings in, the explorer as an ASGI application out: `python -m streamlit run explorer/server.py`.

It runs `app.py` for every page, carries the read-only API and shared views, adds security headers, and does not start
where everybody could read along.
"""

from __future__ import annotations

import sys

import streamlit as st
from starlette.middleware import Middleware

from common.settings import SettingError, Settings, load
from explorer import api, login, plot, share
from explorer.headers import Guard


def checked() -> Settings:
    """The settings; ends the process with one line where they cannot be served."""
    try:
        settings = load()
    except SettingError as error:
        sys.exit(f"footfall: {error}")
    auth = login.auth_section() if settings.login else {}
    if (told := login.refusal(settings, st.get_option("server.address"), auth)) is not None:
        sys.exit(f"footfall: {told}")
    return settings


app = st.App(
    "app.py",
    routes=[*api.routes(), *share.routes(api.SITES), *plot.routes()],
    middleware=[Middleware(Guard, guarded=login.guarded(checked()))],
)
