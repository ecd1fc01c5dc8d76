from aiohttp import web


async def index(_: web.Request) -> web.Response:
    return web.Response(text="cargo of barley")


app = web.Application()
app.add_routes([web.get("/", index)])
web.run_app(app, port=8000)
