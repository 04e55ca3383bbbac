"""A message in, handed to an SMTP server: `FOOTFALL_SMTP=smtp://user:password@mail.example.com:587`."""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from common.settings import SettingError

_FORM = "expected smtp://user:password@mail.example.com:587, or smtps:// with TLS from the start"
_PORTS = {"smtp": 587, "smtps": 465}
_PATIENCE = 30.0
#: Names and addresses of this machine, to which a password or a report may go in the clear.
_HERE = ("localhost", "127.0.0.1", "::1")


class MailError(RuntimeError):
    """A message that was not taken; says by whom and why."""


class Post(NamedTuple):
    """Where mail is handed in, and whom it is from."""

    scheme: str
    host: str
    port: int
    user: str
    password: str
    sender: str

    @classmethod
    def load(cls, environ: Mapping[str, str] = os.environ) -> Post:
        """From FOOTFALL_SMTP and FOOTFALL_MAIL_FROM; raises `SettingError` naming the bad one, never its password."""
        text = environ.get("FOOTFALL_SMTP") or ""
        try:
            parts = urlsplit(text)
            port = parts.port or _PORTS.get(parts.scheme, 0)
        except ValueError:
            raise SettingError(f"FOOTFALL_SMTP: {_FORM}") from None
        if parts.scheme not in _PORTS or not parts.hostname:
            raise SettingError(f"FOOTFALL_SMTP {'is not set' if not text else 'cannot be read'}: {_FORM}")
        user = unquote(parts.username or "")
        sender = environ.get("FOOTFALL_MAIL_FROM") or (user if "@" in user else "")
        if "@" not in sender:
            raise SettingError("FOOTFALL_MAIL_FROM: expected the address that mail is from, stats@example.com")
        return cls(parts.scheme, parts.hostname, port, user, unquote(parts.password or ""), sender)

    def send(self, message: EmailMessage) -> None:
        """Hand it in, over TLS unless the server is this machine. Raises `MailError`."""
        context = ssl.create_default_context()
        try:
            with (
                smtplib.SMTP_SSL(self.host, self.port, timeout=_PATIENCE, context=context)
                if self.scheme == "smtps"
                else smtplib.SMTP(self.host, self.port, timeout=_PATIENCE)
            ) as server:
                server.ehlo()
                if self.scheme == "smtp" and server.has_extn("starttls"):
                    server.starttls(context=context)
                    server.ehlo()
                elif self.scheme == "smtp" and self.host not in _HERE:
                    raise MailError(f"{self.host}:{self.port} offers no TLS, so nothing was sent to it")
                if self.user:
                    server.login(self.user, self.password)
                if refused := server.send_message(message):
                    raise MailError(f"{self.host}:{self.port} refused {', '.join(refused)}")
        except smtplib.SMTPResponseException as error:
            said = error.smtp_error
            told = said.decode(errors="replace") if isinstance(said, bytes) else said
            raise MailError(f"{self.host}:{self.port} did not take the mail: {told}") from error
        except (OSError, smtplib.SMTPException) as error:
            raise MailError(f"{self.host}:{self.port} did not take the mail: {error}") from error
