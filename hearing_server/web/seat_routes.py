"""Routes by which people reach their seats, and those of kiosks."""

from hearing_server.court import join, kiosks
from hearing_server.web import bodies, models
from hearing_server.web.errors import language_of
from hearing_server.web.rate_limits import Guarded
from hearing_server.web.route_table import Call, Route, Who


async def join_by_link(call: Call[models.JoinRequest]) -> models.Seat:
    """The seat a join link stands for."""
    return bodies.seat(await join.take_seat_by_link(call.office, call.body.token), call.body.language)


async def join_as_staff(call: Call[None]) -> models.Seat:
    """The signed-in person's own seat in this hearing."""
    taken = await join.take_seat_as_staff(call.office, call.staff, call.part("hearing"))
    return bodies.seat(taken, language_of(call.request))


async def join_at_kiosk(call: Call[models.KioskJoinRequest]) -> models.Seat:
    """The seat that six digits stand for, on an enrolled kiosk; uses the digits up."""
    taken = await join.take_seat_at_kiosk(call.office, call.body.device_token, call.body.code)
    return bodies.seat(taken, call.body.language)


async def make_pairing_code(call: Call[None]) -> models.PairingCode:
    """Eight digits that enrol one kiosk."""
    code, expires_at_ms = await kiosks.make_pairing_code(call.office, call.staff)
    return models.PairingCode(code=code, expires_at_ms=expires_at_ms)


async def pair_kiosk(call: Call[models.PairRequest]) -> models.PairedKiosk:
    """Enrol this device as a kiosk."""
    kiosk, device_token = await kiosks.pair_kiosk(call.office, call.body.code, call.body.name)
    return models.PairedKiosk(kiosk=kiosk.id, name=kiosk.name, device_token=device_token)


async def greet_kiosk(call: Call[models.KioskHello]) -> models.PairedKiosk:
    """Whether this device is still enrolled."""
    device_token = call.body.device_token
    kiosk = await kiosks.recognise_kiosk(call.office, device_token)
    return models.PairedKiosk(kiosk=kiosk.id, name=kiosk.name, device_token=device_token)


async def list_kiosks(call: Call[None]) -> models.KioskList:
    """Every kiosk, withdrawn ones last."""
    return models.KioskList(
        kiosks=[bodies.kiosk_view(kiosk) for kiosk in await kiosks.list_kiosks(call.office, call.staff)]
    )


async def withdraw_kiosk(call: Call[None]) -> None:
    """Withdraw a kiosk: its device token and the seats taken at it stop working."""
    await kiosks.withdraw_kiosk(call.office, call.staff, call.part("kiosk"))


ROUTES = (
    Route(
        "POST",
        "/api/join",
        join_by_link,
        body=models.JoinRequest,
        answer=models.Seat,
        who=Who.ANYBODY,
        guarded=Guarded.JOIN,
    ),
    Route("POST", "/api/hearings/{hearing}/seat", join_as_staff, answer=models.Seat),
    Route(
        "POST",
        "/api/kiosk/join",
        join_at_kiosk,
        body=models.KioskJoinRequest,
        answer=models.Seat,
        who=Who.ANYBODY,
        guarded=Guarded.KIOSK_CODE,
    ),
    Route(
        "POST",
        "/api/kiosk/pair",
        pair_kiosk,
        body=models.PairRequest,
        answer=models.PairedKiosk,
        who=Who.ANYBODY,
        guarded=Guarded.KIOSK_PAIRING,
        status=201,
    ),
    Route(
        "POST",
        "/api/kiosk/hello",
        greet_kiosk,
        body=models.KioskHello,
        answer=models.PairedKiosk,
        who=Who.ANYBODY,
        guarded=Guarded.JOIN,
    ),
    Route("GET", "/api/kiosks", list_kiosks, answer=models.KioskList),
    Route("POST", "/api/kiosks/pairing", make_pairing_code, answer=models.PairingCode, status=201),
    Route("DELETE", "/api/kiosks/{kiosk}", withdraw_kiosk, status=204),
)
