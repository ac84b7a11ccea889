"""`python -m dbaudit`."""

from dbaudit.cli import main

if __name__ == "__main__":
    main()
