"""The plugin's own endpoints as an OpenAPI document; the four operations are in Digg's file."""

from typing import Any

from budkavle_message_api.access.tokens import ASSERTION
from budkavle_message_api.addresses import MESSAGES, PATH, TOKEN
from budkavle_message_api.api_scopes import LIST, SCOPES

_ERROR = {
    "type": "object",
    "required": ["error", "error_description"],
    "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
}
_GRANTED = {
    "type": "object",
    "required": ["access_token", "token_type", "expires_in", "scope"],
    "properties": {
        "access_token": {"type": "string"},
        "token_type": {"enum": ["Bearer"]},
        "expires_in": {"type": "integer", "minimum": 1, "maximum": 1800},
        "scope": {"type": "string"},
    },
}
_FORM = {
    "type": "object",
    "required": ["grant_type", "client_assertion_type", "client_assertion"],
    "properties": {
        "grant_type": {"enum": ["client_credentials"]},
        "client_assertion_type": {"enum": [ASSERTION]},
        "client_assertion": {"type": "string", "description": "A JWT signed by the client (RFC 7523)."},
        "client_id": {"type": "string"},
        "scope": {"type": "string", "example": " ".join(SCOPES)},
    },
}
_WORDS = {"type": "array", "items": {"type": "string"}}
_METADATA = {
    "type": "object",
    "required": ["issuer", "token_endpoint", "grant_types_supported", "scopes_supported"],
    "properties": {
        "issuer": {"type": "string", "format": "uri"},
        "token_endpoint": {"type": "string", "format": "uri"},
        "grant_types_supported": _WORDS,
        "response_types_supported": _WORDS,
        "scopes_supported": _WORDS,
        "token_endpoint_auth_methods_supported": _WORDS,
        "token_endpoint_auth_signing_alg_values_supported": _WORDS,
    },
}


def document(base_url: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the token endpoint and its metadata, for an installation."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Budkavle: access tokens for the standard API of SDK",
            "version": "1.0.0",
            "description": f"The API itself is {base_url}{MESSAGES}, as Digg's sdk-api-restful.yml 1.0.0 has it. "
            f"It asks for scopes such as {LIST}.",
        },
        "servers": [{"url": base_url}],
        "paths": {
            TOKEN: {"post": _token()},
            f"{PATH}/.well-known/oauth-authorization-server": {"get": _get("getMetadata", _METADATA)},
            f"{PATH}/openapi.json": {"get": _get("getOpenapi", {"type": "object", "required": ["openapi", "paths"]})},
        },
    }


def _token() -> dict[str, Any]:
    return {
        "operationId": "getToken",
        "summary": "Give an access token to a client that shows who it is",
        "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": _FORM}}},
        "responses": {
            "200": _answer("The token", _GRANTED),
            "400": _answer("The request is not one that is answered", _ERROR),
            "401": _answer("The client has not shown who it is", _ERROR),
            "429": _answer("Too often", _ERROR),
        },
    }


def _get(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"operationId": name, "responses": {"200": _answer("What it says", schema)}}


def _answer(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": schema}}}
