from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def state(_: Request) -> PlainTextResponse:
    return PlainTextResponse("green")


app = Starlette(routes=[Route("/", state)])
