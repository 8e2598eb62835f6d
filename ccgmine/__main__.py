"""The command ``ccgmine``, also as ``python -m ccgmine``."""

import sys


def main() -> None:
    """Load the command line and run it."""
    try:
        from ccgmine.cli.app import main as run
    except KeyboardInterrupt:  # loading takes a moment, too
        sys.stderr.write("stopped: nothing was done\n")
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
