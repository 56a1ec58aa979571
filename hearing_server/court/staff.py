"""Acts around accounts: the first administrator, signing in and out, new accounts, closed ones, passwords."""

from dataclasses import replace

from hearing_server.court.credentials import LoginFailed, NotSignedIn, TokenInvalid, new_secret, sha256
from hearing_server.court.office import Office, new_id, note, permit, staff_actor
from hearing_server.domain.errors import Conflict, InvalidValue, NotFound, WrongState
from hearing_server.domain.staff import OfficeAct, StaffAccount, StaffRole
from hearing_server.storage import server_secrets
from hearing_server.storage import staff as accounts
from hearing_server.storage.database import Transaction

SIGN_IN_LIFETIME_MS = 12 * 3600 * 1000
"""A working day; nobody is signed out in the middle of a hearing."""

SETUP_SECRET = "setup_token"


async def prepare_setup(office: Office) -> str | None:
    """Called at start: while no account exists, a fresh one-time address at which the first administrator is made, to be
    printed for whoever started the server; None afterwards. An address printed earlier stops working."""
    async with office.database.transaction() as transaction:
        if await accounts.any_account(transaction):
            return None
        token = new_secret()
        await server_secrets.put(transaction, SETUP_SECRET, sha256(token), office.clock.now_ms())
    return f"{office.base_url}/#/setup/{token}"


async def setup_needed(office: Office) -> bool:
    """True until the first administrator exists."""
    async with office.database.reading() as transaction:
        return not await accounts.any_account(transaction)


async def set_up(office: Office, token: str, name: str, login: str, password: str) -> StaffAccount:
    """Make the first administrator. Raises ``TokenInvalid`` when the token is wrong or was used."""
    async with office.database.reading() as transaction:
        if await server_secrets.get(transaction, SETUP_SECRET) != sha256(token):
            raise TokenInvalid("setup_token")
    encoded = await office.passwords.hash(password)
    account = StaffAccount(new_id(), name, login.lower(), frozenset({StaffRole.ADMIN}))
    async with office.database.transaction() as transaction:
        if not await server_secrets.take(transaction, SETUP_SECRET, sha256(token)):
            raise TokenInvalid("setup_token")
        await accounts.add(transaction, account, encoded, office.clock.now_ms())
        await note(transaction, office, "administrator_set_up", staff_actor(account), {"staff": account.id})
    return account


async def sign_in(office: Office, login: str, password: str) -> tuple[StaffAccount, str]:
    """The account and the secret for its cookie. Raises ``LoginFailed``."""
    async with office.database.reading() as transaction:
        found = await accounts.by_login(transaction, login.lower())
    matches = await office.passwords.matches(password, found[1] if found else None)
    if not found or not matches:
        async with office.database.transaction() as transaction:
            await note(transaction, office, "sign_in_refused", "server", {"staff": found[0].id if found else None})
        raise LoginFailed
    return found[0], await begin_session(office, found[0])


async def begin_session(office: Office, account: StaffAccount) -> str:
    """The secret for the cookie of somebody whose identity was proven, by password here or elsewhere."""
    cookie, now_ms = new_secret(), office.clock.now_ms()
    async with office.database.transaction() as transaction:
        if await accounts.by_id(transaction, account.id) != account:
            raise LoginFailed  # disabled or given another password since it was proven
        await accounts.begin_session(transaction, sha256(cookie), account.id, now_ms, now_ms + SIGN_IN_LIFETIME_MS)
        await note(transaction, office, "signed_in", staff_actor(account), {})
    return cookie


async def signed_in(office: Office, cookie: str | None) -> StaffAccount:
    """Whose cookie this is. Raises ``NotSignedIn``."""
    if cookie:
        async with office.database.reading() as transaction:
            account = await accounts.of_session(transaction, sha256(cookie), office.clock.now_ms())
        if account:
            return account
    raise NotSignedIn


async def sign_out(office: Office, account: StaffAccount, cookie: str) -> None:
    """The cookie is worth nothing afterwards."""
    async with office.database.transaction() as transaction:
        await accounts.end_session(transaction, sha256(cookie), office.clock.now_ms())
        await note(transaction, office, "signed_out", staff_actor(account), {})


async def add_staff(
    office: Office, who: StaffAccount, name: str, login: str, password: str, roles: frozenset[StaffRole]
) -> StaffAccount:
    """Make an account. Raises ``Conflict`` when the login is taken."""
    await permit(office, who, OfficeAct.ADD_STAFF)
    encoded = await office.passwords.hash(password)
    account = StaffAccount(new_id(), name, login.lower(), roles)
    async with office.database.transaction() as transaction:
        if await accounts.login_taken(transaction, account.login):
            raise Conflict("login_taken")
        await accounts.add(transaction, account, encoded, office.clock.now_ms())
        data: dict[str, object] = {"staff": account.id, "roles": sorted(roles)}
        await note(transaction, office, "staff_added", staff_actor(who), data)
    return account


async def disable_staff(office: Office, who: StaffAccount, staff_id: str, disabled: bool) -> StaffAccount:
    """Close an account, or open it again. Whatever it was signed in to ends at once. Raises ``NotFound``; ``WrongState`` for
    the own account, so that an administrator always remains."""
    await permit(office, who, OfficeAct.CLOSE_ACCOUNT)
    if staff_id == who.id:
        raise WrongState("own_account")
    async with office.database.transaction() as transaction:
        account = await _load(transaction, staff_id)
        if account.disabled is disabled:
            raise WrongState("already_so")
        now_ms = office.clock.now_ms()
        await accounts.disable(transaction, staff_id, now_ms if disabled else None)
        await accounts.end_sessions(transaction, staff_id, now_ms)
        type = "staff_disabled" if disabled else "staff_opened_again"
        await note(transaction, office, type, staff_actor(who), {"staff": staff_id})
    if disabled:
        await office.courtroom.staff_signed_out(staff_id)
    return replace(account, disabled=disabled)


async def set_password(office: Office, who: StaffAccount, staff_id: str, password: str) -> None:
    """Give a colleague another password. Whatever they were signed in to ends at once. Raises ``NotFound``; ``WrongState`` for
    the own account, whose present password must be proven."""
    await permit(office, who, OfficeAct.SET_PASSWORD)
    if staff_id == who.id:
        raise WrongState("own_account")
    encoded = await office.passwords.hash(password)
    async with office.database.transaction() as transaction:
        await _load(transaction, staff_id)
        await accounts.set_password(transaction, staff_id, encoded)
        await accounts.end_sessions(transaction, staff_id, office.clock.now_ms())
        await note(transaction, office, "password_set", staff_actor(who), {"staff": staff_id})
    await office.courtroom.staff_signed_out(staff_id)


async def change_own_password(office: Office, who: StaffAccount, cookie: str, present: str, password: str) -> None:
    """Whatever else was signed in to ends at once; this sign-in goes on. Raises ``InvalidValue`` when ``present`` is not the
    password."""
    async with office.database.reading() as transaction:
        found = await accounts.by_login(transaction, who.login)
    if not await office.passwords.matches(present, found[1] if found else None):
        async with office.database.transaction() as transaction:
            await note(transaction, office, "password_change_refused", staff_actor(who), {})
        raise InvalidValue("present_password_wrong")
    encoded = await office.passwords.hash(password)
    async with office.database.transaction() as transaction:
        await accounts.set_password(transaction, who.id, encoded)
        await accounts.end_sessions(transaction, who.id, office.clock.now_ms(), but=sha256(cookie))
        await note(transaction, office, "password_changed", staff_actor(who), {})
    await office.courtroom.staff_signed_out(who.id)


async def list_staff(office: Office, who: StaffAccount) -> list[StaffAccount]:
    """In order of name, disabled accounts last."""
    await permit(office, who, OfficeAct.LIST_STAFF)
    async with office.database.reading() as transaction:
        return await accounts.everybody(transaction)


async def _load(transaction: Transaction, staff_id: str) -> StaffAccount:
    account = await accounts.by_id_even_disabled(transaction, staff_id)
    if account is None:
        raise NotFound("staff")
    return account
