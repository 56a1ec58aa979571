"""Routes about copies of recordings and about how long recordings are kept."""

import json

from hearing_server.court import copies, retention
from hearing_server.domain.reconciliation import ReconciliationStanding
from hearing_server.domain.retention import RetentionClass
from hearing_server.domain.staff import OfficeAct, StaffAccount
from hearing_server.web import keeping_models as models
from hearing_server.web.route_table import Call, Route, Who


async def read_copies(call: Call[None]) -> models.CopiesView:
    """How far the copies of a recording are."""
    return _copies(await copies.read_copies(call.office, call.reader, call.part("hearing")))


async def ask_reconciliation(call: Call[None]) -> models.CopiesView:
    """Compare every byte of the copies, and make them whole."""
    await copies.ask_reconciliation(call.office, call.reader, call.part("hearing"))
    return await read_copies(call)


async def read_retention(call: Call[None]) -> models.RetentionView:
    """How long a recording is kept."""
    return _retention(await retention.read_keeping(call.office, call.staff, call.part("hearing")), call.staff)


async def list_deletions(call: Call[None]) -> models.DeletionList:
    """Recordings whose time is over, with what would be deleted."""
    listed = await retention.list_deletions(call.office, call.staff)
    return models.DeletionList(recordings=[_retention(each, call.staff) for each in listed])


async def set_retention(call: Call[models.RetentionChoice]) -> models.RetentionView:
    """Say how long a recording is kept."""
    wanted = RetentionClass(call.body.retention_class)
    await retention.set_class(call.office, call.staff, call.part("hearing"), wanted)
    return _retention(await retention.read_keeping(call.office, call.staff, call.part("hearing")), call.staff)


async def place_hold(call: Call[models.HoldReason]) -> models.RetentionView:
    """Order that nothing of a recording be deleted."""
    await retention.place_hold(call.office, call.staff, call.part("hearing"), call.body.reason)
    return _retention(await retention.read_keeping(call.office, call.staff, call.part("hearing")), call.staff)


async def lift_hold(call: Call[None]) -> models.RetentionView:
    """Lift such an order."""
    await retention.lift_hold(call.office, call.staff, call.part("hearing"), call.part("hold"))
    return _retention(await retention.read_keeping(call.office, call.staff, call.part("hearing")), call.staff)


async def approve_deletion(call: Call[models.DeletionApproval]) -> models.RetentionView:
    """Approve a list of what is deleted."""
    await retention.approve_deletion(call.office, call.staff, call.part("hearing"), call.body.list_sha256)
    return _retention(await retention.read_keeping(call.office, call.staff, call.part("hearing")), call.staff)


def _copies(standing: copies.CopiesStanding) -> models.CopiesView:
    troubles = {trouble.store: trouble for trouble in standing.troubles}
    return models.CopiesView(
        state=standing.state.value,
        stores=[
            models.StoreCopiesView(
                store=each.store.value,
                waiting=each.waiting,
                stored=each.stored,
                verified=each.verified,
                size_bytes=each.size_bytes,
                trouble=troubles[each.store].code.value if each.store in troubles else None,
                failing_since_ms=troubles[each.store].since_ms if each.store in troubles else None,
            )
            for each in standing.counts
        ],
        reconciliation=_reconciliation(standing.reconciliation),
        deleted_at_ms=standing.deleted_at_ms,
    )


def _reconciliation(newest: ReconciliationStanding | None) -> models.ReconciliationView:
    report = json.loads(newest.report) if newest is not None and newest.report else {}
    return models.ReconciliationView(
        state=newest.state.value if newest else "none",
        thorough=newest.thorough if newest else False,
        progress=newest.progress if newest else 0.0,
        finished_at_ms=newest.finished_at_ms if newest else None,
        read_at_ms=newest.read_at_ms if newest else None,
        files=report.get("files", 0),
        findings=report.get("findings", 0),
        repaired=report.get("repaired", 0),
        listed=[models.CopyFindingView(**each) for each in report.get("listed", [])],
    )


def _retention(keeping: retention.Keeping, account: StaffAccount) -> models.RetentionView:
    standing = keeping.retention
    listing = None
    if standing.listing is not None and standing.listed_at_ms is not None:
        listing = models.DeletionListView(
            files=standing.listing.files,
            size_bytes=standing.listing.size_bytes,
            list_sha256=standing.listing.digest,
            listed_at_ms=standing.listed_at_ms,
        )
    return models.RetentionView(
        hearing=keeping.hearing.id,
        case_number=keeping.case.case_number,
        closed_at_ms=keeping.hearing.closed_at_ms,
        retention_class=standing.retention_class.value,
        kept_until_ms=keeping.kept_until_ms,
        holds=[
            models.HoldView(hold=hold.id, reason=hold.reason, placed_at_ms=hold.placed_at_ms) for hold in keeping.holds
        ],
        listing=listing,
        approved_at_ms=standing.approved_at_ms,
        deleted_at_ms=standing.deleted_at_ms,
        may_set=account.may(OfficeAct.SET_RETENTION),
        may_release=account.may(OfficeAct.RELEASE_RECORDING),
    )


_HEARING = "/api/hearings/{hearing}"
_COPIES, _RETENTION = f"{_HEARING}/copies", f"{_HEARING}/retention"

ROUTES = (
    Route("GET", _COPIES, read_copies, answer=models.CopiesView, who=Who.READER),
    Route("POST", f"{_COPIES}/reconciliation", ask_reconciliation, answer=models.CopiesView, who=Who.READER),
    Route("GET", "/api/retention", list_deletions, answer=models.DeletionList),
    Route("GET", _RETENTION, read_retention, answer=models.RetentionView),
    Route("PUT", _RETENTION, set_retention, body=models.RetentionChoice, answer=models.RetentionView),
    Route("POST", f"{_HEARING}/holds", place_hold, body=models.HoldReason, answer=models.RetentionView),
    Route("DELETE", f"{_HEARING}/holds/{{hold}}", lift_hold, answer=models.RetentionView),
    Route(
        "POST",
        f"{_RETENTION}/approval",
        approve_deletion,
        body=models.DeletionApproval,
        answer=models.RetentionView,
    ),
)
