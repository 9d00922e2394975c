"""`python -m dialer` and the command `dialer`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run one command; a reader that went away (`| head`) is no error."""
    from dialer.cli import app

    try:
        app(prog_name="dialer")
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
