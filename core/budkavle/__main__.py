"""`python -m budkavle` is the command line too."""

from budkavle.cli import main

if __name__ == "__main__":
    main()
