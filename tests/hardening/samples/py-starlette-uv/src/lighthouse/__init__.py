from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def lights(_: Request) -> PlainTextResponse:
    return PlainTextResponse("Westerhever\nAmrum\n")


app = Starlette(routes=[Route("/lights", lights)])
