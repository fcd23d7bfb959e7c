"""The entry point of `iwsi` and `python -m iwsi`, which can be interrupted while it imports."""

import sys


def main() -> None:
    """Run the command line; Ctrl-C, SIGTERM and SIGHUP end it in one line."""
    from iwsi.runtime.signals import end_on_signals, interruption

    try:
        end_on_signals()
        from iwsi.cli import main as run

        run()
    except KeyboardInterrupt as error:
        line, code = interruption(error)
        sys.stderr.write(f"{line}\n")
        sys.exit(code)


if __name__ == "__main__":
    main()
