"""Mail is handed in at a real SMTP server; bad settings and refusals are one line without a password."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from common.settings import SettingError
from common.valkey import free_port
from explorer.mail import MailError, Post


class Kept:
    """A server's mail box; it refuses one address."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("nobody@"):
            return "550 no such person here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        return "250 kept"


@pytest.fixture
def server() -> Iterator[Controller]:
    running = Controller(Kept(), hostname="127.0.0.1", port=free_port())
    running.start()
    try:
        yield running
    finally:
        running.stop()


def mail(to: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Grüße", "stats@example.com", to
    message.set_content("42 Besucher")
    return message


def post(port: int) -> Post:
    return Post.load({"FOOTFALL_SMTP": f"smtp://127.0.0.1:{port}", "FOOTFALL_MAIL_FROM": "stats@example.com"})


def test_mail_arrives(server: Controller) -> None:
    post(server.port).send(mail("ann@example.com, bob@example.com"))
    (envelope,) = server.handler.envelopes
    assert envelope.mail_from == "stats@example.com"
    assert envelope.rcpt_tos == ["ann@example.com", "bob@example.com"]
    assert b"42 Besucher" in envelope.content


def test_a_refusal_is_told(server: Controller) -> None:
    with pytest.raises(MailError, match=r"127\.0\.0\.1:.* did not take the mail: .*no such person here"):
        post(server.port).send(mail("nobody@example.com"))
    with pytest.raises(MailError, match=r"127\.0\.0\.1:1 did not take the mail: .*refused"):
        post(1).send(mail("ann@example.com"))


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({"FOOTFALL_SMTP": "smtp://u%40x.com:p%3A@x.com"}, ("smtp", "x.com", 587, "u@x.com", "p:", "u@x.com")),
        ({"FOOTFALL_SMTP": "smtps://mail.x.com", "FOOTFALL_MAIL_FROM": "a@x.com"},
         ("smtps", "mail.x.com", 465, "", "", "a@x.com")),
        ({"FOOTFALL_SMTP": "smtp://mail.x.com:25", "FOOTFALL_MAIL_FROM": "a@x.com"},
         ("smtp", "mail.x.com", 25, "", "", "a@x.com")),
    ],
)  # fmt: skip
def test_load(environ: dict[str, str], found: tuple[object, ...]) -> None:
    assert Post.load(environ) == found


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({}, "FOOTFALL_SMTP is not set: expected smtp://"),
        ({"FOOTFALL_SMTP": "http://u:secret@x.com"}, "FOOTFALL_SMTP cannot be read: expected smtp://"),
        ({"FOOTFALL_SMTP": "smtp://u:secret@x.com:port"}, "FOOTFALL_SMTP: expected smtp://"),
        ({"FOOTFALL_SMTP": "smtp://u:secret@x.com"}, "FOOTFALL_MAIL_FROM: expected the address that mail is from"),
    ],
)
def test_bad_settings_are_named(environ: dict[str, str], message: str) -> None:
    with pytest.raises(SettingError, match=message) as told:
        Post.load(environ)
    assert "secret" not in str(told.value)
