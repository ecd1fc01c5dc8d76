from flask import Flask

app = Flask(__name__)
HIGH = {"husum": ["03:12", "15:40"]}


@app.get("/tides/<place>")
def tides(place: str) -> dict[str, list[str]]:
    return {place: HIGH.get(place, [])}
