"""`python -m dbaudit`."""

if __name__ == "__main__":
    # A process that reads a part of a log imports this module too, and needs no command line.
    from dbaudit.cli import main

    main()
