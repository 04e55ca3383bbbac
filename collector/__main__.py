"""The command line: `python -m collector COMMAND`. Each command lives in a module of its own, loaded when called."""

from __future__ import annotations

import importlib
import sys

import click

from common.settings import SettingError

#: Command -> the module that holds a click command named `command`, and a line of help.
COMMANDS = {
    "serve": ("collector.serve", "Accept events over HTTP and write them to Redis."),
    "import": ("collector.importing", "Count access logs, event files or exports."),
    "export": ("collector.exporting", "Write events and rollups as Parquet or CSV."),
    "delete": ("collector.deleting", "Delete a site, days of it, or the events that match a filter."),
    "rebuild": ("collector.rebuilding", "Make rollups again from raw events."),
    "verify": ("collector.verifying", "Check every figure against raw events."),
    "trim": ("collector.trimming", "The daily job: drop what is no longer needed."),
    "migrate": ("collector.migrating", "Bring data of an older version into this one's layout."),
    "backup": ("collector.backing_up", "Copy everything into a folder while traffic goes on, or put it back."),
    "doctor": ("collector.examining", "Say what is wrong with this Redis and how to mend it."),
    "shards": ("collector.sharding", "Cut a site into more shards, for a cluster."),
    "sites": ("collector.listing", "List sites, their zones and their script tags."),
    "demo": ("collector.demo", "Load 90 days of made-up traffic for the site `demo`."),
}


class Table(click.Group):
    """A group that imports a command's module only when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table as help, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


@click.group(cls=Table, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Footfall's collector. Settings are FOOTFALL_* environment variables, the same for every process."""


def run() -> None:
    """Run a command; what a user can mend ends in one line."""
    from redis import RedisError  # noqa: PLC0415 - keeps --help quick

    from common.store import StoreError, explain  # noqa: PLC0415

    try:
        main(prog_name="python -m collector")
    except (SettingError, StoreError) as error:
        click.echo(f"footfall: {error}", err=True)
        sys.exit(2)
    except RedisError as error:
        click.echo(f"footfall: {explain(error)}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    run()
