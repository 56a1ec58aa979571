"""What every answer has, and what no request gets past."""

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from hearing_server.web.application import ROUTES
from tests.integration.http_court import PASSWORD, open_office


async def test_foreign_pages_change_nothing(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        case = {"case_number": "1", "title": "案"}
        foreign: list[dict[str, str]] = [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "https://court.example.evil.example"},
            {"Origin": "https://court.example:444"},
            {"Origin": "http://rebound.example:8080", "Host": "rebound.example:8080"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ]
        for headers in foreign:
            assert await clerk.refused("POST", "/api/cases", case, headers=headers) == (403, "foreign_origin")
        assert (await clerk.must("GET", "/api/cases"))["cases"] == []
        await clerk.must("POST", "/api/cases", case, headers={"Origin": "https://court.example"})
        await clerk.must("POST", "/api/cases", {**case, "case_number": "2"}, headers={"Origin": court.url})


async def test_body_of_a_form_is_not_read(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        await court.staff("admin")
        visitor = await court.visitor()
        login = json.dumps({"login": "root", "password": PASSWORD})
        for content_type in ("text/plain", "application/x-www-form-urlencoded"):
            headers = {"Content-Type": content_type}
            async with visitor.http.post(f"{court.url}/api/login", data=login, headers=headers) as response:
                assert (response.status, (await response.json())["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "malformed"),
        (b"{", "malformed"),
        (b"[]", "malformed"),
        (b"null", "malformed"),
        (b'"text"', "malformed"),
        (b'{"login": "root"}', "malformed"),
        (b'{"login": "root", "password": 1}', "malformed"),
        (b'{"login": "root", "password": "x", "admin": true}', "malformed"),
        (b'{"login": "\xff", "password": "x"}', "malformed"),
        (b"[" * 20_000, "malformed"),
        (b'{"login": "' + b"x" * 70_000 + b'", "password": "x"}', "too_large"),
    ],
)
async def test_broken_bodies_are_refused_with_a_code(tmp_path: Path, body: bytes, code: str) -> None:
    async with open_office(tmp_path) as court:
        visitor = await court.visitor()
        headers = {"Content-Type": "application/json"}
        async with visitor.http.post(f"{court.url}/api/login", data=body, headers=headers) as response:
            answer = await response.json()
        assert answer["code"] == code
        assert "Traceback" not in answer["message"]


async def test_unknown_paths_and_methods_are_answered_in_the_browsers_language(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        visitor = await court.visitor()
        for method, path, status in (("GET", "/api/unknown", 404), ("DELETE", "/api/cases", 405), ("POST", "/x", 405)):
            assert await visitor.refused(method, path) == (status, "not_found")
        _, chinese = await visitor.ask("GET", "/api/unknown", headers={"Accept-Language": "zh-CN,en;q=0.5"})
        _, english = await visitor.ask("GET", "/api/unknown", headers={"Accept-Language": "en-GB,zh;q=0.5"})
        assert chinese["message"] != english["message"] and english["message"].isascii()


async def test_a_fault_shows_its_number_and_nothing_else(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        visitor = await court.visitor()
        await court.office.database.close()
        async with visitor.http.get(f"{court.url}/api/server") as response:
            answer = await response.json()
            assert response.status == 500 and response.headers["X-Request-Id"] == answer["request_id"]
        assert answer["code"] == "internal"
        assert answer["request_id"] in answer["message"]
        assert (await visitor.ask("GET", "/healthz"))[0] == 200


async def test_readiness_follows_the_database_and_the_stop(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        visitor = await court.visitor()
        assert (await visitor.ask("GET", "/readyz"))[0] == 200
        court.condition.accepting = False
        assert (await visitor.ask("GET", "/readyz"))[0] == 503


async def test_every_answer_carries_the_policies(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        visitor = await court.visitor()
        for path in ("/", "/api/server", "/api/unknown", "/healthz", "/nothing/here"):
            async with visitor.http.get(court.url + path) as response:
                policy = response.headers["Content-Security-Policy"]
                assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
                assert "unsafe" not in policy and "*" not in policy
                assert response.headers["X-Content-Type-Options"] == "nosniff"
                assert response.headers["Referrer-Policy"] == "no-referrer"
                assert "camera=(self)" in response.headers["Permissions-Policy"]
                assert response.headers["Server"] == "hearing-server"
                assert "X-Request-Id" in response.headers
                assert "Strict-Transport-Security" not in response.headers


async def test_a_crafted_host_gets_nothing_into_the_policy(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        host = "evil.example; script-src *"
        reader, writer = await asyncio.open_connection(*court.url.removeprefix("http://").split(":"))
        writer.write(f"GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = (await reader.read()).decode()
        writer.close()
        await writer.wait_closed()
        assert "evil" not in answer


async def test_metrics_count_routes_and_name_nobody(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing = await court.hearing(clerk)
        await clerk.must("GET", f"/api/hearings/{hearing}")
        async with clerk.http.get(f"{court.url}/metrics") as response:
            text = await response.text()
        assert 'route="/api/hearings/{hearing}"' in text and hearing not in text
        forwarded = {"X-Forwarded-For": "203.0.113.7"}
        assert await clerk.refused("GET", "/metrics", headers=forwarded) == (404, "not_found")


async def test_client_is_served_from_its_folder_and_nowhere_else(tmp_path: Path) -> None:
    client = tmp_path / "dist"
    (client / "assets").mkdir(parents=True)
    (client / "index.html").write_text("<!doctype html><title>法庭</title>")
    (client / "assets" / "main-abc.js").write_text("start()")
    (client / "assets" / "main-abc.js.gz").write_bytes(gzip.compress(b"start()"))
    (client / ".hidden").write_text("no")
    (tmp_path / "secret").write_text("no")
    (client / "way-out").symlink_to(tmp_path / "secret")
    async with open_office(tmp_path, client=client) as court:
        visitor = await court.visitor()
        async with visitor.http.get(f"{court.url}/") as response:
            assert "法庭" in await response.text() and response.headers["Cache-Control"] == "no-cache"
        async with visitor.http.get(f"{court.url}/assets/main-abc.js") as response:
            assert await response.text() == "start()" and "immutable" in response.headers["Cache-Control"]
            assert response.headers["Content-Encoding"] == "gzip"
        for path in ("/.hidden", "/way-out", "/%2e%2e/secret", "/..%2fsecret", "/assets/", "/assets/..%5c..%5csecret"):
            assert await visitor.refused("GET", path) == (404, "not_found")


async def test_missing_client_is_explained(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court, (await court.visitor()).http.get(f"{court.url}/") as response:
        assert response.status == 503 and "make client" in await response.text()


async def test_openapi_document_has_every_route_and_resolves(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        document = await (await court.visitor()).must("GET", "/api/openapi.json")
    assert document["openapi"].startswith("3.1.")
    assert {"title", "version"} <= document["info"].keys()
    operations = {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    declared = {(route.method, route.path.replace(":[0-9a-f]{64}", "")) for route in ROUTES}
    assert operations.keys() == declared
    names = [operation["operationId"] for operation in operations.values()]
    assert len(names) == len(set(names))
    for (_, path), operation in operations.items():
        in_path = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
        assert in_path == {part[1:-1] for part in path.split("/") if part.startswith("{")}
        assert operation["summary"] and operation["responses"]["default"]["content"]
        assert all("description" in response for response in operation["responses"].values())
    schemas = document["components"]["schemas"]
    references = list(_references(document))
    assert references and all(each.removeprefix("#/components/schemas/") in schemas for each in references)


def _references(node: Any) -> Any:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
