"""The command line, `python -m taosnative COMMAND`: a command is a module here with `configure` and `run`."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence

#: Command → (module, the line that `--help` shows).
COMMANDS = {
    "demo": ("taosnative.cli.demo", "load real data, analyse it in SQL and in numpy, draw a picture"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line behind the program's name; `sys.argv` by default.

    Returns
    -------
    int
        The exit status: 0, or 1 where the command failed for a reason that it printed.
    """
    parser = argparse.ArgumentParser(
        prog="python -m taosnative", description="A native binding to TDengine's C client."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module, summary) in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary)
        importlib.import_module(module).configure(command)
    options = parser.parse_args(arguments)
    status: int = importlib.import_module(COMMANDS[options.command][0]).run(options)
    return status
