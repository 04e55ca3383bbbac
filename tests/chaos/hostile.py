"""A number in; that many strings out which some reader takes for more than text: HTML, markdown, formulas and more."""

from __future__ import annotations

from itertools import zip_longest

#: A name that nobody has (RFC 6761); what asks for it was told so by a string.
EVIL = "evil.test"
#: What a string that is run as a script leaves behind in the page.
RAN = "__ran"
_U = f"http://{EVIL}"

HTML = [
    f"<img src={_U}/i.png>",
    f"<img src=x onerror=window.{RAN}=1>",
    f"<script>window.{RAN}=1</script>",
    "<script>alert(1)</script>",
    f'<a href="{_U}">a</a>',
    f"<a href=javascript:window.{RAN}=1>a</a>",
    f"<script src={_U}/s.js></script>",
    f"</script><script>window.{RAN}=1</script>",
    f"<svg onload=window.{RAN}=1>",
    f"<svg><a xlink:href='{_U}'><text>x</text></a></svg>",
    f"<iframe src={_U}></iframe>",
    f"<iframe srcdoc='<script>parent.{RAN}=1</script>'></iframe>",
    f"<object data={_U}></object>",
    f"<embed src={_U}>",
    f"<link rel=stylesheet href={_U}/c.css>",
    f"<style>@import '{_U}/c.css';</style>",
    f"<div style='background:url({_U}/b.png)'>x</div>",
    f"<base href={_U}/>",
    f"<meta http-equiv=refresh content='0;url={_U}'>",
    f"<form action={_U}><button>send</button></form>",
    f"<video poster={_U}/p.png><source src={_U}/v.mp4></video>",
    f"<details open ontoggle=window.{RAN}=1>x</details>",
    f"<input autofocus onfocus=window.{RAN}=1>",
    f'"><img src=x onerror=window.{RAN}=1>',
    f"'><img src=x onerror=window.{RAN}=1>",
    f"&lt;img src=x onerror=window.{RAN}=1&gt;",
    f"&#60;img src={_U}/e.png&#62;",
    "<b>bold</b><i>it</i><br>",
    "<!-- --!><h1>big</h1>",
    f"<math><a href='{_U}'>x</a></math>",
]
MARKDOWN = [
    f"[link]({_U})",
    f"![image]({_U}/i.png)",
    f"[![both]({_U}/i.png)]({_U})",
    f"[ref]: {_U}",
    f"[x][ref]\n\n[ref]: {_U}",
    f"<{_U}>",
    f"{_U}/auto",
    f"www.{EVIL}",
    f"mail@{EVIL}",
    f"<mail@{EVIL}>",
    f"[js](javascript:window.{RAN}=1)",
    f"[data](data:text/html,<script>window.{RAN}=1</script>)",
    f"[paren](<{_U}>)",
    f"[title]({_U} 'a title')",
    f"\\[escaped]({_U})",
    f"\\\\[twice]({_U})",
    f"**[bold]({_U})**",
    f"`code` [x]({_U})",
    f"[^1]: [x]({_U})",
    "# heading",
    "- item",
    "> quote",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "~~gone~~ __bold__ *it*",
    "***",
    f"ftp://{EVIL}/f",
    f"//{EVIL}/i.png",
    f"[tab](\thttp://{EVIL})",
    f"![svg](data:image/svg+xml,<svg onload=window.{RAN}=1>)",
    f"[a](http&#58;//{EVIL})",
]
DIRECTIVES = [
    ":material/home:",
    ":material/delete_forever: gone",
    ":red[danger]",
    f":red[[x]({_U})]",
    ":blue-background[x]",
    ":green-badge[x]",
    ":small[x]",
    f":violet[![i]({_U}/i.png)]",
    ":streamlit:",
    ":smile: :skull:",
    "$x^2$",
    "$$\\int_0^1 x\\,dx$$",
    f"$\\href{{{_U}}}{{x}}$",
    f"$\\includegraphics{{{_U}/i.png}}$",
    f"$\\htmlData{{x={_U}}}{{y}}$",
    "-> <- <-> -- >= <= ~=",
    ":rainbow[x]",
    ":gray[:material/lock:]",
    ":primary-badge[:material/check: ok]",
    ":shortcode:with:colons:",
]
PLOTLY = [
    f'<a href="{_U}">plotly</a>',
    f"<a href='{_U}' target='_blank'>x</a>",
    f'<a href="javascript:window.{RAN}=1">x</a>',
    "<b>b</b><sup>2</sup><sub>x</sub>",
    '<span style="font-size:60px">huge</span>',
    "%{y} %{x:,.2f}<extra></extra>",
    f"%{{customdata}}<br><a href='{_U}'>x</a>",
    f"<a xlink:href='{_U}'>x</a>",
    f'<a href="data:text/html,<script>{RAN}=1</script>">x</a>',
    "<br><br><br>",
]
FORMULAS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    f'=HYPERLINK("{_U}","x")',
    f'=IMAGE("{_U}/i.png")',
    f'=WEBSERVICE("{_U}")',
    f'=IMPORTXML("{_U}","//a")',
    "+1+1",
    "+cmd|' /C calc'!A0",
    "-1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "@cmd",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "'=1+1",
    '"=1+1"',
    '","=1+1',
    'x","=1+1","',
    "x;=1+1",
    "x;=1+1;y",
    "x\t=1+1",
    "x\n=1+1",
    "x\r\n=1+1",
    "x,=1+1",
    'x";=1+1',
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(1)",
    '=DDE("cmd";"/C calc";"x")',
    "%0A=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "\u00a0=1+1",
]
DIRECTION = [
    "\u202egnp.exe",
    f"\u202e[x]({_U})",
    "\u2066a\u2069\u2067b\u2069",
    "\u200f\u200eabc",
    "abc\u202dxyz\u202c",
    "\u061cx",
    "שלום/مرحبا",
    "a\u0301\u0302\u0303\u0304\u0305\u0306" * 8,
    "\u2028line\u2029para",
    "\ufeffbom",
]
CONTROL = [
    "nul\x00byte",
    "esc\x1b[31mred\x1b[0m",
    "back\x08space",
    "bell\x07",
    "del\x7f",
    "c1\x85\x9b31m",
    "crlf\r\nSet-Cookie: a=b",
    f"\x01<img src={_U}/c.png>",
    "\x0b\x0c",
    "surrogate\ud800",
]
LONG = [
    "a" * 2_000,
    f"<img src={_U}/l.png>" * 40,
    f"[x]({_U})" * 60,
    "=" * 600,
    "💥" * 300,
    ":red[" * 80 + "x" + "]" * 80,
    "$" * 400,
    "`" * 301,
    "[" * 300 + f"x]({_U})",
    "%" * 500,
]
KINDS = (HTML, MARKDOWN, DIRECTIVES, PLOTLY, FORMULAS, DIRECTION, CONTROL, LONG)
#: What a string is put into, so that what is harmless at a line's beginning is tried behind something too.
FRAMES = ("{}", "x {}", "{} tail", "**{}**", "a\n\n{}", "({})")
#: Names of sites that strangers may choose: letters, digits and . - _ : are all that a site can hold.
SITES = [f"{EVIL}:80", f"x.www.{EVIL}", ":smile:", "__bold__", "-1.example", f"http:{EVIL}", "مرحبا.example", "a" * 100]
REFUSED_SITES = [f"<img src={_U}>", "[a](b)", "=1+1", ":red[x]", "{x}", "a/b", "a b", "\u202egnp"]


def strings(count: int) -> list[str]:
    """The first `count` of all: one of each kind in turn, and when they are used up, all again inside other text."""
    rounds = [text for turn in zip_longest(*KINDS) for text in turn if text is not None]
    framed = (frame.replace("{}", text) for frame in FRAMES for text in rounds)
    return list(dict.fromkeys(framed))[:count]
