"""The OpenAPI 3.1 document of the HTTP API, made of the declared routes and the models of their bodies."""

import re
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from hearing_server.web.errors import STATUS
from hearing_server.web.models import ErrorBody
from hearing_server.web.route_table import Route, Who

Json = dict[str, Any]
Mode = Literal["validation", "serialization"]

References = dict[tuple[Any, Mode], Json]
"""By model and mode."""

COMPONENTS = "#/components/schemas/{model}"

SECURITY: dict[Who, list[Json]] = {
    Who.ANYBODY: [],
    Who.STAFF: [{"sign_in": []}],
    Who.READER: [{"sign_in": []}, {"seat": []}],
}


def openapi_document(routes: Iterable[Route], *, version: str) -> Json:
    """The whole document, as it is served at ``/api/openapi.json``."""
    routes = list(routes)
    bodies, schemas = _schemas(routes)
    paths: Json = {}
    for route in routes:
        path = re.sub(r"\{(\w+):.*\}", r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, path, bodies)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "hearing-server",
            "version": version,
            "description": "HTTP API of the online hearing server. The hearing itself is held over the WebSocket.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "sign_in": {"type": "apiKey", "in": "cookie", "name": "hearing-sign-in"},
                "seat": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
        },
    }


def _schemas(routes: list[Route]) -> tuple[References, Json]:
    """References to the models that are bodies, and the definitions they refer to."""
    wanted: list[tuple[type[BaseModel], Mode]] = [(ErrorBody, "serialization")]
    wanted += [(route.body, "validation") for route in routes if route.body]
    wanted += [(route.answer, "serialization") for route in routes if route.answer]
    references, document = models_json_schema(list(dict.fromkeys(wanted)), ref_template=COMPONENTS)
    return dict(references), document["$defs"]


def _operation(route: Route, path: str, bodies: References) -> Json:
    operation: Json = {
        "operationId": route.operation,
        "summary": route.summary,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"\{(\w+)\}", path)
        ],
        "security": SECURITY[route.who],
        "responses": {
            str(route.status): _answer(route, bodies),
            "default": {
                "description": "Refused. Codes by status: " + _codes(),
                "content": {"application/json": {"schema": bodies[ErrorBody, "serialization"]}},
            },
        },
    }
    if route.body and route.method == "GET":
        operation["parameters"] += _query_parameters(route.body)
    elif route.body:
        schema = bodies[route.body, "validation"]
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return operation


def _answer(route: Route, bodies: References) -> Json:
    if route.answer:
        schema = bodies[route.answer, "serialization"]
        return {"description": route.summary, "content": {"application/json": {"schema": schema}}}
    if route.media_type:
        return {"description": "The file, or the asked range of it.", "content": {route.media_type: {}}}
    return {"description": "Done."}


def _query_parameters(model: type[BaseModel]) -> list[Json]:
    schema = model.model_json_schema(ref_template=COMPONENTS)
    return [
        {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": field}
        for name, field in schema["properties"].items()
    ]


def _codes() -> str:
    return ", ".join(f"{status} {code.value}" for code, status in STATUS.items())
