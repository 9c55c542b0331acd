"""`python -m taosnative.embedded`: what one does with the embedded engine from a shell."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import link


def _link(arguments: argparse.Namespace) -> int:
    try:
        path = link(arguments.folder)
    except FileExistsError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{path}: a client finds it with LD_LIBRARY_PATH={path.parent}")
    return 0


def _agreement(arguments: argparse.Namespace) -> int:
    from .agreement import report

    for line in report(arguments.folder):
        print(line)
    return 0


def main() -> int:
    """Run a command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m taosnative.embedded", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    link_parser = commands.add_parser("link", help="put the engine into a folder as TDengine's client library")
    link_parser.add_argument("folder", type=Path, help="where the library goes; made if need be")
    link_parser.set_defaults(run=_link)
    agreement_parser = commands.add_parser("agreement", help="replay recordings and tell which answers agree")
    agreement_parser.add_argument("folder", type=Path, help="where the recordings are")
    agreement_parser.set_defaults(run=_agreement)
    arguments = parser.parse_args()
    status: int = arguments.run(arguments)
    return status


if __name__ == "__main__":
    sys.exit(main())
