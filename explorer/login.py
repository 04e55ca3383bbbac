"""Settings and what the identity provider says of a visitor in; the page goes on, or ends with one message."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from common.settings import Settings
from explorer import labels

_DOCS = "docs/explorer.md"


def allowed(claims: Mapping[str, Any], allow: Sequence[str]) -> bool:
    """Whether the allow-list names the address of these claims, which the provider must have verified."""
    address = claims.get("email")
    # Some providers write the boolean as a text; one that says nothing has verified nothing.
    verified = claims.get("email_verified") in (True, "true")
    if not verified or not isinstance(address, str) or address.count("@") != 1:
        return False
    address = address.lower()
    return address in allow or address[address.index("@") :] in allow


def loopback(host: str | None) -> bool:
    """Whether only this machine can mean this name or address; no address at all is every address."""
    name = (host or "").strip("[]").lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def guarded(settings: Settings) -> bool:
    """Whether somebody looks at who comes: a login, or whatever FOOTFALL_EXPLORER_OPEN=1 vouches for."""
    return bool(settings.login) or settings.explorer_open


def refusal(settings: Settings, address: str | None, auth: Mapping[str, Any]) -> str | None:
    """Why an explorer on this address must not start; None when it may."""
    if not guarded(settings) and not loopback(address):
        return (
            f"the explorer would be open to everybody who reaches {address or 'this machine'}: set FOOTFALL_LOGIN "
            f"(ann@example.com,@example.org), or FOOTFALL_EXPLORER_OPEN=1 where something else guards it; see {_DOCS}"
        )
    if settings.login and not providers(auth):
        return f"FOOTFALL_LOGIN is set, but .streamlit/secrets.toml names no provider under [auth]; see {_DOCS}"
    return None


def providers(auth: Mapping[str, Any]) -> list[str | None]:
    """Names of the providers in the section [auth] of the secrets; None is the one without a name."""
    named = [name for name, section in auth.items() if isinstance(section, Mapping) and "client_id" in section]
    return [None] * ("client_id" in auth) + named


def auth_section() -> Mapping[str, Any]:
    """The section [auth] of .streamlit/secrets.toml; empty without one."""
    if not st.secrets.load_if_toml_exists():
        return {}
    section: Mapping[str, Any] = st.secrets.get("auth", {})
    return section


def require(settings: Settings) -> None:
    """Go on only for whom the settings allow; everybody else's page ends here, before anything was read."""
    auth = auth_section() if settings.login else {}
    if (told := refusal(settings, st.get_option("server.address"), auth)) is not None:
        st.error(f"Not shown: {told}.", icon=":material/lock:")
        st.stop()
    if not settings.login:
        return
    claims = st.user.to_dict()
    if not claims.get("is_logged_in"):
        _ask(providers(auth))
    elif not allowed(claims, settings.login):
        _refuse(claims)


def farewell(settings: Settings) -> None:
    """Who is logged in, and the way out."""
    if settings.login:
        st.text(labels.plain(str(st.user.to_dict().get("email"))))
        st.button("Log out", icon=":material/logout:", key="logout", on_click=st.logout, type="tertiary")


def _ask(names: Sequence[str | None]) -> None:
    st.title("Footfall", anchor=False)
    st.text("Log in to see the figures.")
    for name in names:
        text = "Log in" if name is None else f"Log in with {labels.markdown(name)}"
        st.button(text, key=f"login_{name}", type="primary", on_click=st.login, args=(name,) if name else ())
    st.stop()


def _refuse(claims: Mapping[str, Any]) -> None:
    address = labels.plain(str(claims.get("email") or "an account without an address"), 200)
    reason = "" if claims.get("email_verified") in (True, "true") else " Its provider has not verified this address."
    st.title("No access", anchor=False)
    st.text(f"You are logged in as {address}, who may not see these figures.{reason}")
    st.button("Log out", icon=":material/logout:", key="logout", on_click=st.logout, type="primary")
    st.stop()
