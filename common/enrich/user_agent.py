"""A raw user agent in; class (human, bot, ai), device, browser and operating system out."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import re2
from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from ua_parser import Domain, RegexResolver, load_lazy_builtins

from common.enrich.lists import rows
from common.enrich.text import clean


class Agent(NamedTuple):
    """What sent a request. Browser and os are "" where unknown; a program's browser is its own name."""

    class_: str
    device: str
    browser: str
    os: str


#: For logs that carry no user agents: their absence proves nothing.
BLANK = Agent("human", "", "", "")

#: The package has no type hints.
_compile: Callable[[str], Any] = re2.compile
_SearchSet: Callable[[re2.Options], Any] = re2.Set.SearchSet

_PARSED = 1024  #: characters read for browser, os and device; a browser's own are about 100 to 300
_CACHED = 512  #: longest string that is kept in the cache, so that 50,000 of them stay within 50 MB
_AI = tuple(row["name"] for row in rows("ai_agents"))
_AI_NAMES = {name.casefold(): name for name in _AI}
_AI_NAME = _compile(rf"(?i)(?:^|[^a-z0-9])({'|'.join(map(re2.escape, _AI))})(?:[^a-z0-9]|$)")
_NAMES = {(row["kind"], row["family"]): row["name"] for row in rows("agent_names")}

_ELSE = _compile(  # televisions, set-top boxes, consoles, watches, cars, headsets
    r"(?i)smart-?tv|hbbtv|apple ?tv|tvos|google ?tv|android tv|bravia|crkey|roku|\baft[a-z]|web0s|webos\.tv|"
    r"netcast|viera|nettv|tizen[^)]*\btv\b|playstation|xbox|nintendo|watch ?os|apple watch|\bwatch\d|"
    r"qtcarbrowser|tesla/|oculus|quest \d|wolvic"
)
_TABLET = _compile(r"(?i)\bipad|android[^)]*; ?tablet|\btablet;|playbook|\bkindle fire|hp-tablet")
_PHONE = _compile(
    r"(?i)\biphone|\bipod|mobile|windows phone|windows ce|blackberry|\bbb10\b|symbian|symbos|series ?[346]0|"
    r"\bkaios|opera mini|opera mobi|\bmidp|\bbrew|\bbada\b|\bpalm|nokia|\bphone\b|up\.browser"
)
_DESKTOP = _compile(r"(?i)windows nt|windows 9|win(?:9[58]|32|64)|macintosh|mac os x|x11|cros |linux|bsd\b|sunos")
#: What a program calls itself, where the resolver has no name for it.
_PROGRAM = _compile(r"^(?:Mozilla.*?compatible; *)?([a-zA-Z][\w.!-]{1,39})")
_SURROGATE = re.compile("[\ud800-\udfff]")
#: What RE2 and `re` read differently outside printable ASCII.
_AMBIGUOUS = re.compile(r"\\[dswb]|(?<!\\)[.$]|\[\^", re.IGNORECASE)


def _set(patterns: list[str]) -> tuple[Callable[[str], bool], list[str]]:
    """A search for any number of patterns in one pass; and the patterns that RE2 refuses."""
    options = re2.Options()
    options.log_errors = False
    found = _SearchSet(options)
    refused = []
    for pattern in patterns:
        try:
            found.Add(pattern)
        except re2.error:
            refused.append(pattern)
    found.Compile()
    return lambda text: bool(found.Match(text)), refused


def _finder(patterns: list[str]) -> Callable[[str], bool]:
    """`crawleruseragents.is_crawler` with the same answer for every string, a hundred times as fast."""
    in_ascii, refused = _set(patterns)
    in_any, _ = _set([pattern for pattern in patterns if not _AMBIGUOUS.search(pattern)])
    slow = [re.compile(pattern) for pattern in refused]
    careful = [re.compile(pattern) for pattern in patterns if _AMBIGUOUS.search(pattern) or pattern in refused]

    def crawler(text: str) -> bool:
        if text.isascii() and text.isprintable():
            return in_ascii(text) or any(pattern.search(text) for pattern in slow)
        return in_any(_encodable(text)) or any(pattern.search(text) for pattern in careful)

    return crawler


def _encodable(text: str) -> str:
    """RE2 and the resolver take UTF-8, which has no lone surrogates."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


_crawler = _finder([row["pattern"] for row in CRAWLER_USER_AGENTS_DATA])
_resolver = RegexResolver(load_lazy_builtins()) if RegexResolver else None


def agent(user_agent: str) -> Agent:
    """Classify a user agent.

    ai: it holds a name of `ai_agents.csv`. bot: no user agent, or one that crawler-user-agents knows.
    Both have device "Other" and no os, since what they claim to run on is a disguise.
    """
    return _agent(user_agent) if len(user_agent) <= _CACHED else _agent.__wrapped__(user_agent)


@lru_cache(50_000)
def _agent(user_agent: str) -> Agent:
    text = _encodable(user_agent.strip())
    if text in {"", "-"}:
        return Agent("bot", "Other", "", "")
    if match := _AI_NAME.search(text):
        return Agent("ai", "Other", _AI_NAMES[match[1].casefold()], "")
    text = text[:_PARSED]
    browser, os = _software(text)
    if _crawler(user_agent):
        return Agent("bot", "Other", browser or _program(text), "")
    return Agent("human", _device(text, os), browser, os)


def _software(text: str) -> tuple[str, str]:
    if _resolver is None:
        return "", ""
    found = _resolver(text, Domain.USER_AGENT | Domain.OS)
    browser = found.user_agent.family if found.user_agent else ""
    os = found.os.family if found.os else ""
    return _display("browser", browser), _display("os", os)


def _display(kind: str, family: str) -> str:
    return _NAMES.get((kind, family), clean(family, 60))


def _program(text: str) -> str:
    match = _PROGRAM.search(text)
    return match[1] if match and match[1] != "Mozilla" else ""


def _device(text: str, os: str) -> str:
    """Desktop, Mobile, Tablet or Other. A tablet that asks for desktop pages poses as a computer."""
    if _ELSE.search(text):
        return "Other"
    if _TABLET.search(text):
        return "Tablet"
    if _PHONE.search(text):
        return "Mobile"
    if os == "Android" or "Silk/" in text:
        return "Tablet"
    return "Desktop" if _DESKTOP.search(text) else "Other"
