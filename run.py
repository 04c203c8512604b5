"""The command line from a checkout: `python run.py --help`."""

import sys

try:
    from sim.cli.app import main
except KeyboardInterrupt:
    sys.exit(130)

if __name__ == "__main__":
    main()
