"""The command line from a checkout: `python run.py --help`."""

import sys

if __name__ == "__main__":
    try:
        from sim.cli.app import main

        main()
    except KeyboardInterrupt:
        # While modules are loaded; later, `main` sees to it.
        sys.exit(130)
