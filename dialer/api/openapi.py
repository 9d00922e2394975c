"""OpenAPI 3.1 of the operations, made from their models."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from dialer.api.operations import Operation
from dialer.api.problems import MEDIA_TYPE

_REF = "#/components/schemas/{model}"
_NAME_IN_PATH = re.compile(r"{(\w+)}")

_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457: what was wrong, in one line, and a hint of what to do",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "hint": {"type": "string"},
        "faults": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    name: {"type": ["string", "integer"]}
                    for name in ("file", "line", "path", "reason", "value", "hint")
                },
            },
        },
    },
}


def document(operations: Sequence[Operation], version: str) -> dict[str, Any]:
    """The whole OpenAPI document; the same operations give the same document."""
    models = {model for one in operations for model in (one.body, one.answer) if model is not None}
    ordered = sorted(models, key=lambda model: model.__name__)
    named, shared = models_json_schema([(model, "validation") for model in ordered], ref_template=_REF)
    schemas: dict[str, Any] = {"Problem": _PROBLEM, **shared.get("$defs", {})}
    references = {model: str(named[model, "validation"]["$ref"]) for model in ordered}
    paths: dict[str, Any] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "dialer",
            "version": version,
            "description": "Every outbound call passes one gate. On the unix socket the peer's user is the actor; "
            "on TCP a bearer token is asked for.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(one: Operation, references: dict[type[BaseModel], str]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "operationId": one.id,
        "summary": one.summary,
        "responses": _responses(one, references),
    }
    if one.open:
        shown["security"] = []
    if parameters := [*_path_parameters(one.path), *_query_parameters(one.query)]:
        shown["parameters"] = parameters
    if one.body is not None:
        content = {"application/json": {"schema": {"$ref": references[one.body]}}}
        shown["requestBody"] = {"required": True, "content": content}
    if one.spool is not None:
        bare = {"schema": {"type": "string", "format": "binary"}}
        shown["requestBody"] = {"required": True, "content": {"application/octet-stream": bare}}
    return shown


def _responses(one: Operation, references: dict[type[BaseModel], str]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"}
    if one.answer is not None:
        schema = {"$ref": references[one.answer]}
    elif one.answer_schema is not None:
        schema = {"type": "object", "description": f"docs/schema/{one.answer_schema}"}
    refusals = {HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE, *one.refusals}
    if not one.open:
        refusals.add(HTTPStatus.UNAUTHORIZED)
    if one.body is not None or one.spool is not None:
        refusals |= {
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.UNPROCESSABLE_ENTITY,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        }
    elif one.query is not None:
        refusals.add(HTTPStatus.UNPROCESSABLE_ENTITY)
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        str(int(one.status)): {
            "description": one.summary,
            "content": {"application/json": {"schema": schema}},
        },
        **{
            str(int(status)): {"description": status.phrase.lower(), "content": problem}
            for status in sorted(refusals)
        },
    }


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _NAME_IN_PATH.findall(path)
    ]


def _query_parameters(model: type[BaseModel] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    schema = model.model_json_schema()
    needed = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": part}
        for name, part in schema.get("properties", {}).items()
    ]
