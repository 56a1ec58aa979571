"""Twin of the running hearings for tests of the office: remembers what it was told."""


class RememberingCourtroom:
    """Implements ``court.office.Courtroom``."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []

    async def hearing_changed(self, hearing: str) -> None:
        self.told.append(("hearing_changed", hearing))

    async def prepare_room(self, hearing: str) -> None:
        self.told.append(("prepare_room", hearing))

    async def link_withdrawn(self, hearing: str, participant: str) -> None:
        self.told.append(("link_withdrawn", hearing, participant))

    async def kiosk_withdrawn(self, kiosk: str) -> None:
        self.told.append(("kiosk_withdrawn", kiosk))

    async def staff_signed_out(self, staff: str) -> None:
        self.told.append(("staff_signed_out", staff))
