"""Known faults of the packages that are installed here, as pip-audit finds them.

    .venv/bin/python scripts/known_faults.py

pip-audit asks PyPI's JSON interface, which many mirrors do not serve, and counts a package that it
could not look up as passed. Here such packages are named, and it is a failure where none at all was
looked up. Exit code 1 on a known fault, 2 where nothing was looked up.
"""

import json
import subprocess
import sys
from dataclasses import dataclass

_MOST_NAMES = 20


@dataclass(frozen=True, slots=True)
class Audit:
    """What pip-audit answered.

    Attributes:
        looked_up: packages that the database knows.
        passed_over: names of those that could not be looked up.
        faults: one line for each known fault.
    """

    looked_up: int
    passed_over: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def code(self) -> int:
        """The exit code."""
        return 1 if self.faults else 0 if self.looked_up else 2

    def lines(self) -> list[str]:
        """The outcome for a reader."""
        lines = [*self.faults, f"{self.looked_up} packages looked up, {len(self.faults)} faults"]
        if not self.looked_up:
            lines.append(
                "The database of known faults cannot be reached from here: nothing was audited. "
                "Run it where PyPI itself can be reached, or leave it out with --offline."
            )
        elif self.passed_over:
            more = len(self.passed_over) - _MOST_NAMES
            names = ", ".join(self.passed_over[:_MOST_NAMES])
            lines.append(f"Not looked up: {names}" + (f" and {more} more" if more > 0 else ""))
        return lines


def read_audit(answer: str) -> Audit:
    """The outcome from pip-audit's JSON.

    Raises:
        ValueError: it is no JSON.
        KeyError: it has another form.
    """
    packages = json.loads(answer)["dependencies"]
    passed_over = tuple(one["name"] for one in packages if "skip_reason" in one)
    faults = tuple(
        f"{one['name']} {one['version']}: {fault['id']}"
        f" (mended in {', '.join(fault['fix_versions']) or 'no version yet'})"
        for one in packages
        for fault in one.get("vulns", ())
    )
    return Audit(len(packages) - len(passed_over), passed_over, faults)


def main() -> int:
    """Ask pip-audit, and print what it found."""
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    try:
        audit = read_audit(done.stdout)
    except (ValueError, KeyError):  # it ended before it could answer
        sys.stderr.write(done.stderr[-2000:])
        sys.stderr.write("pip-audit gave no answer: nothing was audited\n")
        return 2
    sys.stdout.write("\n".join(audit.lines()) + "\n")
    return audit.code


if __name__ == "__main__":
    sys.exit(main())
