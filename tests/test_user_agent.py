"""User agents in, classes and names out; the answer on crawlers is that of crawler-user-agents."""

import gzip
import re
from pathlib import Path

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA, is_crawler
from hypothesis import given, settings
from hypothesis import strategies as st

from common.enrich.lists import rows
from common.enrich.user_agent import BLANK, Agent, _finder, agent

FIXTURES = Path(__file__).parents[2] / "shared" / "data" / "fixtures"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
IPAD = "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
ANDROID = "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) "
CHROME = "Chrome/140.0.0.0 Safari/537.36"
CRAWLERS = [sample for row in CRAWLER_USER_AGENTS_DATA for sample in row["instances"]]


@pytest.mark.parametrize(
    ("text", "device", "browser", "os"),
    [
        (WINDOWS + CHROME, "Desktop", "Chrome", "Windows"),
        (WINDOWS + CHROME + " Edg/140.0.0.0", "Desktop", "Edge", "Windows"),
        (WINDOWS + CHROME + " OPR/120.0.0.0", "Desktop", "Opera", "Windows"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Desktop",
            "Firefox",
            "Linux",
        ),
        (
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 " + CHROME,
            "Desktop",
            "Chrome",
            "ChromeOS",
        ),
        (MAC + "Version/17.5 Safari/605.1.15", "Desktop", "Safari", "macOS"),
        (IPHONE + "Version/17.5 Mobile/15E148 Safari/604.1", "Mobile", "Safari", "iOS"),
        (IPHONE + "CriOS/140.0.0.0 Mobile/15E148 Safari/604.1", "Mobile", "Chrome", "iOS"),
        (IPHONE + "FxiOS/140.0 Mobile/15E148 Safari/605.1.15", "Mobile", "Firefox", "iOS"),
        (IPAD + "Version/16.6 Mobile/15E148 Safari/604.1", "Tablet", "Safari", "iOS"),
        (ANDROID + "Chrome/140.0.0.0 Mobile Safari/537.36", "Mobile", "Chrome", "Android"),
        (ANDROID + CHROME, "Tablet", "Chrome", "Android"),
        (
            ANDROID + "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
            "Mobile",
            "Samsung Internet",
            "Android",
        ),
        (
            "Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
            "Mobile",
            "Firefox",
            "Android",
        ),
        (
            "Mozilla/5.0 (Android 14; Tablet; rv:140.0) Gecko/140.0 Firefox/140.0",
            "Tablet",
            "Firefox",
            "Android",
        ),
        (ANDROID.replace("; K", "; AFTMM") + CHROME, "Other", "Chrome", "Android"),
        (
            WINDOWS.replace("x64", "x64; Xbox; Xbox One") + CHROME + " Edg/140.0.0.0",
            "Other",
            "Edge",
            "Windows",
        ),
        (
            MAC.replace("Macintosh; Intel Mac OS X 10_15_7", "PlayStation; PlayStation 5/6.00")
            + "Version/13.0 Safari/605.1.15",
            "Other",
            "Safari",
            "",
        ),
        ("Mozilla/5.0", "Other", "", ""),
    ],
)
def test_humans(text: str, device: str, browser: str, os: str) -> None:
    assert agent(text) == Agent("human", device, browser, os)


@pytest.mark.parametrize(
    ("text", "class_", "browser"),
    [
        ("", "bot", ""),
        ("-", "bot", ""),
        (" ", "bot", ""),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot", "Googlebot"),
        ("curl/8.5.0", "bot", "curl"),
        ("python-httpx/0.28.1", "bot", "python-httpx"),
        ("Mozilla/5.0 (compatible; coccoc/1.0; +http://help.coccoc.com/)", "bot", "coccoc"),
        (WINDOWS + "HeadlessChrome/140.0.0.0 Safari/537.36", "bot", "HeadlessChrome"),
        (WINDOWS[:-1] + "; compatible; GPTBot/1.2; +https://openai.com/gptbot)", "ai", "GPTBot"),
        (WINDOWS + "Chrome/131 Safari/537.36; compatible; OAI-SearchBot/1.0", "ai", "OAI-SearchBot"),
        ("Mozilla/5.0 (compatible; ChatGPT-User/1.0; +https://openai.com/bot)", "ai", "ChatGPT-User"),
        ("Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)", "ai", "ClaudeBot"),
        ("Mozilla/5.0 (compatible; claude-user/1.0)", "ai", "Claude-User"),
        ("Mozilla/5.0 (compatible; PerplexityBot/1.0)", "ai", "PerplexityBot"),
        ("CCBot/2.0 (https://commoncrawl.org/faq/)", "ai", "CCBot"),
        ("meta-externalagent/1.1", "ai", "meta-externalagent"),
        ("Mozilla/5.0 (compatible; Claude-U\u017fer/1.0)", "ai", "Claude-User"),  # a long s folds to s
        ("NotCCBotty CCBots", "bot", "NotCCBotty"),  # the name within a word is another name
    ],
)
def test_programs(text: str, class_: str, browser: str) -> None:
    assert agent(text) == Agent(class_, "Other", browser, "")


def test_every_name_of_the_list_is_ai() -> None:
    assert {row["name"]: agent(f"Mozilla/5.0 (compatible; {row['name']}/1.0)").class_ for row in rows("ai_agents")} == {
        row["name"]: "ai" for row in rows("ai_agents")
    }


def test_blank_is_human() -> None:
    assert tuple(BLANK) == ("human", "", "", "")


def test_every_sample_of_crawler_user_agents_is_a_program() -> None:
    assert [text for text in CRAWLERS if agent(text).class_ == "human"] == []


def disagreements(texts: list[str]) -> list[str]:
    return [text for text in texts if agent(text).class_ != "ai" and (agent(text).class_ == "bot") != is_crawler(text)]


@pytest.mark.parametrize("extra", ["", "\n", "é", "\u0663", "\x0b", "\ud800", " x" * 400])
def test_the_answer_on_crawlers_is_that_of_the_package(extra: str) -> None:
    texts = [
        WINDOWS + CHROME,
        MAC,
        IPHONE,
        "GoogleAssociationService",
        "BlogTraffic/\u0661.5 Feed-Fetcher",
        *CRAWLERS[::9],
    ]
    assert disagreements([text + extra for text in texts]) == []


@settings(deadline=None)  # the first call compiles the package's patterns
@given(st.text(st.characters(), min_size=1), st.sampled_from(CRAWLERS))
def test_the_answer_on_any_text_is_that_of_the_package(text: str, sample: str) -> None:
    cut = len(text) % len(sample)
    assert (
        disagreements([text for text in (text + "x", sample[:cut] + text + sample[cut:]) if text.strip() != "-"]) == []
    )


def test_a_pattern_that_re2_refuses_is_still_searched() -> None:
    crawler = _finder(["plain", "look(?=ahead)"])
    assert [crawler(text) for text in ("a plain é", "lookahead", "lookahead é", "looking")] == [
        True,
        True,
        True,
        False,
    ]


@pytest.mark.skipif(not FIXTURES.parents[1].exists(), reason="no shared fixtures beside the repository")
def test_uap_core_cases() -> None:
    cases = []
    for name in ("ua", "device"):
        text = gzip.decompress((FIXTURES / f"uap_test_{name}.yaml.gz").read_bytes()).decode()
        cases += re.findall(r"user_agent_string: *'([^'\n]+)'\n +family: *'([^'\n]+)'", text)
    assert len(cases) > 10_000
    assert disagreements([text for text, _ in cases[::10]]) == []
    devices = {
        "iPhone": "Mobile",
        "iPod": "Mobile",
        "iPad": "Tablet",
        "PlayStation 4": "Other",
        "Roku": "Other",
    }
    names = {
        "Chrome Mobile": "Chrome",
        "Mobile Safari": "Safari",
        "Firefox Mobile": "Firefox",
        "Edge Mobile": "Edge",
    }
    seen = {agent(text).class_ for text, _ in cases}
    assert seen == {"human", "bot", "ai"}
    for text, family in cases:
        found = agent(text)
        if found.class_ == "human" and family in devices and "Puffin/" not in text:  # Puffin poses as a computer
            assert (text, found.device) == (text, devices[family])
        if found.class_ == "human" and family in names:
            assert (text, found.browser) == (text, names[family])
