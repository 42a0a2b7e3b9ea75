"""A managed identity for the app, as App Service and Functions give one: an endpoint for tokens.

The real DefaultAzureCredential asks it, so an app without keys takes the path that it takes in
Azure. The token is one that nobody signed: it opens the servers of this stack and nothing else.
"""

import hmac
import secrets
import socket
import time

from aiohttp import web

from local.stack.ports import LOOPBACK

TOKEN_LIVES_SECONDS = 3600
# Of the caller's: each would have the credential take another way to another identity.
OTHER_IDENTITIES = (
    "AZURE_CLIENT_ID",
    "IDENTITY_SERVER_THUMBPRINT",
    "IMDS_ENDPOINT",
    "MSI_ENDPOINT",
    "MSI_SECRET",
)


class IdentityEndpoint:
    """Listens on a port of its own; gives the same token for every resource."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._secret = secrets.token_hex(16)
        self._socket = socket.socket()
        self._socket.bind((LOOPBACK, 0))
        app = web.Application()
        app.router.add_get("/msi/token", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)

    def variables(self) -> dict[str, str]:
        """What leads a process's DefaultAzureCredential here."""
        port = self._socket.getsockname()[1]
        return {
            "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential",
            "IDENTITY_ENDPOINT": f"http://{LOOPBACK}:{port}/msi/token",
            "IDENTITY_HEADER": self._secret,
        }

    async def start(self) -> None:
        """Answer from now on."""
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket).start()

    async def stop(self) -> None:
        """Answer no more."""
        await self._runner.cleanup()
        self._socket.close()

    async def _answer(self, request: web.Request) -> web.Response:
        given = request.headers.get("X-IDENTITY-HEADER", "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            return _refuse(401, "X-IDENTITY-HEADER is not the value of IDENTITY_HEADER")
        resource = request.query.get("resource")
        if not resource:
            return _refuse(400, "the query names no resource")
        return web.json_response(
            {
                "access_token": self._token,
                "expires_on": str(int(time.time()) + TOKEN_LIVES_SECONDS),
                "resource": resource,
                "token_type": "Bearer",
            }
        )


def _refuse(status: int, message: str) -> web.Response:
    return web.json_response({"statusCode": status, "message": message}, status=status)
