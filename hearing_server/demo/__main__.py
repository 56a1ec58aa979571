"""The robots' own process: ``python -m hearing_server.demo --base-url URL``. The account comes from the environment, where other users
of the machine cannot read it: ``HEARING_DEMO_LOGIN``, ``HEARING_DEMO_PASSWORD`` and, on a fresh server, ``HEARING_DEMO_SETUP_TOKEN``.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from hearing_server.demo.demonstration import COMPOSITE_S, CourtAccess, hold_demo_hearing
from hearing_server.demo.result import HearingResult, HearingResults, table

PEOPLE = {"judge": "presiding_judge", "clerk": "clerk"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 when nothing was lost and nothing is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m hearing_server.demo", description="Robots hold the sample hearing."
    )
    parser.add_argument("--base-url", required=True, help="address of the running server")
    parser.add_argument("--hearings", type=int, default=1, help="how many at once")
    parser.add_argument("--human", choices=sorted(PEOPLE), action="append", default=[], help="a part taken by a person")
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object on the last line")
    parser.add_argument("--insecure", action="store_true", help="accept a self-signed certificate")
    parser.add_argument(
        "--composite-timeout-s", type=float, default=COMPOSITE_S, help="patience with the combined video"
    )
    options = parser.parse_args(arguments)
    access = CourtAccess(
        login=os.environ.get("HEARING_DEMO_LOGIN", "demo"),
        password=os.environ["HEARING_DEMO_PASSWORD"],
        setup_token=os.environ.get("HEARING_DEMO_SETUP_TOKEN", ""),
    )
    results = asyncio.run(
        hold_demo_hearing(
            options.base_url,
            access,
            hearings=options.hearings,
            people=frozenset(PEOPLE[person] for person in options.human),
            verify_tls=not options.insecure,
            announce=_announce,
            composite_timeout_s=options.composite_timeout_s,
        )
    )
    report(results, as_json=options.json)
    return 0 if all(result.sound for result in results) else 1


def _announce(sentence: str) -> None:
    print(sentence, flush=True)


def report(results: list[HearingResult], *, as_json: bool) -> None:
    """The tables, and with ``as_json`` the object for programs as the last line."""
    for number, result in enumerate(results, 1):
        print(f"Hearing {number}")
        print(table(result))
    if as_json:
        whole = results[0] if len(results) == 1 else HearingResults.of(results)
        print(whole.model_dump_json(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
