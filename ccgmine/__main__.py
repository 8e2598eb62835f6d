"""``python -m ccgmine`` is the same as the command ``ccgmine``."""

from ccgmine.cli.app import main

if __name__ == "__main__":
    main()
