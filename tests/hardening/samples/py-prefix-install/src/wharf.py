import bottle

app = bottle.Bottle()


@app.get("/")
def index() -> str:
    return "berth"
