"""Signing in, accounts, and what protects them."""

from pathlib import Path

from hearing_server.web.rate_limits import Guarded
from tests.integration.http_court import PASSWORD, PLENTY, open_office


async def test_first_administrator_is_made_once_with_the_printed_link(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        visitor = await court.visitor()
        assert (await visitor.must("GET", "/api/server"))["setup_needed"] is True
        assert court.setup_url.startswith("https://court.example/#/setup/")
        wanted = {"token": "wrong", "name": "管理员", "login": "Root", "password": PASSWORD}
        assert await visitor.refused("POST", "/api/setup", wanted) == (401, "token_invalid")
        wanted["token"] = court.setup_url.rpartition("/")[2]
        me = await visitor.must("POST", "/api/setup", wanted)
        assert me["roles"] == ["admin"] and me["login"] == "root"
        assert await visitor.must("GET", "/api/me") == me
        assert (await visitor.must("GET", "/api/server"))["setup_needed"] is False
        assert await visitor.refused("POST", "/api/setup", wanted) == (401, "token_invalid")
        assert [row.type for row in await court.journal()] == ["administrator_set_up", "signed_in"]


async def test_cookie_is_unreadable_for_scripts_and_ends_with_sign_out(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        await court.staff("admin")
        visitor = await court.visitor()
        login = {"login": "ROOT", "password": PASSWORD}
        async with visitor.http.post(f"{court.url}/api/login", json=login) as response:
            cookie = response.headers["Set-Cookie"]
        assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Secure" not in cookie
        await visitor.must("GET", "/api/me")
        kept = dict.fromkeys(["Cookie"], cookie.partition(";")[0])
        await visitor.must("POST", "/api/logout")
        assert await visitor.refused("GET", "/api/me") == (401, "not_signed_in")
        assert await (await court.visitor()).refused("GET", "/api/me", headers=kept) == (401, "not_signed_in")


async def test_cookie_over_tls_is_secure_and_bound_to_the_host(tmp_path: Path) -> None:
    async with open_office(tmp_path, secure=True) as court:
        await court.staff("admin")
        visitor = await court.visitor()
        async with visitor.http.post(
            f"{court.url}/api/login", json={"login": "root", "password": PASSWORD}
        ) as response:
            cookie = response.headers["Set-Cookie"]
            assert response.headers["Strict-Transport-Security"].startswith("max-age=")
        assert cookie.startswith("__Host-") and "Secure" in cookie and "Domain" not in cookie


async def test_session_ends_after_a_working_day(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        admin = await court.staff("admin")
        await court.clock.move(12 * 3600 * 1000 - 1)
        await admin.must("GET", "/api/me")
        await court.clock.move(1)
        assert await admin.refused("GET", "/api/me") == (401, "not_signed_in")


async def test_wrong_name_and_wrong_password_are_told_alike(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        await court.staff("admin")
        visitor = await court.visitor()
        answers = [
            await visitor.ask("POST", "/api/login", {"login": login, "password": password})
            for login, password in (("root", "wrong password"), ("nobody", PASSWORD))
        ]
        assert [(status, body["code"], body["message"]) for status, body in answers] == [
            (401, "login_failed", answers[0][1]["message"])
        ] * 2
        assert len(await court.journal(type="sign_in_refused")) == 2


async def test_guessing_passwords_is_slowed_by_address_and_by_name(tmp_path: Path) -> None:
    for guarded in (Guarded.LOGIN, Guarded.LOGIN_NAME):
        folder = tmp_path / guarded
        folder.mkdir()
        async with open_office(folder, per_minute={**PLENTY, guarded: 3}) as court:
            await court.staff("admin")
            visitor = await court.visitor()
            wrong = {"login": "root", "password": "wrong password"}
            codes = [(await visitor.refused("POST", "/api/login", wrong))[1] for _ in range(5)]
            assert codes == ["login_failed"] * 3 + ["too_many"] * 2
            right = {"login": "root", "password": PASSWORD}
            assert await visitor.refused("POST", "/api/login", right) == (429, "too_many")


async def test_only_administrators_make_accounts_and_the_attempt_is_journalled(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        wanted = {"name": "李书记员", "login": "li", "password": PASSWORD, "roles": ["clerk"]}
        assert await clerk.refused("POST", "/api/staff", wanted) == (403, "not_permitted")
        assert [row.type for row in await court.journal(type="act_refused")] == ["act_refused"]
        admin = await court.staff("admin")
        made = await admin.must("POST", "/api/staff", wanted)
        assert made["may"] == ["view_cases", "manage_cases", "manage_kiosks"]
        assert await admin.refused("POST", "/api/staff", {**wanted, "login": "LI"}) == (409, "conflict")
        assert made in (await clerk.must("GET", "/api/staff"))["staff"]


async def test_administrator_sees_no_case(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing = await court.hearing(clerk)
        admin = await court.staff("admin")
        assert await admin.refused("GET", "/api/cases") == (403, "not_permitted")
        assert await admin.refused("GET", f"/api/hearings/{hearing}") == (403, "not_permitted")
        assert (await admin.must("GET", "/api/hearings"))["hearings"] == []


def _everything_stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("court.sqlite3*"))


async def test_database_keeps_neither_password_nor_cookie_nor_setup_token(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        admin = await court.staff("admin")
        cookies = {cookie.value for cookie in admin.http.cookie_jar}
        token = court.setup_url.rpartition("/")[2]
    stored = _everything_stored(tmp_path)
    assert cookies
    assert not [secret for secret in (PASSWORD, token, *cookies) if secret.encode() in stored]
