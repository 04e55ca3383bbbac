"""The name of a program in, whether it is here out; what it is called in Debian where it is not."""

from __future__ import annotations

import shutil

import click

#: Programs that are measured beside or with -> the package that brings them.
PACKAGES = {"wrk": "wrk", "goaccess": "goaccess", "chromium": "chromium", "initdb": "postgresql"}


class Missing(click.ClickException):
    """A program is not here; in a quick run its figures are left out."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is missing: apt-get install {PACKAGES[name]}")


def found(name: str) -> str:
    """Where the program is. Raises `Missing`."""
    path = shutil.which(name)
    if path is None:
        raise Missing(name)
    return path
