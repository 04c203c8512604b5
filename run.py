"""The command line from a checkout: `python run.py --help`."""

from sim.cli.app import main

if __name__ == "__main__":
    main()
