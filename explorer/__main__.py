"""The command line of what shows figures: one table of commands."""

from __future__ import annotations

import sys

import click
import redis
from streamlit.logger import set_log_level

from common import store
from common.settings import SettingError
from common.store import StoreError

# Streamlit, whose charts and labels are shared, complains that no page is being shown.
set_log_level("error")

from explorer import sending, token_commands  # noqa: E402

COMMANDS: tuple[click.Command, ...] = (
    sending.report_command,
    sending.snapshot_command,
    sending.alerts_command,
    token_commands.group,
)


@click.group(commands={command.name or "": command for command in COMMANDS})
def main() -> None:
    """Figures outside of the explorer's pages."""


def run() -> None:
    """Errors are one line that says what to do."""
    try:
        main()
    except (SettingError, StoreError) as error:
        sys.exit(f"footfall: {error}")
    except redis.RedisError as error:
        sys.exit(f"footfall: {store.explain(error, '')}")


if __name__ == "__main__":
    run()
