"""Acts around kiosks: enrol a device, withdraw it, recognise it. Taking a seat at one stands in ``join``."""

from hearing_server.court.credentials import CodeInvalid, TokenRevoked, keyed_code_hash, new_code, sha256
from hearing_server.court.office import Office, new_id, note, permit, staff_actor
from hearing_server.domain.errors import Conflict, NotFound
from hearing_server.domain.kiosk import PAIRING_CODE_DIGITS, PAIRING_CODE_LIFETIME_MS, Kiosk
from hearing_server.domain.staff import OfficeAct, StaffAccount
from hearing_server.storage import kiosks

PAIRING = "pairing"
"""Purpose in the keyed hash of a pairing code."""
DRAWS = 20
"""A new code may hit digits that are good for something else; so many misses in a row do not happen."""


async def make_pairing_code(office: Office, who: StaffAccount) -> tuple[str, int]:
    """Eight digits to type on a new kiosk, and when they end."""
    await permit(office, who, OfficeAct.PAIR_KIOSK)
    now_ms = office.clock.now_ms()
    expires_at_ms = now_ms + PAIRING_CODE_LIFETIME_MS
    async with office.database.transaction() as transaction:
        for _ in range(DRAWS):
            code = new_code(PAIRING_CODE_DIGITS)
            hashed = keyed_code_hash(office.code_key, PAIRING, code)
            if await kiosks.add_pairing_code(transaction, hashed, who.id, now_ms, expires_at_ms):
                await note(transaction, office, "pairing_code_made", staff_actor(who), {})
                return code, expires_at_ms
    raise Conflict("no_code_free")


async def pair_kiosk(office: Office, code: str, name: str) -> tuple[Kiosk, str]:
    """Enrol a device: the kiosk and its device token, which only the device keeps. Raises ``CodeInvalid``."""
    now_ms = office.clock.now_ms()
    async with office.database.transaction() as transaction:
        paired_by = await kiosks.take_pairing_code(transaction, keyed_code_hash(office.code_key, PAIRING, code), now_ms)
        if paired_by is None:
            raise CodeInvalid
        kiosk = Kiosk(new_id(), name.strip(), now_ms, None, None)
        device_token = office.tokens.sign_kiosk(kiosk.id)
        await kiosks.add(transaction, kiosk, sha256(device_token), paired_by)
        await note(transaction, office, "kiosk_paired", f"staff:{paired_by}", {"kiosk": kiosk.id})
    return kiosk, device_token


async def recognise_kiosk(office: Office, device_token: str) -> Kiosk:
    """The enrolled device whose token this is. Raises ``TokenInvalid``, or ``TokenRevoked`` once it was withdrawn."""
    kiosk_id = office.tokens.read_kiosk(device_token)
    async with office.database.transaction() as transaction:
        kiosk = await kiosks.by_device_token(transaction, sha256(device_token))
        if kiosk is None or kiosk.id != kiosk_id or kiosk.revoked:
            raise TokenRevoked("kiosk")
        await kiosks.seen(transaction, kiosk.id, office.clock.now_ms())
    return kiosk


async def list_kiosks(office: Office, who: StaffAccount) -> list[Kiosk]:
    """In order of name, withdrawn ones last."""
    await permit(office, who, OfficeAct.PAIR_KIOSK)
    async with office.database.reading() as transaction:
        return await kiosks.enrolled(transaction)


async def withdraw_kiosk(office: Office, who: StaffAccount, kiosk_id: str) -> None:
    """Its device token and every seat taken at it stop working. Raises ``NotFound``."""
    await permit(office, who, OfficeAct.WITHDRAW_KIOSK)
    async with office.database.transaction() as transaction:
        if not await kiosks.withdraw(transaction, kiosk_id, office.clock.now_ms()):
            raise NotFound("kiosk")
        await note(transaction, office, "kiosk_withdrawn", staff_actor(who), {"kiosk": kiosk_id})
    await office.courtroom.kiosk_withdrawn(kiosk_id)
