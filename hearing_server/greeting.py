"""What a front prints for people once it answers."""

import sys

from hearing_server.court.office import Office
from hearing_server.court.staff import prepare_setup
from hearing_server.settings import Settings


async def greet(settings: Settings, office: Office) -> None:
    print(f"\nhearing-server answers at {settings.base_url}   (Ctrl+C stops it and seals the recordings)\n")
    setup = await prepare_setup(office)
    if setup is not None:
        print(f"First run: make the administrator's account at\n  {setup}\n")
    sys.stdout.flush()  # a service's output is no terminal, and whoever waits for the address must see it
