"""Routes of the server itself and of its accounts."""

from aiohttp import web

from hearing_server.court import staff
from hearing_server.domain.staff import StaffRole
from hearing_server.web import bodies, models
from hearing_server.web.answering import json_answer
from hearing_server.web.errors import TooMany
from hearing_server.web.rate_limits import Guarded
from hearing_server.web.route_table import Call, Route, Who
from hearing_server.web.server_facts import SERVER_FACTS
from hearing_server.web.sign_in_cookie import COOKIES
from signaling.protocol.base import PROTOCOL_VERSION


async def server_info(call: Call[None]) -> models.ServerInfo:
    """What every screen's frame shows."""
    facts = call.request.app[SERVER_FACTS]
    return models.ServerInfo(
        court_name=facts.court_name,
        help_phone=facts.help_phone,
        version=facts.version,
        protocol_version=PROTOCOL_VERSION,
        setup_needed=await staff.setup_needed(call.office),
        demo_model=facts.condition.demo_model,
        recorder_ready=facts.condition.recorder_ready,
    )


async def set_up(call: Call[models.SetupRequest]) -> web.StreamResponse:
    """Make the first administrator, with the one-time token the server printed, and sign them in."""
    wanted = call.body
    account = await staff.set_up(call.office, wanted.token, wanted.name, wanted.login, wanted.password)
    response = json_answer(bodies.staff_member(account), 201)
    call.request.app[COOKIES].set_sign_in(response, await staff.begin_session(call.office, account))
    return response


async def sign_in(call: Call[models.LoginRequest]) -> web.StreamResponse:
    """Sign in with name and password; sets the session cookie."""
    login, password = call.body.login, call.body.password
    if not await call.limits.allows(Guarded.LOGIN_NAME, login.lower()[:64]):
        raise TooMany
    account, secret = await staff.sign_in(call.office, login, password)
    response = json_answer(bodies.staff_member(account))
    call.request.app[COOKIES].set_sign_in(response, secret)
    return response


async def sign_out(call: Call[None]) -> web.StreamResponse:
    """End the session."""
    cookies = call.request.app[COOKIES]
    await staff.sign_out(call.office, call.staff, cookies.sign_in_secret(call.request) or "")
    response = web.Response(status=204)
    cookies.end_sign_in(response)
    return response


async def who_am_i(call: Call[None]) -> models.StaffMember:
    """The signed-in member of staff."""
    return bodies.staff_member(call.staff)


async def list_staff(call: Call[None]) -> models.StaffList:
    """Everybody with an account, to give colleagues their seats."""
    return models.StaffList(
        staff=[bodies.staff_member(each) for each in await staff.list_staff(call.office, call.staff)]
    )


async def add_staff(call: Call[models.NewStaffMember]) -> models.StaffMember:
    """Make an account; administrators only."""
    wanted = call.body
    roles = frozenset(StaffRole(role) for role in wanted.roles)
    account = await staff.add_staff(call.office, call.staff, wanted.name, wanted.login, wanted.password, roles)
    return bodies.staff_member(account)


async def disable_staff(call: Call[models.StaffStanding]) -> models.StaffMember:
    """Close an account or open it again; administrators only."""
    disabled = call.body.disabled
    return bodies.staff_member(await staff.disable_staff(call.office, call.staff, call.part("staff"), disabled))


async def set_password(call: Call[models.NewPassword]) -> None:
    """Give a colleague another password; administrators only."""
    await staff.set_password(call.office, call.staff, call.part("staff"), call.body.password)


async def change_own_password(call: Call[models.OwnPassword]) -> None:
    """Change one's own password."""
    if not await call.limits.allows(Guarded.LOGIN_NAME, call.staff.login):
        raise TooMany
    cookie = call.request.app[COOKIES].sign_in_secret(call.request) or ""
    await staff.change_own_password(call.office, call.staff, cookie, call.body.present, call.body.password)


ROUTES = (
    Route("GET", "/api/server", server_info, answer=models.ServerInfo, who=Who.ANYBODY),
    Route(
        "POST",
        "/api/setup",
        set_up,
        body=models.SetupRequest,
        answer=models.StaffMember,
        who=Who.ANYBODY,
        guarded=Guarded.SETUP,
        status=201,
    ),
    Route(
        "POST",
        "/api/login",
        sign_in,
        body=models.LoginRequest,
        answer=models.StaffMember,
        who=Who.ANYBODY,
        guarded=Guarded.LOGIN,
    ),
    Route("POST", "/api/logout", sign_out, status=204),
    Route("GET", "/api/me", who_am_i, answer=models.StaffMember),
    Route("PUT", "/api/me/password", change_own_password, body=models.OwnPassword, guarded=Guarded.LOGIN, status=204),
    Route("GET", "/api/staff", list_staff, answer=models.StaffList),
    Route("POST", "/api/staff", add_staff, body=models.NewStaffMember, answer=models.StaffMember, status=201),
    Route(
        "PUT",
        "/api/staff/{staff}/standing",
        disable_staff,
        body=models.StaffStanding,
        answer=models.StaffMember,
    ),
    Route("PUT", "/api/staff/{staff}/password", set_password, body=models.NewPassword, status=204),
)
